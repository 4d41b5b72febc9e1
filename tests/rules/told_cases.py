"""For every rule about a published training: the same world with one fact changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from evalreport.rules.base import Severity
from tests.analyze.evidence import World
from tests.analyze.layers import Options
from tests.rules.case import Case
from tests.rules.recorded_worlds import BASE, METHOD, ROW, TUNED, recorded

# 9,405 rows in 3 epochs by 8 are 3,527 steps; of 4.29 s each they are 4.2 hours.
SETTINGS: Final[Options] = {
    "learning_rate": 2e-4,
    "schedule": "cosine",
    "epochs": 3,
    "global_batch_size": 8,
    "seed": 1,
}
TRAINING: Final[Options] = {
    "source": "a model card",
    "settings": SETTINGS,
    "rows": {"train": 9405, "validation": 495},
    "steps": 3528,
    "seconds_per_step": 4.29,
    "hours": 4.2,
    "hardware": {"gpu": "L40S", "gpus": 4, "gpu_gigabytes": 48, "used_gigabytes": 67},
    "losses": [
        {"epoch": 1, "train_loss": 0.9, "eval_loss": 0.8},
        {"epoch": 2, "train_loss": 0.6, "eval_loss": 0.6},
        {"epoch": 3, "train_loss": 0.5, "eval_loss": 0.5},
    ],
    "shares": [{"what": "correct answers", "k": 3300, "of": 9900, "share": 0.33}],
}
COSTS: Final[Options] = {
    "source": "a model card",
    "lines": [
        {"name": "data", "amount": 250},
        {"name": "GPUs", "amount": 5, "hours": 2.5, "gpus": 2, "gpu_hour": 1},
        {"name": "electricity", "amount": 0.6, "hours": 2.5, "watts": 800, "per_kwh": 0.3},
    ],
    "total": 255.6,
    "alternatives": [
        {"name": "a hosted model", "per_call": 0.03, "calls": 9900, "amount": 297},
        {"name": "another", "per_call": 0.025},
    ],
    "break_even": {"calls": 8500, "against": "a hosted model"},
}


def told(
    settings: Options | None = None,
    cost: Options | None = None,
    folder: Path = Path(),
    method: Options | None = None,
    **changes: object,
) -> World:
    """A sound published training, of which some facts are others; None leaves a fact out."""
    whole: Options = {
        **TRAINING,
        "settings": without_none({**SETTINGS, **(settings or {})}),
        **changes,
    }
    layer: Options = {
        "name": "bench",
        "subset": "all",
        "rows": [{**ROW, "tuned": TUNED, "base": BASE}],
        "method": without_none({**METHOD, **(method or {})}),
    }
    return recorded(
        layer,
        primary={"layer": "bench", "metric": "accuracy", "gain_at_least": 0.05},
        folder=folder,
        adapter={"method": "lora", "r": 64},
        training={"recorded": without_none(whole)},
        cost={"recorded": {**COSTS, **(cost or {})}},
    )


def without_none(facts: Options) -> Options:
    """The facts that are there."""
    return {key: one for key, one in facts.items() if one is not None}


TOLD_CASES: Final[Mapping[str, Case]] = {
    "steps-do-not-recompute": Case(
        lambda: told(steps=1803, seconds_per_step=None),
        "9,405 rows in 3 epochs are 3,528 steps of 8 rows, as stated; 1,803 are stated, which would "
        "be 15.6 rows a step.",
        lambda: told(seconds_per_step=None),
    ),
    "reported-before-the-end": Case(
        lambda: told(losses=[{"epoch": 1, "eval_loss": 0.6}, {"epoch": 1.66, "eval_loss": 0.5}]),
        "The last published losses are of epoch 1.66 of 3",
        lambda: told(losses=[{"epoch": 1, "eval_loss": 0.6}, {"epoch": 3, "eval_loss": 0.5}]),
    ),
    "time-does-not-recompute": Case(
        lambda: told(hours=2.5),
        "3,528 steps of 4.29 s are 4.204 hours, and the training is said to have taken 2.5 hours: "
        "less than its steps alone take.",
        told,
        severity=Severity.NOTE,
    ),
    "shares-do-not-recompute": Case(
        lambda: told(shares=[{"what": "correct answers", "k": 3000, "of": 9900, "share": 0.33}]),
        "(correct answers: 3,000 of 9,900 are 30.3 %, not 33 %)",
        told,
        severity=Severity.NOTE,
    ),
    "cost-does-not-recompute": Case(
        lambda: told(cost={"break_even": {"calls": 10000, "against": "a hosted model"}}),
        "255.60 USD are said to be paid back after 10,000 calls, and they pay for 8,520 calls of a "
        "hosted model at 0.03 USD",
        told,
        severity=Severity.NOTE,
    ),
}
