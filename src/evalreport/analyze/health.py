"""Response health: what an arm's texts look like, apart from being right."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

import numpy as np

from evalreport.analyze.compare import difference_of, significance_of
from evalreport.analyze.flips import Flips
from evalreport.analyze.missing import answered, known
from evalreport.analyze.samples import flips, pair
from evalreport.analyze.scores import FAILED, SCORED, UNSCORABLE, Scored
from evalreport.analyze.tables import Table
from evalreport.analyze.terms import Terms
from evalreport.analyze.text_findings import Health, HealthDifference, SameOutputs
from evalreport.estimates import NotEstimable, Tested
from evalreport.layers.generation import Generation
from evalreport.metrics.base import Column, Scale
from evalreport.metrics.fences import is_unended
from evalreport.records import Item, Itemised, Text

KINDS: Final = ("truncated", "unended", "empty", "refused", "looping", "unparsed")
TOKENS: Final = "tokens"

# Openings by which assistants decline; a rule of thumb, and the report says so.
_REFUSAL: Final = re.compile(
    r"^\W*(?:i(?:'|\u2019)?m sorry|i am sorry|sorry,|i apologi[sz]e|i can(?:'|\u2019)?t\b|"
    r"i cannot\b|i(?:'|\u2019)?m (?:unable|not able)|"
    r"i am (?:unable|not able)|as an ai\b|unfortunately, i)",
    re.IGNORECASE,
)
_SILENT: Final = NotEstimable(not_estimable="no answers")
_UNTOLD: Final = NotEstimable(not_estimable="the files do not tell")
_LOOP_TIMES: Final = 4
_LOOP_LEAST: Final = 24
_LOOP_LONG: Final = 100
_LOOP_LONGEST: Final = 200
_TAIL: Final = 2_000


def is_looping(text: str, *, least: int = _LOOP_LEAST) -> bool:
    """Whether a text ends in one piece of 2 to 200 characters said four times or more in a row.

    A piece must hold a letter or a digit, so that rules of dashes do not count, and the repetition
    be 24 characters long, so that "1000000000" and "ha ha ha ha" do not.

    Args:
        text: A whole output.
        least: How long the repetition must be.
    """
    tail = text.rstrip()[-_TAIL:]
    for size in range(2, min(_LOOP_LONGEST, len(tail) // _LOOP_TIMES) + 1):
        piece = tail[-size:]
        times = max(_LOOP_TIMES, math.ceil(least / size))
        if tail.endswith(piece * times) and any(c.isalnum() for c in piece):
            return True
    return False


def signs_of(layer: Generation, response: Text) -> frozenset[str]:
    """Which kinds of trouble one response shows.

    Where the layer strips reasoning, what is left must not be empty or refuse; a loop counts
    wherever it is. An output whose reasoning never ended has no answer, but it is not empty.
    Of a conversation every answer counts, but only the last one is read.
    """
    earlier = (
        _signs(layer, response.model_copy(update={"text": one.answer, "before": ()}))
        for one in response.before
    )
    return _signs(layer, response).union(*(signs - {"unparsed"} for signs in earlier))


def _signs(layer: Generation, response: Text) -> frozenset[str]:
    output, _ = layer.read(response)
    unended = layer.strip == "think" and is_unended(response.text)
    signs = {
        "truncated": response.finish == "length",
        "unended": unended,
        "empty": not unended and not output.text.strip(),
        "refused": _REFUSAL.match(output.text) is not None,
        "looping": is_looping(response.text),
        "looping_cut": response.finish == "length" and is_looping(response.text, least=_LOOP_LONG),
        "unparsed": bool(output.problem),
    }
    return frozenset(name for name, shown in signs.items() if shown)


@dataclass(frozen=True, slots=True)
class Observed:
    """One arm's responses to a layer, a block each training seed, read once.

    Attributes:
        blocks: The answers.
        signs: For each block, the troubles of every answered item, all its draws together.
        tokens: For each block, the mean tokens of every answered item's draws, where it is known.
        untold: For each block, the answered items of which nobody knows how a draw ended.
    """

    blocks: tuple[Itemised, ...]
    signs: tuple[Mapping[str, frozenset[str]], ...]
    tokens: tuple[Mapping[str, float], ...]
    untold: tuple[frozenset[str], ...]

    @property
    def arm(self) -> str:
        """Whose responses these are."""
        return self.blocks[0].arm


def observe(
    layer: Generation, table: Table, items: Sequence[Item], blocks: Sequence[Itemised]
) -> Observed:
    """Read every response of an arm for signs of trouble.

    `unparsed` is what the layer's reading rule finds no answer in, and what one of its metrics
    cannot score: "The answer is yes." names no class where only `yes` does.

    Args:
        layer: Whose outputs are read.
        table: Its scores.
        items: What it asked.
        blocks: The arm's answers, a block each training seed.
    """
    signs: list[Mapping[str, frozenset[str]]] = []
    for seed, block in enumerate(blocks):
        columns = [replicates[seed].state for replicates in table.scores[block.arm]]
        unscored = np.logical_or.reduce([state == UNSCORABLE for state in columns])
        signs.append(
            {
                item.id: frozenset({"unparsed"} if is_unscored else ()).union(
                    *(signs_of(layer, one) for one in responses if isinstance(one, Text))
                )
                # An answer that has to repeat itself (tags, digits) is not in a loop.
                - ({"looping", "looping_cut"} if is_looping(item.reference or "") else set())
                for item, is_unscored in zip(items, unscored.tolist(), strict=True)
                if (responses := block.responses.get(item.id)) is not None
            }
        )
    return Observed(
        blocks=tuple(blocks),
        signs=tuple(signs),
        tokens=tuple(_tokens(block) for block in blocks),
        untold=tuple(_untold(block) for block in blocks),
    )


def _untold(block: Itemised) -> frozenset[str]:
    """Answered items of which another tool did not keep how a draw ended."""
    return frozenset(
        item
        for item, responses in block.responses.items()
        if any(isinstance(one, Text) and one.finish == "unknown" for one in responses)
    )


def _tokens(block: Itemised) -> dict[str, float]:
    """Tokens that each answered item took, on average over its draws."""
    written = {
        item: [one.tokens for one in responses if isinstance(one, Text) and one.tokens is not None]
        for item, responses in block.responses.items()
    }
    return {item: sum(draws) / len(draws) for item, draws in written.items() if draws}


def health_of(layer: Generation, items: Sequence[Item], observed: Observed) -> Health:
    """One arm's row of the health table: counts of items with any draw in trouble.

    Several training seeds are counted together: each item then counts once for each of them.
    """
    signs = [shown for found in observed.signs for shown in found.values()]
    texts = [
        response
        for block in observed.blocks
        for responses in block.responses.values()
        for response in responses
        if isinstance(response, Text)
    ]
    tokens = [text.tokens for text in texts if text.tokens is not None]
    seconds = [text.seconds for text in texts if text.seconds is not None]
    is_told = all(text.finish != "unknown" for text in texts)
    silent = _SILENT if not texts or len(tokens) == len(texts) else _UNTOLD
    if len(tokens) < len(texts):
        tokens = []
    count = Counter(kind for shown in signs for kind in shown)
    return Health(
        layer=layer.name,
        arm=observed.arm,
        n=len(items) * len(observed.blocks),
        tokens_mean=sum(tokens) / len(tokens) if tokens else silent,
        tokens_median=float(median(tokens)) if tokens else silent,
        tokens_p95=float(np.percentile(tokens, 95)) if tokens else silent,
        seconds_per_item=sum(seconds) / len(signs)
        if texts and len(seconds) == len(texts)
        else silent,
        truncated=count["truncated"] if is_told else _UNTOLD,
        looping_cut=count["looping_cut"],
        unended=count["unended"],
        empty=count["empty"],
        refused=count["refused"],
        looping=count["looping"],
        unparsed=count["unparsed"],
        failed=sum(len(block.failures) for block in observed.blocks),
        reasoning_blocks=sum(layer.read(text)[1] for text in texts)
        if layer.strip == "think"
        else 0,
    )


def health_differences(
    layer: Generation, table: Table, candidate: Observed, reference: Observed, terms: Terms
) -> tuple[HealthDifference, ...]:
    """How each kind of trouble moved, by the statistics of any paired right/wrong score.

    `better` counts the items on which the reference is in trouble more often. Items that some
    seed of either arm did not answer are left out. Tokens are compared as any mean; seconds are
    not, since those of one item are its share of a batch.

    Args:
        layer: Whose outputs were read.
        table: Its items and their clusters.
        candidate: One arm.
        reference: The other.
        terms: Error rates and tests.
    """
    kinds = [kind for kind in KINDS if kind != "unended" or layer.strip == "think"]
    return tuple(
        _moved(kind, layer, table, candidate, reference, terms) for kind in (*kinds, TOKENS)
    )


def same_outputs(layer: Generation, observed: Observed) -> tuple[SameOutputs, ...]:
    """The kinds of trouble that exactly the same outputs of an arm show: one fault, several signs.

    Args:
        layer: Whose outputs were read.
        observed: The arm's responses; an item counts once for each training seed.
    """
    shown: dict[frozenset[tuple[int, str]], list[str]] = {}
    for kind in KINDS:
        outputs = frozenset(
            (seed, item)
            for seed, found in enumerate(observed.signs)
            for item, signs in found.items()
            if kind in signs
        )
        shown.setdefault(outputs, []).append(kind)
    return tuple(
        SameOutputs(layer=layer.name, arm=observed.arm, n=len(outputs), kinds=kinds)
        for outputs, kinds in ((outputs, tuple(kinds)) for outputs, kinds in shown.items())
        if outputs and len(kinds) > 1
    )


def _moved(
    kind: str,
    layer: Generation,
    table: Table,
    candidate: Observed,
    reference: Observed,
    terms: Terms,
) -> HealthDifference:
    mine = answered(_column(kind, table.ids, candidate))
    theirs = answered(_column(kind, table.ids, reference))
    one, other = pair(mine, theirs, known(mine) & known(theirs), table.clusters)
    is_told = all(_is_told(kind, observed) for observed in (candidate, reference))
    shown = difference_of(one, other, level=terms.level) if is_told else _UNTOLD
    test = significance_of(one, other, midp=terms.midp)
    return HealthDifference(
        layer=layer.name,
        kind=kind,
        arms=(candidate.arm, reference.arm),
        n=one.n,
        counts=flips(one, other) or Flips(better=0, worse=0, same=0),
        difference=shown,
        p_value=test.p_value if isinstance(test, Tested) else None,
    )


def _is_told(kind: str, observed: Observed) -> bool:
    """Whether a kind of trouble is told of any answer; files of other tools may hold text alone."""
    if not any(observed.signs):
        return True  # there is no answer to tell it of
    if kind == TOKENS:
        return any(observed.tokens)
    if kind != "truncated":
        return True
    pairs = zip(observed.signs, observed.untold, strict=True)
    return any(found.keys() - untold for found, untold in pairs)


def _column(kind: str, ids: Sequence[str], observed: Observed) -> list[Scored]:
    """One kind of trouble as a score of 0 or 1, or the tokens; less is better."""
    if kind == TOKENS:
        column = Column(kind, "tokens", higher_is_better=False, scale=Scale.MEAN, low=0.0)
        seeds = list(observed.tokens)
    else:
        column = Column(
            kind, "fraction", higher_is_better=False, scale=Scale.BINARY, low=0.0, high=1.0
        )
        seeds = [
            {
                item: float(kind in shown)
                for item, shown in found.items()
                if kind != "truncated" or item not in untold
            }
            for found, untold in zip(observed.signs, observed.untold, strict=True)
        ]
    return [
        Scored(
            column=column,
            values=np.asarray([found.get(name, 0.0) for name in ids]),
            state=np.asarray([SCORED if name in found else FAILED for name in ids], dtype=np.int8),
            penalised=np.zeros(len(ids), dtype=np.bool_),
            reasons={},
            seed=seed,
        )
        for seed, found in enumerate(seeds)
    ]
