"""Training facts to lists, tables and the loss curve."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import EpochRow
from evalreport.estimates import NotEstimable
from evalreport.numbers import (
    Fact,
    Shown,
    absent,
    bytes_text,
    count_text,
    counted,
    large_count_text,
    loss_text,
    number_text,
    pointer_token,
    seconds_text,
    setting_text,
)
from evalreport.records import CurvePoint
from evalreport.render.curves import Line, curve
from evalreport.render.drawings import Drawing
from evalreport.render.published import LossLine, published_facts, published_losses
from evalreport.report.model import Report, SeedTraining, TrainingFacts

_TRACKERS: Final = {"tensorboard": "TensorBoard", "wandb": "Weights & Biases", "mlflow": "MLflow"}
_ADDRESSES: Final = ("https://", "http://")
_DECIDED: Final = "Decided by the program and the machine"
_SAID: Final = "What its files say"
_PUBLISHED: Final = "Settings, as published"
_LOGGED: Final = "Settings, as logged"
_ON_SELECT: Final = "Loss on select"
_EVALUATED: Final = "Evaluation loss"


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One setting as asked and as used."""

    name: str
    asked: str
    used: str


@dataclass(frozen=True, slots=True)
class EpochLine:
    """One row of the table that overfitting is read from."""

    epoch: Shown
    step: Shown
    train_loss: Shown
    eval_loss: Shown
    chosen: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """One training run."""

    seed: str
    steps: Shown
    best_step: Shown
    checkpoint: str
    stopped: str
    seconds: Shown
    tokens: Shown
    peak: Shown
    rows: Shown
    truncated: Shown
    dropped: Shown
    resumed: str


@dataclass(frozen=True, slots=True)
class FollowedRun:
    """Where a tracker keeps one training run; `link` is empty where it lies in a folder."""

    seed: str
    tracker: str
    run: str
    where: str
    link: str
    command: str


@dataclass(frozen=True, slots=True)
class Trained:
    """What training was asked to do, really did, and how its loss went."""

    facts: tuple[Fact, ...]
    differing: tuple[SettingRow, ...]
    unknown: tuple[SettingRow, ...]
    agreeing: tuple[SettingRow, ...]
    decided: tuple[SettingRow, ...]
    summary: str
    curve: Drawing | None
    curve_note: str
    runs: tuple[RunRow, ...]
    followed: tuple[FollowedRun, ...]
    epochs: tuple[EpochLine, ...]
    notes: tuple[str, ...]
    arm: str = ""
    is_here: bool = True
    decided_title: str = _DECIDED
    eval_name: str = _ON_SELECT
    not_known: tuple[str, ...] = ()
    losses: tuple[LossLine, ...] = ()


def trained_of(report: Report) -> Trained | None:
    """The training behind the tuned arm; None when there is no tuned model with weights."""
    return None if report.training is None else _trained(report.training, "/training")


def others_of(report: Report) -> tuple[Trained, ...]:
    """What is known of trainings behind arms beside tuned that were not done here."""
    return tuple(
        _trained(training, f"/other_trainings/{pointer_token(arm)}", arm)
        for arm, training in report.other_trainings.items()
    )


def _trained(training: TrainingFacts, key: str, arm: str = "") -> Trained:
    is_here, told = training.trained_here, training.published
    if told is not None:
        facts: Iterable[Fact] = published_facts(training, told, key)
    else:
        facts = _facts(training, key) if is_here else _known_facts(training, key)
    return Trained(
        facts=tuple(facts),
        differing=_settings(training, agrees=False),
        unknown=_settings(training, agrees=None),
        agreeing=_settings(training, agrees=True),
        decided=tuple(
            SettingRow(name, "", setting_text(value))
            for name, value in training.used.items()
            if name not in training.asked
        ),
        summary=_summary(training),
        curve=_loss_curve(training),
        curve_note=training.loss_definition.rstrip("."),
        runs=tuple(_run(run, f"{key}/runs/{i}") for i, run in enumerate(training.runs)),
        followed=tuple(
            FollowedRun(
                seed=str(run.seed),
                tracker=_TRACKERS.get(one.tracker, one.tracker),
                run=one.run,
                where=one.where,
                link=one.where if one.where.startswith(_ADDRESSES) else "",
                command=one.command,
            )
            for run in training.runs
            for one in run.trackers
        ),
        epochs=tuple(
            _epoch(e, f"{key}/epochs/{i}", _chosen_as(training))
            for i, e in enumerate(training.epochs)
        ),
        notes=tuple(f"{note.rstrip('.')}." for note in training.notes)
        if not is_here
        else training.notes,
        arm=arm,
        is_here=is_here,
        decided_title=_decided_title(training),
        eval_name=_ON_SELECT if is_here else _EVALUATED,
        not_known=training.unknown,
        losses=() if told is None else published_losses(told, key),
    )


def _decided_title(training: TrainingFacts) -> str:
    told = training.published
    if training.trained_here or told is None:
        return _DECIDED if training.trained_here else _SAID
    return _LOGGED if told.is_logged else _PUBLISHED


def _chosen_as(training: TrainingFacts) -> str:
    """What stands beside the checkpoint that is reported: nobody chose what is merely the last."""
    told = training.published
    return "last, taken" if told is not None and told.takes_last else "chosen"


def _settings(training: TrainingFacts, *, agrees: bool | None) -> tuple[SettingRow, ...]:
    return tuple(
        SettingRow(
            row.name,
            setting_text(row.asked),
            "not read back" if row.agrees is None else setting_text(row.used),
        )
        for row in training.compared
        if row.agrees is agrees
    )


def _summary(training: TrainingFacts) -> str:
    """How many settings were not used as asked, and how many nobody knows of."""
    if training.published is not None and training.published.is_logged:
        last = (
            " Which of its weights are used is not told: those of its last step are taken."
            if training.published.takes_last
            else ""
        )
        return f"Not trained here: what stands here is what its trainer's state says.{last}"
    if training.published is not None:
        of_state = "its curve is that of its trainer's state, and every other number of it"
        what = of_state if training.published.state else "every number of it"
        return f"Not trained here: {what} stands here as others published it."
    if not training.trained_here:
        return (
            "Not trained here: nothing was asked of this training, and what stands here is what "
            "its files say."
        )
    known = [row.agrees for row in training.compared if row.agrees is not None]
    if not training.compared:
        return "No setting was recorded."
    unknown = len(training.compared) - len(known)
    left = f" {count_text(unknown, 'setting')} could not be read back." if unknown else ""
    if all(known):
        every = "Every setting" if not unknown else f"{count_text(len(known), 'setting')}: each"
        return f"{every} was used as it was asked for.{left}"
    wrong = count_text(known.count(False), "setting")
    return f"{wrong} of {count_text(len(training.compared))} not used as asked.{left}"


def _facts(training: TrainingFacts, key: str) -> Iterable[Fact]:
    yield Fact.words("Method", training.method)
    for term, name, count in (
        ("Parameters trained", "trainable_parameters", training.trainable_parameters),
        ("Parameters in all", "total_parameters", training.total_parameters),
        ("Tokens read", "tokens", training.tokens),
    ):
        yield Fact(term, _large(count, f"{key}/{name}"))
    yield Fact("Time of its steps", _seconds(training.seconds, f"{key}/seconds"))
    yield Fact("Peak memory", _peak(training.peak_bytes, f"{key}/peak_bytes"))
    if training.best_step is not None:
        yield Fact("Best step", counted(training.best_step, f"{key}/best_step"))
    yield Fact.words("Seeds", ", ".join(str(run.seed) for run in training.runs))


def _known_facts(training: TrainingFacts, key: str) -> Iterable[Fact]:
    """Of a training that was not done here, with a reason wherever nothing is known."""
    yield Fact.words("Trained here", "no")
    yield Fact.words("Read from", training.origin)
    for term, name, count in (
        ("Steps", "steps", training.steps),
        ("Best step", "best_step", training.best_step),
        ("Weights from step", "weights_step", training.weights_step),
    ):
        if isinstance(count, NotEstimable):
            yield Fact(term, absent(count.not_estimable))
        elif count is None:
            yield Fact(term, absent("no evaluation loss was logged"))
        else:
            yield Fact(term, counted(count, f"{key}/{name}"))
    yield Fact(
        "Parameters trained",
        _large(training.trainable_parameters, f"{key}/trainable_parameters"),
    )
    yield Fact("Tokens read", _large(training.tokens, f"{key}/tokens"))
    yield Fact("Time", _seconds(training.seconds, f"{key}/seconds"))


def _large(count: int | NotEstimable, key: str) -> Shown:
    if isinstance(count, NotEstimable):
        return absent(count.not_estimable)
    return Shown(large_count_text(count), key, str(count))


def _seconds(seconds: float | NotEstimable, key: str) -> Shown:
    if isinstance(seconds, NotEstimable):
        return absent(seconds.not_estimable)
    return Shown(seconds_text(seconds), key, repr(seconds))


def _peak(peak_bytes: int | None, key: str) -> Shown:
    if peak_bytes is None:
        return absent("not measured")
    return Shown(bytes_text(peak_bytes), key, str(peak_bytes))


def _loss(loss: float | None, key: str) -> Shown:
    return absent("not logged") if loss is None else Shown(loss_text(loss), key, repr(loss))


def _epoch(row: EpochRow, key: str, chosen_as: str) -> EpochLine:
    return EpochLine(
        epoch=Shown(number_text(row.epoch), f"{key}/epoch", repr(row.epoch)),
        step=counted(row.step, f"{key}/step"),
        train_loss=_loss(row.train_loss, f"{key}/train_loss"),
        eval_loss=_loss(row.eval_loss, f"{key}/eval_loss"),
        chosen=chosen_as if row.chosen else "",
    )


def _run(run: SeedTraining, key: str) -> RunRow:
    return RunRow(
        seed=str(run.seed),
        steps=counted(run.steps, f"{key}/steps"),
        best_step=absent("not chosen")
        if run.best_step is None
        else counted(run.best_step, f"{key}/best_step"),
        checkpoint=run.chosen_checkpoint,
        stopped="early" if run.stopped_early else "at the end",
        seconds=_seconds(run.seconds, f"{key}/seconds"),
        tokens=Shown(large_count_text(run.tokens), f"{key}/tokens", str(run.tokens)),
        peak=_peak(run.peak_bytes, f"{key}/peak_bytes"),
        rows=counted(run.rows.rows, f"{key}/rows/rows"),
        truncated=counted(run.rows.truncated, f"{key}/rows/truncated"),
        dropped=counted(run.rows.dropped, f"{key}/rows/dropped"),
        resumed=""
        if run.resumed_from is None
        else f"resumed from step {count_text(run.resumed_from)}",
    )


def _loss_curve(training: TrainingFacts) -> Drawing | None:
    """The first seed's curve in front, the evaluation points of other seeds faint behind it."""
    others = [
        Line(_points(run.curve, "eval_loss"), "other", "", has_dots=False)
        for run in training.runs[1:]
    ]
    train, evaluation = _points(training.curve, "train_loss"), _points(training.curve, "eval_loss")
    lines = [
        *others,
        Line(train, "train", "training loss", has_dots=False),
        Line(
            evaluation,
            "eval",
            "loss on select" if training.trained_here else "evaluation loss",
            has_dots=True,
        ),
    ]
    best = training.best_step
    word = "chosen" if training.trained_here else "least"
    chosen = None if best is None else (float(best), f"{word}: step {count_text(best)}")
    seeds = f" Faint lines: {count_text(len(others), 'other seed')}." if others else ""
    return curve(
        lines,
        chosen,
        x_name="step",
        title="Loss over training steps",
        text=" ".join(
            (
                _train_ends(training, train),
                _ends(evaluation, _ON_SELECT if training.trained_here else _EVALUATED),
            )
        )
        + seeds,
    )


def _train_ends(training: TrainingFacts, single: Sequence[tuple[float, float]]) -> str:
    """The training loss in words: by the numbers of the table, where it has two at least."""
    means = [(float(e.step), e.train_loss) for e in training.epochs if e.train_loss is not None]
    if len(means) > 1:
        return _ends(means, "Training loss", ", each a mean since the evaluation before")
    of_what = ", each of one batch" if training.trained_here else ""
    return _ends(single, "Training loss", of_what)


def _points(points: Sequence[CurvePoint], name: str) -> tuple[tuple[float, float], ...]:
    pairs = ((float(point.step), getattr(point, name)) for point in points)
    return tuple((step, loss) for step, loss in pairs if loss is not None)


def _ends(points: Sequence[tuple[float, float]], name: str, of_what: str = "") -> str:
    """A line in words: where it starts and ends."""
    if not points:
        return f"{name} was not logged."
    first, last = points[0][1], points[-1][1]
    return f"{name} goes from {loss_text(first)} to {loss_text(last)}{of_what}."
