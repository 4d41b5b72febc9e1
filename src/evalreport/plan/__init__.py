"""Spec, inputs, machine, history and store index to keyed steps, and why each would run; pure."""
