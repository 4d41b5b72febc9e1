"""Kinds of evaluation, one file each; `table` lists them."""
