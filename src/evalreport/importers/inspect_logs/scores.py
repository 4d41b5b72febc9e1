"""Scores of an Inspect log, one an item: of the log's own reductions, or the mean of epochs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from evalreport.importers.base import Given, NoScore
from evalreport.importers.inspect_logs.values import MOST_NUMBERS, SCALAR, named, numbers_of
from evalreport.importers.json_walk import JsonWalk, OddValue
from evalreport.importers.reading import text_of
from evalreport.importers.verdicts import name_of
from evalreport.values import Json

MEAN: Final = "mean"
COLLECT: Final = "collect"


@dataclass(slots=True)
class Scores:
    """By scorer and metric, what each item has: its numbers, all of them in memory, and no texts.

    Attributes:
        stems: What a scorer's plain number is called, such as `accuracy`.
        metrics: By scorer, its metrics, each with the key of the score and the reducer of epochs
            that it comes from.
        given: By scorer and metric, and item.
        whole: By scorer and reducer, and item, why a score as a whole is none.
        untold: Numbers that were not taken, because a scorer has so many.
    """

    stems: Mapping[str, str]
    metrics: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    given: dict[tuple[str, str], dict[str, Given]] = field(default_factory=dict)
    whole: dict[tuple[str, str], dict[str, NoScore]] = field(default_factory=dict)
    untold: int = 0

    def name(self, scorer: str, key: str, reducer: str) -> str:
        """What a number is called: what is reduced by the mean has no reducer in its name."""
        stem = self.stems.get(scorer, "score")
        plain = stem + key if not key or key.startswith("[") else key
        return plain if reducer in {"", MEAN} else f"{plain}_{reducer}"

    def put(self, scorer: str, reducer: str, item: str, numbers: Mapping[str, Given]) -> None:
        """The numbers of one item."""
        mine = self.metrics.setdefault(scorer, {})
        for key, given in numbers.items():
            if key == SCALAR and isinstance(given, NoScore):
                self.whole.setdefault((scorer, reducer), {})[item] = given
                continue
            metric = self.name(scorer, key, reducer)
            if metric not in mine and len(mine) >= MOST_NUMBERS:
                self.untold += 1
                continue
            mine[metric] = (key, reducer)
            self.given.setdefault((scorer, metric), {})[item] = given

    def close(self) -> None:
        """A scorer that never gave a number has one metric all the same."""
        for scorer, reducer in self.whole:
            mine = self.metrics[scorer]
            if all(made != reducer for _, made in mine.values()):
                mine[self.name(scorer, SCALAR, reducer)] = (SCALAR, reducer)

    def of(self, scorer: str, item: str, missing: NoScore) -> dict[str, Given]:
        """What an item has of every metric of a scorer.

        Args:
            scorer: The scorer.
            item: The item.
            missing: Why there is nothing, where the log has no score at all.
        """
        found: dict[str, Given] = {}
        for metric, (_, reducer) in self.metrics[scorer].items():
            why = self.whole.get((scorer, reducer), {}).get(item, missing)
            found[metric] = self.given.get((scorer, metric), {}).get(item, why)
        return found

    def items(self) -> Iterator[str]:
        """Every item that has something."""
        for given in self.given.values():
            yield from given
        for whole in self.whole.values():
            yield from whole

    def is_within(self, metric: str, low: float, high: float) -> bool:
        """Whether every number of a metric lies between two others."""
        return all(
            low <= given <= high
            for (_, name), table in self.given.items()
            if name == metric
            for given in table.values()
            if isinstance(given, float)
        )


def read_reductions(walk: JsonWalk, scores: Scores) -> None:
    """The log's own scores after epochs were reduced, from a list of reductions.

    `collect` reduces nothing: it lists what the epochs had.

    Raises:
        BrokenJson: What follows cannot be read.
    """
    for _ in walk.elements():
        scorer = reducer = ""
        rows: list[tuple[str, Mapping[str, Given]]] = []
        for key in walk.members():
            if key == "scorer":
                scorer = named(text_of(_value(walk)))
            elif key == "reducer":
                reducer = name_of(_value(walk))
            elif key == "samples":
                rows = [found for _ in walk.elements() if (found := _reduced(walk)) is not None]
        for item, numbers in rows if scorer and reducer != COLLECT else ():
            scores.put(scorer, reducer, item, numbers)


def _reduced(walk: JsonWalk) -> tuple[str, Mapping[str, Given]] | None:
    name: Json = None
    numbers: Mapping[str, Given] = {}
    for key in walk.members():
        if key == "sample_id":
            name = _value(walk)
        elif key == "value":
            numbers = numbers_of(_value(walk))
    is_name = isinstance(name, str | int) and not isinstance(name, bool)
    return (named(str(name)), numbers) if is_name and numbers else None


def _value(walk: JsonWalk) -> Json:
    try:
        return walk.value()
    except OddValue:
        return None


@dataclass(slots=True)
class Means:
    """Scores of epochs on the way to their mean, as Inspect's default reducer takes it.

    What has no number in one epoch, or may not count there, is left out of the mean of the others.
    """

    sums: dict[tuple[str, str], dict[str, tuple[float, int]]] = field(default_factory=dict)
    reasons: dict[tuple[str, str], dict[str, NoScore]] = field(default_factory=dict)

    def put(self, item: str, values: Mapping[str, Json], void: NoScore | None = None) -> None:
        """The scores of one item in one epoch, by scorer.

        Args:
            item: The item.
            values: As the log has them.
            void: Why they may not count.
        """
        for scorer, value in values.items():
            for key, number in numbers_of(value).items():
                place, given = (scorer, key), void or number
                if isinstance(given, NoScore):
                    self.reasons.setdefault(place, {})[item] = given
                elif isinstance(given, float):
                    total, n = self.sums.setdefault(place, {}).get(item, (0.0, 0))
                    self.sums[place][item] = (total + given, n + 1)

    def into(self, scores: Scores) -> None:
        """The mean of each item, and why there is none."""
        for (scorer, key), table in self.sums.items():
            for item, (total, n) in table.items():
                scores.put(scorer, "", item, {key: total / n})
        for (scorer, key), reasons in self.reasons.items():
            numbers = self.sums.get((scorer, key), {})
            for item, why in reasons.items():
                if item not in numbers:
                    scores.put(scorer, "", item, {key: why})
