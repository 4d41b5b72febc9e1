"""Requests for the tests, with texts that say what they are."""

import json

from evalreport.layers.judge.verdicts import read_preference
from evalreport.records.exchange import Compare, Preference, Rate, Scaled, Served, Shown
from evalreport.records.items import Prompt, Raw

FENCE = "0123456789abcdef0123"
DONE = Served(finish="stop")
CUT = Served(finish="length")


def shown(
    first: str = "one", second: str = "two", *, prompt: Prompt | None = None, reference: str = ""
) -> Shown:
    return Shown(
        prompt=prompt or Raw(text="asked"),
        first=first,
        second=second,
        reference=reference or None,
    )


def compare(*pairs: Shown, ties: bool = True, system: str | None = None) -> Compare:
    return Compare(
        instructions="Prefer what is right.",
        system=system,
        shown=pairs or (shown(),),
        ties=ties,
    )


def rate(
    answer: str = "an answer", *criteria: Scaled, reference: str | None = None, asked: str = "asked"
) -> Rate:
    return Rate(
        instructions="Rate what is said.",
        criteria=criteria
        or (
            Scaled(name="accuracy", text="Is it right?", low=1, high=5),
            Scaled(name="style", text="Is it readable?", low=0, high=10),
        ),
        prompt=Raw(text=asked),
        answer=answer,
        reference=reference,
    )


def said(label: str, why: str = "because") -> str:
    return json.dumps({"justification": why, "verdict": label})


def read(
    text: str | None, first: str = "one", second: str = "two", *, cut: bool = False
) -> Preference:
    return read_preference(text, compare(shown(first, second)), CUT if cut else DONE)


def verdict(text: str, first: str = "one", second: str = "two", *, cut: bool = False) -> str | None:
    preference = read(text, first, second, cut=cut)
    assert (preference.preferred[0] is None) == bool(preference.unread)
    return preference.preferred[0]
