"""Pure metrics: an item and what was answered to it -> a score, or why there is none."""
