"""A recorded training: every number marked as of those who tell it, and none made up."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from evalreport.estimates import NotEstimable
from evalreport.numbers import (
    Fact,
    Shown,
    absent,
    counted,
    fraction_text,
    loss_text,
    number_text,
    pointer_token,
    seconds_text,
)
from evalreport.records import Hardware
from evalreport.report.model import PublishedFacts, TrainingFacts

_AS: Final = ", as published"
_LOGGED: Final = ", as logged"
_NOT_SAID: Final = "not published"


@dataclass(frozen=True, slots=True)
class LossLine:
    """Losses of one point of a training, as others published them; what they left out is empty."""

    epoch: Shown
    step: Shown
    train_loss: Shown
    eval_loss: Shown
    token_accuracy: Shown


def published_facts(training: TrainingFacts, told: PublishedFacts, key: str) -> Iterator[Fact]:
    """What was said about a training, with a reason wherever nothing was."""
    if told.is_logged:
        yield from _logged_facts(training, told, key)
        return
    at = f"{key}/published"
    yield Fact.words("Trained here", "no, by others")
    yield Fact.words("Published in", told.source or "not said")
    if told.state:
        yield Fact.words("Its trainer's state", told.state)
    yield Fact.words(f"Method{_AS}", training.method)
    for name, rows in told.rows.items():
        yield Fact(f"Rows of {name}{_AS}", counted(rows, f"{at}/rows/{pointer_token(name)}"))
    yield Fact(f"Epochs{_by('epochs', told)}", _number(told.epochs, f"{at}/epochs"))
    yield Fact(f"Steps{_by('steps', told)}", _steps(training.steps, f"{key}/steps"))
    yield Fact(f"Seconds a step{_AS}", _number(told.seconds_per_step, f"{at}/seconds_per_step"))
    if told.hours is not None:
        yield Fact(f"Hours{_AS}", _number(told.hours, f"{at}/hours"))
    else:
        yield Fact(f"Time{_by('seconds', told)}", _seconds(training.seconds, f"{key}/seconds"))
    yield Fact.words(f"Hardware{_AS}", _hardware(told.hardware) or _NOT_SAID)
    for i, one in enumerate(told.relative):
        name = one.metric.replace("_", " ")
        change = Shown(fraction_text(one.change), f"{at}/relative/{i}/change", repr(one.change))
        yield Fact(f"Change of the {name}{_AS}", change)
    for share in told.shares:
        of = f"{number_text(share.k)} of {number_text(share.of)}"
        name = f"{share.what[:1].upper()}{share.what[1:]}"
        yield Fact.words(f"{name}{_AS}", f"{of} ({fraction_text(share.share)})")


def _by(fact: str, told: PublishedFacts) -> str:
    """Who tells a fact: whoever published it, else its trainer's state."""
    return _LOGGED if fact in told.from_state else _AS


def _logged_facts(training: TrainingFacts, told: PublishedFacts, key: str) -> Iterator[Fact]:
    """What a trainer's state tells, where nothing else does; the rest is listed as not known."""
    yield Fact.words("Trained here", "no")
    yield Fact.words("Read from", told.state)
    if told.epochs is not None:
        yield Fact("Epochs", _number(told.epochs, f"{key}/published/epochs"))
    if isinstance(training.steps, int):
        yield Fact("Steps", counted(training.steps, f"{key}/steps"))
    if not isinstance(training.seconds, NotEstimable):
        yield Fact("Time", _seconds(training.seconds, f"{key}/seconds"))
    if isinstance(training.weights_step, int):
        word = "Last step, whose weights are taken" if told.takes_last else "Weights from step"
        yield Fact(word, counted(training.weights_step, f"{key}/weights_step"))


def _number(number: float | None, key: str) -> Shown:
    return absent(_NOT_SAID) if number is None else Shown(number_text(number), key, repr(number))


def _steps(steps: int | NotEstimable | None, key: str) -> Shown:
    return counted(steps, key) if isinstance(steps, int) else absent(_NOT_SAID)


def _seconds(seconds: float | NotEstimable, key: str) -> Shown:
    if isinstance(seconds, NotEstimable):
        return absent(_NOT_SAID)
    return Shown(seconds_text(seconds), key, repr(seconds))


def _hardware(one: Hardware) -> str:
    gpus = f"{one.gpus} \N{MULTIPLICATION SIGN} " if one.gpus is not None else ""
    parts = [
        f"{gpus}{one.gpu or 'GPU'}" if one.gpu or gpus else "",
        f"{number_text(one.gpu_gigabytes)} GB each" if one.gpu_gigabytes is not None else "",
        f"{number_text(one.used_gigabytes)} GB used" if one.used_gigabytes is not None else "",
        f"{number_text(one.watts)} W" if one.watts is not None else "",
        f"{one.parallelism} parallelism" if one.parallelism is not None else "",
    ]
    return ", ".join(part for part in parts if part)


def published_losses(told: PublishedFacts, key: str) -> tuple[LossLine, ...]:
    """The losses that were published, in their order."""
    return tuple(
        LossLine(
            epoch=_number(one.epoch, f"{at}/epoch"),
            step=absent(_NOT_SAID) if one.step is None else counted(one.step, f"{at}/step"),
            train_loss=_loss(one.train_loss, f"{at}/train_loss"),
            eval_loss=_loss(one.eval_loss, f"{at}/eval_loss"),
            token_accuracy=absent(_NOT_SAID)
            if one.token_accuracy is None
            else Shown(
                fraction_text(one.token_accuracy), f"{at}/token_accuracy", repr(one.token_accuracy)
            ),
        )
        for i, one in enumerate(told.losses)
        for at in [f"{key}/published/losses/{i}"]
    )


def _loss(loss: float | tuple[float, float] | None, key: str) -> Shown:
    match loss:
        case None:
            return absent(_NOT_SAID)
        case (low, high):
            return Shown(f"{loss_text(low)} to {loss_text(high)}")
        case _:
            return Shown(loss_text(loss), key, repr(loss))
