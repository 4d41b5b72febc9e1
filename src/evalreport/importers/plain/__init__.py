"""Plain tables of scores or of outputs, in whatever form."""
