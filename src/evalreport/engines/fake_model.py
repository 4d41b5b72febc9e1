"""A simulated model: how good each set of weights truly is, and what it therefore says.

Everything follows from hashes of a seed, a role and an item, so the same question has the same
answer in any order, batch, process or year. What is true is known exactly: that is what the tests
of the statistics are held against.
"""

import hashlib
import json
import random
import re
from math import sqrt
from pathlib import Path
from statistics import NormalDist
from typing import Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from evalreport.digest import canonical, digest_of
from evalreport.engines.model_files import SIMULATED_ADAPTER
from evalreport.errors import EvalReportError, Problem
from evalreport.values import Count, Fraction, Json, NonNegative, Positive, Value

_STANDARD: Final = NormalDist()
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")

Shape = Literal["whole", "refused", "empty", "unparsable", "truncated"]


class FakeArm(Value):
    """How good one set of weights is.

    Attributes:
        right: Probability that a whole answer, or a choice, is right.
        refused: Share of generated answers that are refusals.
        empty: Share that are empty.
        unparsable: Share that are prose without what was asked for.
        truncated: Share that are cut off at `max_new_tokens`.
        nats_per_token: Mean loss on a reference.
        seen_gain: By how much the loss is lower on items that were trained on, in nats per token,
            asked in the words of the training.
        regurgitates: Share of items that were trained on whose reference comes back verbatim.
    """

    right: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.5
    refused: Fraction = 0.0
    empty: Fraction = 0.0
    unparsable: Fraction = 0.0
    truncated: Fraction = 0.0
    nats_per_token: Positive = 2.0
    seen_gain: NonNegative = 0.0
    regurgitates: Fraction = 0.0

    @model_validator(mode="after")
    def _shares_fit(self) -> Self:
        if self.refused + self.empty + self.unparsable + self.truncated > 1:
            raise ValueError("refused, empty, unparsable and truncated are more than 1 together")
        return self

    def shape(self, at: float) -> Shape:
        """The kind of output that a uniform draw stands for."""
        shares: tuple[tuple[Shape, float], ...] = (
            ("refused", self.refused),
            ("empty", self.empty),
            ("unparsable", self.unparsable),
            ("truncated", self.truncated),
        )
        for shape, share in shares:
            if at < share:
                return shape
            at -= share
        return "whole"

    def towards(self, other: "FakeArm", share: float) -> "FakeArm":
        """An arm between this one (0) and another (1), field by field."""
        return FakeArm(
            **{
                name: (1 - share) * getattr(self, name) + share * getattr(other, name)
                for name in FakeArm.model_fields
            }
        )


class SimulatedAdapter(Value):
    """What a simulated training leaves behind in place of weights.

    Attributes:
        role: Whose answers these are: `tuned`, or a name of the engine's `others`.
        arm: How good it is at this step.
        seed: Of the training run.
        step: Optimizer steps behind it.
        trained_by: Key of the training step, so that another training is another adapter.
        seen: Ids of the items that it was trained on.
    """

    role: str
    arm: FakeArm
    seed: int = 0
    step: Count = 0
    trained_by: str = ""
    seen: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Put it into a folder, which is made.

        Raises:
            OSError: It cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        text = canonical(self.model_dump(mode="json"))
        (folder / SIMULATED_ADAPTER).write_text(text, encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "SimulatedAdapter":
        """The adapter in a folder.

        Raises:
            EvalReportError: There is none, or it was not written by a simulated training.
        """
        path = folder / SIMULATED_ADAPTER
        try:
            return cls.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise EvalReportError(
                Problem(
                    str(path),
                    f"this is no adapter of a simulated training: {str(error).splitlines()[0]}",
                    "an adapter with real weights needs engine: {kind: local}",
                )
            ) from error


# Draws


def uniform(*parts: Json) -> float:
    """A number in (0, 1) that depends on the parts alone."""
    return (int(digest_of("uniform", *parts)[:13], 16) + 0.5) / 16**13


def normal(*parts: Json) -> float:
    """A standard normal number that depends on the parts alone."""
    return _STANDARD.inv_cdf(uniform(*parts))


def blend(shared: float, own: float, share: float) -> float:
    """A standard normal number of which a share of the variance is shared: corr = share."""
    return sqrt(share) * shared + sqrt(1 - share) * own


def threshold(probability: float) -> float:
    """The point below which a standard normal number falls with this probability."""
    if probability <= 0:
        return float("-inf")
    return float("inf") if probability >= 1 else _STANDARD.inv_cdf(probability)


# Words


REFUSAL: Final = "I'm sorry, but I can't help with that."
PROSE: Final = "Let me think about what you asked. There are several ways to look at it"


def corrupted(reference: str, pool: tuple[str, ...], *parts: Json) -> str:
    """A plausible wrong answer: a field changed, another number, another label; never the same.

    Args:
        reference: The right answer.
        pool: Answers to choose from when the reference is plain text, such as the labels.
        parts: Decide which of the possible wrong answers it is.
    """
    seed = hashlib.sha256(canonical(list(parts)).encode("utf-8", "surrogatepass")).digest()
    draw = random.Random(seed)  # noqa: S311
    try:
        value: Json = json.loads(reference)
    except ValueError:
        return _other_text(reference, pool, draw)
    if isinstance(value, dict | list):
        return json.dumps(_other_value(value, draw), ensure_ascii=False)
    return _other_text(reference, pool, draw)


def _other_value(value: Json, draw: random.Random) -> Json:
    if isinstance(value, dict):
        if not value:
            return {"item": "unknown"}
        key = draw.choice(sorted(value))
        return {**value, key: _other_value(value[key], draw)}
    if isinstance(value, list):
        if not value:
            return ["unknown"]
        at = draw.randrange(len(value))
        return [*value[:at], _other_value(value[at], draw), *value[at + 1 :]]
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        changed = value + draw.choice((1, 2, 10))
        return changed if abs(changed - value) > 0 else 0
    return "unknown" if value is None else _other_words(value)


def _other_text(reference: str, pool: tuple[str, ...], draw: random.Random) -> str:
    others = [answer for answer in pool if answer.strip() != reference.strip()]
    if others:
        return draw.choice(others)
    numbers = list(_NUMBER.finditer(reference))
    if numbers:
        last = numbers[-1]
        number = str(_other_value(json.loads(_plain(last.group())), draw))
        return reference[: last.start()] + number + reference[last.end() :]
    return _other_words(reference)


def _plain(number: str) -> str:
    """A number as JSON writes it: no leading zeros."""
    return str(float(number)) if "." in number else str(int(number))


def _other_words(text: str) -> str:
    words = text.split()
    turned = " ".join(reversed(words))
    return turned if turned.split() != words else f"not {text}".strip()
