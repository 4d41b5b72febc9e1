"""lighteval: totals and details."""
