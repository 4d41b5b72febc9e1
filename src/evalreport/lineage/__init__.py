"""Lineage: builds that are there already, and what of how they were measured is the same."""
