"""Layers by hand: items, what arms answered, and the options that a spec would hold.

Right/wrong answers are written as a string with one character an item: `1` right, `0` wrong, `?`
an output from which nothing can be read, `-` no answer at all (our fault). Several training seeds
are several strings.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from evalreport.records import (
    Chat,
    ChoiceLogliks,
    Failure,
    Item,
    Message,
    Response,
    Text,
    TokenLoss,
)

Answer: TypeAlias = Response | Failure | tuple[Response, ...]
Answers: TypeAlias = Sequence[Answer]
Options: TypeAlias = Mapping[str, object]

RIGHT, WRONG = "right", "wrong"
LOST = Failure(reason="timed out")


# Items


def items(
    n: int,
    *,
    prefix: str = "q",
    reference: str | Sequence[str] = RIGHT,
    clusters: Sequence[str | None] | None = None,
    groups: Sequence[str | None] | None = None,
    subgroups: Sequence[Mapping[str, str]] | None = None,
    choices: tuple[str, ...] = (),
    prompts: Sequence[str] | None = None,
) -> tuple[Item, ...]:
    """n items that ask different things."""
    references = [reference] * n if isinstance(reference, str) else list(reference)
    return tuple(
        Item(
            id=f"{prefix}{i}",
            prompt=Chat(
                messages=(
                    Message(
                        role="user",
                        content=prompts[i] if prompts else f"question {prefix} number {i}",
                    ),
                )
            ),
            reference=None if choices else references[i],
            choices=choices,
            answer=0 if choices else None,
            cluster=clusters[i] if clusters else None,
            group=groups[i] if groups else None,
            subgroups=tuple(subgroups[i].items()) if subgroups else (),
        )
        for i in range(n)
    )


# Answers


def text(words: str, *, tokens: int = 5, cut: bool = False, prompt_tokens: int = 20) -> Text:
    """A response of a generation layer."""
    return Text(
        text=words,
        prompt_tokens=prompt_tokens,
        tokens=tokens,
        finish="length" if cut else "stop",
        seconds=0.1,
    )


def right_wrong(codes: str, *, arm: str = "") -> list[Answer]:
    """Answers of a `qa` layer; wrong ones of different arms are worded differently."""
    made: Mapping[str, Answer] = {
        "1": text(f"answer: {RIGHT}"),
        "0": text(f"answer: {WRONG}{arm}"),
        "?": text(f"I have no idea {arm}"),
        "-": LOST,
    }
    return [made[code] for code in codes]


def chosen(codes: str, *, choices: int = 4, at: float = -1.0) -> list[Answer]:
    """Answers of a multiple-choice layer whose first choice is right; `at` tells arms apart."""

    def one(best: int) -> ChoiceLogliks:
        return ChoiceLogliks(
            logliks=tuple(at if i == best else at - 4.0 for i in range(choices)),
            tokens=(1,) * choices,
            prompt_tokens=30,
            seconds=0.1,
        )

    made: Mapping[str, Answer] = {"1": one(0), "0": one(1), "-": LOST}
    return [made[code] for code in codes]


def numbers(values: Sequence[float | None]) -> list[Answer]:
    """Answers of a layer that scores a number; None is an output without one."""
    return [text("no number" if v is None else f"answer: {v!r}") for v in values]


def losses(nats: Sequence[float], *, tokens: int = 10) -> list[Answer]:
    """Answers of a perplexity layer: nats per token."""
    return [
        TokenLoss(
            nats=value * tokens,
            tokens=tokens,
            bytes=4 * tokens,
            greedy_tokens=tokens // 2,
            prompt_tokens=20,
            seconds=0.1,
        )
        for value in nats
    ]


# Layers


@dataclass(frozen=True, slots=True)
class Asked:
    """One layer as declared, its items, and what each arm answered, a sequence each seed.

    An arm that is left out has no answers.
    """

    options: Options
    items: tuple[Item, ...]
    answers: Mapping[str, Sequence[Answers]]
    part: str = "main"

    @property
    def name(self) -> str:
        """Of the layer."""
        return str(self.options["name"])

    @property
    def dataset(self) -> str:
        """Behind the items."""
        return str(self.options.get("dataset") or self.options.get("unseen") or "test")


Codes: TypeAlias = str | Sequence[str]


def qa(
    tuned: Codes | None = None,
    base: Codes | None = None,
    *,
    others: Mapping[str, Codes] | None = None,
    name: str = "qa",
    dataset: str = "test",
    of: tuple[Item, ...] | None = None,
    metric: str = "exact_match",
    options: Options | None = None,
) -> Asked:
    """A generation layer whose answers are right or wrong, by codes; several seeds: several codes.

    Args:
        tuned: Codes of tuned, when it answered.
        base: Codes of base, when it answered.
        others: Codes of other arms.
        name: Of the layer.
        dataset: Behind it.
        of: Its items; plain ones by default.
        metric: What is scored.
        options: Further keys of the layer.
    """
    codes = _codes(tuned, base, others)
    n = len(next(iter(codes.values()))[0])
    return Asked(
        {
            "kind": "generation",
            "name": name,
            "dataset": dataset,
            "arms": list(dict.fromkeys(["tuned", "base", *codes])),
            "extract": {"kind": "regex", "regex": "answer: (.+)"},
            "metrics": [{"metric": metric}],
            **(options or {}),
        },
        of if of is not None else items(n),
        {arm: [right_wrong(one, arm=f" {arm}") for one in given] for arm, given in codes.items()},
    )


def choice(
    tuned: Codes | None = None,
    base: Codes | None = None,
    *,
    others: Mapping[str, Codes] | None = None,
    name: str = "general",
    dataset: str = "general",
    of: tuple[Item, ...] | None = None,
) -> Asked:
    """A multiple-choice layer, by codes."""
    codes = _codes(tuned, base, others)
    n = len(next(iter(codes.values()))[0])
    four = ("first", "second", "third", "fourth")
    return Asked(
        {
            "kind": "multiple_choice",
            "name": name,
            "dataset": dataset,
            **({"arms": list(dict.fromkeys(["tuned", "base", *codes]))} if others else {}),
        },
        of if of is not None else items(n, prefix="g", choices=four),
        {
            arm: [chosen(one, at=-1.0 if arm == "base" else -1.5) for one in given]
            for arm, given in codes.items()
        },
    )


def _codes(
    tuned: Codes | None, base: Codes | None, others: Mapping[str, Codes] | None
) -> dict[str, list[str]]:
    """Codes by arm and seed."""
    named = {"tuned": tuned, "base": base, **(others or {})}
    return {
        arm: [given] if isinstance(given, str) else list(given)
        for arm, given in named.items()
        if given is not None
    }


def error(
    tuned: Sequence[float | None],
    base: Sequence[float | None],
    *,
    name: str = "dose",
    of: tuple[Item, ...] | None = None,
    bounds: tuple[float, float] | None = (0.0, 10.0),
) -> Asked:
    """A layer whose metric is an absolute error: lower is better, between 0 and 10 if bounded."""
    metric: dict[str, object] = {"metric": "absolute_error", "unit": "mg"}
    if bounds is not None:
        metric["range"] = [*bounds]
    return Asked(
        {
            "kind": "generation",
            "name": name,
            "dataset": "test",
            "extract": {"kind": "regex", "regex": "answer: (.+)"},
            "metrics": [metric],
        },
        of if of is not None else items(len(tuned), reference="0"),
        {"tuned": [numbers(tuned)], "base": [numbers(base)]},
    )


def loss(
    tuned: Sequence[float],
    base: Sequence[float],
    *,
    name: str = "held-out",
    of: tuple[Item, ...] | None = None,
) -> Asked:
    """A perplexity layer."""
    return Asked(
        {"kind": "perplexity", "name": name, "dataset": "test"},
        of if of is not None else items(len(tuned)),
        {"tuned": [losses(tuned)], "base": [losses(base)]},
    )
