"""Speed and memory of resampling 10,000 pairs, against scipy.stats."""
