"""Aspect: one thing about how something was measured, in two builds."""

from enum import StrEnum
from typing import Final

from evalreport.digest import canonical
from evalreport.errors import printable
from evalreport.values import Flag, Json, Value

TEST_SET: Final = "test set"
PROMPTS: Final = "prompts"
SHOTS: Final = "worked examples"
DECODING: Final = "decoding"
SCORER: Final = "scorer"
TEMPLATE: Final = "chat template"
PRECISION: Final = "precision"
JUDGES: Final = "judges"
RUBRIC: Final = "rubric"
RATERS: Final = "raters"
REFERENCE: Final = "reference"

_DIGITS: Final = 12
_MOST_SHOWN: Final = 60


class AspectState(StrEnum):
    """How one thing stands in two builds."""

    SAME = "same"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    ON_TRUST = "on_trust"  # named alike by both specs, and what it holds is recorded nowhere


class Aspect(Value):
    """One thing about how something was measured.

    Attributes:
        name: Which, such as `decoding`.
        state: How it stands.
        one: What it is in the first build, shortened; empty where nothing is to be shown.
        other: The same of the second.
        why: What differs, why it is not known, or what is taken on trust.
        is_of_weights: Whether other weights may bring another: no reason not to compare them.
    """

    name: str
    state: AspectState
    one: str = ""
    other: str = ""
    why: str = ""
    is_of_weights: Flag = False

    @property
    def forbids(self) -> bool:
        """Whether numbers are not comparable because of it."""
        if self.state is AspectState.UNKNOWN:
            return True
        return self.state is AspectState.DIFFERS and not self.is_of_weights

    @property
    def turned(self) -> "Aspect":
        """The same with the two builds in each other's place."""
        return self.model_copy(update={"one": self.other, "other": self.one})


def same(name: str) -> Aspect:
    """It is the same in both."""
    return Aspect(name=name, state=AspectState.SAME)


def unknown(name: str, why: str) -> Aspect:
    """Nobody knows."""
    return Aspect(name=name, state=AspectState.UNKNOWN, why=why)


def on_trust(name: str, why: str) -> Aspect:
    """Named alike by both specs, and what it holds is recorded nowhere."""
    return Aspect(name=name, state=AspectState.ON_TRUST, why=why)


def differs(
    name: str, one: str, other: str, *, why: str = "", is_of_weights: bool = False
) -> Aspect:
    """It is one thing in the first build, and another in the second."""
    return Aspect(
        name=name,
        state=AspectState.DIFFERS,
        one=one,
        other=other,
        why=why,
        is_of_weights=is_of_weights,
    )


def compared(name: str, one: Json, other: Json) -> Aspect:
    """Two sets of options, of which those are shown that differ."""
    if one == other:
        return same(name)
    if not isinstance(one, dict) or not isinstance(other, dict):
        return differs(name, shortened(one), shortened(other))
    keys = [key for key in dict.fromkeys((*one, *other)) if one.get(key) != other.get(key)]

    def those(options: dict[str, Json]) -> str:
        shown = (f"{key} {shortened(options[key])}" for key in keys if key in options)
        return ", ".join(shown) or "not given"

    return differs(name, those(one), those(other))


def digest_shown(digest: str) -> str:
    """The beginning of a digest, which is enough to tell two apart."""
    return digest[:_DIGITS]


def shortened(value: Json) -> str:
    """A value in one line, cut where it is long."""
    text = printable(value if isinstance(value, str) else canonical(value))
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 1]}…"
