"""Other tools' results to evidence that is marked as imported."""
