"""The fake engine: a simulated model with known truth, for tests of everything but models.

It needs no files and no torch. What it says is decided by `fake_model` and said by
`fake_session`; a report from it is stamped SIMULATED.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from evalreport.digest import digest_of
from evalreport.engines.base import Load, Progress, Session
from evalreport.engines.fake_model import FakeArm, SimulatedAdapter
from evalreport.engines.model_files import SIMULATED_ADAPTER
from evalreport.records import Machine
from evalreport.values import Count, Fraction, Json, NonNegative, Positive, Value, Words


class FakeTraining(Value):
    """How a simulated training goes.

    Attributes:
        start_loss: Loss before the first step, in nats per token.
        end_loss: Training loss that it approaches.
        gap: By how much the loss on `select` stays above it.
        noise: Standard deviation of one step's training loss.
        diverges_after: Share of training after which the loss on `select` rises again; the skill
            of later checkpoints falls with it. 1: it never does.
        step_seconds: Real seconds that a step takes.
    """

    start_loss: Positive = 2.5
    end_loss: Positive = 0.5
    gap: NonNegative = 0.1
    noise: NonNegative = 0.02
    diverges_after: Fraction = 1.0
    step_seconds: NonNegative = 0.0


class FakeEngine(Value):
    """Options of the simulated model.

    Attributes:
        seed: Another seed is another world of items.
        base: How good the base is.
        tuned: How good the end of training is.
        others: How good other weights are, by the name of their folder (models, adapters).
        correlation: Share of an item's difficulty that all arms have in common.
        cluster_effect: Share of it that the items of a cluster have in common (intraclass
            correlation), in the common part as in each arm's own.
        within: How often each role is right on the items of a subgroup (`channel=fax`), where that
            is not what it is elsewhere.
        seed_spread: Standard deviation of skill between training seeds, on the probit scale.
        loss_spread: Standard deviation of an item's loss, in nats per token.
        wrong_answers: What a wrong plain-text answer is chosen from, such as the labels.
        training: How a simulated training goes.
        seconds_per_answer: What each answer claims to have taken.
        fail: Share of questions that end in a Failure.
        fail_while: They do so only while this file exists.
        calls: A file to which each call adds a line, also when the process is killed after it.
        delay_seconds: Real seconds that each call takes.
    """

    kind: Literal["fake"] = "fake"
    seed: Count = 0
    base: FakeArm = FakeArm(right=0.4, nats_per_token=2.2)
    tuned: FakeArm = FakeArm(right=0.7, nats_per_token=1.2)
    others: dict[str, FakeArm] = Field(default_factory=dict)
    correlation: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.5
    cluster_effect: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.0
    within: dict[str, dict[str, Fraction]] = Field(default_factory=dict)
    seed_spread: NonNegative = 0.0
    loss_spread: NonNegative = 0.3
    wrong_answers: tuple[Words, ...] = ()
    training: FakeTraining = FakeTraining()
    seconds_per_answer: NonNegative = 0.01
    fail: Fraction = 0.0
    fail_while: Words | None = None
    calls: Words | None = None
    delay_seconds: NonNegative = 0.0

    def blocked_reason(self, machine: Machine) -> str | None:  # noqa: ARG002
        """It runs anywhere."""
        return None

    def base_digest(self, path: str) -> str:
        """Identity of the simulated model of this path: what decides its answers.

        Args:
            path: As the spec names the model.
        """
        name = Path(path).name
        world = self.model_dump(
            mode="json",
            include={"seed", "correlation", "cluster_effect", "loss_spread", "wrong_answers"},
        )
        if self.within:
            world["within"] = self.model_dump(mode="json")["within"]
        role = name if name in self.others else "base"
        return digest_of("fake", world, role, self._arm(role).model_dump(mode="json"))

    def training_reads(self) -> dict[str, Json]:
        """What decides how good a simulated training comes out, beside the base."""
        told = self.model_dump(mode="json", include={"tuned", "training", "seed_spread"})
        return {f"engine.{name}": value for name, value in told.items()}

    def _arm(self, role: str) -> FakeArm:
        return {"base": self.base, "tuned": self.tuned, **self.others}[role]

    def open(self, load: Load, report: Callable[[Progress], None]) -> Session:  # noqa: ARG002
        """A session at once; there is nothing to load, and so nothing to report.

        Raises:
            EvalReportError: The folder holds a simulated model that cannot be read.
        """
        from evalreport.engines.fake_session import FakeSession

        name = load.folder.name
        if (load.folder / SIMULATED_ADAPTER).is_file():
            whole = SimulatedAdapter.read(load.folder)
        else:
            role = name if name in self.others else "base"
            whole = SimulatedAdapter(role=role, arm=self._arm(role))
        return FakeSession(self, load, whole)
