"""Break-even: after how many calls a model of one's own has paid back what it cost once.

It is one-time cost / (price of the alternative - cost of a call of one's own). A call of one's own
is never free: where its cost is not known, the number of calls for a free one is a lower bound.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil
from typing import Final

from evalreport.estimates import NotEstimable
from evalreport.numbers import (
    count_text,
    measured_price_text,
    money_text,
    price_text,
    thousand_text,
)
from evalreport.report.model import BreakEven
from evalreport.spec.cost import Alternative

_IN_DOUBT: Final = "That counts only if what is put to use is fit for it, which is not shown."


@dataclass(frozen=True, slots=True)
class Own:
    """What a model of one's own costs.

    Attributes:
        currency: Of all amounts.
        once: What was spent once, as far as it is known.
        is_at_least: Whether a part of that is unknown.
        per_call: What a call costs.
        per_seed: The same for each training seed; empty where there are not several.
        is_in_doubt: Whether it is open that the model will do at all.
    """

    currency: str
    once: float | NotEstimable
    is_at_least: bool
    per_call: float | NotEstimable
    per_seed: Sequence[float] = ()
    is_in_doubt: bool = False


def calls_to_pay_back(once: float, per_call: float, own_per_call: float) -> int | None:
    """The least number of calls at which the alternative has cost as much; None when it never has.

    Computed exactly from the numbers as they are written: 255 / 0.03 is 8,500.

    Args:
        once: What was spent once.
        per_call: What a call of the alternative costs.
        own_per_call: What a call of one's own costs.
    """
    saved = _exact(per_call) - _exact(own_per_call)
    return ceil(_exact(once) / saved) if saved > 0 else None


def _exact(amount: float) -> Fraction:
    return Fraction(Decimal(repr(amount)))


def break_even(alternative: Alternative, own: Own) -> BreakEven:
    """The break-even against one alternative, as far as it can be told.

    Args:
        alternative: What one would use instead.
        own: What the model of one's own costs.
    """
    price = price_text(alternative.per_call, own.currency)
    doubt = f" {_IN_DOUBT}" if own.is_in_doubt else ""
    against = f"Against {alternative.name} ({price} a call):"

    def told(state: str, calls: int | NotEstimable, sentence: str) -> BreakEven:
        return BreakEven.model_validate(
            {
                "alternative": alternative.name,
                "per_call": alternative.per_call,
                "state": state,
                "calls": calls,
                "range": _range(alternative, own, state),
                "sentence": f"{against} {sentence}",
            }
        )

    if alternative.per_call == 0:
        why = "a call of it costs nothing, and a call of your own does not cost less"
        return told("never", NotEstimable(not_estimable=why), f"never; {why}.")
    known = None if isinstance(own.per_call, NotEstimable) else own.per_call
    if known is not None and known >= alternative.per_call:
        why = f"{_call_costs(known, own.currency)}, which is no less"
        return told("never", NotEstimable(not_estimable=why), f"never; {why}.")
    if isinstance(own.once, NotEstimable):
        why = own.once.not_estimable
        return told("unknown", NotEstimable(not_estimable=why), f"unknown; {why}.")
    calls = calls_to_pay_back(own.once, alternative.per_call, known or 0.0) or 0
    once = money_text(own.once, own.currency)
    least = (
        f"; the {once} are only the known part of what was spent once" if own.is_at_least else ""
    )
    if known is None:
        why = own.per_call.not_estimable if isinstance(own.per_call, NotEstimable) else ""
        return told(
            "at_least",
            calls,
            f"not before {count_text(calls, 'call')}, and that only if a call of your own cost "
            f"nothing. It does cost something; how much is not known: {why}{least}.{doubt}",
        )
    costs, counted = _calls_cost(known, own.currency), count_text(calls, "call")
    if own.is_at_least:
        return told("at_least", calls, f"not before {counted}: {costs}{least}.{doubt}")
    return told("reached", calls, f"{once} are paid back after about {counted}: {costs}.{doubt}")


def _calls_cost(amount: float, currency: str) -> str:
    if of_thousand := thousand_text(amount, currency):
        return f"1,000 calls of your own cost about {of_thousand}"
    return _call_costs(amount, currency)


def _call_costs(amount: float, currency: str) -> str:
    return f"a call of your own costs about {measured_price_text(amount, currency)}"


def _range(alternative: Alternative, own: Own, state: str) -> tuple[int, int] | NotEstimable:
    """From the fastest to the slowest seed: how batches and hours differ is not in it."""
    if state != "reached" or isinstance(own.once, NotEstimable):
        return NotEstimable(not_estimable="there is no number to give a range of")
    if len(own.per_seed) < 2:
        return NotEstimable(not_estimable="one checkpoint was timed, once")
    ends = [
        calls_to_pay_back(own.once, alternative.per_call, one)
        for one in (min(own.per_seed), max(own.per_seed))
    ]
    fast, slow = ends
    if fast is None or slow is None:
        return NotEstimable(not_estimable="at the pace of the slowest seed it is never reached")
    return fast, slow
