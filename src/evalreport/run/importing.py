"""Importing: outputs that another tool kept, as the blocks that asking would have given."""

from collections.abc import Mapping
from dataclasses import dataclass

from evalreport.evidence import BlockId
from evalreport.importers.outputs import ForeignOutputs
from evalreport.importers.results import Integrity
from evalreport.layers.generation import Generation
from evalreport.plan.model import Given
from evalreport.plan.outputs import Foreign, foreign_outputs
from evalreport.records import Itemised, Origin


@dataclass(frozen=True, slots=True)
class Importing:
    """What was imported into the layers that ask.

    Attributes:
        blocks: Outputs of arms that were not asked here.
        integrity: What was found of their files, by layer.
    """

    blocks: Mapping[BlockId, Itemised]
    integrity: Mapping[str, Integrity]


def import_outputs(given: Given) -> Importing:
    """All outputs that other tools kept, beside the items that they answer."""
    blocks: dict[BlockId, Itemised] = {}
    integrity: dict[str, Integrity] = {}
    for layer in given.spec.evaluation.layers:
        if not isinstance(layer, Generation) or layer.dataset not in given.found:
            continue
        arms = [arm for arm in layer.arms if arm in layer.imported]
        if arms:
            found = {arm: foreign_outputs(given, layer, arm) for arm in arms}
            blocks |= {BlockId(layer.name, arm, None): _block(arm, found[arm]) for arm in arms}
            files = {arm: given.inputs.outputs[layer.name, arm] for arm in arms}
            integrity[layer.name] = _integrity(files, found)
    return Importing(blocks, integrity)


def _integrity(files: Mapping[str, ForeignOutputs], found: Mapping[str, Foreign]) -> Integrity:
    matched = {arm: one.matched for arm, one in found.items()}
    return Integrity(
        items={arm: len(one.responses) for arm, one in matched.items()},
        expected={arm: (len(one.items), "the dataset") for arm, one in found.items()},
        strangers={arm: one.strangers for arm, one in matched.items() if one.strangers},
        repeated={arm: one.repeated for arm, one in files.items() if one.repeated},
        left=tuple(left for one in files.values() for left in one.left),
        models={arm: dict(one.models) for arm, one in files.items() if one.models},
        unknown=_by_fact({arm: one.unknown for arm, one in found.items()}),
        declared=_by_fact({arm: one.declared for arm, one in found.items()}),
    )


def _by_fact(facts: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """By fact, the arms of which it is."""
    names = dict.fromkeys(name for of in facts.values() for name in of)
    return {name: tuple(arm for arm, of in facts.items() if name in of) for name in names}


def _block(arm: str, found: Foreign) -> Itemised:
    """One arm's outputs, with all that is known of how they were made."""
    return Itemised(
        arm=arm,
        seed=None,
        ids=tuple(item.id for item in found.items),
        responses=found.matched.responses,
        failures=found.matched.failures,
        protocol=found.protocol,
        weights=None,
        origin=Origin.IMPORTED,
    )
