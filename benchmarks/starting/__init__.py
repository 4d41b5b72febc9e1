"""How long commands take that should answer at once."""
