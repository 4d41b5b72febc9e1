"""Training through TRL and PEFT."""
