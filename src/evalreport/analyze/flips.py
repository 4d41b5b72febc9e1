"""How often two arms differ."""

from evalreport.values import Count, Value


class Flips(Value):
    """On how many items the candidate is better, worse, or the same."""

    better: Count
    worse: Count
    same: Count
