"""What a spec says of a judge layer: who judges what, in which order, and what is asked beside."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.layers.base import Asked, Kind, Prompting, Subset
from evalreport.metrics.base import Column, Scale, Scorer
from evalreport.records import Corpus, Item, Response, Unscorable
from evalreport.values import Count, Flag, Json, Name, Natural, Value, Words

NET_WIN: Final = "net_win"
RUBRIC: Final = "rubric."

DEFAULT_CRITERIA: Final = (
    "Prefer the answer that does better what was asked: right where it can be checked, complete, "
    "and of use to the person who asked. Do not prefer an answer because it is longer, more "
    "formatted, more confident or politer: padding, repetition and what was not asked for count "
    "against an answer."
)
DEFAULT_RUBRIC: Final = (
    "Rate what the answer does of what was asked: right where it can be checked, complete, and of "
    "use to the person who asked. Padding, repetition and what was not asked for lower the rating; "
    "length, formatting, confidence and politeness do not raise it."
)


class JudgeModel(EndpointOptions):
    """One judge behind an OpenAI-compatible endpoint; the key comes from the environment.

    Attributes:
        name: What the report calls it; the model's name when left out.
    """

    name: Name | None = None

    @property
    def called(self) -> str:
        """What the report calls it."""
        return self.name or self.model


class Criterion(Value):
    """One criterion of a rubric, with its scale.

    Attributes:
        name: What findings call it: `rubric.NAME`.
        text: What the judge is told of it.
        scale: The worst and the best mark.
    """

    name: Name
    text: Words
    scale: tuple[int, int] = (1, 5)


class Judge(Kind):
    """Blind pairwise or rubric judging by language models.

    Without `rubric` two arms' answers are compared, blind; with it each answer is rated by itself.
    Cost: one call a pair and order (or an answer) and judge, and those of the checks.

    Attributes:
        on: The generation layer whose answers are judged.
        judges: One judge, or a panel whose verdicts are combined item by item.
        orders: Each pair in both orders, or in one random order an item.
        pairs: The arms that the spec compares, or all pairs of the layer's arms (for a ranking).
        seed: Decides slots, the order of items, and which items the checks take.
        criteria: What counts when two answers are compared.
        system: A system prompt that is put before everything else.
        ties: Whether the judge may say that neither is better.
        reference: Whether the judge sees the reference answer.
        rubric: Criteria with scales; each answer is then rated by itself.
        rubric_variants: Other wordings of `criteria` (or of how to rate) that a sample is judged
            by, to show how much hangs on the wording.
        variant_items: How many items each of them gets.
        comparisons_per_call: Comparisons that share a call; above 1 verdicts are not independent.
        repeats: Items of which the same is asked again, to see whether the judge says the same.
        controls: Items of which one answer stands in both slots.
        canaries: Items of which one answer stands in both slots, once with an instruction to the
            judge planted in it.
        human_labels: The human layer whose ratings the judge is held against.
        subset: Which of the items.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    revision: ClassVar[int] = 2
    kind: Literal["judge"]
    on: Name
    judges: Annotated[tuple[JudgeModel, ...], Field(min_length=1)]
    orders: Literal["both", "random"] = "both"
    pairs: Literal["declared", "all"] = "declared"
    seed: Count = 1
    criteria: Words | None = None
    system: Words | None = None
    ties: Flag = True
    reference: Flag = False
    rubric: tuple[Criterion, ...] = ()
    rubric_variants: tuple[Words, ...] = ()
    variant_items: Natural = 30
    comparisons_per_call: Natural = 1
    repeats: Count = 20
    controls: Count = 20
    canaries: Count = 10
    human_labels: Name | None = None
    subset: Annotated[Subset | None, Field(alias="items")] = None

    @model_validator(mode="after")
    def _apart(self) -> Self:
        names = [judge.called for judge in self.judges]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"two judges are called {twice[0]}: give one a name of its own")
        for one in self.rubric:
            if one.scale[0] >= one.scale[1]:
                raise ValueError(f"the scale of {one.name} goes from less to more, such as [1, 5]")
        named = [one.name for one in self.rubric]
        if len(set(named)) < len(named):
            raise ValueError("two criteria of the rubric have one name")
        return self

    @property
    def compares(self) -> bool:
        """Whether two answers are compared; else each is rated by itself."""
        return not self.rubric

    @property
    def wordings(self) -> tuple[str, ...]:
        """What counts, in the declared wording and then in the variants."""
        own = self.criteria or (DEFAULT_CRITERIA if self.compares else DEFAULT_RUBRIC)
        return (own, *self.rubric_variants)

    def datasets(self) -> tuple[str, ...]:
        """It reads no dataset but that of the layer whose answers it judges."""
        return ()

    def layers(self) -> tuple[str, ...]:
        """The layer whose answers are judged."""
        return (self.on,)

    def reads(self) -> dict[str, Json]:
        """What decides what is asked of whom; prices, limits and names of judges do not."""
        asked: dict[str, Any] = self.model_dump(
            mode="json", exclude={"name", "title", "arms", "judges", "human_labels", "on", "kind"}
        )
        return {**asked, "judges": [judge.digest for judge in self.judges]}

    def items(self, corpora: Mapping[str, Corpus]) -> tuple[tuple[str, tuple[Item, ...]], ...]:  # noqa: ARG002
        """None of its own: see `chosen`."""
        return ()

    def ask(self, corpora: Mapping[str, Corpus], prompting: Prompting) -> tuple[Asked, ...]:  # noqa: ARG002
        """Nothing of the arms; what is put to the judges needs their answers, see `pairs.py`."""
        return ()

    def metric_names(self) -> tuple[str, ...]:
        """Net win, or one rating a criterion."""
        if self.compares:
            return (NET_WIN,)
        return tuple(f"{RUBRIC}{criterion.name}" for criterion in self.rubric)

    def columns(self) -> tuple[Column, ...]:
        """What it yields. Of a pair each arm has the items that it won: a tie is won by neither."""
        if self.compares:
            return (Column(NET_WIN, "fraction", True, Scale.BINARY, low=0.0, high=1.0),)
        return tuple(
            Column(
                f"{RUBRIC}{one.name}",
                "points",
                True,
                Scale.MEAN,
                low=float(one.scale[0]),
                high=float(one.scale[1]),
            )
            for one in self.rubric
        )

    def scorers(self, items: Sequence[Item]) -> tuple[Scorer, ...]:  # noqa: ARG002
        """Its columns; the scores come from judges, and not from an arm's answer alone."""

        def score(item: Item, responses: tuple[Response, ...]) -> Unscorable:  # noqa: ARG001
            return Unscorable(reason="only a judge can say")

        columns = self.columns()
        return (Scorer(columns, score, lambda _: (None,) * len(columns)),)

    def blocked_reason(self) -> str | None:
        """It always can run where its judges can be reached."""
        return None
