"""Recorded layers as rules see them: what was published, and the findings made of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import Finding
from evalreport.analyze.sentences import NET_WIN
from evalreport.records import Known, KnownCount, Protocol, Published, PublishedRow
from evalreport.rules.base import Said, of_layer
from evalreport.rules.case import Case

_LOSS_UNITS: Final = ("nats/token", "bits/byte")
_FIT: Final = ("token_accuracy", "train_loss", "eval_loss")


def is_loss(finding: Finding) -> bool:
    """Whether a number is a loss on given text."""
    return finding.unit in _LOSS_UNITS


def is_fit(finding: Finding) -> bool:
    """Whether a number is about fit to given text, and not about what a model says by itself."""
    return is_loss(finding) or finding.metric in _FIT


@dataclass(frozen=True, slots=True)
class Told:
    """One recorded layer.

    Attributes:
        layer: Its name.
        published: What was published.
        findings: What was made of it.
    """

    layer: str
    published: Published
    findings: tuple[Finding, ...]

    @property
    def cites(self) -> tuple[str, ...]:
        """Ids of its findings."""
        return tuple(f.id for f in self.findings)

    @property
    def compared(self) -> tuple[Finding, ...]:
        """Findings of two numbers; changes without ends are none."""
        return tuple(f for f in self.findings if f.is_measured and f.unit != "relative")

    @property
    def scored(self) -> tuple[Finding, ...]:
        """The same without those of judged pairs, in which both arms stand side by side."""
        return tuple(f for f in self.compared if f.metric != NET_WIN)

    @property
    def answered(self) -> tuple[Finding, ...]:
        """The same without those of fit to given text, for which no answer was drawn or read."""
        return tuple(f for f in self.scored if not is_fit(f))

    def row(self, finding: Finding) -> PublishedRow | None:
        """The row that a finding is made of."""
        return next(
            (
                row
                for row in self.published.rows
                if (row.metric, row.field) == (finding.metric, finding.field)
            ),
            None,
        )

    def protocols(self, finding: Finding) -> tuple[Protocol, ...]:
        """How the two arms of a finding were measured, as far as that was said."""
        row = self.row(finding)
        figures = [] if row is None else [row.figure(arm) for arm in finding.arms]
        return tuple(one.protocol for one in figures if one is not None)


def told(case: Case) -> Iterator[Told]:
    """Every recorded layer."""
    for layer, published in case.evidence.published.items():
        findings = tuple(f for f in case.findings.findings if f.layer == layer)
        yield Told(layer, published, findings)


def is_recorded(case: Case) -> bool:
    """Whether anything was recorded."""
    return bool(case.evidence.published)


def has_scored(case: Case) -> bool:
    """Whether two arms' scores were recorded."""
    return any(one.scored for one in told(case))


def has_answered(case: Case) -> bool:
    """Whether scores of answers of two arms were recorded, and not only fit to given text."""
    return any(one.answered for one in told(case))


def has_declared_recorded(case: Case) -> bool:
    """Whether something that was declared rests on recorded numbers."""
    return any(f.is_foreign for f in case.declared)


def each_told(look: Callable[[Told], Said | None]) -> Callable[[Case], tuple[Said, ...]]:
    """A check of every recorded layer by itself."""

    def check(case: Case) -> tuple[Said, ...]:
        found = ((one.layer, look(one)) for one in told(case))
        return tuple(of_layer(layer, said) for layer, said in found if said is not None)

    return check


@dataclass(frozen=True, slots=True)
class Aspect:
    """One way in which two arms may have been measured otherwise.

    Attributes:
        name: The field of a protocol.
        words: What it is, such as `decoding`.
        is_of_answers: Whether it is about how answers were drawn, so that fit to text has none.
    """

    name: str
    words: str
    is_of_answers: bool = False

    def differing(self, one: Told) -> tuple[str, tuple[str, ...]]:
        """How it differs between arms, in words, and the findings that it spoils; else empty."""
        for finding in self._about(one):
            values = self._values(one, finding)
            if len(values) == 2 and values[0] != values[1]:
                spoiled = [
                    f.id
                    for f in self._about(one)
                    if len(v := self._values(one, f)) == 2 and v[0] != v[1]
                ]
                (candidate, reference) = finding.arms
                text = f"{candidate}: {values[0]}; {reference}: {values[1]}"
                return text, tuple(spoiled)
        return "", ()

    def unknown(self, one: Told) -> tuple[str, ...]:
        """The findings of which it is not known for both arms."""
        return tuple(f.id for f in self._about(one) if len(self._values(one, f)) < 2)

    def known(self, one: Told) -> str:
        """What was said of some arms where others were passed over: ` (base: 4 bits)`."""
        shown = {
            figure.arm: value.known
            for row in one.published.rows
            for figure in row.figures
            if isinstance(value := getattr(figure.protocol, self.name), Known)
        }
        return f" ({'; '.join(f'{arm}: {text}' for arm, text in shown.items())})" if shown else ""

    def _about(self, one: Told) -> tuple[Finding, ...]:
        return one.answered if self.is_of_answers else one.scored

    def _values(self, one: Told, finding: Finding) -> tuple[str, ...]:
        found = []
        for protocol in one.protocols(finding):
            value = getattr(protocol, self.name)
            if isinstance(value, Known):
                found.append(value.known)
            elif isinstance(value, KnownCount):
                found.append(str(value.known))
        return tuple(found)
