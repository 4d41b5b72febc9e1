"""Citations in an answer: whether there are any, whether they exist, whether they are complete."""

from collections.abc import Sequence
from typing import Literal

from evalreport.metrics.base import Column, Output, Scale, Score, TextScorer
from evalreport.metrics.normalise import as_text
from evalreport.metrics.patterns import RegularExpression, TookTooLong, found
from evalreport.metrics.scoring import fraction, require, scorer
from evalreport.records import Item, Unscorable
from evalreport.values import Value, Words


class Citations(Value):
    """What an answer cites, found by a pattern (group 1 is the name of a source).

    Columns: `any`, whether there is a citation (0 or 1); with `allowed`, the field of the row
    that lists the sources that were given, `invented`, of the answers that cite anything, the
    share that cites what is not among them (lower is better; there is no such number where nothing
    was cited); `coverage`, of all citations that are expected, the share that was made,
    summed over items. Expected is what the field `expected` of the row lists, else what the
    pattern finds in the reference; the column is absent when no item expects any.

    Attributes:
        pattern: What a citation looks like; group 1 names the source.
        allowed: Column that lists the sources that were given.
        expected: Column that lists the sources that an answer should cite.
    """

    metric: Literal["citations"]
    pattern: RegularExpression = r"\[([^\[\]\s]{1,64})\]"
    allowed: Words | None = None
    expected: Words | None = None

    def prepare(self, items: Sequence[Item]) -> TextScorer:
        """The scorer for these items.

        Raises:
            DataError: A row lacks the list that `allowed` or `expected` names, or the pattern runs
                out of its time on a reference.
        """
        require(
            items,
            self._problem,
            metric=self.metric,
            hint="`allowed:` and `expected:` name fields that list sources in every row",
        )
        has_expected = any(self._expected(item) for item in items)
        columns = self._columns(has_expected=has_expected)

        def score(item: Item, output: Output) -> tuple[Score, ...] | Unscorable:
            try:
                cited = frozenset(found(self.pattern, as_text(output.value)))
            except TookTooLong as error:
                return Unscorable(reason=str(error))
            scores: list[Score] = [float(bool(cited))]
            if self.allowed is not None:
                unknown = cited - _listed(item, self.allowed)
                scores.append((float(bool(unknown)), float(bool(cited))))
            if has_expected:
                wanted = self._expected(item)
                scores.append((float(len(cited & wanted)), float(len(wanted))))
            return tuple(scores)

        def penalty(item: Item) -> tuple[Score | None, ...]:
            scores: list[Score] = [0.0]
            if self.allowed is not None:
                scores.append((1.0, 1.0))
            if has_expected:
                scores.append((0.0, float(len(self._expected(item)))))
            return tuple(scores)

        return scorer(columns, score, penalty)

    def _problem(self, item: Item) -> str | None:
        for name in (self.allowed, self.expected):
            if name is not None and not isinstance(item.row.get(name), list):
                return f"the row has no list `{name}`"
        try:
            self._expected(item)
        except TookTooLong as error:
            return f"the reference cannot be read: {error}"
        return None

    def _expected(self, item: Item) -> frozenset[str]:
        if self.expected is not None:
            return _listed(item, self.expected)
        return frozenset(found(self.pattern, item.reference or ""))

    def _columns(self, *, has_expected: bool) -> list[Column]:
        columns = [fraction(self.metric, field="any", scale=Scale.BINARY)]
        if self.allowed is not None:
            columns.append(
                fraction(
                    self.metric,
                    field="invented",
                    scale=Scale.RATIO,
                    higher_is_better=False,
                    undefined="no answer cites anything, so none is invented",
                )
            )
        if has_expected:
            columns.append(fraction(self.metric, field="coverage", scale=Scale.RATIO))
        return columns


def _listed(item: Item, name: str) -> frozenset[str]:
    sources = item.row.get(name)
    return frozenset(map(as_text, sources if isinstance(sources, list) else []))
