"""Training: data to train on, and options that contradict each other or can have no effect."""

from collections.abc import Iterator

from evalreport.records import Role
from evalreport.spec.checks.names import Names, role_of
from evalreport.spec.places import Complaint
from evalreport.spec.validate import Standing
from evalreport.spec.yaml12 import Path
from evalreport.training.options import EveryEpochs, Training, trains
from evalreport.training.problems import option_problems, row_problems

# Epochs and intervals are then whole numbers of steps, as nearly as for any real dataset.
_MANY_ROWS = 1_000_000


def check_training(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Adapter, training and their data."""
    spec = standing.spec
    if not standing.is_whole("adapter") or not standing.is_readable("training"):
        return
    roles = [role_of(standing, name) for name in names.datasets or ()]
    is_known = names.datasets is not None and standing.is_whole("datasets")
    has_select = Role.SELECT in roles or not is_known
    for problem in option_problems(spec.adapter, spec.training, has_select=has_select):
        yield _complaint(problem.where, problem.what, problem.hint)
    if trains(spec.adapter) and Role.TRAIN not in roles and is_known:
        yield Complaint(
            ("datasets",),
            f"adapter.method {spec.adapter.method} trains, but there is nothing to train on",
            "add train: {path: ..., prompt: ..., completion: ...}",
        )
    if trains(spec.adapter) and spec.training and _length_is_known(spec.training):
        for problem in row_problems(spec.training, _MANY_ROWS):
            yield _complaint(problem.where, problem.what, problem.hint)


def _length_is_known(training: Training) -> bool:
    """Whether the number of evaluations is the same for any number of rows."""
    if training.evaluate_every is None or training.early_stopping is None:
        return False
    return isinstance(training.evaluate_every, EveryEpochs) == (training.max_steps is None)


def _complaint(where: str, what: str, hint: str) -> Complaint:
    path: Path = tuple(where.split(".", 2))
    return Complaint(path, what, hint, at_key=path[:2] == ("training", "extra"))
