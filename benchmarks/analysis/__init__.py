"""How long the statistics take on up to a million paired items, and how much memory."""
