"""Why a step would run: the first difference that its user can act on."""

from collections.abc import Mapping

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
    upstream: tuple[str, ...] = (),
) -> str:
    """The reason in words: never done, values that changed (old -> new), inputs, steps, items.

    Args:
        now: What the step reads.
        before: What its newest finished forerunner read; None when there is none.
        missing: Items without a response.
        items: All items.
        upstream: Ids of steps whose results are not there yet, so that nothing can be reused.
    """
    parts: list[str] = []
    if before is None:
        parts.append("not done yet")
    else:
        changed = [name for name in sorted({*now, *before}) if now.get(name) != before.get(name)]
        values = [name for name in changed if not name.startswith("input:")]
        parts += [f"{name} {show(before.get(name))} -> {show(now.get(name))}" for name in values]
        parts += [
            f"{name.removeprefix('input:')} changed" for name in changed if name not in values
        ]
        if len(parts) > _SHOWN:
            parts = [*parts[:_SHOWN], f"and {len(parts) - _SHOWN} more"]
    parts += [f"after {step}" for step in upstream]
    if items and missing < items:
        parts.append(f"{missing:,} of {items:,} items")
    return "; ".join(parts) if parts else "its responses are missing from the store"


def show(value: Json) -> str:
    """A value as the spec would write it."""
    if value is None:
        return "unset"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return str(value).replace("'", '"')
