"""Why a step would run: the first difference that its user can act on."""

import json
from collections.abc import Iterator, Mapping

from evalreport.numbers import count_text
from evalreport.values import Json

_SHOWN = 3


def step_reads(reads: Mapping[str, Json], inputs: Mapping[str, str]) -> dict[str, Json]:
    """Values and inputs in one mapping, as reasons and the store hold them."""
    return {**reads, **{f"input:{name}": digest for name, digest in inputs.items()}}


def why(
    now: Mapping[str, Json],
    before: Mapping[str, Json] | None,
    *,
    missing: int,
    items: int,
    what: str = "item",
    upstream: tuple[str, ...] = (),
) -> str:
    """The reason in words: never done, values that changed (old -> new), inputs, steps, items.

    Args:
        now: What the step reads.
        before: What its newest finished forerunner read; None when there is none.
        missing: Items without a response.
        items: All items.
        what: What an item of such a step is called.
        upstream: Ids of steps whose results are not there yet, so that nothing can be reused.
    """
    parts: list[str] = []
    if before is None:
        parts.append("not done yet")
    else:
        changed = [name for name in sorted({*now, *before}) if now.get(name) != before.get(name)]
        values = [name for name in changed if not name.startswith("input:")]
        for name in values:
            parts += _differences(name, before.get(name), now.get(name))
        parts += [
            f"{name.removeprefix('input:')} changed" for name in changed if name not in values
        ]
        if len(parts) > _SHOWN:
            parts = [*parts[:_SHOWN], f"and {len(parts) - _SHOWN} more"]
    parts += [f"after {step}" for step in upstream]
    if items and missing < items:
        parts.append(f"{missing:,} of {count_text(items, what)}")
    return "; ".join(parts) if parts else "its responses are missing from the store"


def _differences(name: str, before: Json, now: Json) -> Iterator[str]:
    """What differs, old -> new; inside of a block, its keys one by one."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in [*now, *(key for key in before if key not in now)]:
            if before.get(key) != now.get(key):
                yield from _differences(f"{name}.{key}", before.get(key), now.get(key))
    else:
        yield f"{name} {show(before)} -> {show(now)}"


def show(value: Json) -> str:
    """A value as the spec would write it."""
    if value is None:
        return "unset"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
