"""Worlds in which others measured: a few lines of a recorded layer, and all that follows."""

from pathlib import Path
from typing import Final

from evalreport.evidence import Evidence
from evalreport.layers.recorded import Recorded
from evalreport.plan.ask_steps import reading_step
from evalreport.plan.model import Plan
from evalreport.records import Done, Machine
from evalreport.spec.models import Spec
from evalreport.training.published import read_recorded
from tests.analyze.evidence import World
from tests.analyze.layers import Options

JUDGE: Final[Options] = {
    "judge": "gpt-5-mini",
    "orders": "both",
    "per_call": 1,
    "generator_of_training_data": "claude-3.5-sonnet",
    "flips": {"k": 8, "n": 120, "first_slot": 4},
    "repeats_agree": {"k": 96, "n": 100},
    "human_labels": {
        "n": 120,
        "agree": 96,
        "kappa": {"value": 0.58, "low": 0.44, "high": 0.7},
        "favours": {"tuned": 13, "base": 11},
    },
    "mean_length": {"tuned": 240, "base": 220},
    "by_longer": {"tuned": {"tuned": 38, "base": 14}, "base": {"tuned": 34, "base": 18}},
    "checkable": 0,
    "rubric": "r1",
    "judge_versions": "2025-08-07",
    "judge_accuracy": {"judge": 0.9, "tuned": 0.7, "n": 50},
    "reference_shown": True,
}
COUNTS: Final[Options] = {"tuned": 72, "base": 32, "tie": 16}
METHOD: Final[Options] = {
    "harness": "lm-eval 0.4.9",
    "decoding": "greedy, 512 tokens",
    "shots": 5,
    "precision": "bfloat16",
    "checkpoint_chosen_on": "select",
    "labels_made_by": "people",
}
ROW: Final[Options] = {"metric": "accuracy", "n": 500}


def arm(value: float, low: float, high: float) -> Options:
    """A number with the interval that was published with it."""
    return {"value": value, "low": low, "high": high}


TUNED: Final = arm(0.62, 0.58, 0.66)
BASE: Final = arm(0.53, 0.49, 0.57)


def recorded(
    *layers: Options, primary: Options | None = None, folder: Path = Path(), **more: object
) -> World:
    """A spec that has recorded layers only, and evidence of what stands in it.

    Args:
        layers: As in the spec, without their kind.
        primary: As in the spec.
        folder: Of the spec.
        more: Further keys of the spec.
    """
    spec = Spec.model_validate(
        {
            "evalreport": 1,
            "name": "others",
            "base_model": {"path": "unsloth/Qwen3-4B"},
            "adapter": more.pop("adapter", {"method": "none"}),
            "evaluation": {
                "primary": primary,
                "layers": [{"kind": "recorded", **layer} for layer in layers],
            },
            **more,
        }
    )
    built = [one for one in spec.evaluation.layers if isinstance(one, Recorded)]
    steps = tuple(reading_step(one) for one in built)
    return World(
        spec,
        Evidence(
            plan=Plan(
                name="others",
                steps=steps,
                arms={},
                blocked_arms={},
                asks={},
                power=None,
                registration=None,
                declared_subject=None,
            ),
            corpora={},
            items={},
            outcomes={one.step.id: Done(reused=True, seconds=0.0) for one in steps},
            blocks={},
            trainings={},
            registration=None,
            environment={},
            machine=Machine(cores=2, memory_bytes=8 << 30, instruction_sets=()),
            published={one.name: one.published() for one in built},
            judging={one.name: told for one in built if (told := one.judging()) is not None},
            recorded_training=None
            if spec.told_training is None
            else read_recorded(spec.told_training, spec.adapter, folder),
        ),
    )


def judged(counts: Options | None = None, **method: object) -> World:
    """A sound comparison by a judge, of which some facts are others; None leaves a fact out."""
    facts = {key: fact for key, fact in {**JUDGE, **method}.items() if fact is not None}
    layer: Options = {
        "name": "ab",
        "measures": "preference",
        "method": facts,
        "counts": counts or COUNTS,
        "interval": [0.17, 0.49],
    }
    return recorded(layer, primary={"layer": "ab", "metric": "net_win", "gain_at_least": 0.1})


def published(row: Options | None = None, method: Options | None = None, **more: object) -> World:
    """Two rates on the same items, of which some facts are others; None leaves a fact out."""
    facts = {key: one for key, one in {**METHOD, **(method or {})}.items() if one is not None}
    whole: Options = {**ROW, "tuned": TUNED, "base": BASE, **(row or {})}
    layer: Options = {
        "name": "bench",
        "subset": "all",
        "rows": [{key: one for key, one in whole.items() if one is not None}],
        "method": facts,
        **more,
    }
    metric = whole["metric"]
    return recorded(layer, primary={"layer": "bench", "metric": metric, "gain_at_least": 0.05})
