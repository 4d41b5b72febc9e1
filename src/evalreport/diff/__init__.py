"""diff: two builds to what changed, what may be compared, and how their tuned models compare."""
