"""Rules about the baseline: was the base given the same chance, and did the adapter speak?"""

from evalreport.analyze.findings import Health, HealthDifference
from evalreport.estimates import has_value
from evalreport.layers.generation import Generation
from evalreport.numbers import count_text, fraction_text, share_text
from evalreport.records import Response, Text
from evalreport.records.exchange import ChoiceLogliks, TokenLoss
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import (
    Case,
    CaseRule,
    always,
    broken,
    has_generation,
    has_primary,
)

_FEW = 0.02
_MANY = 0.20
_FORMAT_GAP = 0.10


def _no_baseline(case: Case) -> tuple[Said, ...]:
    primary = case.primary
    if primary is None or primary.n > 0:
        return ()
    layer = case.layer(primary.layer)
    if case.evidence.of_arm(layer.name, "base") or not case.evidence.of_arm(layer.name, "tuned"):
        return ()
    reason = case.evidence.why_missing(layer.name, "base") or "it was not asked"
    return (
        broken(
            f"The base model was not run on these items, so no improvement is shown: {reason}.",
            primary.id,
        ),
    )


def _said(response: Response) -> object:
    """What a response says, apart from how long it took."""
    match response:
        case Text():
            return response.text
        case ChoiceLogliks():
            return response.logliks
        case TokenLoss():
            return response.nats
        case _:
            return response


def _adapter_inactive(case: Case) -> tuple[Said, ...]:
    """Every answer of tuned equals that of base, in every layer that both answered."""
    compared = 0
    for layer in case.spec.evaluation.layers:
        tuned = case.evidence.of_arm(layer.name, "tuned")
        base = case.evidence.of_arm(layer.name, "base")
        if not tuned or not base:
            continue
        for item, mine in tuned[0].responses.items():
            theirs = base[0].responses.get(item)
            if theirs is None:
                continue
            compared += 1
            if [_said(r) for r in mine] != [_said(r) for r in theirs]:
                return ()
    if compared == 0:
        return ()
    return (
        broken(
            f"All {count_text(compared, 'answer')} of tuned are those of base, digit for digit: "
            "the adapter did nothing when it was evaluated, or it holds no training at all.",
            *case.primary_cites,
        ),
    )


def _base_format_unfair(case: Case) -> tuple[Said, ...]:
    said = []
    for row in case.findings.health_differences:
        if row.kind != "unparsed" or row.arms != ("tuned", "base") or not row.n:
            continue
        tuned, base = _rows(case, row.layer)
        if tuned is None or base is None:
            continue
        gap = base.unparsed / base.n - tuned.unparsed / tuned.n
        if gap < _FORMAT_GAP:
            continue
        form = next(
            (
                f
                for finding in case.declared
                if finding.layer == row.layer
                for f in finding.forms or ()
                if f.name == "valid_in_both"
            ),
            None,
        )
        among = ""
        if form is not None and has_value(form.difference):
            among = (
                f" Among the {count_text(form.n, 'item')} that both got into shape, see the form."
            )
        said.append(
            broken(
                f"{fraction_text(gap)} more of the base's outputs than of the tuned model's could "
                "not be read: part of the gain is format, which a better prompt might give the "
                f"base as well (not run: unknown).{among}",
                *case.cites(layer=row.layer),
            )
        )
    return tuple(said)


def _rows(case: Case, layer: str) -> tuple[Health | None, Health | None]:
    rows = {row.arm: row for row in case.findings.health if row.layer == layer}
    return rows.get("tuned"), rows.get("base")


def _truncated(case: Case) -> tuple[Said, ...]:
    said = []
    for layer in case.generations:
        tuned, base = _rows(case, layer.name)
        if tuned is None or base is None or not tuned.n:
            continue
        shares = [tuned.truncated / tuned.n, base.truncated / base.n]
        if max(shares) < _FEW:
            continue
        said.append(
            broken(
                f"{share_text(tuned.truncated, tuned.n)} of the tuned model's outputs and "
                f"{share_text(base.truncated, base.n)} of the base's were cut at "
                f"{count_text(layer.decoding.max_new_tokens, 'token')} in {layer.name}: the "
                "length limit decides part of the result.",
                *case.cites(layer=layer.name),
                severity=Severity.INVALIDATES if shares[0] > _MANY else None,
            )
        )
    return tuple(said)


def _moved(row: HealthDifference) -> float:
    return row.difference.value if has_value(row.difference) else 0.0


def _empty_or_refusal(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"The share of {row.kind} outputs in {row.layer} went "
            f"{'up' if _moved(row) > 0 else 'down'} by {fraction_text(abs(_moved(row)))} from base "
            "to tuned.",
            *case.cites(layer=row.layer),
        )
        for row in case.findings.health_differences
        if row.kind in ("empty", "refused")
        and row.arms == ("tuned", "base")
        and abs(_moved(row)) > _FEW
    )


def _looping(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"{share_text(row.looping, row.n)} of {row.arm}'s outputs in {row.layer} repeat "
            "themselves to the end.",
            *case.cites(layer=row.layer),
        )
        for row in case.findings.health
        if row.arm == "tuned" and row.n and row.looping / row.n > _FEW
    )


def _extraction_failures(case: Case) -> tuple[Said, ...]:
    return tuple(
        broken(
            f"From {share_text(row.unparsed, row.n)} of {row.arm}'s outputs in {row.layer} no "
            "answer could be read; they count as the declared penalty. Look at some: a reader "
            "that misses right answers would look the same.",
            *case.cites(layer=row.layer),
        )
        for row in case.findings.health
        if row.arm == "tuned" and row.n and row.unparsed / row.n > _FEW
    )


def _coverage_differs(case: Case) -> tuple[Said, ...]:
    said = []
    for row in case.findings.health_differences:
        if row.kind != "unparsed" or row.arms != ("tuned", "base"):
            continue
        if row.p_value is None or row.p_value >= case.spec.evaluation.alpha:
            continue
        tuned, base = _rows(case, row.layer)
        if tuned is None or base is None or not tuned.n:
            continue
        said.append(
            broken(
                "The share of outputs that can be read itself changed, from "
                f"{fraction_text(1 - base.unparsed / base.n)} (base) to "
                f"{fraction_text(1 - tuned.unparsed / tuned.n)} (tuned) in {row.layer}; quality "
                "among readable outputs is a different question, shown as a form of the result.",
                *case.cites(layer=row.layer),
            )
        )
    return tuple(said)


def _subset_of_parsable(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        left = {why: k for why, k in finding.excluded.items() if "nothing could be read" in why}
        if left:
            k = sum(left.values())
            said.append(
                broken(
                    f"{share_text(k, finding.n + k)} of the items of {finding.id} were left out "
                    "because an output could not be read and no penalty is declared; the average "
                    "is over what worked. Declare a range or `unparsed: worst`.",
                    finding.id,
                )
            )
    return tuple(said)


def _missing_answers(case: Case) -> tuple[Said, ...]:
    said = []
    for finding in case.declared:
        lost = {why: k for why, k in finding.excluded.items() if why.startswith("no answer")}
        if lost and finding.n:
            said.append(
                broken(
                    f"{count_text(sum(lost.values()), 'item')} of {finding.id} have no answer "
                    f"({'; '.join(f'{why}: {k}' for why, k in lost.items())}). The outcome counts "
                    "only if it holds at both worst-case ends.",
                    finding.id,
                )
            )
    return tuple(said)


def _packed_base(case: Case) -> tuple[Said, ...]:
    packed = case.evidence.environment.get("packed_base")
    if not isinstance(packed, str):
        return ()
    return (
        broken(
            f"The base was loaded from {packed} and dequantised: all figures, of base and tuned "
            "alike, are about that copy, not about the original full-precision weights.",
            *case.primary_cites,
        ),
    )


def _greedy_only(case: Case) -> tuple[Said, ...]:
    greedy = [g for g in case.generations if g.decoding.temperature == 0]
    if not greedy or len(greedy) < len(case.generations):
        return ()
    return (
        broken(
            "Measured with greedy decoding (temperature 0): a deployment that samples may differ.",
            *(cite for layer in greedy for cite in case.cites(layer=layer.name)),
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
    prompted = [a for a in case.evidence.arms.values() if a.prompting]
    if prompted or not isinstance(next(iter(case.generations), None), Generation):
        return ()
    return (
        broken(
            "One prompt format was tried; small changes of wording have moved other models by "
            "many points. An arm with its own `system` or `shots` would show how the base fares."
        ),
    )


def _has_weights(case: Case) -> bool:
    return bool(case.evidence.blocks)


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


BASELINE: tuple[CaseRule, ...] = (
    Rule(
        id="no-baseline",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="The base model is run on the same items.",
        why="A score of the tuned model alone says nothing about the tuning. A figure from a "
        "leaderboard is another harness, another prompt, another scorer.",
        source="Two published model cards without any base score.",
        applies=lambda case: case.primary is not None,
        check=_no_baseline,
    ),
    Rule(
        id="adapter-inactive",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="The tuned model's answers differ from the base's at least once.",
        why="Harnesses and servers have ignored adapters silently; then base is compared with "
        "itself and 'no difference' looks like a result.",
        source="Reports in the issue trackers of evaluation harnesses and servers.",
        applies=_has_weights,
        check=_adapter_inactive,
    ),
    Rule(
        id="artifact-identity-unknown",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="The evaluated weights have a known digest.",
        why="A wrong upload or another server version has faked results before.",
        source="The Reflection-70B post-mortem (2024).",
        applies=_has_weights,
        check=_identity,
    ),
    Rule(
        id="base-format-unfair",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="The gain is not mostly the base failing a format it was never taught.",
        why="If the base's outputs cannot be read ten points more often, part of the gain could "
        "be had with a better prompt. Declare an arm such as base-prompted with `shots`, and "
        "compare tuned with it.",
        source="Sclar et al. (2023), FormatSpread; the Reflection-70B post-mortem (2024).",
        applies=has_generation,
        check=_base_format_unfair,
    ),
    Rule(
        id="truncated",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="Fewer than 2 % of the outputs are cut by the length limit.",
        why="A cut answer is usually a wrong one; raise max_new_tokens until cutting is rare.",
        source="A published evaluation in which both models were cut differently.",
        applies=has_generation,
        check=_truncated,
    ),
    Rule(
        id="empty-or-refusal",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="Empty and refused outputs did not become rarer or more frequent by over 2 points.",
        why="A change of willingness looks like a change of ability. Refusals are found by their "
        "opening words, which is a rule of thumb.",
        source="Own.",
        applies=has_generation,
        check=_empty_or_refusal,
    ),
    Rule(
        id="looping",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="Fewer than 2 % of the tuned model's outputs repeat themselves to the end.",
        why="Endless repetition is the classic sign of an end-of-turn token that was not trained.",
        source="Reports in the issue trackers of training tools.",
        applies=has_generation,
        check=_looping,
    ),
    Rule(
        id="extraction-failures",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="An answer can be read from at least 98 % of the tuned model's outputs.",
        why="Unread answers count as wrong. Some may be right and the reading rule too strict.",
        source="Own.",
        applies=has_generation,
        check=_extraction_failures,
    ),
    Rule(
        id="coverage-differs",
        family=Family.BASELINE,
        severity=Severity.NOTE,
        claim="Both arms' outputs can be read equally often.",
        why="When validity itself moves, the all-items score mixes two changes; the forms of the "
        "result show them apart.",
        source="A published comparison of averages over what parsed.",
        applies=has_generation,
        check=_coverage_differs,
    ),
    Rule(
        id="subset-of-parsable",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="No declared metric is an average over only those outputs that could be read.",
        why="Which outputs parse depends on the model, so the average is over different items.",
        source="A published comparison of averages over what parsed; Manski (2003).",
        applies=has_primary,
        check=_subset_of_parsable,
    ),
    Rule(
        id="missing-answers",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="Every item of a declared comparison was answered by both arms.",
        why="Items lost to time-outs or memory are rarely a random sample.",
        source="Horowitz and Manski (2000).",
        applies=has_primary,
        check=_missing_answers,
    ),
    Rule(
        id="packed-base",
        family=Family.BASELINE,
        severity=Severity.NOTE,
        claim="The base is the original weights, not a dequantised copy.",
        why="A model packed to 4 bits and unpacked again is another, slightly worse model.",
        source="Own.",
        applies=_has_weights,
        check=_packed_base,
    ),
    Rule(
        id="temperature-zero-only",
        family=Family.BASELINE,
        severity=Severity.NOTE,
        claim="Decoding is that of the deployment.",
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
        source="Miller (2024), arXiv:2411.00640.",
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
        applies=always,
        check=_single_prompt,
    ),
)
