"""How an answer is read from a model's text: the spec key `extract:`.

A kind is a frozen model with one verb, `read`; whatever the text holds, it gives an `Output` and
never raises. Short forms: `whole`, `fenced`, `first_object`, `last_number`, `{json: ...}`,
`{regex: ...}`, `{function: ...}`, `{fenced: LANGUAGE}`.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import ConfigDict, Field

from evalreport.digest import canonical
from evalreport.metrics.base import Output
from evalreport.metrics.callables import FunctionName, called
from evalreport.metrics.fences import fenced_blocks, strip_reasoning
from evalreport.metrics.json_text import NotJson, decode, decode_first
from evalreport.metrics.numerals import last_number
from evalreport.metrics.patterns import RegularExpression, TookTooLong, found
from evalreport.shorthand import Shorthand
from evalreport.values import Json, Value, Words

__all__ = [
    "AnyExtract",
    "Fenced",
    "Function",
    "JsonAnswer",
    "LastNumber",
    "Regex",
    "Whole",
    "strip_reasoning",
]


class Whole(Value):
    """The whole text, without the space around it."""

    kind: Literal["whole"]

    def read(self, text: str) -> Output:
        """The text itself; an empty one is an answer too, and rarely a right one."""
        return Output(text, text.strip())


class Fenced(Value):
    """The last fenced code block, or the last one tagged with a language.

    Attributes:
        fenced: Tag of the block, such as `sql`; left out, any block.
    """

    kind: Literal["fenced"]
    fenced: Words | None = None

    def read(self, text: str) -> Output:
        """The content of the block."""
        block = _last_block(text, self.fenced)
        if block is None:
            return _nothing(text, _no_block(self.fenced))
        return Output(text, block)


class JsonAnswer(Value):
    """A JSON value: the first object (or else array), the whole text, or a fenced block.

    Attributes:
        source: Where the JSON stands.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    kind: Literal["json"]
    source: Annotated[Literal["first_object", "whole", "fenced"], Field(alias="json")]

    def read(self, text: str) -> Output:
        """The decoded value; `fenced` prefers the last block tagged json to the last of all."""
        try:
            match self.source:
                case "first_object":
                    return Output(text, decode_first(text))
                case "whole":
                    return Output(text, decode(text))
                case "fenced":
                    block = _last_block(text, "json") or _last_block(text, None)
                    if block is None:
                        return _nothing(text, _no_block(None))
                    return Output(text, decode(block))
        except NotJson as error:
            return _nothing(text, str(error))


class Regex(Value):
    """What a regular expression finds: group 1, or the whole match when it has no groups.

    Attributes:
        regex: A regular expression.
        which: Of several matches, the one that counts.
    """

    kind: Literal["regex"]
    regex: RegularExpression
    which: Literal["first", "last"] = "last"

    def read(self, text: str) -> Output:
        """The first or last match."""
        matches = found(self.regex, text)
        try:
            chosen = next(matches, None) if self.which == "first" else _last(matches)
        except TookTooLong as error:
            return _nothing(text, str(error))
        if chosen is None:
            return _nothing(text, f"nothing matches {self.regex!r}")
        return Output(text, chosen)


class LastNumber(Value):
    """The last number in the text, however it is written."""

    kind: Literal["last_number"]

    def read(self, text: str) -> Output:
        """The number, whole when it is."""
        number = last_number(text)
        return _nothing(text, "no number") if number is None else Output(text, number)


class Function(Value):
    """A function of the user's, from text to a JSON value; None says that nothing was found.

    Attributes:
        function: As `module:function`; it is given the text.
    """

    kind: Literal["function"]
    function: FunctionName

    def read(self, text: str) -> Output:
        """What the function returns; an exception of its own is a problem of this output.

        Raises:
            SpecError: The function cannot be imported.
            StepFailed: It does not come back.
        """
        given, raised = called(self.function, text)
        if raised:
            return _nothing(text, raised)
        try:
            # through text: what comes back is then plain JSON within the bounds of this program
            value = decode(canonical(given))
        except Exception as error:  # noqa: BLE001  # a user's object may raise anything
            why = f"gave what is no JSON: {type(error).__name__}: {error}"
            return _nothing(text, f"{self.function} {why}")
        return (
            _nothing(text, f"{self.function} found nothing")
            if value is None
            else Output(text, value)
        )


_NAMES: Final[Mapping[str, Json]] = {
    "whole": {"kind": "whole"},
    "fenced": {"kind": "fenced"},
    "first_object": {"kind": "json", "json": "first_object"},
    "last_number": {"kind": "last_number"},
}
_KINDS: Final[tuple[str, ...]] = ("json", "regex", "function", "fenced")


def _expand(value: Json) -> Json:
    if isinstance(value, str) and value in _NAMES:
        return _NAMES[value]
    if isinstance(value, dict):
        if "kind" in value:
            return value
        for kind in _KINDS:
            if kind in value:
                return {"kind": kind, **value}
    raise ValueError(_no_way(value))


def _no_way(value: Json) -> str:
    """What is wrong with a value that says nothing about reading, and the nearest that does."""
    if isinstance(value, str) and value in _KINDS:
        example = "first_object" if value == "json" else "..."
        return f"{value} alone is no way to read an answer: write {{{value}: {example}}}"
    if isinstance(value, dict):
        keys = ", ".join(f"{key!r:.60}" for key in value)
        named, said, known = f"a mapping with {keys or 'nothing in it'}", [*value], _KINDS
    else:
        named, said, known = f"{value!r:.60}", [str(value)], tuple(_NAMES)
    near = next((near for one in said for near in get_close_matches(one, known, n=1)), None)
    if near is not None:
        return f"{named:.200} is no way to read an answer: did you mean {near}?"
    return (
        f"{named:.200} is no way to read an answer; there are {', '.join(_NAMES)}, "
        f"and mappings with one of the keys {', '.join(_KINDS)}"
    )


def _short_schema(kind: str, options: dict[str, Json]) -> Json:
    return {
        "type": "object",
        "properties": options,
        "required": [kind],
        "additionalProperties": False,
    }


AnyExtract: TypeAlias = Annotated[
    Whole | Fenced | JsonAnswer | Regex | LastNumber | Function,
    Field(discriminator="kind"),
    Shorthand(
        expand=_expand,
        mappings=True,
        schema={
            "anyOf": [
                {"enum": list(_NAMES)},
                _short_schema("json", {"json": {"enum": ["first_object", "whole", "fenced"]}}),
                _short_schema(
                    "regex",
                    {"regex": {"type": "string"}, "which": {"enum": ["first", "last"]}},
                ),
                _short_schema("function", {"function": {"type": "string"}}),
                _short_schema("fenced", {"fenced": {"type": "string"}}),
            ]
        },
    ),
]


def _nothing(text: str, problem: str) -> Output:
    return Output(text, None, problem)


def _no_block(language: str | None) -> str:
    return f"no fenced block tagged {language}" if language else "no fenced block"


def _last_block(text: str, language: str | None) -> str | None:
    blocks = [
        content
        for tag, content in fenced_blocks(text)
        if language is None or tag == language.lower()
    ]
    return blocks[-1] if blocks else None


def _last(matches: Iterator[str]) -> str | None:
    newest = deque(matches, maxlen=1)
    return newest[0] if newest else None
