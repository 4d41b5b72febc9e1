"""One sample of an Inspect log: what it says of scores, prompt and answer, and nothing more of it.

Most of a sample are events, messages and stores, which are passed over unread.
"""

import json
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from evalreport.digest import digest_text
from evalreport.importers.inspect_logs.values import named
from evalreport.importers.json_walk import JsonWalk, OddValue
from evalreport.importers.reading import count_of, object_of, text_of
from evalreport.values import Json

Attachments: TypeAlias = Callable[[Set[str]], Mapping[str, str]]
"""From names of texts that are kept apart to the texts."""

_APART: Final = "attachment://"
_MOST_APART: Final = 1000
_OF_A_MESSAGE: Final = ("role", "content", "tool_calls", "function")
_OF_A_RUN: Final = frozenset({"id", "internal"})  # of a part of a message: new in every run


@dataclass(frozen=True, slots=True)
class Sample:
    """One answer to one item in one epoch.

    Attributes:
        item: Its id, as a text, by which Inspect itself brings epochs together.
        epoch: From 1.
        prompt: Digest of input and choices.
        output: What the model wrote; None where it wrote nothing because of an error.
        scores: Values by scorer, as the log has them.
        has_error: Whether an error ended it.
        is_invalid: Whether somebody marked it as invalid.
        metadata: Of the keys that were asked for, as texts.
    """

    item: str
    epoch: int
    prompt: str
    output: str | None
    scores: Mapping[str, Json]
    has_error: bool
    is_invalid: bool
    metadata: Mapping[str, str]


@dataclass(slots=True)
class _Found:
    """What has been read of a sample so far."""

    values: dict[str, Json] = field(default_factory=dict)
    scores: dict[str, Json] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)


def read_sample(walk: JsonWalk, keys: Set[str], apart: Attachments | None) -> Sample | str:
    """The sample that comes next.

    Args:
        walk: Stands before it, and behind it afterwards.
        keys: Of its metadata.
        apart: Where texts are that it refers to; without it they stand in the sample itself.

    Returns:
        The sample, or why it is none.

    Raises:
        BrokenJson: What follows cannot be read.
    """
    if walk.mark != "{":
        walk.skip()
        return "the sample is no object"
    found = _Found()
    for key in walk.members():
        if key in {"id", "epoch", "input", "choices"}:
            found.values[key] = _value(walk)
        elif key == "scores":
            _read_scores(walk, found)
        elif key == "output":
            _read_output(walk, found)
        elif key == "metadata":
            read_metadata(walk, keys, found.metadata)
        elif key == "attachments":
            wanted = _names_apart(found)
            for name in walk.members():
                if name in wanted:
                    found.texts[name] = text_of(_value(walk))
        elif key in {"error", "invalidation"} and walk.mark != "n":
            found.flags.add(key)
    if apart is not None:
        found.texts.update(apart(_names_apart(found)))
    return _sample(found)


def _value(walk: JsonWalk) -> Json:
    """The next value; none where it cannot be held."""
    try:
        return walk.value()
    except OddValue:
        return None


def _read_scores(walk: JsonWalk, found: _Found) -> None:
    for scorer in map(named, walk.members()):
        found.scores[scorer] = None
        for key in walk.members():
            if key == "value":
                found.scores[scorer] = _value(walk)


def _read_output(walk: JsonWalk, found: _Found) -> None:
    """An answer that never came has no choices; its empty text is none that a model wrote."""
    for key in walk.members():
        if key == "completion":
            found.values[key] = _value(walk)
        elif key == "choices":
            for _ in walk.elements():
                found.flags.add("answered")


def read_metadata(walk: JsonWalk, keys: Set[str], into: dict[str, str]) -> None:
    """Of an object of metadata, the values of some keys as texts."""
    for key in walk.members():
        if key in keys and walk.mark not in {"{", "[", "n"}:
            try:
                into[key] = named(str(walk.value()))
            except OddValue:
                continue


def _sample(found: _Found) -> Sample | str:
    name, epoch = found.values.get("id"), count_of(found.values.get("epoch", 1))
    if isinstance(name, bool) or not isinstance(name, str | int) or name == "":
        return "the sample has no id"
    if epoch is None:
        return "the sample's epoch is no number"
    output = _joined(found.values.get("completion"), found.texts)
    return Sample(
        item=named(str(name)),
        epoch=epoch,
        prompt=_prompt_of(found),
        output=output if isinstance(output, str) and "answered" in found.flags else None,
        scores=found.scores,
        has_error="error" in found.flags,
        is_invalid="invalidation" in found.flags,
        metadata=found.metadata,
    )


def _prompt_of(found: _Found) -> str:
    """Ids of messages are made anew in every run: only what was said counts.

    It is unknown where the input cannot be held.
    """
    given = found.values.get("input")
    if isinstance(given, list):
        given = [_message(object_of(one)) for one in given]
    if given is None:
        return ""
    try:
        whole = [_joined(given, found.texts), _joined(found.values.get("choices"), found.texts)]
        return digest_text(json.dumps(whole, sort_keys=True))
    except (RecursionError, ValueError):
        return ""


def _message(message: dict[str, Json]) -> Json:
    kept = {key: message[key] for key in _OF_A_MESSAGE if message.get(key) is not None}
    for key in ("content", "tool_calls"):
        parts = kept.get(key)
        if isinstance(parts, list):
            kept[key] = [
                {k: v for k, v in one.items() if k not in _OF_A_RUN and v is not None}
                if isinstance(one, dict)
                else one
                for one in parts
            ]
    return kept


def _joined(value: Json, texts: Mapping[str, str]) -> Json:
    """A value with the texts that are kept apart from it."""
    if isinstance(value, str):
        return texts.get(value.removeprefix(_APART), value) if value.startswith(_APART) else value
    if isinstance(value, list):
        return [_joined(one, texts) for one in value]
    if isinstance(value, dict):
        return {key: _joined(one, texts) for key, one in value.items()}
    return value


def _names_apart(found: _Found) -> Set[str]:
    """Names of texts that input, choices or answer have apart, of very many only some."""
    names: set[str] = set()
    rest = [found.values.get(key) for key in ("input", "choices", "completion")]
    while rest and len(names) < _MOST_APART:
        one = rest.pop()
        if isinstance(one, str) and one.startswith(_APART):
            names.add(one.removeprefix(_APART))
        elif isinstance(one, list):
            rest.extend(one)
        elif isinstance(one, dict):
            rest.extend(one.values())
    return names
