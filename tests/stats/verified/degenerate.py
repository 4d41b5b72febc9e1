"""The degenerate inputs of each kind, given to a function."""

import math
from collections.abc import Callable

import numpy as np

Calls = dict[str, Callable[[], object]]

EQUAL = np.full(20, 0.25)
TEN = np.arange(20) // 2


def of_scores(function: Callable[..., object]) -> Calls:
    """For a function of one value an item."""
    return {
        "no items": lambda: function([]),
        "one item": lambda: function([0.5]),
        "all equal": lambda: function(EQUAL),
        "NaN": lambda: function([0.5, math.nan]),
        "infinity": lambda: function([0.5, math.inf]),
    }


def of_clusters(function: Callable[..., object]) -> Calls:
    """For a function of one value an item and the clusters."""
    return {
        "no items": lambda: function([], []),
        "one item": lambda: function([0.5], ["a"]),
        "one cluster": lambda: function([0.0, 0.5] * 10, ["a"] * 20),
        "all equal": lambda: function(EQUAL, TEN),
        "NaN": lambda: function([0.5, math.nan], [1, 2]),
        "infinity": lambda: function([0.5, math.inf], [1, 2]),
    }


def of_numbers(function: Callable[..., object], *, outside: float) -> Calls:
    """For a function of a number, tried with one outside its range."""
    return {
        "NaN": lambda: function(math.nan),
        "infinity": lambda: function(math.inf),
        "out of range": lambda: function(outside),
    }
