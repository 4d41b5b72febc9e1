"""Inspect: logs of one object, of many members, and what a crash left."""
