"""Measured: one layer of one build, with all that the build tells of how it was measured."""

from dataclasses import dataclass
from typing import TypeAlias

from evalreport.analyze.comparable import Block
from evalreport.estimates import NotEstimable
from evalreport.layers.human import Human
from evalreport.layers.judge import Judge
from evalreport.layers.table import AnyLayer
from evalreport.lineage.builds import Build
from evalreport.records import Known, KnownCount, Unknown
from evalreport.report.model import DatasetFacts, LayerFacts
from evalreport.spec.models import Spec

Fact: TypeAlias = Known | KnownCount | Unknown


@dataclass(frozen=True, slots=True)
class Measured:
    """One layer of one build.

    Attributes:
        build: Which build.
        facts: What its report says of the layer.
        options: What its spec says of it; None where the spec cannot be read here.
        asked: The layer whose answers it measures: itself, or the one that it judges.
    """

    build: Build
    facts: LayerFacts
    options: AnyLayer | None
    asked: AnyLayer | None

    @property
    def dataset(self) -> DatasetFacts | None:
        """What it asked about, where the report names it."""
        return self.build.report.datasets.get(self.facts.dataset)

    @property
    def spec(self) -> Spec | None:
        """The spec, where it can be read."""
        spec = self.build.spec
        return None if isinstance(spec, NotEstimable) else spec

    @property
    def digest(self) -> str:
        """Of what it asked about; empty where none is recorded."""
        return "" if self.dataset is None else self.dataset.digest

    @property
    def is_headless(self) -> bool:
        """Whether nothing is recorded of how its arms were asked, since the items are missing."""
        return isinstance(self.build.head, NotEstimable)

    def told(self, arm: str, name: str) -> tuple[Fact, ...]:
        """What is recorded of one field of an arm's protocol, each thing once over the seeds."""
        blocks = self.blocks(arm)
        if isinstance(blocks, NotEstimable):
            return (Unknown(unknown=blocks.not_estimable),)
        return tuple(dict.fromkeys(getattr(block.protocol, name) for block in blocks))

    def blocks(self, arm: str) -> tuple[Block, ...] | NotEstimable:
        """How an arm was asked, one a training seed; or why that is not known."""
        head = self.build.head
        if isinstance(head, NotEstimable):
            return head
        found = head.asked.get(self.facts.name, {}).get(arm)
        if found is None or not found.blocks:
            why = (found.missing if found else None) or "it was not asked"
            return NotEstimable(not_estimable=f"{arm} has no answers: {why}")
        return found.blocks


def measured_in(build: Build, layer: str) -> Measured | None:
    """A layer of a build; None where the build has none of this name."""
    facts = next((one for one in build.report.layers if one.name == layer), None)
    if facts is None:
        return None
    spec = build.spec
    layers = {} if isinstance(spec, NotEstimable) else {o.name: o for o in spec.evaluation.layers}
    options = layers.get(layer)
    asked = layers.get(options.on) if isinstance(options, Judge | Human) else options
    return Measured(build=build, facts=facts, options=options, asked=asked)


def reported(side: Measured, arm: str, field: str) -> tuple[Fact, ...]:
    """What the report says of an arm, in the place of a field of its protocol.

    Args:
        side: Where.
        arm: Which arm.
        field: `shots`, `template` or `precision`.
    """
    facts = side.build.report.arms.get(arm)
    if facts is None or facts.form == "endpoint":
        return (Unknown(unknown=f"the report does not tell how {arm} was asked"),)
    prompting = facts.prompting
    match field:
        case "shots":
            return (KnownCount(known=0) if prompting is None else Known(known=prompting),)
        case "template" if facts.base_digest:
            return (Known(known=facts.base_digest),)
        case "precision" if facts.dtype:
            return (Known(known=f"{facts.dtype} {facts.quantization}"),)
        case _:
            return (Unknown(unknown=f"no {field} of {arm} is recorded"),)
