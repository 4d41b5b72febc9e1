"""Training facts: what was asked, what was really used, and how it went."""

from collections.abc import Iterator, Mapping
from typing import Final

from evalreport.analyze.epochs import earlier_rows
from evalreport.analyze.findings import Findings
from evalreport.estimates import NotEstimable
from evalreport.evidence import Evidence
from evalreport.records import EarlierTraining, TrainingLog
from evalreport.report.model import AskedUsed, SeedTraining, TrainingFacts
from evalreport.spec.models import Spec
from evalreport.values import Json

_UNTOLD: Final = "no file beside it tells"
_LOSS: Final = (
    "Nats per token over the trained tokens; the training loss is what the trainer logged{dropout},"
    " the evaluation loss is taken on `select` in evaluation mode. They are shown together and "
    "never subtracted."
)

_EARLIER_LOSS: Final = (
    "Nats per token as its trainer logged them: the training loss is the mean since the entry "
    "before{dropout}; the evaluation loss weighs batches by their rows, so that it depends on the "
    "batch size. They are shown together, never subtracted, and never compared with losses that "
    "were taken here."
)


def training_facts(spec: Spec, evidence: Evidence, findings: Findings) -> TrainingFacts | None:
    """The trainings behind the tuned arm; the first seed's figures stand on top."""
    if not evidence.trainings:
        elsewhere = evidence.earlier.get("tuned")
        return None if elsewhere is None else _earlier(elsewhere)
    first = next(iter(evidence.trainings.values()))
    keep = spec.to_train.keep if spec.to_train else "last"
    return TrainingFacts(
        method=spec.adapter.method,
        asked=first.asked,
        used=first.used,
        compared=tuple(
            AskedUsed(
                name=name,
                asked=asked,
                used=first.used.get(name),
                agrees=asked == first.used[name] if name in first.used else None,
            )
            for name, asked in first.asked.items()
        ),
        curve=first.curve,
        best_step=first.best_step,
        seconds=first.seconds,
        tokens=first.tokens,
        peak_bytes=first.peak_bytes,
        trainable_parameters=first.trainable_parameters,
        total_parameters=first.total_parameters,
        runs=tuple(_run(seed, log, keep) for seed, log in evidence.trainings.items()),
        epochs=findings.epochs,
        loss_definition=_defined(_LOSS, first.used),
        notes=(*_notes(evidence.trainings), *_unfollowed(spec, evidence.trainings)),
    )


def other_trainings(evidence: Evidence) -> dict[str, TrainingFacts]:
    """What is known of the trainings behind arms beside tuned that were not done here."""
    return {name: _earlier(one) for name, one in evidence.earlier.items() if name != "tuned"}


def _earlier(earlier: EarlierTraining) -> TrainingFacts:
    """Nothing was asked; what its files do not tell stays unknown."""
    files = f" ({', '.join(earlier.read_from)})" if earlier.read_from else ""
    untold = NotEstimable(not_estimable=_UNTOLD)
    return TrainingFacts(
        method="existing",
        trained_here=False,
        origin=f"{earlier.path}{files}",
        steps=_known(earlier.steps),
        weights_step=_known(earlier.weights_step),
        asked={},
        used={**({"base_model": earlier.base} if earlier.base else {}), **earlier.used},
        compared=(),
        curve=earlier.curve,
        best_step=earlier.best_step,
        seconds=untold if earlier.seconds is None else earlier.seconds,
        tokens=_known(earlier.tokens),
        peak_bytes=None,
        trainable_parameters=_known(earlier.trainable_parameters),
        total_parameters=untold,
        runs=(),
        epochs=earlier_rows(earlier),
        loss_definition=_defined(_EARLIER_LOSS, earlier.used) if earlier.has_curve else "",
        unknown=earlier.unknown,
        notes=earlier.notes,
    )


def _defined(words: str, used: Mapping[str, Json]) -> str:
    """What the losses are; dropout is told only where some was really used."""
    return words.format(dropout=" with dropout on" if used.get("adapter.dropout") else "")


def _known(count: int | None) -> int | NotEstimable:
    return NotEstimable(not_estimable=_UNTOLD) if count is None else count


def _notes(trainings: Mapping[int, TrainingLog]) -> tuple[str, ...]:
    """What has to be told, once; with its seeds where it is not true of all of them."""
    seeds: dict[str, list[int]] = {}
    for seed, log in trainings.items():
        for note in dict.fromkeys(log.notes):
            seeds.setdefault(note, []).append(seed)
    return tuple(
        note if len(of) == len(trainings) else f"seed {', '.join(map(str, of))}: {note}"
        for note, of in seeds.items()
    )


def _unfollowed(spec: Spec, trainings: Mapping[int, TrainingLog]) -> Iterator[str]:
    """Trackers are told of steps as they are made, and of none that was made before."""
    asked = spec.to_train.report_to if spec.to_train else ()
    for name in asked:
        seeds = [
            str(seed)
            for seed, log in trainings.items()
            if name not in {run.tracker for run in log.trackers}
        ]
        if seeds:
            yield (
                f"seed {', '.join(seeds)}: training.report_to names {name}, which did not follow "
                "this training: it was made before that was asked for, or it is simulated"
            )


def _run(seed: int, log: TrainingLog, keep: str) -> SeedTraining:
    return SeedTraining(
        seed=seed,
        curve=log.curve,
        best_step=log.best_step,
        chosen_checkpoint=keep,
        stopped_early=log.stopped_early,
        steps=log.steps,
        seconds=log.seconds,
        tokens=log.tokens,
        peak_bytes=log.peak_bytes,
        rows=log.rows,
        resumed_from=log.resumed_from,
        trackers=log.trackers,
    )
