"""Rules about published costs: do amounts follow from hours, prices and calls?"""

from collections.abc import Iterator
from typing import Final

from evalreport.numbers import count_text, half_unit, money_text, number_text, price_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, unchecked
from evalreport.spec.cost import RecordedCost, RecordedLine

_ROUND: Final = 0.05  # how far off a number of calls may be: it is always said roughly


def _costs(case: Case) -> tuple[Said, ...]:
    recorded, currency = case.spec.cost.recorded, case.spec.cost.currency
    if recorded is None:
        return ()
    return (
        *(said for line in recorded.lines for said in _line(line, currency)),
        *_total(recorded, currency),
        *_alternatives(recorded, currency),
        *_break_even(recorded, currency),
    )


def _line(line: RecordedLine, currency: str) -> Iterator[Said]:
    """Hours at a price: of GPUs by the hour, or of electricity."""
    if line.hours is None:
        return
    amount = money_text(line.amount, currency)
    if line.gpu_hour is not None:
        gpus = line.gpus or 1
        made = f"{_hours(line)} of {count_text(gpus, 'GPU')} at {_price(line.gpu_hour, currency)}"
        yield from _differs(line, line.hours * gpus * line.gpu_hour, f"{made} an hour", currency)
    if line.watts is not None and line.per_kwh is not None:
        made = f"{_hours(line)} at {number_text(line.watts)} W and {_price(line.per_kwh, currency)}"
        expected = line.hours * line.watts / 1000 * line.per_kwh
        yield from _differs(line, expected, f"{made} a kWh", currency)
    elif line.watts is not None and line.amount:
        kwh = line.hours * line.watts / 1000
        yield unchecked(
            f"What a kWh cost was not published with {line.name}: {amount} for {_hours(line)} at "
            f"{number_text(line.watts)} W ({number_text(kwh)} kWh) would be "
            f"{price_text(line.amount / kwh, currency)} a kWh."
        )


def _differs(line: RecordedLine, expected: float, made: str, currency: str) -> Iterator[Said]:
    """That an amount is not what it is made of, beyond the rounding of both."""
    hours = line.hours or 1.0
    slack = half_unit(line.amount) + expected * half_unit(hours) / hours + 1e-9
    if abs(expected - line.amount) > slack:
        yield broken(
            f"{line.name} is said to have cost {money_text(line.amount, currency)}, and {made} is "
            f"{money_text(expected, currency)}."
        )


def _total(recorded: RecordedCost, currency: str) -> Iterator[Said]:
    total, lines = recorded.total, recorded.lines
    if total is None or not lines:
        return
    made = sum(line.amount for line in lines)
    slack = half_unit(total) + sum(half_unit(line.amount) for line in lines) + 1e-9
    if abs(made - total) > slack:
        yield broken(
            f"The published costs come to {money_text(made, currency)}, and "
            f"{money_text(total, currency)} is said to be their total."
        )


def _alternatives(recorded: RecordedCost, currency: str) -> Iterator[Said]:
    for one in recorded.alternatives:
        if one.calls is None or one.amount is None:
            continue
        made = one.calls * one.per_call
        if abs(made - one.amount) > half_unit(one.amount) + 1e-9:
            calls, price = count_text(one.calls, "call"), _price(one.per_call, currency)
            yield broken(
                f"{calls} of {one.name} at {price} are {money_text(made, currency)}, and "
                f"{money_text(one.amount, currency)} is said."
            )


def _break_even(recorded: RecordedCost, currency: str) -> Iterator[Said]:
    """Calls that pay back what was spent once, if a call of one's own cost nothing.

    A total of which nobody said what it is made of may hold what every call costs, and is divided
    by nothing.
    """
    told = recorded.break_even
    if told is None:
        return
    meant = [
        one
        for one in recorded.alternatives
        if one.per_call and (told.against is None or one.name == told.against)
    ]
    once = _spent_once(recorded)
    if once is None or not meant:
        missing = [] if once is not None else ["what was spent once"]
        missing += [] if meant else ["an alternative that costs something a call"]
        total = "" if recorded.total is None else money_text(recorded.total, currency)
        only = f"; of {total} in all it was not said what they were paid for" if total else ""
        yield unchecked(
            f"Whether {count_text(told.calls)} calls pay it back cannot be checked: not published "
            f"{'is' if len(missing) == 1 else 'are'} {' and '.join(missing)}"
            f"{only if once is None else ''}."
        )
        return
    made = [(one, once / one.per_call) for one in meant]
    if not made or any(abs(calls - told.calls) <= _ROUND * told.calls for _, calls in made):
        return
    shown = "; ".join(
        f"{count_text(round(calls), 'call')} of {one.name} at {_price(one.per_call, currency)}"
        for one, calls in made
    )
    yield broken(
        f"{money_text(once, currency)} are said to be paid back after {count_text(told.calls)} "
        f"calls, and they pay for {shown}, if a call of the tuned model cost nothing."
    )


def _spent_once(recorded: RecordedCost) -> float | None:
    """What was paid for by name; their own total of it where there is one."""
    if not recorded.lines:
        return None
    made = sum(line.amount for line in recorded.lines)
    return made if recorded.total is None else recorded.total


def _hours(line: RecordedLine) -> str:
    hours = line.hours or 0.0
    return f"{number_text(hours)} hour{'' if hours == 1 else 's'}"


def _price(amount: float, currency: str) -> str:
    return price_text(amount, currency)


def _can_be_computed(case: Case) -> bool:
    """Whether anything was published of what an amount is made of; one amount alone gives none."""
    recorded = case.spec.cost.recorded
    return recorded is not None and (
        any(line.hours and (line.watts or line.gpu_hour is not None) for line in recorded.lines)
        or (recorded.total is not None and bool(recorded.lines))
        or recorded.break_even is not None
        or any(one.calls and one.amount is not None for one in recorded.alternatives)
    )


RECORDED_COSTS: tuple[CaseRule, ...] = (
    Rule(
        id="cost-does-not-recompute",
        family=Family.MEANING,
        severity=Severity.NOTE,
        claim="Published costs follow from hours, prices and calls.",
        why="An amount that its own parts do not give is a guess. It says nothing about the model; "
        "whether it pays rests on it.",
        source="A model card that breaks even after 10,000 calls of 0.03 USD for 255 USD.",
        applies=_can_be_computed,
        check=_costs,
    ),
)
