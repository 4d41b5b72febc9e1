"""Rules about whether a judge is fit: does it agree with people, is it a relative, is it able?"""

from typing import Final

from evalreport.analyze.judging.thresholds import HALF, KAPPA, LABELS, is_poor
from evalreport.estimates import Estimate, Tested
from evalreport.numbers import (
    count_text,
    fraction_text,
    number_text,
    rate_text,
    share_text,
)
from evalreport.records import Role
from evalreport.rules.base import Family, Rule, Said, Severity, of_layer, said_of
from evalreport.rules.case import Case, CaseRule, broken, unchecked
from evalreport.rules.judged import (
    Judged,
    by_models,
    each,
    family_of,
    is_judged,
    is_judged_by_models,
    where,
)
from evalreport.stats.paired_binary import exact_mcnemar
from evalreport.stats.two_rates import fisher_exact

_CHANCE: Final = 0.05
_LONGER: Final = 1.3


def _unvalidated(one: Judged) -> Said | None:
    human = one.facts.human
    if one.facts.by_people:
        return None
    if human is None or human.n == 0:
        text = (
            f"Whether {one.judge} agrees with people on this task is unknown: there are no human "
            "labels."
        )
        return said_of(one.layer, broken(text, *one.cites))
    if human.n < LABELS:
        return broken(
            f"{count_text(human.n, 'human label')} stand behind {one.judge}, and "
            f"{count_text(LABELS)} are needed to call it validated.",
            *one.cites,
        )
    kappa = human.kappa
    if kappa is None or kappa.low is None:
        what = "no kappa" if kappa is None else "kappa without an interval"
        return broken(
            f"{count_text(human.n, 'human label')} stand behind {one.judge} with {what}: agreement "
            "beyond chance is not shown.",
            *one.cites,
        )
    if kappa.low > KAPPA:
        return None
    return broken(
        f"That {one.judge} agrees with people is not shown: kappa may be as low as "
        f"{number_text(kappa.low)}, and above {number_text(KAPPA)} is needed.",
        *one.cites,
    )


def _low_agreement(one: Judged) -> Said | None:
    human = one.facts.human
    if human is None:
        return None
    if human.kappa is None:
        return unchecked(
            f"How far {one.judge} agrees with people beyond chance is not stated.", *one.cites
        )
    kappa = human.kappa
    by_chance = kappa.low is not None and kappa.low <= 0
    if kappa.value >= KAPPA and not by_chance:
        return None
    agreed = (
        "" if human.agree is None else f" ({share_text(human.agree, human.n)} of {human.n} pairs)"
    )
    nothing = ", and the interval holds 0: it may be chance" if by_chance else ""
    if kappa.high is not None and kappa.high < KAPPA:
        nothing += f", and the interval ends below {number_text(KAPPA)}"
    return broken(
        f"{one.opening} and people agree poorly: kappa "
        f"{number_text(kappa.value)}{agreed}{nothing}.",
        *one.cites,
        severity=Severity.INVALIDATES if is_poor(kappa.low, kappa.high, human.n) else None,
    )


def _biased(one: Judged) -> Said | None:
    favours = one.facts.human.favours if one.facts.human is not None else None
    if not favours:
        return None
    (arm, most), *others = sorted(favours.items(), key=lambda pair: -pair[1])
    rest = sum(k for _, k in others)
    if exact_mcnemar(most, rest).p_value >= _CHANCE:
        return None
    told = (
        f"{one.opening} favours {arm} against people in "
        f"{count_text(most)} of {count_text(most + rest, 'disagreement')}"
    )
    winner = _winner(one)
    if winner is not None and arm != winner:
        return broken(
            f"{told}, and {winner} wins all the same: by people's measure its net win is too "
            "small, as errors that lean to no arm make it too.",
            *one.cites,
            severity=Severity.NOTE,
        )
    return broken(f"{told}: its number alone is biased.", *one.cites)


def _winner(one: Judged) -> str | None:
    """The arm that the verdicts show to be preferred; None where they show neither."""
    net = one.net
    if net is None or not isinstance(net.difference, Estimate):
        return None
    if net.difference.low > 0:
        return net.arms[0]
    return net.arms[1] if net.difference.high < 0 else None


def _same_family(case: Case) -> tuple[Said, ...]:
    named = case.spec.base_model.name
    family = family_of(named) if named is not None else None
    said = []
    for one in by_models(case):
        own = _family(one)
        if own is None or family is None:
            who = one.judge if own is None else named or "the base, which nobody named,"
            text = f"Which family of models {who} belongs to is not known."
            said.append(of_layer(one.layer, unchecked(text, *one.cites)))
        elif own == family:
            said.append(
                broken(
                    f"{one.opening} and the model are both of the family "
                    f"{family}: judges tend to prefer their own kind.",
                    *one.cites,
                )
            )
    return tuple(said)


def _family(one: Judged) -> str | None:
    told = one.facts.family or one.facts.judge
    if told is None:
        return None
    return family_of(told) or (one.facts.family.lower() if one.facts.family else None)


def _made_the_data(case: Case) -> tuple[Said, ...]:
    declared = {
        maker
        for name in case.spec.datasets
        if (data := case.dataset(name)) is not None
        and (corpus := case.corpus(name)) is not None
        and corpus.role is Role.TRAIN
        for maker in (data.generated_by, data.labelled_by)
        if maker is not None
    }
    said = []
    for one in by_models(case):
        makers = declared | ({one.facts.data_from} if one.facts.data_from else set())
        own = _family(one)
        if not makers:
            text = f"Who wrote the training data is not stated, so {one.judge} may have."
            said.append(of_layer(one.layer, unchecked(text, *one.cites)))
            continue
        kin = [m for m in sorted(makers) if m == one.facts.judge or (own and family_of(m) == own)]
        if kin:
            said.append(
                broken(
                    f"{one.opening}, or its family, wrote the training data "
                    f"({kin[0]}): it tends to prefer its own pupils.",
                    *one.cites,
                    severity=None if one.facts.human is not None else Severity.INVALIDATES,
                )
            )
    return tuple(said)


def _length(one: Judged) -> Said | None:
    lengths, wins = one.facts.mean_length or {}, one.facts.by_longer or {}
    if why := one.facts.why_silent:
        text = f"Whether longer answers win in {one.layer} is not known: {why}."
        return unchecked(text, *one.cites)
    told = []
    if len(lengths) > 1 and min(lengths.values()) > 0:
        (short, least), *_, (long, most) = sorted(lengths.items(), key=lambda pair: pair[1])
        if most / least > _LONGER:
            told.append(
                f"answers of {long} are {number_text(round(most / least, 1))} times as long as "
                f"those of {short}"
            )
    longer = _longer_wins(wins)
    if longer is not None:
        told.append(longer)
    still = None if longer is not None else _still_wins(one)
    if told and still is not None:
        return broken(
            f"In {one.layer} {' and '.join(told)}; were both equally long, {still} all the same.",
            *one.cites,
            severity=Severity.NOTE,
        )
    if told:
        return broken(
            f"In {one.layer} {' and '.join(told)}: part of the preference may be one for length.",
            *one.cites,
        )
    if not lengths and not wins:
        text = f"How long the answers of {one.layer} were, and which won, is not stated."
        return unchecked(text, *one.cites)
    return None


def _still_wins(one: Judged) -> str | None:
    """Who wins at equal length too, in words; None where that is not known, or not so."""
    rate, counts = one.facts.equal_length, one.counts
    if rate is None or counts is None or one.facts.mean_length is None:
        return None
    mine, theirs = one.facts.mean_length
    if rate.low > HALF and counts.better > counts.worse:
        return f"{mine} would win {rate_text(rate.value)} ({_ends(rate.low, rate.high)})"
    if rate.high < HALF and counts.better < counts.worse:
        ends = _ends(1 - rate.high, 1 - rate.low)
        return f"{theirs} would win {rate_text(1 - rate.value)} ({ends})"
    return None


def _ends(low: float, high: float) -> str:
    return f"95 % interval {rate_text(low)} to {rate_text(high)}"


def _longer_wins(wins: dict[str, dict[str, int]]) -> str | None:
    """That who is longer and who wins go together beyond chance; None where they do not."""
    arms = list(wins)
    if len(arms) != 2:
        return None
    first, second = arms
    rows = [(wins[arm].get(first, 0), sum(wins[arm].values())) for arm in arms]
    tested = fisher_exact(*rows[0], *rows[1])
    if not isinstance(tested, Tested) or tested.p_value >= _CHANCE:
        return None
    total = rows[0][1] + rows[1][1]
    k = wins[first].get(first, 0) + wins[second].get(second, 0)
    which, most = ("longer", k) if 2 * k >= total else ("shorter", total - k)
    of = count_text(total, "decisive pair")
    return f"the {which} answer wins {rate_text(most / total)} of {of}"


def _beyond_ability(one: Judged) -> Said | None:
    checked = one.facts.checked
    if checked is None or checked.judge > checked.tuned:
        return None
    of = "" if checked.n is None else f" of {count_text(checked.n, 'item')}"
    return broken(
        f"Where answers can be checked, {one.judge} is right on {fraction_text(checked.judge)}"
        f"{of} and tuned on {fraction_text(checked.tuned)}: it is no better than what it judges.",
        *one.cites,
    )


JUDGE_FITNESS: tuple[CaseRule, ...] = (
    Rule(
        id="judge-unvalidated",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="At least 100 human labels show that judge and people agree (kappa above 0.4).",
        why="A judge's number is a judge's opinion until people were asked too.",
        remedy="Let people label 100 of the pairs, drawn at random.",
        source="Lee et al. (2025), arXiv:2511.21140.",
        is_caveat=True,
        is_absence=True,
        applies=is_judged_by_models,
        check=each(_unvalidated),
    ),
    Rule(
        id="judge-low-agreement",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="invalidates where 100 labels leave it to chance, or the interval ends below 0.4",
        claim="Judge and people agree with kappa of 0.4 or more.",
        why="Below, the judge decides by something else than people do; where the interval holds "
        "0, it may be tossing a coin.",
        remedy="Take another judge or rubric, and compare it with people again.",
        source="Lee et al. (2025), arXiv:2511.21140.",
        applies=where(lambda facts: facts.human is not None),
        check=each(_low_agreement),
    ),
    Rule(
        id="judge-biased-direction",
        family=Family.JUDGES,
        severity=Severity.INVALIDATES,
        varies="worth knowing where it favours the arm that loses all the same",
        claim="Where judge and people disagree, the judge favours neither arm.",
        why="Errors that lean to one side are no noise: they are the difference that is claimed. "
        "Errors at random favour whoever loses, and make a difference look smaller.",
        remedy="Correct the judge's number by the human labels, or take the people's.",
        source="Angelopoulos et al. (2023), arXiv:2311.01453.",
        applies=where(lambda facts: facts.human is not None and facts.human.favours),
        check=each(_biased),
    ),
    Rule(
        id="judge-same-family",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="The judge is of another family of models than the one it judges.",
        why="Judges rate texts like their own higher. Families are read from names.",
        remedy="Take a judge of another family.",
        source="Zheng et al. (2023), arXiv:2306.05685.",
        is_caveat=True,
        applies=is_judged_by_models,
        check=_same_family,
    ),
    Rule(
        id="judge-made-the-data",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="invalidates where no people judged as well",
        claim="The judge, or its family, did not write the training data.",
        why="What was taught to write like the judge is liked by the judge. Without a check by "
        "people the preference cannot be told from quality.",
        remedy="Take a judge that did not write the training data, or let people label 100 pairs.",
        source="Li et al. (2025), arXiv:2502.01534, on preference leakage.",
        is_caveat=True,
        applies=is_judged_by_models,
        check=_made_the_data,
    ),
    Rule(
        id="judge-length",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        varies="worth knowing where the same arm wins at equal length too",
        claim="Answers are about equally long, and the longer one does not win more often.",
        why="Judges, and people, take length for quality.",
        remedy="Compare pairs of like length, or ask both for answers of one length.",
        source="Dubois et al. (2024), arXiv:2404.04475.",
        applies=is_judged,
        check=each(_length),
    ),
    Rule(
        id="judge-beyond-ability",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="Where answers can be checked, the judge is right more often than tuned.",
        why="A judge that is no better than the model saves at most half of the human labels.",
        remedy="Take a judge that is better at the task than the model.",
        source="Dorner, Nastl and Hardt (2025), arXiv:2410.13341.",
        applies=where(lambda facts: facts.checked is not None),
        check=each(_beyond_ability),
    ),
)
