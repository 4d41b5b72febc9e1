"""Kinds of evaluation, one file each."""
