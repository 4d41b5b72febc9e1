"""Rules about losses as measures: next tokens, tokenizers, targets, and the trainer's own loss."""

import math
from collections.abc import Iterator
from itertools import groupby
from statistics import median
from typing import Final

from evalreport.analyze.findings import Finding
from evalreport.analyze.sentences import words
from evalreport.analyze.shown import shown_value
from evalreport.estimates import has_value
from evalreport.layers.perplexity import Perplexity
from evalreport.numbers import bounded_exp, count_text, rate_text
from evalreport.records import Corpus, Lossy, TokenLoss
from evalreport.rules.base import Family, Remark, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken
from evalreport.rules.published import Told, told

TOKENS_AS_TASK: Final = "token-accuracy-as-task"
ON_PROXY: Final = "target-on-proxy"
_PER_TOKEN: Final = ("nll", "perplexity", "token_accuracy")
MISMATCH_RULE: Final = "loss-mismatch"
_MISMATCH: Final = 0.10
_UNLIKE: Final = "only if their rows are of different kinds"
_LOSS: Final = "a loss on reference text"
_PROXIES: Final = {
    **dict.fromkeys(
        ("nll", "perplexity", "bits_per_byte", "loss", "train_loss", "eval_loss"), _LOSS
    ),
    "token_accuracy": "next tokens guessed with the reference in view",
}


def _token_accuracy(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        if finding.metric != "token_accuracy" or not has_value(finding.tuned):
            continue
        value, text = finding.tuned.value, _as_shown(finding)
        said.append(
            broken(
                f"{text} is next-token accuracy with the reference in view; it says nothing about "
                f"how often a task is solved.{_of_whole_answers(case, finding, value, text)}",
                finding.id,
            )
        )
    return tuple(said)


def _as_shown(finding: Finding) -> str:
    """The value of tuned as its row of the results shows it."""
    shown = shown_value(finding, finding.tuned).value
    return "" if shown is None else f"{shown.text.removesuffix('%').strip()} %"


def _of_whole_answers(case: Case, finding: Finding, value: float, text: str) -> str:
    """What so many right tokens make of whole answers; of which length is known for our own."""
    tokens = _median_tokens(case, finding)
    if tokens:
        return (
            f" At {text} a token an answer of {tokens:,} tokens would be fully right "
            f"{rate_text(value**tokens)} of the time, if errors were independent."
        )
    if not 0.5 < value < 1:
        return ""
    half = math.ceil(math.log(0.5) / math.log(value))
    return (
        f" At {text} a token more than half of all answers of {count_text(half, 'token')} hold a "
        "token other than the reference's, if these were independent."
    )


def _median_tokens(case: Case, finding: Finding) -> int:
    counts = [
        response.tokens
        for block in case.evidence.of_arm(finding.layer, finding.arms[0])
        for responses in block.responses.values()
        for response in responses
        if isinstance(response, TokenLoss)
    ]
    return round(median(counts)) if counts else 0


def _target_on_proxy(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"What is required of {one.arm} was set on {words(one.name)}, {_PROXIES[one.name]}, "
            "which does not measure whether the task is done.",
            one.id,
        )
        for one in case.findings.measurements
        if one.requirement is not None and one.name in _PROXIES
    )


def _tokenizers(case: Case) -> tuple[Said, ...]:
    said = []
    seen: set[tuple[str, str, str]] = set()
    for finding in case.findings.findings:
        if finding.metric not in _PER_TOKEN or not finding.n:
            continue
        place = (finding.layer, *finding.arms)
        if place in seen:
            continue
        seen.add(place)
        differing, items = _differing_tokens(case, finding)
        if not differing:
            continue
        same = [
            f
            for f in case.findings.findings
            if (f.layer, *f.arms) == place and f.metric in _PER_TOKEN
        ]
        said.append(
            broken(
                f"{finding.arms[0]} and {finding.arms[1]} cut {differing:,} of "
                f"{count_text(items, 'reference')} into different numbers of tokens, so losses a "
                f"token and perplexities on {finding.layer} are not comparable; bits_per_byte is.",
                *(f.id for f in same),
            )
        )
    return tuple(said)


def _differing_tokens(case: Case, finding: Finding) -> tuple[int, int]:
    """Items that two arms cut into different numbers of tokens, and items that both answered."""
    mine, theirs = (_tokens(case, finding.layer, arm) for arm in finding.arms)
    both = mine.keys() & theirs.keys()
    return sum(mine[item] != theirs[item] for item in both), len(both)


def _tokens(case: Case, layer: str, arm: str) -> dict[str, int]:
    return {
        item: response.tokens
        for block in case.evidence.of_arm(layer, arm)[:1]
        for item, responses in block.responses.items()
        for response in responses[:1]
        if isinstance(response, TokenLoss)
    }


def _loss_mismatch(case: Case) -> tuple[Said, ...]:
    said = []
    for layer, seed, there, here in _both_losses(case):
        if abs(here - there) <= _MISMATCH * there:
            continue
        cites = [f.id for f in case.findings.findings if (f.layer, f.arms[0]) == (layer, "tuned")]
        said.append(
            broken(
                f"The rows that chose the checkpoint have a loss of {there:.3g} nats a token in "
                f"training (seed {seed}) and of {here:.3g} in {layer}: template, masking or the "
                "loading of the adapter differ, so this loss does not count until they agree.",
                *cites,
            )
        )
    return (*said, *_told_mismatch(case))


def _told_mismatch(case: Case) -> Iterator[Said]:
    """Two losses of tuned that others published, of the training and beside it; once a layer."""
    for layer, pairs in groupby(_told_losses(case), lambda pair: pair[0].layer):
        apart = [pair for pair in pairs if abs(pair[3] - pair[2]) > _MISMATCH * pair[2]]
        if not apart:
            continue
        _, _, there, here = apart[0]
        yield broken(
            f"The recorded training ends with an evaluation loss of {there:.3g} nats a token "
            f"(perplexity {bounded_exp(there):.3g}), and {layer} has {here:.3g} (perplexity "
            f"{bounded_exp(here):.4g}) of tuned. Both score texts that were given, and another way "
            f"to an answer costs as much in the one as in the other: it explains this {_UNLIKE}. "
            "If they are not, template, masking or the loading of the adapter differ.",
            *(finding.id for _, finding, _, _ in apart),
            severity=Severity.WEAKENS,
        )


def is_of_unlike_rows(remark: Remark) -> bool:
    """Whether a remark tells of two losses that may both be right, if they are of other rows."""
    return remark.rule == MISMATCH_RULE and _UNLIKE in remark.text


def _told_losses(case: Case) -> Iterator[tuple[Told, Finding, float, float]]:
    """Recorded layer and finding, and two losses of tuned: that of the training and the layer's."""
    recorded = case.evidence.recorded_training
    there = None if recorded is None else recorded.eval_loss
    if there is None or there <= 0:
        return
    for one in told(case):
        for finding in one.findings:
            row = one.row(finding)
            mine = None if row is None else row.figure("tuned")
            if mine is not None and isinstance(mine.figure, Lossy) and _is_held_out(finding):
                yield one, finding, there, mine.figure.nats_per_token


def _is_held_out(finding: Finding) -> bool:
    return finding.metric != "train_loss"


def _both_losses(case: Case) -> Iterator[tuple[str, int, float, float]]:
    """Layer, seed, and two losses on the rows that chose the checkpoint: trainer's and layer's."""
    selecting = {
        corpus.digest
        for corpus in case.evidence.corpora.values()
        if isinstance(corpus, Corpus) and corpus.role.value == "select"
    }
    for layer in case.spec.evaluation.layers:
        if not isinstance(layer, Perplexity):
            continue
        corpora = [case.corpus(name) for name in layer.datasets()]
        if not any(corpus is not None and corpus.digest in selecting for corpus in corpora):
            continue
        for block in case.evidence.of_arm(layer.name, "tuned"):
            log = case.evidence.trainings.get(block.seed) if block.seed is not None else None
            losses = [
                response
                for responses in block.responses.values()
                for response in responses
                if isinstance(response, TokenLoss)
            ]
            tokens = sum(one.tokens for one in losses)
            there = (
                next((p.eval_loss for p in log.curve if p.step == log.best_step), None)
                if log is not None
                else None
            )
            if there and tokens and block.seed is not None:
                yield layer.name, block.seed, there, sum(one.nats for one in losses) / tokens


def _has_losses(case: Case) -> bool:
    return any(f.metric in _PER_TOKEN and f.n for f in case.findings.findings)


LOSSES: tuple[CaseRule, ...] = (
    Rule(
        id=TOKENS_AS_TASK,
        family=Family.MEANING,
        severity=Severity.INVALIDATES,
        claim="Next-token accuracy is not declared as if it were task accuracy.",
        why="A trainer's token accuracy is measured with the reference in view: each next token is "
        "guessed after the right ones. A model at 93 % may solve nothing.",
        remedy="Score answers that both models write by themselves to the same held-out items.",
        source="Two published fine-tunes that report token accuracy as GSM8K accuracy.",
        applies=lambda case: (
            any(f.metric == "token_accuracy" for f in case.declared)
            or any(isinstance(layer, Perplexity) for layer in case.spec.evaluation.layers)
        ),
        check=_token_accuracy,
    ),
    Rule(
        id=ON_PROXY,
        family=Family.MEANING,
        severity=Severity.WEAKENS,
        claim="No requirement is set on a loss.",
        why="A bound on a loss can be met by a model that does the task no better.",
        remedy="Require a value of the task's own metric.",
        source="A published fine-tune whose target was set on token accuracy.",
        is_caveat=True,
        applies=lambda case: bool(case.spec.evaluation.requirements),
        check=_target_on_proxy,
    ),
    Rule(
        id="ppl-across-tokenizers",
        family=Family.MEANING,
        severity=Severity.INVALIDATES,
        claim="Losses a token are compared only where both arms cut the text alike.",
        why="A tokenizer with longer tokens has a higher loss a token for the same probability of "
        "the same text. Bits per byte do not depend on it.",
        remedy="Compare bits_per_byte.",
        source="Own; the definition of perplexity.",
        applies=_has_losses,
        check=_tokenizers,
    ),
    Rule(
        id=MISMATCH_RULE,
        family=Family.MEANING,
        severity=Severity.INVALIDATES,
        claim="The same rows have the same loss in training and in evaluation, within 10 %.",
        why="A loss that differs between trainer and evaluation on the same rows shows that "
        "template, mask or weights are not the same.",
        remedy="Find what differs between training and evaluation: template, mask, adapter.",
        source="A published fine-tune with a loss of 0.271 in training and 3.87 in evaluation.",
        varies="weakens where others published both, since their rows may differ",
        applies=lambda case: (
            any(True for _ in _both_losses(case)) or any(True for _ in _told_losses(case))
        ),
        check=_loss_mismatch,
    ),
)
