"""arena-hard: judgments of both versions, and battles."""
