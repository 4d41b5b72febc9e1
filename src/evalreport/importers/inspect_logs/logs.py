"""Importer of Inspect logs (`.eval`, `.json`): a row for each item and scorer.

Inspect drops what ended in an error, or has no score, from its means; here it stays as a row that
says why it has no number. What somebody marked as invalid counts in no epoch: an item of which
Inspect itself took such an epoch together with others has no score.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.errors import DataError, Problem
from evalreport.importers.base import Given, Gives, NoScore, Reading, Row
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.inspect_logs.epochs import Epochs
from evalreport.importers.inspect_logs.head import part_of
from evalreport.importers.inspect_logs.notes import notes_of
from evalreport.importers.inspect_logs.samples import Sample
from evalreport.importers.inspect_logs.scorers import ACCURACY, Declared
from evalreport.importers.inspect_logs.scores import Means, Scores
from evalreport.importers.inspect_logs.source import Source, is_log_archive, source_of
from evalreport.importers.left import Left
from evalreport.importers.reading import object_of
from evalreport.importers.verdicts import name_of
from evalreport.metrics.base import Column, Scale

_ERROR: Final = NoScore("the sample ended in an error")
_INVALID: Final = NoScore("somebody marked the sample as invalid")
_PARTLY: Final = NoScore("somebody marked an epoch of the sample as invalid")
_NOTHING: Final = NoScore("the scorer left no score")
_SHARES: Final = ("pass_at", "pass_k", "at_least")


@dataclass(frozen=True, slots=True)
class InspectLog:
    """Logs of `inspect eval`, whole ones and what a crash left."""

    name: str = "Inspect log"
    gives: Gives = "scores"

    def recognises(self, seen: Glimpse) -> bool:
        """A ZIP with Inspect's members, or an object with its keys."""
        if seen.shape == "zip":
            return is_log_archive(seen.path)
        return seen.shape == "object" and seen.has("version", "status", "eval", "plan")

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:  # noqa: ARG002
        """A log; its samples are read while the rows are.

        Raises:
            DataError: It cannot be read as a whole, or no scorer scored anything.
        """
        source = source_of(path)
        head, left = source.head, Left()
        scorers = head.scorers()
        scored = _scored(source, scorers)
        scores = scored.scores
        if not scores.metrics:
            what = "the log holds no scores"
            raise DataError(Problem(str(path), what, "score it first: inspect score LOG"))
        figures = tuple(head.figures(scores))
        shares = frozenset(_shares(scorers, scores))
        parts = {scorer: part_of(head, scorer) for scorer in scores.metrics}
        return Reading(
            tool="Inspect",
            gives="scores",
            version=name_of(object_of(head.eval.get("packages")).get("inspect_ai")),
            made_at=name_of(head.eval.get("created")),
            model=name_of(head.eval.get("model")),
            rows=_rows(path, source, scored, parts, scorers, left),
            left=left,
            column=lambda metric: _column(metric, shares),
            is_guessed=lambda metric: metric not in shares,
            facts={part: head.facts(one, scorers.get(one)) for one, part in parts.items()},
            figures=figures,
            expected={part: head.planned for part in parts.values() if head.planned},
            notes=tuple(
                notes_of(
                    head,
                    source.count,
                    scorers,
                    scores,
                    shares,
                    scored.epochs,
                    is_own=not scored.reduced.issuperset(scores.metrics),
                )
            ),
            numbered="sample",
        )


INSPECT_LOG: Final = InspectLog()


@dataclass(frozen=True, slots=True)
class _Scored:
    """What items have of all their epochs.

    Attributes:
        scores: Their numbers.
        epochs: How many they have; counted where there may be several.
        reduced: The scorers whose epochs Inspect itself took together.
    """

    scores: Scores
    epochs: Epochs
    reduced: frozenset[str]

    def of(self, scorer: str, sample: Sample) -> dict[str, Given]:
        """What the item of a sample, its first one, has of every metric of a scorer."""
        item = sample.item
        has_failed = sample.has_error or self.epochs.failed[item] > 0
        found = self.scores.of(scorer, item, _ERROR if has_failed else _NOTHING)
        if sample.is_invalid and self.epochs.invalid[item] == self.epochs.asked[item]:
            return dict.fromkeys(found, _INVALID)
        if self.epochs.invalid[item] and scorer in self.reduced:
            return dict.fromkeys(found, _PARTLY)
        return found


def _scored(source: Source, scorers: Mapping[str, Declared]) -> _Scored:
    """The log's own reduced scores; of scorers of which it has none, means of epochs.

    A log that was not finished has none, nor has one that was not to be reduced, or with `collect`.
    """
    scores, epochs, means = source.scores, Epochs(), Means()
    reduced = frozenset(scores.metrics)
    is_own = not reduced or not reduced.issuperset(scorers)
    if is_own or source.head.epochs > 1:
        for _, sample in source.samples(frozenset(), Left()):
            epochs.see(sample)
            own = {k: v for k, v in sample.scores.items() if k not in reduced} if is_own else {}
            means.put(sample.item, own, _INVALID if sample.is_invalid else None)
        means.into(scores)
    scores.close()
    return _Scored(scores, epochs, reduced)


def _rows(
    path: Path,
    source: Source,
    scored: _Scored,
    parts: Mapping[str, str],
    scorers: Mapping[str, Declared],
    left: Left,
) -> Iterator[Row]:
    """A row for each item and scorer, with the texts of its first epoch."""
    clusters = {name: declared.cluster for name, declared in scorers.items() if declared.cluster}
    seen: set[str] = set()
    number = 0
    for number, sample in source.samples(frozenset(clusters.values()), left):
        if any(scorer not in parts for scorer in sample.scores):
            left.add("a score of a scorer that the log does not name", f"{path} sample {number}")
        if sample.item in seen:
            continue
        seen.add(sample.item)
        for scorer, part in parts.items():
            yield Row(
                line=number,
                item=sample.item,
                scores=scored.of(scorer, sample),
                part=part,
                prompt=sample.prompt,
                output=sample.output,
                cluster=sample.metadata.get(clusters.get(scorer, ""), ""),
            )
    scores = scored.scores
    for item in dict.fromkeys(scores.items()):  # a log may be written without its samples
        if item not in seen:
            number += 1
            for scorer, part in parts.items():
                yield Row(
                    line=number, item=item, scores=scores.of(scorer, item, _NOTHING), part=part
                )


def _shares(scorers: Mapping[str, Declared], scores: Scores) -> Iterator[str]:
    """Metrics that are shares of right answers: declared so, and between 0 and 1."""
    for scorer, metrics in scores.metrics.items():
        declared = scorers.get(scorer)
        for metric, (key, reducer) in metrics.items():
            is_plain = not key or key.startswith("[")
            is_share = declared is not None and (
                declared.stem == ACCURACY
                if is_plain
                else not declared.shares.isdisjoint({key, "*"})
            )
            if (is_share or reducer.startswith(_SHARES)) and scores.is_within(metric, 0.0, 1.0):
                yield metric


def _column(metric: str, shares: frozenset[str]) -> Column:
    if metric in shares:
        return Column(metric, "fraction", True, Scale.MEAN, low=0.0, high=1.0)
    return Column(metric, "points", True, Scale.MEAN)
