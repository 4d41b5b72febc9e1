"""Spec, corpora, machine, history and store index to keyed steps; pure."""
