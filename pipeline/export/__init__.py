"""A dataset as one database file, or as CSV that no spreadsheet takes for formulas."""
