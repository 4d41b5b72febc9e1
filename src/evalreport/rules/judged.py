"""Judged layers as rules about judges see them: the facts, whom they are about, what they cite."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import Finding
from evalreport.analyze.flips import Flips
from evalreport.analyze.sentences import NET_WIN
from evalreport.records import Judging
from evalreport.rules.base import Said, of_layer
from evalreport.rules.case import Case

# Names under which families of models are known; one developer's two families are two.
_FAMILIES: Final = (
    "gpt", "claude", "gemini", "gemma", "llama", "qwen", "mistral", "mixtral", "phi", "deepseek",
    "smollm", "command", "grok", "olmo", "falcon", "granite", "yi", "glm", "kimi", "nova",
)  # fmt: skip
_WORD: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Judged:
    """One judged layer, as one judge judged it.

    Attributes:
        layer: Its name.
        facts: What is known of the judge.
        findings: What it gave.
        is_here: Whether the judge was asked here, and not only told of.
    """

    layer: str
    facts: Judging
    findings: tuple[Finding, ...]
    is_here: bool = False

    @property
    def cites(self) -> tuple[str, ...]:
        """Ids of its findings."""
        return tuple(f.id for f in self.findings)

    @property
    def judge(self) -> str:
        """The judge as one says it."""
        if self.facts.by_people:
            return f"people ({self.layer})"
        named = f" ({self.facts.judge})" if self.facts.judge else ""
        return f"the judge of {self.layer}{named}"

    @property
    def opening(self) -> str:
        """The same at the beginning of a sentence."""
        return self.judge[0].upper() + self.judge[1:]

    @property
    def net(self) -> Finding | None:
        """Wins and losses of tuned against base."""
        of_pair = (f for f in self.findings if f.metric == NET_WIN and f.counts is not None)
        return next(of_pair, None)

    @property
    def counts(self) -> Flips | None:
        """Wins, losses and ties of tuned against base as this judge gave them.

        Of several judges that is not what the finding counts: it is about all of them together.
        """
        own = self.facts.verdicts
        if own is not None:
            return Flips(better=own.wins, worse=own.losses, same=own.ties)
        return self.net.counts if self.net is not None else None


def judged(case: Case) -> Iterator[Judged]:
    """Every judged layer; of a panel each of its judges."""
    for layer, judges in case.judging.items():
        findings = tuple(f for f in case.findings.findings if f.layer == layer)
        for facts in judges:
            yield Judged(layer, facts, findings, layer in case.evidence.judged)


def by_models(case: Case) -> Iterator[Judged]:
    """Every layer that a model judged."""
    return (one for one in judged(case) if not one.facts.by_people)


def where(holds: Callable[[Judging], object]) -> Callable[[Case], bool]:
    """Whether some judged layer has a fact, for a rule's `applies`."""
    return lambda case: any(holds(one.facts) for one in judged(case))


def is_judged(case: Case) -> bool:
    """Whether somebody judged."""
    return any(True for _ in judged(case))


def is_judged_by_models(case: Case) -> bool:
    """Whether a model judged."""
    return any(True for _ in by_models(case))


def each(look: Callable[[Judged], Said | None]) -> Callable[[Case], tuple[Said, ...]]:
    """A check of every judged layer by itself."""

    def check(case: Case) -> tuple[Said, ...]:
        found = ((one.layer, look(one)) for one in judged(case))
        return tuple(of_layer(layer, said) for layer, said in found if said is not None)

    return check


def not_known(why: str) -> str:
    """How a sentence ends about what nobody told, or of which it is known why it is not."""
    return f"is not known: {why}." if why else "is not stated."


def family_of(name: str) -> str | None:
    """The family of models that a name tells, such as `qwen` of `unsloth/Qwen3-4B`."""
    words = set(_WORD.findall(name.lower()))
    return next((one for one in _FAMILIES if one in words), None)
