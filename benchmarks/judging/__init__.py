"""How often the intervals on a judge's card hold the truth, measured on judges of known bias.

`python -m benchmarks.judging` draws verdicts of scripted judges in the order in which a real one
would be asked, makes the card of each, and prints the coverage of every line.
"""
