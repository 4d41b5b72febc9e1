"""The JSON schema of a judge's reply, in the strict form that servers of structured output demand.

Strict: no further properties, all of them required, closed lists of values. The reason stands
before the verdict, since a model writes the properties in their order and should think first.
"""

import re
from collections.abc import Sequence
from typing import Final

from evalreport.records.exchange import Compare, Rate, Scaled
from evalreport.values import Json

# What servers take as the name of a property.
_SAFE_KEY: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
# A longer list of values is refused by some servers; the scale is then given by its ends.
_LONGEST_LIST: Final = 101


def schema_of(request: Compare | Rate) -> dict[str, Json]:
    """The schema that a reply to the request has to satisfy."""
    if isinstance(request, Rate):
        keys = criterion_keys(request.criteria)
        ratings = {
            key: _scale(criterion) for key, criterion in zip(keys, request.criteria, strict=True)
        }
        return _object({"justification": {"type": "string"}, "ratings": _object(ratings)})
    verdict: dict[str, Json] = {
        "justification": {"type": "string"},
        "verdict": {"type": "string", "enum": ["A", "B", "tie"] if request.ties else ["A", "B"]},
    }
    if len(request.shown) == 1:
        return _object(verdict)
    numbers: list[Json] = list(range(1, len(request.shown) + 1))
    entry = _object({"number": {"type": "integer", "enum": numbers}, **verdict})
    return _object({"comparisons": {"type": "array", "items": entry}})


def criterion_keys(criteria: Sequence[Scaled]) -> tuple[str, ...]:
    """What the judge calls each criterion: its name, or all are numbered where a name cannot be.

    A name cannot be a key that a server would refuse, or that differs from another in case alone.
    """
    names = tuple(criterion.name for criterion in criteria)
    is_safe = all(_SAFE_KEY.fullmatch(name) for name in names)
    if is_safe and len({name.lower() for name in names}) == len(names):
        return names
    return tuple(f"criterion_{number}" for number in range(1, len(names) + 1))


def _scale(criterion: Scaled) -> Json:
    if 0 <= criterion.high - criterion.low < _LONGEST_LIST:
        values: list[Json] = list(range(criterion.low, criterion.high + 1))
        return {"type": "integer", "enum": values}
    return {"type": "integer", "minimum": criterion.low, "maximum": criterion.high}


def _object(properties: dict[str, Json]) -> dict[str, Json]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
