"""The dataset's tables: the one definition behind Parquet, CSV and the data package."""
