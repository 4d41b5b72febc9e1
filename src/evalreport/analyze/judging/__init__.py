"""Judging as analysis sees it: verdicts as scores, and what shows how far to trust a judge."""
