"""Training: data to train on, and options that contradict each other or can have no effect."""

from collections.abc import Iterator
from typing import Final

from evalreport.errors import Problem
from evalreport.records import Role
from evalreport.spec.checks.names import Names, role_of
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing
from evalreport.spec.yaml_tree import Path
from evalreport.training.options import EveryEpochs, Training, trains
from evalreport.training.problems import option_problems, row_problems

# Epochs and intervals are then whole numbers of steps, as nearly as for any real dataset.
_MOST_EVALUATIONS: Final = 10_000
_MANY_ROWS: Final = 1_000_000


# What a complaint rests on: when that was wrong in itself, it is not made.
_RESTS_ON: Final = {
    "training.early_stopping": ("evaluate_every",),
    "training.keep": ("evaluate_every",),
    "training.evaluate_every": ("evaluate_every",),
    "training.learning_rate": ("learning_rate",),
    "training.micro_batch": ("global_batch_size", "launch"),
    "training.launch.processes": ("global_batch_size",),
    "training.warmup": ("max_steps",),
    "training.checkpoints": ("epochs", "max_steps"),
}


def check_training(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Adapter, training and their data."""
    spec = standing.spec
    if not standing.is_whole("adapter") or not standing.is_readable("training"):
        return
    if spec.told_training is not None:
        return  # nothing is trained, and the adapter is what others published
    roles = [role_of(standing, name) for name in names.datasets or ()]
    is_known = names.datasets is not None and standing.is_whole("datasets")
    has_select = Role.SELECT in roles or not is_known
    for problem in option_problems(spec.adapter, spec.to_train, has_select=has_select):
        if all(standing.is_whole("training", key) for key in _RESTS_ON.get(problem.where, ())):
            yield _complaint(problem)
    if trains(spec.adapter) and Role.TRAIN not in roles and is_known:
        yield Complaint(
            ("datasets",),
            f"adapter.method {spec.adapter.method} trains, but there is nothing to train on",
            "add train: {path: ..., prompt: ..., completion: ...}",
        )
    is_whole = standing.is_whole("training") and trains(spec.adapter)
    if is_whole and spec.to_train and _length_is_known(spec.to_train):
        for problem in row_problems(spec.to_train, _MANY_ROWS):
            yield _complaint(problem)


def _length_is_known(training: Training) -> bool:
    """Whether the number of evaluations is the same for any number of rows, and not absurd."""
    every, rule = training.evaluate_every, training.early_stopping
    if every is None or rule is None:
        return False
    if isinstance(every, EveryEpochs):
        epochs = training.epochs_asked
        return epochs is not None and epochs / every.epochs <= _MOST_EVALUATIONS
    steps = training.max_steps
    return steps is not None and steps / every.steps <= _MOST_EVALUATIONS


def _complaint(problem: Problem) -> Complaint:
    path: Path = tuple(problem.where.split(".", 2))
    return Complaint(path, problem.what, problem.hint, at_key=path[:2] == ("training", "extra"))
