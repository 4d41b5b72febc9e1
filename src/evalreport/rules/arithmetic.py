"""Rules about the arithmetic of a recorded training: do its own numbers give each other?

Whatever reading of the numbers makes them agree is taken: a rule objects where none does.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from evalreport.numbers import (
    count_text,
    fraction_text,
    half_unit,
    number_text,
    seconds_text,
)
from evalreport.records import EarlierTraining, RecordedTraining
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, unchecked
from evalreport.training.earlier import EPOCHS_PLANNED, PER_DEVICE

_HOUR: Final = 3600
_BESIDE: Final = 1.5  # of the time of its steps: loading, evaluating and saving take some as well
_TO_THE_END: Final = 0.98
_TENSOR: Final = ("tensor", "pipeline", "model")


def _told(case: Case) -> RecordedTraining | None:
    return case.evidence.recorded_training


def _tells(*of: Callable[[RecordedTraining], object]) -> Callable[[Case], bool]:
    """Whether a recorded training says one of these: where all is silent nothing is computed."""

    def applies(case: Case) -> bool:
        told = _told(case)
        return told is not None and any(one(told) for one in of)

    return applies


def _foreign(case: Case) -> tuple[str, ...]:
    """Ids of the primaries that rest on what the same people may have published."""
    return tuple(f.id for f in case.primaries if f.is_foreign)


def of_told(
    look: Callable[[RecordedTraining, tuple[str, ...]], Iterator[Said]],
) -> Callable[[Case], tuple[Said, ...]]:
    """A check of the recorded training, with the findings that it bears on."""

    def check(case: Case) -> tuple[Said, ...]:
        told = _told(case)
        return () if told is None else tuple(look(told, _foreign(case)))

    return check


# Steps


def _steps(told: RecordedTraining, cites: tuple[str, ...]) -> Iterator[Said]:
    rows, steps, epochs = told.train_rows, _steps_of(told), told.epochs
    batches = _batches(told)
    yield from _against_state(told, cites)
    if rows is None or steps is None or epochs is None or not batches:
        missing = _listed(
            word
            for word, is_known in (
                ("rows", rows),
                ("epochs", epochs),
                ("rows a step", batches),
                ("steps", steps),
            )
            if not is_known
        )
        yield unchecked(
            "Whether the steps of the recorded training follow from its rows cannot be checked "
            f"without {missing}.",
            *cites,
        )
        return
    if told.is_packed:
        yield unchecked(
            "The recorded training put several rows into one, and how many was not published: its "
            "steps cannot be computed from its rows.",
            *cites,
        )
        return
    ends = {epochs, *([told.last_epoch] if told.last_epoch else [])}
    if any(_fits(steps, rows, batch, end, told) for batch in batches for end in ends):
        return
    readings = "; ".join(
        f"{count_text(round(epochs * math.ceil(rows / batch)), 'step')} of {how}"
        for batch, how in batches.items()
    )
    yield broken(
        "The steps of the recorded training do not follow from its rows: "
        f"{count_text(rows, 'row')} in "
        f"{_epochs(epochs)} are {readings}; {count_text(steps)} are stated, which would be "
        f"{number_text(round(epochs * rows / steps, 1))} rows a step.{_reached(told, rows, steps)}",
        *cites,
    )


def _steps_of(told: RecordedTraining) -> int | None:
    state = told.state
    return told.steps if told.steps is not None or state is None else state.steps


def _batches(told: RecordedTraining) -> dict[int, str]:
    """Rows a step by every reading of what was published, with its words."""
    held, parts, gpus = told.micro_batch, told.accumulation, told.hardware.gpus or 1
    found: dict[int, str] = {}
    if told.global_batch_size is not None:
        whole = told.global_batch_size
        found[whole] = f"{count_text(whole, 'row')}, as stated"
        if held is not None and parts is not None and held * parts == whole and gpus > 1:
            found.setdefault(whole * gpus, _many(whole * gpus, gpus))
    elif held is not None:
        one = held * (parts or 1)
        if parts is not None or gpus == 1:
            found[one] = f"{count_text(one, 'row')}, on one GPU"
        if gpus > 1 and told.hardware.parallelism not in _TENSOR:
            found.setdefault(one * gpus, _many(one * gpus, gpus))
    return found


def _many(rows: int, gpus: int) -> str:
    return f"{count_text(rows, 'row')}, if each of {count_text(gpus, 'GPU')} has its own"


def _fits(steps: int, rows: int, batch: int, epochs: float, told: RecordedTraining) -> bool:
    """Whether so many steps are so many epochs, to one step an epoch for its last batch.

    What may stop early may take fewer.
    """
    exact, slack = epochs * rows / batch, math.ceil(epochs)
    slack += math.ceil(half_unit(epochs) * rows / batch) if epochs != round(epochs) else 0
    is_enough = told.may_stop_early or steps >= math.floor(exact) - slack
    return is_enough and steps <= math.ceil(exact) + slack


def _reached(told: RecordedTraining, rows: int, steps: int) -> str:
    """The epoch that was reached, where losses are told of one."""
    if told.last_epoch is None or told.last_epoch == told.epochs:
        return ""
    ends = [
        f"{steps * batch / rows:.2f} (of {count_text(batch, 'row')})" for batch in _batches(told)
    ]
    return (
        f" Losses are told of epoch {told.last_epoch:g}, and {count_text(steps, 'step')} end at "
        f"epoch {' or '.join(ends)}."
    )


def _against_state(told: RecordedTraining, cites: tuple[str, ...]) -> Iterator[Said]:
    apart = [] if told.state is None else [*_apart(told, told.state)]
    if apart:
        yield broken(
            "What is said of the recorded training is not what the state of its trainer has: "
            f"{'; '.join(apart)}.",
            *cites,
        )


def _apart(told: RecordedTraining, state: EarlierTraining) -> Iterator[str]:
    """Numbers of one fact that differ, said and logged; epochs may be those planned or made."""
    if told.steps and state.steps and told.steps != state.steps:
        yield f"{count_text(told.steps, 'step')} against {count_text(state.steps)}"
    planned, made = state.used.get(EPOCHS_PLANNED), state.epochs
    said = told.epochs if "training.epochs" in told.used else None
    if said is not None and isinstance(planned, int | float) and said not in (planned, made):
        yield f"{_epochs(said)} against {planned:g}"
    held, whole, part = state.used.get(PER_DEVICE), told.global_batch_size, told.micro_batch
    if not isinstance(held, int):
        return
    if part is not None and held not in (part, part * (told.hardware.gpus or 1)):
        yield f"{count_text(part, 'row')} a device at once against {count_text(held)}"
    elif part is None and whole is not None and whole % held:
        yield f"{count_text(whole, 'row')} a step against {count_text(held)} a device at once"


def _listed(words: Iterable[str]) -> str:
    *head, last = words
    return f"{', '.join(head)} and {last}" if head else last


def _epochs(epochs: float) -> str:
    return f"{epochs:g} epoch{'' if epochs == 1 else 's'}"


# The end


def _has_told_losses(told: RecordedTraining) -> bool:
    return any((one.train_loss, one.eval_loss) != (None, None) for one in told.losses)


def _before_end(told: RecordedTraining, cites: tuple[str, ...]) -> Iterator[Said]:
    last, epochs = told.last_epoch, told.epochs
    if epochs is None or last is None:
        missing = "how many epochs it has" if epochs is None else "of which epoch its losses are"
        yield unchecked(f"Of the recorded training it is not known {missing}.", *cites)
    elif last < _TO_THE_END * epochs and not told.may_stop_early:
        steps = _steps_of(told)
        place = (
            ""
            if steps is None
            else f" (about step {count_text(round(last / epochs * steps))} of {count_text(steps)}, "
            f"if these are all {epochs:g} epochs)"
        )
        whose = "logged" if told.is_logged else "published"
        yield broken(
            f"The last {whose} losses are of epoch {last:g} of {epochs:g}{place}: unless the "
            "training ended there, or its weights of then were kept, they are of other weights "
            "than those it gave.",
            *cites,
        )


# Time


def _time(told: RecordedTraining, cites: tuple[str, ...]) -> Iterator[Said]:
    steps, each, hours = _steps_of(told), told.seconds_per_step, told.hours
    if steps is None or each is None or hours is None:
        missing = _listed(
            word
            for word, known in (("steps", steps), ("seconds a step", each), ("hours", hours))
            if known is None
        )
        yield unchecked(
            "Whether the hours of the recorded training follow from its steps cannot be checked "
            f"without {missing}.",
            *cites,
        )
        return
    least = steps * (each - half_unit(each)) / _HOUR - half_unit(hours)
    most = _BESIDE * steps * (each + half_unit(each)) / _HOUR + half_unit(hours)
    if least <= hours <= most:
        return
    of_steps = steps * each / _HOUR
    rest = (hours - of_steps) * _HOUR
    left = (
        f"loading, evaluating and saving may be the other {seconds_text(rest)}"
        if rest > 0
        else "less than its steps alone take"
    )
    yield broken(
        f"{count_text(steps, 'step')} of {number_text(each)} s are {number_text(of_steps)} hours, "
        f"and the training is said to have taken {number_text(hours)} hours: {left}.",
        *cites,
    )


# Shares


def _shares(told: RecordedTraining, cites: tuple[str, ...]) -> Iterator[Said]:
    wrong = [
        f"{one.what}: {number_text(one.k)} of {number_text(one.of)} are "
        f"{fraction_text(round(one.k / one.of, 4))}, not {fraction_text(one.share)}"
        for one in told.shares
        if abs(one.k / one.of - one.share) > half_unit(one.share) + half_unit(one.k) / one.of + 1e-9
    ]
    if wrong:
        text = "Shares that were published with the training do not follow from their counts"
        yield broken(f"{text} ({'; '.join(wrong)}).", *cites)
    hardware = told.hardware
    if hardware.used_gigabytes is not None and hardware.gpu_gigabytes is not None:
        there = (hardware.gpus or 1) * hardware.gpu_gigabytes
        if hardware.used_gigabytes > there:
            yield broken(
                "The recorded training is said to have used "
                f"{number_text(hardware.used_gigabytes)} GB of memory, and its GPUs have "
                f"{number_text(there)}.",
                *cites,
            )


def _has_shares(case: Case) -> bool:
    told = _told(case)
    return told is not None and (bool(told.shares) or told.hardware.used_gigabytes is not None)


ARITHMETIC: tuple[CaseRule, ...] = (
    Rule(
        id="steps-do-not-recompute",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="The steps of a recorded training follow from its rows, epochs and batch.",
        why="Rows times epochs by rows a step are its steps. Where no reading of the published "
        "numbers gives them, it is not known which training it was.",
        remedy="Ask the authors for rows, batch and steps of the run whose weights they published.",
        source="A published fine-tune: 9,405 rows, 3 epochs, batches of 8, 1,803 steps.",
        applies=_tells(lambda told: told.rows, _steps_of),
        check=of_told(_steps),
    ),
    Rule(
        id="reported-before-the-end",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="Recorded losses reach to the end of the training.",
        why="A loss from the middle of a run is not that of the weights at its end.",
        remedy="Ask the authors for the losses at the end, or for the weights of that epoch.",
        source="A published fine-tune whose final loss is of epoch 1.66 of 3.",
        is_absence=True,
        applies=_tells(_has_told_losses, lambda told: told.curve),
        check=of_told(_before_end),
    ),
    Rule(
        id="time-does-not-recompute",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="The hours of a recorded training are its steps', or up to half as much again.",
        why="Hours, steps and seconds a step are one number twice. It says nothing about the "
        "model, and what the training cost rests on it.",
        source="Own.",
        applies=_tells(lambda told: told.hours, lambda told: told.seconds_per_step),
        check=of_told(_time),
    ),
    Rule(
        id="shares-do-not-recompute",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="Published shares follow from the counts beside them.",
        why="A share that its count does not give is of another count.",
        source="Own; model cards that give both.",
        applies=_has_shares,
        check=of_told(_shares),
    ),
)
