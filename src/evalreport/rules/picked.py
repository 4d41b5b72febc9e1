"""The rule about picking: who else was scored on these items, and what the best of them gains."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from evalreport.analyze.findings import Finding, FindingOutcome
from evalreport.analyze.seen_power import two_digits
from evalreport.analyze.sentences import measure_for, spoken
from evalreport.estimates import Estimate
from evalreport.numbers import bound_text
from evalreport.records import ScoredArm
from evalreport.rules.base import Family, Remark, Rule, Said, Severity, said_of
from evalreport.rules.case import Case, CaseRule, broken, has_tuned_weights, unchecked
from evalreport.rules.checkpoints import of_this_build
from evalreport.rules.published import told
from evalreport.stats.multiplicity import expected_maximum
from evalreport.stats.quantiles import two_sided_z

PICKED_RULE: Final = "best-checkpoint-on-test"
_WORD: Final = re.compile(r"[a-z]+")
# How the sentences below name the number of arms.
_TRIED: Final = re.compile(r"^(\d+) trained arms were |\bas the best of (\d+) on the test items")


@dataclass(frozen=True, slots=True)
class Chance:
    """What picking adds to a metric, and whether that is all of the gain."""

    text: str
    is_all: bool


def picked_among(remark: Remark) -> int | None:
    """Of how many arms that were scored on the same items the reported one may be the best.

    None where the remark is another, or says that nothing was picked.
    """
    if remark.rule != PICKED_RULE or remark.severity is Severity.NOTE:
        return None
    found = _TRIED.search(remark.text)
    return int(found[1] or found[2]) if found else None


def _best_on_test(case: Case) -> tuple[Said, ...]:
    recorded = tuple(_recorded_choice(case))
    earlier = _other_arms(case)
    if earlier and not _is_scored(case):
        return (*recorded, unchecked("Tuned was not scored in this build."))
    if not earlier:
        return (*recorded, *of_this_build(case))
    said = [*recorded]
    count = 1 + len(earlier)
    since = min(one.at for one in earlier)
    names = ", ".join(dict.fromkeys(f"{one.arm} of {one.spec}" for one in earlier[:5]))
    more = f" and {len(earlier) - 5} more" if len(earlier) > 5 else ""
    for primary in _on_these_items(case):
        text = (
            f"{count} trained arms were ever scored on these test items (since {since}: "
            f"{names}{more}, and tuned)."
        )
        luck = by_chance(primary, count)
        if luck is None:
            said.append(broken(text, primary.id))
            continue
        said.append(
            broken(
                f"{text} Picking the best of {count} that are equal adds at most about "
                f"{luck.text} by chance alone"
                + (", which is more than the gain shown." if luck.is_all else "."),
                primary.id,
                severity=Severity.INVALIDATES if luck.is_all else Severity.WEAKENS,
            )
        )
    return tuple(said)


def _on_these_items(case: Case) -> Iterator[Finding]:
    """The primaries on the data of the first one, which is what the store remembers arms by."""
    first = case.spec.evaluation.primary
    if first is None:
        return
    data = case.layer(first.layer).datasets()
    for primary in case.primaries:
        if not primary.is_foreign and case.layer(primary.layer).datasets() == data:
            yield primary


def _recorded_choice(case: Case) -> Iterator[Said]:
    """That a published checkpoint was chosen on the items that it is praised on."""
    for one in told(case):
        chosen, tried = one.published.chosen_on, one.published.tried
        how_many = "" if tried is None else f" as the best of {tried}"
        if chosen is None and tried is not None and tried > 1:
            text = (
                f"On which items the checkpoint of {one.layer} was chosen{how_many} is not stated."
            )
            yield said_of(one.layer, unchecked(text, *one.cites))
        if chosen is None or "test" not in _WORD.findall(chosen.lower()) or tried == 1:
            continue
        flattered = [(f.id, by_chance(f, tried)) for f in one.compared]
        explained = [finding for finding, by in flattered if by is not None and by.is_all]
        first = next((by.text for _, by in flattered if by is not None), None)
        chance = "" if first is None else f": it adds at most about {first} by chance alone"
        yield broken(
            f"The checkpoint of {one.layer} was chosen{how_many} on the test items themselves, "
            f"which flatters it{chance}.",
            *(explained or one.cites),
            severity=Severity.INVALIDATES if explained else Severity.WEAKENS,
        )


def by_chance(finding: Finding, tried: int | None) -> Chance | None:
    """What the best of so many equal ones gains by chance; None where nobody can say.

    At most: equal arms that are asked the same items share part of the error of a difference.
    """
    shown = finding.difference
    if not isinstance(shown, Estimate) or tried is None:
        return None
    error = (shown.high - shown.low) / 2 / two_sided_z(shown.level)
    luck = expected_maximum(tried) * error
    gain = shown.value if finding.higher_is_better else -shown.value
    return Chance(
        text=f"{bound_text(two_digits(luck), measure_for(finding))} to {spoken(finding)}",
        is_all=finding.outcome is FindingOutcome.BETTER and gain < luck,
    )


def _tells_of_checkpoints(case: Case) -> bool:
    return any(one.published.chosen_on or one.published.tried for one in told(case))


def _is_scored(case: Case) -> bool:
    """Whether any trained arm of this build answered, so that there was something to pick."""
    return any(
        block.weights is not None and block.responses and place.arm in case.evidence.arms
        for place, block in case.evidence.blocks.items()
    )


def _other_arms(case: Case) -> list[ScoredArm]:
    """Distinct trained arms of earlier builds: none whose weights are all in another's."""
    asked = {
        block.weights.adapter_digest or block.weights.base_digest
        for place, block in case.evidence.blocks.items()
        if block.weights is not None and block.responses and place.arm in case.evidence.arms
    }
    others: list[ScoredArm] = []
    for one in sorted(case.evidence.scored, key=lambda arm: (-len(arm.weights), arm.at)):
        known = [asked, *(set(other.weights) for other in others)]
        if one.weights and not any(one.weights <= weights for weights in known):
            others.append(one)
    return sorted(others, key=lambda arm: (arm.at, arm.spec, arm.arm))


PICKED: tuple[CaseRule, ...] = (
    Rule(
        id=PICKED_RULE,
        family=Family.INFERENCE,
        severity=Severity.WEAKENS,
        varies="invalidates where picking the best could by chance give all of the gain; "
        "worth knowing of checkpoints of one training side by side",
        claim="No other trained arm is known to have been scored on exactly this test set.",
        why="The best of ten equal checkpoints on 200 items looks five points better than it is. "
        "The store remembers every trained arm that was scored on a test set, whatever its spec "
        "was called.",
        remedy="Confirm the chosen one on items that no other was scored on.",
        source="Blum and Hardt (2015), arXiv:1502.04585.",
        applies=lambda case: has_tuned_weights(case) or _tells_of_checkpoints(case),
        check=_best_on_test,
    ),
)
