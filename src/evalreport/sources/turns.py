"""Turns of a user that a model answers one by one, and the right answers to them, out of a row."""

from typing import Final

from evalreport.sources.held import held
from evalreport.sources.templates import CannotRender
from evalreport.values import Json

_TURNS: Final = "give a list with what the user says in each turn, each a text"
_WITH_ANSWERS: Final = "a conversation that holds its answers goes into `messages`"
_REFERENCES: Final = "give one a turn, one text for the last turn, or null where there is none"


def said_in_turns(value: Json) -> list[str]:
    """What the user says, turn by turn; at least one turn.

    Args:
        value: Of the dataset's `turns` in a row.

    Raises:
        CannotRender: It is no list of texts.
    """
    if not isinstance(value, list) or not value:
        raise CannotRender(f"`turns` is {held(value)} here, not a list of texts", _TURNS)
    said: list[str] = []
    for number, text in enumerate(value, start=1):
        if not isinstance(text, str):
            hint = _WITH_ANSWERS if isinstance(text, dict) else _TURNS
            raise CannotRender(f"turn {number} of `turns` is {held(text)}, not a text", hint)
        if not text.strip():
            raise CannotRender(f"turn {number} of `turns` is empty", "fill it, or remove the row")
        said.append(text)
    return said


def right_answers(value: Json, turns: int) -> tuple[tuple[str, ...], str | None]:
    """The right answers before the last turn, and the one to it; an empty one is none.

    Args:
        value: Of the dataset's `references` in a row.
        turns: How many turns there are.

    Raises:
        CannotRender: It is neither a text nor a list with one text a turn.
    """
    if value is None or value == []:
        return (), None
    if isinstance(value, str):
        return (), value or None
    if not isinstance(value, list):
        raise CannotRender(f"`references` is {held(value)} here, not a list of texts", _REFERENCES)
    if len(value) != turns:
        what = f"`references` holds {len(value)} here, and `turns` holds {turns}"
        raise CannotRender(what, _REFERENCES)
    texts: list[str] = []
    for number, text in enumerate(value, start=1):
        if not isinstance(text, str | None):
            what = f"entry {number} of `references` is {held(text)}, not a text"
            raise CannotRender(what, _REFERENCES)
        texts.append(text or "")
    before = tuple(texts[:-1])
    return before if any(before) else (), texts[-1] or None
