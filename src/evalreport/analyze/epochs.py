"""The table that overfitting is read from: one row an evaluation during training."""

from evalreport.analyze.findings import EpochRow
from evalreport.evidence import Evidence
from evalreport.records import CurvePoint, TrainingLog
from evalreport.spec.models import Spec


def epoch_rows(spec: Spec, evidence: Evidence) -> tuple[EpochRow, ...]:
    """The evaluations of the first seed, with the mean training loss since the one before.

    The training loss is a running average with dropout on and earlier weights; it is shown
    beside the evaluation loss and never subtracted from it.
    """
    log = next(iter(evidence.trainings.values()), None)
    if log is None:
        return ()
    chosen = chosen_step(spec, log)
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
                    train_loss=sum(losses) / len(losses) if losses else None,
                    eval_loss=point.eval_loss,
                    chosen=point.step == chosen,
                )
            )
            losses = []
    return tuple(rows)


def chosen_step(spec: Spec, log: TrainingLog) -> int | None:
    """The step whose weights the tuned arm is."""
    keep = spec.training.keep if spec.training else "last"
    return next((kept.step for kept in log.checkpoints if kept.name == keep), log.best_step)


def diverges(curve: tuple[CurvePoint, ...], by: float = 0.02) -> tuple[int, float] | None:
    """Step of the least evaluation loss and the relative rise after it, when that exceeds `by`.

    Only counts when the training loss went on falling after that step.
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
    falls = bool(before and after) and after[-1] < before[-1]
    return (best.step, rise) if rise > by and falls else None
