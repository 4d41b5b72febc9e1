"""One file a command; each is a plain function of plain values."""
