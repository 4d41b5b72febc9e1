"""Which of two answers a judge of alpaca_eval saw first, where its reply tells.

The tool shows each pair in one order, drawn from the instruction alone, turns the preference back
and leaves the reply as it was. Two kinds of replies tell the order: log probabilities of the names
(the answer shown first is called m, the second M), which give the preference before it was turned;
and rankings, beside which the tool says which answer each name stands for.
"""

import math
from typing import Final

from evalreport.importers.reading import list_of, number_of, object_of, text_of
from evalreport.values import Json

_FIRST, _SECOND = "m", "M"
_PLACES: Final = {("output_2", "output_1"): True, ("output_1", "output_2"): False}
_EXACT: Final = 1e-6
_FAR: Final = 700.0  # beyond, a float has no exponential


def was_shown_first(named: Json, reply: Json, preference: float) -> bool | None:
    """Whether the model's answer (`output_2`) stood before the baseline's; None where not told.

    Args:
        named: Which answer each name stands for, where the tool says so.
        reply: What the judge replied.
        preference: From 1 (baseline) to 2 (model), after it was turned back.
    """
    if isinstance(named, dict):
        return _PLACES.get((text_of(named.get(_FIRST)), text_of(named.get(_SECOND))))
    first = _share_of_first(reply)
    if first is None or math.isclose(first, 0.5, abs_tol=_EXACT):
        return None
    if math.isclose(preference, 2 - first, abs_tol=_EXACT):  # as shown: m is the baseline
        return False
    return True if math.isclose(preference, 1 + first, abs_tol=_EXACT) else None


def _share_of_first(reply: Json) -> float | None:
    """The probability that the judge names the answer shown first, of the two names."""
    tokens = list_of(object_of(object_of(reply).get("logprobs")).get("content"))
    top = list_of(object_of(tokens[0]).get("top_logprobs")) if tokens else []
    known: dict[str, float] = {}
    for one in map(object_of, top):
        name, number = text_of(one.get("token")), number_of(one.get("logprob"))
        if name in {_FIRST, _SECOND} and number is not None:
            known[name] = number
    if not known:
        return None
    if len(known) == 1:
        return float(_FIRST in known)
    lead = known[_SECOND] - known[_FIRST]
    return 1 / (1 + math.exp(lead)) if lead < _FAR else 0.0
