"""Files and hub datasets to corpora; splits."""
