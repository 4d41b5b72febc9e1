"""Evidence -> findings: score, pair by item, estimate, correct for several comparisons."""
