"""Rules about what is believed of files: how arms were asked, what is better, whose numbers."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations
from typing import Final

from evalreport.importers.names import shown_name
from evalreport.importers.results import Results
from evalreport.numbers import count_text
from evalreport.rules.base import Family, Rule, Severity
from evalreport.rules.case import CaseRule
from evalreport.rules.imported import Imported, Odd, each, has_pair, where

ON_TRUST: Final = "imported-on-trust"


def _is_of_two(one: Imported) -> bool:
    """Whether two arms were measured each by itself, so that it could have been otherwise."""
    return has_pair(one) and one.results is not None and not _is_of_pairs(one.results)


def _has_compared_prompts(one: Imported) -> bool:
    """Whether some two arms are compared whose prompts are known."""
    if one.results is None or not has_pair(one):
        return False
    silent = {*one.integrity.unknown.get("prompts", ())}
    pairs = combinations(one.results.arms, 2)
    return any(not {*pair} & silent and pair not in one.results.refused for pair in pairs)


def _assumed(one: Imported) -> Iterator[Odd]:
    for metric in one.integrity.assumed:
        name = shown_name(metric)
        text = (
            f"Nothing in the files of {one.layer} tells whether higher or lower is better of "
            f"{name}; it was assumed that higher is."
        )
        yield Odd(text)


def _unknown(one: Imported) -> Iterator[Odd]:
    """What no file tells of how arms were measured, and of that what the spec says."""
    if one.results is None:
        yield from _beside_here(one)
        return
    if not _is_of_two(one):
        return
    further = tuple(arm for arm in one.results.arms if arm not in one.results.compared)
    for arms in (one.results.compared, further):
        alike = f"that {'both' if len(arms) == 2 else 'these'} arms were measured alike is"
        unknown = _of_some(one.integrity.unknown, arms)
        unknown.pop("precision", None)
        if unknown:
            text = (
                f"The files of {one.layer} do not tell the {_in_words(unknown)} of "
                f"{_whose(unknown, arms)}: {alike} taken on trust."
            )
            yield Odd(text, arms=arms)
        declared = _of_some(one.integrity.declared, arms)
        if declared:
            text = (
                f"Only the spec, and no file of {one.layer}, tells the {_in_words(declared)} of "
                f"{_whose(declared, arms)}: {alike} the word of whoever wrote it."
            )
            yield Odd(text, Severity.NOTE if {*declared} == {"precision"} else None, arms)


def _beside_here(one: Imported) -> Iterator[Odd]:
    """What only the spec says of outputs that were compared with what was asked here."""
    arms = tuple(dict.fromkeys(arm for of in one.integrity.declared.values() for arm in of))
    for arm in arms:
        if not any(arm in f.arms and f.is_measured for f in one.findings):
            continue
        facts = [what for what, of in one.integrity.declared.items() if arm in of]
        text = (
            f"{arm} was not asked here in {one.layer}: its outputs come from files, and that they "
            "were made as those that they are compared with is the word of whoever wrote the spec "
            f"({_in_words(facts)})."
        )
        yield Odd(text, arms=(arm,))


def _is_beside_here(one: Imported) -> bool:
    """Whether outputs of files were compared, of which the spec says how they were made."""
    return one.results is None and any(True for _ in _beside_here(one))


def _of_some(
    facts: Mapping[str, tuple[str, ...]], arms: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """By fact, which of these arms it is about; facts about none of them are left out."""
    told = {what: tuple(arm for arm in of if arm in arms) for what, of in facts.items()}
    return {what: of for what, of in told.items() if of}


def _whose(facts: Mapping[str, tuple[str, ...]], arms: tuple[str, ...]) -> str:
    return _in_words(arm for arm in arms if any(arm in of for of in facts.values()))


def _in_words(names: Iterable[str]) -> str:
    """Several names as one part of a sentence."""
    every = [*names]
    return every[0] if len(every) == 1 else f"{', '.join(every[:-1])} and {every[-1]}"


def _is_of_pairs(results: Results) -> bool:
    return any(one.origin.is_pair for one in results.arms.values())


def _prompts(one: Imported) -> Iterator[Odd]:
    for first, second, k, n in one.integrity.prompts_differ:
        if one.results is not None and (first, second) not in one.results.refused:
            text = (
                f"{first} and {second} saw different prompts on {count_text(k)} of "
                f"{count_text(n, 'item')} of {one.layer}, as the spec allows: what differs is "
                "model and prompt together."
            )
            yield Odd(text, pair=(first, second))


def _disagrees(one: Imported) -> Iterator[Odd]:
    for told in one.integrity.figures:
        if not told.agrees:
            text = (
                f"{told.metric} of {told.arm} in {one.layer} is {told.value:.6g} as the tool "
                f"itself gives it, and {told.own_value:.6g} from its "
                f"{count_text(told.n, 'item')}."
            )
            yield Odd(text, arms=(told.arm,))


IMPORTED_MEANING: tuple[CaseRule, ...] = (
    Rule(
        id="tool-disagrees",
        family=Family.MEANING,
        severity=Severity.INVALIDATES,
        claim="The imported items give the numbers that their tool gives of them.",
        why="Then they are not the items of that run, or not all of them.",
        remedy="Find the files that belong together.",
        source="Own; alpaca_eval's leaderboard and annotations of one run (19.6 and 15.5 %).",
        applies=where(lambda one: bool(one.integrity.figures)),
        check=each(_disagrees),
    ),
    Rule(
        id="direction-assumed",
        family=Family.MEANING,
        severity=Severity.INVALIDATES,
        claim="It is known of every imported metric whether higher is better.",
        why="Taken the wrong way round, a loss is a gain.",
        remedy="Say it in the spec: higher_is_better: {METRIC: true}, or false.",
        source="Own; lm-evaluation-harness leaves the direction of a task's own metrics open.",
        applies=where(lambda one: one.results is not None),
        check=each(_assumed),
    ),
)

IMPORTED_TRUST: tuple[CaseRule, ...] = (
    Rule(
        id=ON_TRUST,
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="worth knowing where the precision alone is the spec's word",
        claim="The imported files tell that both arms were asked and scored alike.",
        why="Other prompts or another temperature change scores by more than most fine-tunes do, "
        "and what a spec says of them nobody can check.",
        remedy="Let the tool log its prompts (in a table, a column `prompt`) and its settings, or "
        "ask both arms here; what is written under `method` or `imported` stays somebody's word.",
        source="Own.",
        is_caveat=True,
        applies=where(lambda one: _is_of_two(one) or _is_beside_here(one)),
        check=each(_unknown),
    ),
    Rule(
        id="prompts-differ",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="Both arms saw the same prompts.",
        why="A gain may be the prompt's.",
        remedy="Run both with one template, and add a base with the template of tuned.",
        source="Issues 1841 and 3508 of lm-evaluation-harness.",
        is_caveat=True,
        applies=where(_has_compared_prompts),
        check=each(_prompts),
    ),
)
