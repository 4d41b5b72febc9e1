"""Words for what forbids a comparison, or what it rests on."""

from collections.abc import Sequence

from evalreport.diff.model import Pairing
from evalreport.lineage.aspect import Aspect, AspectState
from evalreport.numbers import count_text
from evalreport.stats.arguments import FEWEST_SEEDS


def refusal_text(pairing: Pairing) -> str:
    """Why a metric was not compared."""
    return pairing.why or "; ".join(aspect_text(one) for one in pairing.aspects)


def aspect_text(aspect: Aspect) -> str:
    """What of an aspect forbids a comparison, or is taken on trust, with both values."""
    values = f" ({aspect.one or 'nothing'} in A, {aspect.other or 'nothing'} in B)"
    why = f": {aspect.why}" if aspect.why else ""
    match aspect.state:
        case AspectState.DIFFERS:
            shown = values if aspect.one or aspect.other else ""
            return f"{aspect.name} not the same{shown}{why}"
        case AspectState.UNKNOWN:
            return f"{aspect.name} not known{why}"
        case AspectState.ON_TRUST:
            return f"{aspect.name} taken on trust{why}"
        case AspectState.SAME:
            return f"the same {aspect.name}"


def runs_sentence(pairing: Pairing) -> str:
    """That a difference is one of checkpoints, where too few trainings tell of their recipes."""
    if pairing.runs is None or min(pairing.runs) >= FEWEST_SEEDS:
        return ""
    a, b = pairing.runs
    if a == b == 1:
        return (
            "One training run on each side: this is about these two checkpoints, not about the "
            "recipes."
        )
    return (
        f"{count_text(a, 'training run')} of A and {count_text(b)} of B: this is about these "
        "checkpoints, not about the recipes."
    )


def listed_ids(ids: Sequence[str]) -> str:
    """Ids in a sentence: `a`, `b` and `c`."""
    *most, last = (f"`{one}`" for one in ids)
    return f"{', '.join(most)} and {last}" if most else last
