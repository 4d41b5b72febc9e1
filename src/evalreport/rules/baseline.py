"""Rules about the baseline: was the base given the same chance, and did the adapter speak?"""

from collections.abc import Iterator
from typing import Final

from evalreport.analyze.comparable import precision_text, precisions
from evalreport.analyze.findings import Finding
from evalreport.analyze.sentences import spoken
from evalreport.numbers import count_text
from evalreport.records import Response, Text, is_silent
from evalreport.records.exchange import ChoiceLogliks, TokenLoss
from evalreport.rules.base import Family, Rule, Said, Severity, of_layer
from evalreport.rules.case import (
    Case,
    CaseRule,
    broken,
    has_answers,
    has_generation,
    has_measured_here,
    unchecked,
)
from evalreport.rules.prompted import FORMAT_RULE, base_format_unfair, grades_more_than_form
from evalreport.rules.published import Aspect, has_scored, told
from evalreport.spec.asked import has_tuned

NO_BASELINE: Final = "no-baseline"
_PRECISION: Final = Aspect("precision", "precision")
_PAIR: Final = ("tuned", "base")


def _no_baseline(case: Case) -> tuple[Said, ...]:
    """What was planned and is not done yet is no missing baseline: the answer waits for it."""
    said = []
    for primary in case.primaries:
        if primary.layer in case.evidence.published:
            said += _no_recorded_base(case, primary)
            continue
        if primary.layer in case.evidence.results:
            if "base" not in case.evidence.results[primary.layer].arms:
                said.append(
                    broken(
                        "The files hold no results of a base model, so no improvement is shown.",
                        primary.id,
                    )
                )
            continue
        if primary.n > 0 or case.evidence.of_arm(primary.layer, "base"):
            continue
        waits = case.evidence.why_unfinished(primary.layer, "base")
        if not case.evidence.of_arm(primary.layer, "tuned"):
            text = _silent_judge(case, primary.layer)
            reason = waits or "they were not asked"
            text = text or f"Neither model answered {primary.layer}: {reason}."
            said.append(unchecked(text, primary.id))
        elif waits is not None:
            said.append(
                unchecked(f"The base has not answered {primary.layer}: {waits}.", primary.id)
            )
        else:
            said.append(
                broken(
                    "The base model was not run on these items, so no improvement is shown.",
                    primary.id,
                )
            )
    return tuple(said)


def _silent_judge(case: Case, layer: str) -> str:
    """That the models answered and no judge said anything of it; empty where that is not so."""
    judges = [facts for facts in case.judging.get(layer, ()) if facts.replies is not None]
    silent = dict.fromkeys(facts.why_silent for facts in judges if facts.why_silent)
    if not judges or not silent:
        return ""
    who = "the judge" if len(judges) == 1 else "a judge of the panel"
    why = " and ".join(silent)
    return f"What {layer} asks was judged, and {who} gave no verdict that could be read: {why}."


def _no_recorded_base(case: Case, primary: Finding) -> list[Said]:
    """A number of tuned alone, where others' numbers decide; of words alone another rule speaks."""
    if primary.is_measured:
        return []
    rows = [
        row
        for row in case.evidence.published[primary.layer].rows
        if (row.metric, row.field) == (primary.metric, primary.field)
    ]
    words = next((row.words["base"] for row in rows if "base" in row.words), None)
    if not any(row.figure("tuned") is not None for row in rows):
        text = f"Neither model has a number of {spoken(primary)}."
        return [unchecked(text, primary.id)]
    if words is not None and is_silent(words):
        text = f"In the place of a number of the base model stands “{words}” beside that of tuned"
        return [broken(f"{text} ({spoken(primary)}), so no improvement is shown.", primary.id)]
    if words is not None:
        what = f"Of {spoken(primary)} tuned has a number, and in the place of the base's stands"
        return [unchecked(f"{what} “{words}”.", primary.id)]
    return [
        broken(
            f"No number of the base model stands beside {spoken(primary)} of tuned, so no "
            "improvement is shown.",
            primary.id,
        )
    ]


def _said(response: Response) -> object:
    """What a response says, apart from how long it took."""
    match response:
        case Text():
            return (*(one.answer for one in response.before), response.text)
        case ChoiceLogliks():
            return response.logliks
        case TokenLoss():
            return response.nats
        case _:
            return response


def _has_tuned(case: Case) -> bool:
    """Some model answered, and there is a tuned one whose answers could be those of base."""
    is_there = has_tuned(case.spec) or any(b.arm == "tuned" for b in case.evidence.blocks.values())
    return is_there and has_answers(case)


def _adapter_inactive(case: Case) -> tuple[Said, ...]:
    """Every answer of tuned, of one seed, equals that of base in all layers that both answered."""
    pairs: dict[int | None, list[tuple[tuple[Response, ...], tuple[Response, ...]]]] = {}
    for place, block in case.evidence.blocks.items():
        bases = case.evidence.of_arm(place.layer, "base", place.part)
        if place.arm != "tuned" or not bases:
            continue
        found = pairs.setdefault(place.seed, [])
        found += [
            (mine, bases[0].responses[item])
            for item, mine in block.responses.items()
            if item in bases[0].responses
        ]
    compared = {seed: both for seed, both in pairs.items() if both}
    if not compared:
        return (unchecked("Tuned and base answered no item both, so nothing could be compared."),)
    return tuple(
        _inactive(case, seed, both)
        for seed, both in compared.items()
        if all([*map(_said, mine)] == [*map(_said, theirs)] for mine, theirs in both)
    )


def _inactive(
    case: Case,
    seed: int | None,
    both: list[tuple[tuple[Response, ...], tuple[Response, ...]]],
) -> Said:
    only_text = all(isinstance(response, Text) for mine, _ in both for response in mine)
    weak = ", or its effect is too small to change a single output" if only_text else ""
    of_seed = "" if seed is None else f" of seed {seed}"
    return broken(
        f"All {count_text(len(both), 'answer')} of tuned{of_seed} are those of base, digit for "
        "digit: the adapter did nothing when it was evaluated, or it holds no training at all"
        f"{weak}.",
        *case.primary_cites,
    )


def _identity(case: Case) -> tuple[Said, ...]:
    unknown = sorted({b.arm for b in case.evidence.blocks.values() if b.weights is None})
    if not unknown:
        return ()
    return (
        broken(
            f"Which weights answered as {', '.join(unknown)} cannot be proved: no digest is known.",
            *case.primary_cites,
        ),
    )


def _base_handicapped(case: Case) -> tuple[Said, ...]:
    said = [*_recorded_precision(case), *_imported_precision(case)]
    for layer in dict.fromkeys(f.layer for f in case.declared if f.n):
        tuned = precisions(layer, "tuned", case.evidence)
        base = precisions(layer, "base", case.evidence)
        if tuned and base and tuned != base:
            said.append(
                broken(
                    f"In {layer} the base answered in {' and '.join(base)}, tuned in "
                    f"{' and '.join(tuned)}: part of the difference may be that of precision, not "
                    "of training.",
                    *case.cites(layer=layer),
                )
            )
    return tuple(said)


def _recorded_precision(case: Case) -> Iterator[Said]:
    for one in told(case):
        text, cites = _PRECISION.differing(one)
        if text:
            yield broken(
                f"In {one.layer} the arms were held in different precision ({text}): part of the "
                "difference may be that of precision, not of training.",
                *cites,
            )
        elif silent := _PRECISION.unknown(one):
            text = (
                f"Whether both arms of {one.layer} were held in one precision is not stated"
                f"{_PRECISION.known(one)}."
            )
            yield of_layer(one.layer, unchecked(text, *silent))


def _imported_precision(case: Case) -> Iterator[Said]:
    """As files of other tools tell it, or the spec of them."""
    for layer in dict.fromkeys(f.layer for f in _of_files(case)):
        results, cites = case.evidence.results[layer], case.cites(layer=layer)
        told = [results.arms[arm].origin.facts.precision for arm in _PAIR]
        tuned, base = (precision_text(words) for words in told)
        if not tuned or not base:
            known = "".join(
                f"; {arm}: {words}" for arm, words in zip(_PAIR, told, strict=True) if words
            )
            text = f"Whether both arms of {layer} were held in one precision is not told{known}."
            yield unchecked(text, *cites)
        elif tuned != base:
            yield broken(
                f"In {layer} the base answered in {base}, tuned in {tuned}: part of the difference "
                "may be that of precision, not of training.",
                *cites,
            )


def _of_files(case: Case) -> Iterator[Finding]:
    """Declared findings about items of both arms that another tool measured."""
    for finding in case.declared:
        results = case.evidence.results.get(finding.layer)
        if finding.n and results is not None and {*_PAIR} <= {*results.arms} and results.n:
            yield finding


def _packed_base(case: Case) -> tuple[Said, ...]:
    packed = case.evidence.environment.get("packed_base")
    if not isinstance(packed, str):
        return ()
    return (
        broken(
            f"The base was loaded from a {packed}: all figures, of base and tuned alike, are about "
            "that copy, not about the original full-precision weights.",
            *case.primary_cites,
        ),
    )


def _greedy_only(case: Case) -> tuple[Said, ...]:
    if any(layer.decoding.temperature > 0 for layer in case.generations):
        return ()
    return (
        broken(
            "Measured with greedy decoding (temperature 0): a deployment that samples may differ.",
            *(cite for layer in case.generations for cite in case.cites(layer=layer.name)),
        ),
    )


def _single_sample(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"One sample an item at temperature {layer.decoding.temperature:g} in {layer.name}: "
            "a rerun alone moves the score. Set `samples`, or temperature 0.",
            *case.cites(layer=layer.name),
        )
        for layer in case.generations
        if layer.decoding.temperature > 0 and layer.decoding.samples == 1
    )


def _single_prompt(case: Case) -> tuple[Said, ...]:
    asked = {place.arm for place, block in case.evidence.blocks.items() if block.responses}
    if any(arm.prompting for name, arm in case.evidence.arms.items() if name in asked):
        return ()
    return (
        broken(
            "One prompt format was tried; small changes of wording have moved other models by "
            "many points. An arm with its own `system` or `shots` would show how the base fares."
        ),
    )


BASELINE: tuple[CaseRule, ...] = (
    Rule(
        id=NO_BASELINE,
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="The base model is run on the same items.",
        why="A score of the tuned model alone says nothing about the tuning. A figure from a "
        "leaderboard is another harness, another prompt, another scorer.",
        remedy="Let the primary's layer ask the base as well.",
        source="Two published model cards without any base score.",
        is_absence=True,
        applies=lambda case: bool(case.primaries),
        check=_no_baseline,
    ),
    Rule(
        id="adapter-inactive",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="The tuned model's answers differ from the base's at least once, in every seed.",
        why="Harnesses and servers have ignored adapters silently; then base is compared with "
        "itself and 'no difference' looks like a result.",
        remedy="Check that the engine loads the adapter, and that training moved its weights.",
        source="Reports in the issue trackers of evaluation harnesses and servers.",
        applies=_has_tuned,
        check=_adapter_inactive,
    ),
    Rule(
        id="artifact-identity-unknown",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="The evaluated weights have a known digest.",
        why="A wrong upload or another server version has faked results before.",
        remedy="Evaluate weights whose digest can be read: files on this machine, or a pinned "
        "revision.",
        source="The Reflection-70B post-mortem (2024).",
        is_caveat=True,
        is_absence=True,
        applies=has_answers,
        check=_identity,
    ),
    Rule(
        id="base-handicapped",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="Base and tuned answered in the same precision.",
        why="A base in 4 bits against a tuned model in 16 loses points that training did not win.",
        remedy="Leave `quantization` of the arm `base` out, and it follows tuned.",
        source="A published comparison with a base in 4 bits.",
        applies=lambda case: has_measured_here(case) or has_scored(case) or any(_of_files(case)),
        check=_base_handicapped,
    ),
    Rule(
        id=FORMAT_RULE,
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates where no gain, or a loss, is shown against a base that can be read; "
        "worth knowing where the gain asked for still is",
        claim="The gain is not mostly the base failing a format it was never taught.",
        why="If the base's outputs cannot be read ten points more often, part of the gain could "
        "be had with a better prompt. Where tuned is not better than a prompted base that can be "
        "read, the verdict does not hold; where it is better by the gain asked for, it does.",
        remedy="Hold tuned against a base that was asked in a prompt it can answer (an arm with "
        "`shots`); where tuned does not beat that, change the training and test once more, on "
        "items not used before.",
        source="Sclar et al. (2023), FormatSpread; the Reflection-70B post-mortem (2024).",
        applies=grades_more_than_form,
        check=base_format_unfair,
    ),
    Rule(
        id="packed-base",
        family=Family.BASELINE,
        severity=Severity.NOTE,
        claim="The base is the original weights, not a dequantised copy.",
        why="A model packed to 4 bits and unpacked again is another, slightly worse model.",
        source="Own.",
        applies=has_answers,
        check=_packed_base,
    ),
    Rule(
        id="temperature-zero-only",
        family=Family.BASELINE,
        severity=Severity.NOTE,
        claim="Some layer decodes by sampling, as deployments do.",
        why="Greedy decoding answers a question about greedy decoding.",
        source="Miller (2024), arXiv:2411.00640.",
        applies=has_generation,
        check=_greedy_only,
    ),
    Rule(
        id="single-sample-at-temperature",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="With sampling, each item is drawn several times.",
        why="The noise of one draw is inside the interval but is not shown apart.",
        remedy="Set `samples` of the decoding, or temperature 0.",
        source="Miller (2024), arXiv:2411.00640.",
        is_caveat=True,
        applies=has_generation,
        check=_single_sample,
    ),
    Rule(
        id="single-prompt-format",
        family=Family.BASELINE,
        severity=Severity.NOTE,
        claim="More than one prompt format was tried.",
        why="Formatting alone has moved scores by tens of points.",
        source="Sclar et al. (2023), arXiv:2310.11324.",
        applies=has_answers,
        check=_single_prompt,
    ),
)
