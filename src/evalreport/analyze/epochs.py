"""How the loss of a training went, wherever it was done, and the table it is read from."""

from dataclasses import dataclass
from itertools import pairwise
from statistics import mean
from typing import Final

from evalreport.analyze.findings import EpochRow
from evalreport.evidence import Evidence
from evalreport.plan.weights import checkpoint_of
from evalreport.records import Corpus, CurvePoint, EarlierTraining, RecordedTraining, Role

_LOADS_BEST: Final = "load_best_model_at_end"  # as trainers call it, and whoever publishes settings
_FEWEST_LATER: Final = 2  # evaluations after the least loss that a rise is told from jitter by


@dataclass(frozen=True, slots=True)
class Course:
    """How one training behind the tuned arm went, as far as that is known.

    Attributes:
        name: In sentences: `seed 1`, or the weights that were trained elsewhere.
        is_ours: Whether it was done here.
        curve: Its losses; of a training that was not done here, as its trainer logged them.
        best_step: The step with the least evaluation loss; None when none was logged.
        chosen_step: The step whose weights answered; None when that is not known.
        rows: How many rows trained it; None when that is not known.
        has_dropout: Whether its training loss was taken with dropout on, as far as is known.
        epochs: How many passes over its rows it made, or was said to make.
        is_published: Whether only what others published about it is known; no weights are here.
        told: How many evaluation losses they published, on a curve or not.
        counts_epochs: Whether its points are those of epochs, so that a step is a point's place.
        chosen_on: The data on which the checkpoint that was measured is said to have been chosen,
            where which step that was is not told.
        is_logged: Whether its trainer's state tells all that is known of it.
        takes_last: Whether no file tells which weights are used, so that the last are taken.
        has_fall: Whether others published how far its evaluation loss fell, and not from where.
    """

    name: str
    is_ours: bool
    curve: tuple[CurvePoint, ...]
    best_step: int | None
    chosen_step: int | None
    rows: int | None
    has_dropout: bool = False
    epochs: float = 0.0
    is_published: bool = False
    told: int = 0
    counts_epochs: bool = False
    chosen_on: str = ""
    is_logged: bool = False
    takes_last: bool = False
    has_fall: bool = False

    def at(self, step: int) -> str:
        """Where a point of the curve lies: `step 1,200`, or `epoch 2` where epochs were told."""
        if not self.counts_epochs:
            return f"step {step:,}"
        return f"epoch {next(p.epoch for p in self.curve if p.step == step):g}"

    @property
    def evaluations(self) -> int:
        """How often the evaluation loss was logged."""
        return sum(point.eval_loss is not None for point in self.curve)


def courses(evidence: Evidence) -> tuple[Course, ...]:
    """The trainings behind the tuned arm: one a seed that was trained here, or one from elsewhere.

    None for a tuned model of which not even the weights can be seen, unless others published how
    they trained it; files beside weights that are here tell more.
    """
    if evidence.trainings:
        return tuple(
            Course(
                name=f"seed {seed}",
                is_ours=True,
                curve=log.curve,
                best_step=log.best_step,
                chosen_step=chosen_step(evidence, seed),
                rows=log.rows.rows,
                has_dropout=bool(log.used.get("adapter.dropout")),
                epochs=_last_epoch(log.curve),
            )
            for seed, log in evidence.trainings.items()
        )
    earlier, told = evidence.earlier.get("tuned"), evidence.recorded_training
    if told is not None and (earlier is None or not earlier.has_curve):
        chosen_on = [one.chosen_on for one in evidence.published.values() if one.chosen_on]
        return (_published(told, earlier, chosen_on[0] if chosen_on else ""),)
    if earlier is None:
        return ()
    return (
        Course(
            name=earlier.path,
            is_ours=False,
            curve=earlier.curve,
            best_step=earlier.best_step,
            chosen_step=earlier.weights_step,
            rows=_given_rows(evidence),
            has_dropout=bool(earlier.used.get("adapter.dropout")),
            epochs=_last_epoch(earlier.curve),
        ),
    )


def _published(told: RecordedTraining, earlier: EarlierTraining | None, chosen_on: str) -> Course:
    """What others published or a state tells; points of epochs where no steps were told."""
    curve = told.curve or told.by_epoch
    losses = [(point.eval_loss, point.step) for point in curve if point.eval_loss is not None]
    best = min(losses)[1] if losses else None
    of_files = earlier if told.state is None else told.state
    chosen = of_files.weights_step if of_files is not None else None
    takes_last = of_files is not None and of_files.takes_last
    if told.used.get(_LOADS_BEST) is True and (chosen is None or takes_last):
        chosen, takes_last = best, False
    return Course(
        name="the recorded training",
        is_ours=False,
        curve=curve,
        best_step=best,
        chosen_step=chosen,
        rows=told.train_rows,
        has_dropout=bool(told.used.get("adapter.dropout")),
        epochs=max(told.epochs or 0.0, _last_epoch(curve)),
        is_published=True,
        told=told.told_evaluations,
        counts_epochs=not told.curve,
        chosen_on=chosen_on if chosen is None else "",
        is_logged=told.is_logged,
        takes_last=takes_last,
        has_fall=any(one.metric == "eval_loss" for one in told.relative),
    )


def _last_epoch(curve: tuple[CurvePoint, ...]) -> float:
    return max((point.epoch for point in curve), default=0.0)


def _given_rows(evidence: Evidence) -> int | None:
    """What the spec names as training data, where nobody counted the rows while they trained."""
    found = [
        len(corpus.items)
        for corpus in evidence.corpora.values()
        if isinstance(corpus, Corpus) and corpus.role is Role.TRAIN
    ]
    return sum(found) if found else None


def epoch_rows(evidence: Evidence) -> tuple[EpochRow, ...]:
    """The evaluations of the first training behind the tuned arm, as `rows_of` puts them."""
    known = courses(evidence)
    has_steps = bool(known) and not known[0].counts_epochs
    return rows_of(known[0].curve, known[0].chosen_step) if has_steps else ()


def earlier_rows(earlier: EarlierTraining) -> tuple[EpochRow, ...]:
    """The evaluations of a training that was not done here."""
    return rows_of(earlier.curve, earlier.weights_step)


def rows_of(curve: tuple[CurvePoint, ...], chosen: int | None) -> tuple[EpochRow, ...]:
    """The evaluations of a training, with the mean training loss since the one before.

    The training loss is of earlier weights, and with dropout where there is some; it is shown
    beside the evaluation loss and never subtracted from it. None where steps have no epochs.

    Args:
        curve: As logged.
        chosen: The step whose weights answered, where that is known.
    """
    rows: list[EpochRow] = []
    losses: list[float] = []
    if any(point.epoch == 0 and point.step for point in curve):
        return ()  # of which epoch a step is was not told
    for point in curve:
        if point.train_loss is not None:
            losses.append(point.train_loss)
        if point.eval_loss is not None:
            rows.append(
                EpochRow(
                    epoch=point.epoch,
                    step=point.step,
                    train_loss=mean(losses) if losses else None,
                    eval_loss=point.eval_loss,
                    chosen=point.step == chosen,
                )
            )
            losses = []
    return tuple(rows)


def chosen_step(evidence: Evidence, seed: int) -> int | None:
    """The step whose weights answered as the tuned arm of a seed; None when that is not known."""
    log, arm = evidence.trainings.get(seed), evidence.arms.get("tuned")
    if log is None or arm is None:
        return None
    for replicate in arm.replicates:
        subject = replicate.subject
        if replicate.seed == seed and subject.kind == "trained":
            kept = checkpoint_of(log, subject.checkpoint)
            return kept.step if kept else None
    return None


def rise_at(curve: tuple[CurvePoint, ...], step: int) -> float | None:
    """By which share the evaluation loss at a step stands above the least of the training.

    Read from the last evaluation up to the step; None where there is none, or no positive loss to
    compare with.
    """
    losses = [(p.step, p.eval_loss) for p in curve if p.eval_loss is not None]
    upto = [loss for at, loss in losses if at <= step]
    least = min((loss for _, loss in losses), default=0.0)
    return upto[-1] / least - 1 if upto and least > 0 else None


def diverges(curve: tuple[CurvePoint, ...], by: float = 0.02) -> tuple[int, float] | None:
    """Step of the least evaluation loss and the relative rise after it, when that exceeds `by`.

    Only counts when the training loss went on falling: its mean after that step lies below its
    mean over as many steps before. Single steps say little, since each is another batch.
    """
    evaluated = [point for point in curve if point.eval_loss is not None]
    if len(evaluated) < 2:
        return None
    best = min(evaluated, key=lambda point: point.eval_loss or 0.0)
    last = evaluated[-1]
    if best.eval_loss is None or last.eval_loss is None or best.eval_loss <= 0:
        return None
    rise = last.eval_loss / best.eval_loss - 1
    before = [p.train_loss for p in curve if p.train_loss is not None and p.step <= best.step]
    after = [p.train_loss for p in curve if p.train_loss is not None and p.step > best.step]
    falls = bool(before and after) and mean(after) < mean(before[-len(after) :])
    return (best.step, rise) if rise > by and falls else None


def against_the_trend(curve: tuple[CurvePoint, ...]) -> float | None:
    """The jitter of an evaluation loss, as a share of its least value, where it may explain a rise.

    That is the largest step against the trend: up before the least value, or down after it. A rise
    at the end that is larger, of which two evaluations or more tell, is beyond it: None. It is 0
    where fewer than two follow the least value (the last of equal ones), since they tell nothing.
    """
    losses = [p.eval_loss for p in curve if p.eval_loss is not None]
    least = min(losses, default=0.0)
    if least <= 0:
        return None
    at = max(place for place, loss in enumerate(losses) if loss == least)
    later = losses[at + 1 :]
    if len(later) < _FEWEST_LATER:
        return 0.0
    up = [b - a for a, b in pairwise(losses[: at + 1])]
    down = [a - b for a, b in pairwise(later)]
    jitter = max([0.0, *up, *down])
    return None if losses[-1] - least > jitter else jitter / least
