"""Frozen values: the base of everything that flows, and scalars that refuse YAML's traps.

Lax pydantic turns `true` into 1.0 and "2e-4" into a number; these scalars do not. Containers stay
lax, so a YAML list may fill a tuple.
"""

from typing import Annotated, TypeAlias

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StrictBool,
    StrictStr,
    StringConstraints,
)

Json: TypeAlias = JsonValue

Number: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Positive: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0)]
NonNegative: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0)]
Fraction: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=0, le=1)]
OpenFraction: TypeAlias = Annotated[float, Field(strict=True, allow_inf_nan=False, gt=0, lt=1)]
Whole: TypeAlias = Annotated[int, Field(strict=True)]
Count: TypeAlias = Annotated[int, Field(strict=True, ge=0)]
Natural: TypeAlias = Annotated[int, Field(strict=True, ge=1)]
Flag: TypeAlias = StrictBool
Words: TypeAlias = StrictStr
Name: TypeAlias = Annotated[
    str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)
]
Digest: TypeAlias = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{64}$")]


class Value(BaseModel):
    """A frozen value: no unknown keys, no NaN, equal when its fields are equal."""

    # Validators are built when first needed: a command builds few of them.
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, defer_build=True)
