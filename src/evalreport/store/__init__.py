"""Results by key, written whole or not at all."""
