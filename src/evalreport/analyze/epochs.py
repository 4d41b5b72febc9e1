"""The table that overfitting is read from: one row an evaluation during training."""

from statistics import mean

from evalreport.analyze.findings import EpochRow
from evalreport.evidence import Evidence
from evalreport.plan.weights import checkpoint_of
from evalreport.records import CurvePoint, TrainingLog


def epoch_rows(evidence: Evidence) -> tuple[EpochRow, ...]:
    """The evaluations of the first seed, with the mean training loss since the one before.

    The training loss is a running average with dropout on and earlier weights; it is shown
    beside the evaluation loss and never subtracted from it.
    """
    if not evidence.trainings:
        return ()
    seed, log = next(iter(evidence.trainings.items()))
    chosen = chosen_step(evidence, seed)
    rows: list[EpochRow] = []
    losses: list[float] = []
    for point in log.curve:
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


def rise_at(log: TrainingLog, step: int) -> float | None:
    """By which share the evaluation loss at a step stands above the least of the training.

    Read from the last evaluation up to the step; None where there is none, or no positive loss to
    compare with.
    """
    losses = [(p.step, p.eval_loss) for p in log.curve if p.eval_loss is not None]
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
