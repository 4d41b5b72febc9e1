"""Rules about the two losses of a training: how far apart they are, and whether they compare."""

from statistics import median
from typing import Final

from evalreport.analyze.epochs import Course, courses
from evalreport.numbers import fraction_text, rate_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, unchecked

_AROUND: Final = 5  # training losses beside an evaluation that its level is read from
_MEDIAN: Final = f"the median of the {_AROUND} logged steps around"
_LEARNT: Final = ": most of what was learnt since is about the training rows."
_HELD_OUT: Final = ("select", "validation", "val", "valid", "dev", "eval", "evaluation")
_LEAST_FALL: Final = 0.10
_BELOW: Final = 0.05
_CHANGES: Final = {
    "neftune_noise_alpha": "noise is added to the embeddings in training alone",
    "label_smoothing_factor": "labels are smoothed",
}


def _levels(
    course: Course, upto: int | None = None
) -> tuple[tuple[float, float], tuple[float, float]] | None:
    """(training, evaluation) loss at the first and the last evaluation; None for fewer than two.

    The training loss is the median of the steps around an evaluation and not the mean since the
    one before, which the tables show: that mean is of weights from long before.

    Args:
        course: The training.
        upto: The step after which nothing counts; all of it counts where left out.
    """
    evaluated = [
        (i, p.eval_loss)
        for i, p in enumerate(course.curve)
        if p.eval_loss is not None and (upto is None or p.step <= upto)
    ]
    if len(evaluated) < 2:
        return None

    def near(at: int) -> float | None:
        known = [
            (abs(i - at), p.train_loss)
            for i, p in enumerate(course.curve)
            if p.train_loss is not None
        ]
        # Of epochs each point is a mean already, and its neighbours are other epochs.
        nearest = [loss for _, loss in sorted(known)[: 1 if course.counts_epochs else _AROUND]]
        return median(nearest) if nearest else None

    (first, low), (last, high) = evaluated[0], evaluated[-1]
    begun, ended = near(first), near(last)
    if begun is None or ended is None:
        return None
    return (begun, low), (ended, high)


def _gap(case: Case) -> tuple[Said, ...]:
    """Of the weights that were measured; what came after them is worth knowing and no more."""
    said = []
    for course in courses(case.evidence):
        until, closing = _until(course)
        there, later = _falls(course, until), _falls(course)
        if there is not None:
            said.append(broken(f"{_fell(course, closing, there)}{_LEARNT}", *case.primary_cites))
        elif later is not None and until is not None:
            said.append(
                broken(
                    f"{_fell(course, 'the last,', later)}; {_before_it(course, until)}.",
                    *case.primary_cites,
                    severity=Severity.NOTE,
                )
            )
    return tuple(said) or _told_gap(case)


def _until(course: Course) -> tuple[int | None, str]:
    """The step whose weights were measured, as far as that is known, and how a sentence ends it."""
    if course.chosen_step is not None:
        chosen = course.chosen_step
        is_evaluated = any(p.step == chosen and p.eval_loss is not None for p in course.curve)
        that = f"that of {course.at(chosen)}" if is_evaluated else f"the last up to step {chosen:,}"
        whose = "its last" if course.takes_last else "whose weights are reported"
        return chosen, f"{that}, {whose},"
    if course.best_step is not None and course.chosen_on.lower() in _HELD_OUT:
        closing = (
            f"its least, of {course.at(course.best_step)} (the checkpoint is said to have been "
            f"chosen on {course.chosen_on}),"
        )
        return course.best_step, closing
    return None, "the last,"


def _before_it(course: Course, until: int) -> str:
    """That the weights are from before a gap, as surely as that is known."""
    if course.chosen_step is not None:
        return f"the reported weights are from {course.at(until)}, up to which it does not show"
    return (
        f"up to its least, of {course.at(until)}, it does not show, and the checkpoint is said to "
        f"have been chosen on {course.chosen_on}"
    )


def _falls(course: Course, upto: int | None = None) -> tuple[float, float] | None:
    """By how much both losses fell since the first evaluation, where that is a gap."""
    levels = _levels(course, upto)
    if levels is None:
        return None
    (train_then, eval_then), (train_now, eval_now) = levels
    train_fell, eval_fell = 1 - train_now / train_then, 1 - eval_now / eval_then
    return (train_fell, eval_fell) if _is_gap(train_fell, eval_fell) else None


def _fell(course: Course, closing: str, falls: tuple[float, float]) -> str:
    train_fell, eval_fell = falls
    how = "as published" if course.counts_epochs else f"{_MEDIAN} each"
    return (
        f"Between the first evaluation of {course.name} and {closing} the training loss fell by "
        f"{rate_text(train_fell)} ({how}) and the evaluation loss by {rate_text(eval_fell)}"
    )


def _told_gap(case: Case) -> tuple[Said, ...]:
    changes = _told_changes(case)
    if changes is None:
        return ()
    train_fell, eval_fell = (-change for change in changes)
    if not _is_gap(train_fell, eval_fell):
        return ()
    return (
        unchecked(
            f"In the recorded training the training loss fell by {fraction_text(train_fell)} and "
            f"the evaluation loss by {fraction_text(eval_fell)}, from which steps on was not said: "
            "if from the same one, most of what was learnt is about the training rows.",
            *case.primary_cites,
        ),
    )


def _is_gap(train_fell: float, eval_fell: float) -> bool:
    return train_fell >= _LEAST_FALL and 0 <= eval_fell < train_fell / 2


def _told_changes(case: Case) -> tuple[float, float] | None:
    """How much others say that both losses changed, as parts of where they began."""
    told = case.evidence.recorded_training
    changes = {one.metric: one.change for one in (told.relative if told is not None else ())}
    if len(changes) < 2:
        return None
    return changes["train_loss"], changes["eval_loss"]


def _below(case: Case) -> tuple[Said, ...]:
    said = []
    for course in courses(case.evidence):
        levels = _levels(course)
        if levels is None:
            continue
        train_now, eval_now = levels[1]
        if eval_now < (1 - _BELOW) * train_now:
            around = "" if course.counts_epochs else f", {_MEDIAN} it"
            said.append(
                broken(
                    f"At the end the evaluation loss of {course.name} ({eval_now:.3g}) lies "
                    f"{rate_text(1 - eval_now / train_now)} below its training loss "
                    f"({train_now:.3g}{around}). Possible causes: the training loss is of "
                    f"earlier weights{' and taken with dropout on' if course.has_dropout else ''}, "
                    "the evaluation rows are easier, or they leaked."
                )
            )
    return tuple(said)


def _not_comparable(case: Case) -> tuple[Said, ...]:
    said = []
    for seed, log in case.evidence.trainings.items():
        extra = log.used.get("training.extra")
        given = extra if isinstance(extra, dict) else {}
        reasons = [words for key, words in _CHANGES.items() if given.get(key)]
        if reasons:
            said.append(
                broken(
                    f"The training loss of seed {seed} is not the loss on its rows "
                    f"({', '.join(reasons)}), so it does not compare with the evaluation loss.",
                )
            )
    return tuple(said)


def _has_both(case: Case) -> bool:
    return any(_levels(course) is not None for course in courses(case.evidence))


def _has_changes(case: Case) -> bool:
    return _has_both(case) or _told_changes(case) is not None


TRAIN_LOSSES: tuple[CaseRule, ...] = (
    Rule(
        id="train-val-gap",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        varies="worth knowing where the reported weights are from before it shows",
        claim="The training loss did not fall over twice as much as the evaluation loss.",
        why="What lowers the loss on training rows alone is memory of them.",
        remedy="Train for fewer epochs, on more rows, or with a lower rank.",
        source="A published fine-tune: training loss down 64.5 %, validation loss 14.4 %.",
        applies=_has_changes,
        check=_gap,
    ),
    Rule(
        id="eval-below-train",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="The evaluation loss does not end over 5 % below the training loss.",
        why="It often has a harmless cause, and sometimes it is a leak.",
        source="Own.",
        applies=_has_both,
        check=_below,
    ),
    Rule(
        id="loss-not-comparable",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="Training and evaluation loss count the same thing.",
        why="Noise, smoothing or packing in training alone makes its loss another quantity.",
        source="Own.",
        applies=lambda case: bool(case.evidence.trainings),
        check=_not_comparable,
    ),
)
