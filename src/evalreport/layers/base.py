"""What a layer is: which items it takes, what it asks about them, and how answers are scored.

A layer is a frozen model with its options and its verbs. It knows no arm but as a way of
prompting, no engine and no statistics; no layer imports another.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from evalreport.digest import digest_of
from evalreport.metrics.base import Scorer
from evalreport.records import Chat, Corpus, Item, Message, Raw, Request
from evalreport.records.items import Prompt
from evalreport.values import Count, Json, Name, Natural, Value, Words


class Subset(Value):
    """A random subset of a dataset, chosen by a hash of the seed and the item's id.

    Attributes:
        n: How many items.
        seed: Which of them.
    """

    n: Natural
    seed: Count = 1


class Kind(Value):
    """What every layer declares; no behaviour lives here.

    Attributes:
        name: What it is called in findings, `--only` and the report.
        title: The heading of rating pages (human) or of published numbers (recorded).
        arms: What is asked: names of arms; the spec's comparisons are made of them.
    """

    name: Name
    title: Words | None = None
    arms: tuple[Name, ...] = ("tuned", "base")


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a layer.

    `part` tells apart what a layer asks about one item (`main`, or `seen`, `unseen`, ...);
    `draw` tells several samples apart.
    """

    part: str
    item: str
    draw: int
    request: Request


@dataclass(frozen=True, slots=True)
class Prompting:
    """What an arm changes about prompts: a system text and worked examples before the question.

    `template_kwargs` go to the chat template and are the same for every arm.
    """

    template_kwargs: Mapping[str, Json]
    system: str | None = None
    shots: tuple[Item, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether the arm asks otherwise than the dataset says."""
        return self.system is not None or bool(self.shots)


class Layer(Protocol):
    """A kind of evaluation that asks models."""

    revision: ClassVar[int]

    @property
    def kind(self) -> str:
        """Its tag in YAML."""
        ...

    @property
    def name(self) -> str:
        """Its name in the spec and in every finding."""
        ...

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that it asks."""
        ...

    def datasets(self) -> tuple[str, ...]:
        """Names of the datasets that it reads; the first is the one its findings are about."""
        ...

    def layers(self) -> tuple[str, ...]:
        """Names of the layers whose stored responses it reads."""
        ...

    def reads(self) -> dict[str, Json]:
        """The option values that decide what is asked; names, titles and metrics are not here."""
        ...

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:
        """The items by part, in a fixed order."""
        ...

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:
        """All requests for one arm."""
        ...

    def metric_names(self) -> tuple[str, ...]:
        """The metrics that it yields."""
        ...

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:
        """How the responses of part `main` are scored."""
        ...

    def blocked_reason(self) -> str | None:
        """Why it cannot run in this version, when it cannot."""
        ...


def choose(items: Sequence[Item], subset: Subset | None) -> tuple[Item, ...]:
    """The items of a subset, in file order; all of them without one.

    Membership depends on the seed and the item's id alone, so that adding rows replaces few of
    the chosen items and permuting a file replaces none.
    """
    if subset is None or subset.n >= len(items):
        return tuple(items)
    ranked = sorted(items, key=lambda item: digest_of("subset", subset.seed, item.id))
    chosen = {item.id for item in ranked[: subset.n]}
    return tuple(item for item in items if item.id in chosen)


def prompt_of(item: Item, prompting: Prompting) -> Prompt:
    """The item's prompt as an arm asks it."""
    return with_prompting(item.prompt, prompting)


def with_prompting(prompt: Prompt, prompting: Prompting) -> Prompt:
    """A prompt with an arm's own system text and worked examples, as earlier turns."""
    if not prompting.is_own:
        return prompt
    if isinstance(prompt, Raw):
        shots = "".join(
            f"{shot.prompt.text}{shot.reference}\n\n"
            for shot in prompting.shots
            if isinstance(shot.prompt, Raw)
        )
        head = f"{prompting.system}\n\n" if prompting.system else ""
        return Raw(text=head + shots + prompt.text)
    own = [m for m in prompt.messages if m.role == "system"]
    system = [Message(role="system", content=prompting.system)] if prompting.system else own
    turns: list[Message] = []
    for shot in prompting.shots:
        if isinstance(shot.prompt, Chat) and shot.reference is not None:
            turns += [m for m in shot.prompt.messages if m.role != "system"]
            turns.append(Message(role="assistant", content=shot.reference))
    rest = [m for m in prompt.messages if m.role != "system"]
    return Chat(messages=(*system, *turns, *rest))
