"""What an archive's reports say together: consensus, changes, series, rates, rules."""
