"""Rechecking a report: everything that its items carry computed again, and held against it."""
