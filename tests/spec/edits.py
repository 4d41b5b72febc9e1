"""Random edits to a good spec, for properties that hold whatever a user writes."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from evalreport.spec.yaml12 import compose

from .conftest import GOOD

EVERYTHING = Path(__file__).with_name("everything.yaml").read_text()

# Values that are right somewhere in a spec, and wrong almost everywhere.
ATOMS: list[Any] = [
    None, True, False, 0, 1, -1, 0.5, 1e300, 10**30, "", "x", "a: b", "{{ x }}", "{{", "\u202e",
    "\0", "1.10", "none", "best", "epoch-1", "hub:x", "package:", "x" * 300, [], {}, [[]], [None],
    {"name": "x"}, {"kind": "generation"}, {"kind": 7}, {"metric": "accuracy"}, {"": 1},
    {"path": "data/test.jsonl"}, {"path": "\0"}, {"of": "tuned"}, {"from": "train"},
    {"method": "none"}, {"a": {"b": {"c": 1}}}, {"epochs": 1, "steps": 1},
]  # fmt: skip


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [path, *(one for key, inner in entries for one in paths(inner, (*path, key)))]


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        value = value[part]
    return value


@st.composite
def edited_values(draw: st.DrawFn) -> str:
    """A spec as JSON, in which up to three values were removed, replaced, copied or renamed."""
    value = json.loads(json.dumps(compose(draw(st.sampled_from([GOOD, EVERYTHING]))).value))
    for _ in range(draw(st.integers(1, 3))):
        below = [path for path in paths(value) if path]
        if not below:
            break
        path = draw(st.sampled_from(below))
        holder = at(value, path[:-1])
        match draw(st.sampled_from(["remove", "replace", "replace", "copy"])):
            case "remove":
                del holder[path[-1]]
            case "replace":
                holder[path[-1]] = json.loads(json.dumps(draw(st.sampled_from(ATOMS))))
            case _:
                other = draw(st.sampled_from(below))
                copied = json.loads(json.dumps(at(value, other)))
                if isinstance(holder, dict):
                    holder[draw(st.sampled_from([str(other[-1]), f"{path[-1]}s", "x", ""]))] = (
                        copied
                    )
                else:
                    holder.append(copied)
    return json.dumps(value, indent=1)


@st.composite
def edited_texts(draw: st.DrawFn) -> str:
    """A spec in which a few characters were removed, inserted or swapped."""
    text = list(draw(st.sampled_from([GOOD, EVERYTHING])))
    marks = [*"{}[]:,-#&*!|>'\"%@`\t\n \\?<~=é\u2028", "<<: ", "&a ", "*a", "---\n", "- ", "!!int "]
    for _ in range(draw(st.integers(1, 4))):
        i = draw(st.integers(0, len(text) - 2))
        match draw(st.sampled_from(["remove", "insert", "swap"])):
            case "remove":
                del text[i : i + draw(st.sampled_from([1, 2, 20]))]
            case "insert":
                text.insert(i, draw(st.sampled_from(marks)))
            case _:
                text[i], text[i + 1] = text[i + 1], text[i]
    return "".join(text)


@st.composite
def overrides(draw: st.DrawFn) -> str:
    """An override of something that is there, or nearly."""
    below = [path for path in paths(compose(GOOD).value) if path]
    key = ".".join(map(str, draw(st.sampled_from(below))))
    key += draw(st.sampled_from(["", "", ".x", "[0]", ".0", ".n", "..", "s"]))
    return f"{key}={json.dumps(draw(st.sampled_from(ATOMS)))}"
