"""Speed and memory of training and evaluation, against the same work done by hand."""
