"""What a verdict is: one outcome, one strength, one sentence, and because of what."""

from enum import StrEnum
from typing import Any, Final

from pydantic import SerializerFunctionWrapHandler, model_serializer

from evalreport.values import Value


class Outcome(StrEnum):
    """What the evidence says about the question that was declared."""

    BETTER = "better"
    BETTER_RETENTION_UNKNOWN = "better_retention_unknown"
    MIXED = "mixed"
    WORSE = "worse"
    REGRESSION_WITHOUT_GAIN = "regression_without_gain"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"
    INVALID_EVIDENCE = "invalid_evidence"
    NOT_MEASURED = "not_measured"


class Strength(StrEnum):
    """How much weight the outcome bears."""

    FULL = "full"
    WEAK = "weak"


# Evidence that does not count, is not there, or cannot tell has no strength to speak of.
WITHOUT_STRENGTH: Final = (Outcome.INVALID_EVIDENCE, Outcome.NOT_MEASURED, Outcome.INCONCLUSIVE)


class Verdict(Value):
    """The sentence on top. `because` are sentences, most important first; `next_step` is advice.

    `doubts` are what makes the evidence weak whatever else holds.
    """

    outcome: Outcome
    strength: Strength
    headline: str
    because: tuple[str, ...]
    next_step: str
    doubts: tuple[str, ...] = ()

    @model_serializer(mode="wrap")
    def _without_none(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        if not self.doubts:
            dumped.pop("doubts")
        return dumped
