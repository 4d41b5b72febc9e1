"""What a value should have been, what it is, and how the commonest mistakes are mended."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evalreport.spec.nearest import listed, nearest
from evalreport.spec.places import shown
from evalreport.spec.yaml12 import resolve
from evalreport.spec.yaml_tree import Path
from evalreport.values import Json

_QUOTED: Final = re.compile(r"'([^']*)'|(?<![\w'])(\d+)(?![\w'])")
_YES: Final = {
    "yes": "true",
    "on": "true",
    "y": "true",
    "no": "false",
    "off": "false",
    "n": "false",
}
# How other tools call a value.
_ELSEWHERE: Final = {
    "fp32": "float32", "fp16": "float16", "half": "float16", "bf16": "bfloat16",
    "4bit": "nf4", "int4": "nf4", "fp4": "nf4", "8bit": "int8",
    "md": "markdown", "card": "model_card",
}  # fmt: skip

_NUMBERS: Final = frozenset({"int_type", "float_type", "number_type"})
_PATTERNS: Final[Mapping[str, str]] = {
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*$": "a name of letters, digits, '-', '_' and '.'",
    r"^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*$": "a hub id, such as org/name",
    r"^[A-Z]{3}$": "a currency of three capital letters, such as USD",
    r"^\d{4}-\d{2}-\d{2}$": "a date, such as 2026-01-31",
}
_PLAIN: Final[Mapping[str, str]] = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller whole number",
    "float_type": "a number",
    "number_type": "a number",  # of a number whose digits count, see `Written`
    "finite_number": "a number that is not infinite",
    "bool_type": "true or false",
    "string_type": "text",
    "string_unicode": "text",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
_BOUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "greater_than": ("gt", "a number above {:g}"),
    "greater_than_equal": ("ge", "a number of at least {:g}"),
    "less_than": ("lt", "a number below {:g}"),
    "less_than_equal": ("le", "a number of at most {:g}"),
}
_LENGTHS: Final[Mapping[str, tuple[str, str, str]]] = {
    "string_too_short": ("min_length", "text of at least", "characters"),
    "string_too_long": ("max_length", "text of at most", "characters"),
    "too_short": ("min_length", "at least", "entries"),
    "too_long": ("max_length", "at most", "entries"),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One of pydantic's findings, at the path of the value (or of the key) that it is about."""

    path: Path
    kind: str
    message: str
    context: Mapping[str, Any]
    of_key: bool = False

    @property
    def choices(self) -> list[str]:
        """The texts that would be right, when there is a fixed set of them."""
        is_fixed = self.kind in {"literal_error", "enum"}
        return choices(str(self.context.get("expected", ""))) if is_fixed else []

    @property
    def wants_mapping(self) -> bool:
        """Whether a mapping with known keys should stand there."""
        return self.kind in {"model_type", "model_attributes_type"}


def choices(text: str) -> list[str]:
    """The names in pydantic's `'a', 'b' or 'c'`."""
    return [quoted or number for quoted, number in _QUOTED.findall(text)]


def expected(found: Found) -> str:
    """What should have stood there, as the object of "wants"."""
    if found.kind in _BOUNDS:
        name, text = _BOUNDS[found.kind]
        return text.format(found.context[name])
    if found.kind in _LENGTHS:
        name, text, unit = _LENGTHS[found.kind]
        number = found.context.get(name)
        return (
            "at least one entry"
            if (text, number) == ("at least", 1)
            else ("text that is not empty" if number == 1 else f"{text} {number} {unit}")
        )
    if found.choices:
        return found.choices[0] if len(found.choices) == 1 else f"one of {listed(found.choices)}"
    if found.kind == "string_pattern_mismatch":
        pattern = str(found.context.get("pattern", ""))
        return _PATTERNS.get(pattern, f"text that matches {pattern}")
    return _PLAIN.get(found.kind) or found.message[:1].lower() + found.message[1:]


def is_not(value: Json, written: str | None, found: Sequence[Found]) -> str:
    """What stands there instead, as the second half of a sentence."""
    match value:
        case None:
            return "nothing stands here"
        case bool():
            return f"{'true' if value else 'false'} is a boolean"
        case int() | float():
            number = shown(written or str(value), quoted=False)
            in_bounds = not any(one.kind in _BOUNDS for one in found)
            return f"{number} is a number" if in_bounds else f"{number} is not"
        case str():
            wants_text = any(one.kind.startswith("string") for one in found)
            return f"{shown(value)} is {'not' if wants_text else 'text'}"
        case list():
            return f"this is a list of {len(value)}" if value else "this list is empty"
        case _:
            return "this is a mapping"


def mend(value: Json, written: str | None, found: Sequence[Found]) -> str:
    """What to write instead, for the mistakes that are made most; empty for others."""
    kinds = {one.kind for one in found}
    known = [name for one in found for name in one.choices]
    match value:
        case bool():
            word = "true" if value else "false"
            return f'put it in quotes: "{word}"' if kinds == {"string_type"} else ""
        case str():
            if "bool_type" in kinds and value.lower() in _YES:
                return f"write {_YES[value.lower()]}: only true and false are booleans here"
            if kinds & _NUMBERS and (number := _as_number(value)):
                return number
            if known and (near := _near(value, known)):
                return f"did you mean {near}?"
        case int() | float():
            if kinds & {"int_type", "int_from_float"} and float(value).is_integer():
                return f"write {int(value)}"
            if kinds & {"less_than", "less_than_equal"} and 1 < value <= 100 and _is_share(found):
                return f"fractions, not percent: {value / 100:g}"
        case _:
            pass
    if kinds & {"list_type", "tuple_type"} and isinstance(value, str | int | float):
        return f"write [{shown(written or str(value), quoted=False)}]"
    return ""


def _near(text: str, known: Sequence[str]) -> str | None:
    other = _ELSEWHERE.get(text.lower())
    return other if other in known else nearest(text, known)


def _is_share(found: Sequence[Found]) -> bool:
    limits = [one.context.get("le", one.context.get("lt")) for one in found]
    return any(limit in {0.5, 1} for limit in limits)


def _as_number(text: str) -> str:
    bare = text.strip().replace("_", "")
    is_decimal = re.fullmatch(r"[-+]?\d+,(\d{1,2}|\d{4,})%?", bare) is not None
    bare = bare.replace(",", "." if is_decimal else "")
    number = resolve(bare.removesuffix("%").strip())
    if isinstance(number, int | float) and not isinstance(number, bool):
        if bare.endswith("%"):
            return f"write the fraction {number / 100:g}"
        return f"write {bare} without quotes" if bare == text.strip() else f"write {bare}"
    if re.fullmatch(r"[-+]?0+[0-9]{1,20}", bare):
        return f"write {int(bare)}: some readers take leading zeros for octal"
    return ""
