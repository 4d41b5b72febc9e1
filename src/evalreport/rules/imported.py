"""Rules about files of other tools: are they whole, whose they say, and what the tool made of them?

All counting was done when the files were read; here it becomes sentences. Published results have
shown each of these faults: a file that is another model's, one judge's verdicts under another's
name, one text for all prompts at the top of a leaderboard.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

from evalreport.analyze.findings import Finding
from evalreport.importers.names import listed, shown_name
from evalreport.importers.results import Integrity, Results, Twins
from evalreport.numbers import count_text, share_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken

ON_TRUST: Final = "imported-on-trust"
_FEWEST: Final = 10  # texts below this many may be alike by chance
_MOST_REPLIES: Final = 0.5  # judges' replies to different answers are hardly ever word for word one
_MOST_ANSWERS: Final = 0.95
_COMMON: Final = 0.9
_FEW_MISSING: Final = 0.1
_UNREAD: Final = 0.02
_PUNCTUATION: Final = re.compile(r"[^a-z0-9]+")


class Odd(NamedTuple):
    """Something odd about files.

    Attributes:
        text: In words.
        severity: If it is not that of the rule.
        arms: Whose files: findings about one of them are concerned, and all where it is empty.
        pair: The two arms that it is about together.
    """

    text: str
    severity: Severity | None = None
    arms: tuple[str, ...] = ()
    pair: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """One imported layer, and its findings."""

    layer: str
    integrity: Integrity
    results: Results | None
    findings: tuple[Finding, ...]

    def cites(self, odd: Odd) -> tuple[str, ...]:
        """What is cited of it: the findings that are concerned, or the layer where none is."""
        found = tuple(
            f.id
            for f in self.findings
            if {*odd.pair} <= {*f.arms} and (not odd.arms or {*odd.arms} & {*f.arms})
        )
        return found or (self.layer,)

    @property
    def is_judged(self) -> bool:
        """Whether somebody judged."""
        return self.results is not None and self.results.judging is not None


def imported(case: Case) -> Iterator[Imported]:
    """Every layer whose results, or of which an arm's outputs, come from files."""
    for layer, integrity in case.evidence.integrity.items():
        findings = tuple(f for f in case.findings.findings if f.layer == layer)
        yield Imported(layer, integrity, case.evidence.results.get(layer), findings)


def _each(
    look: Callable[[Imported], Iterator[Odd]],
) -> Callable[[Case], tuple[Said, ...]]:
    """A check of every imported layer by itself."""

    def check(case: Case) -> tuple[Said, ...]:
        return tuple(
            broken(odd.text, *one.cites(odd), severity=odd.severity)
            for one in imported(case)
            for odd in look(one)
        )

    return check


def _where(tells: Callable[[Imported], bool]) -> Callable[[Case], bool]:
    """Whether the files of some layer tell what a rule asks for."""
    return lambda case: any(tells(one) for one in imported(case))


def _has_rows(one: Imported) -> bool:
    return bool(one.integrity.items)


def _has_scores(one: Imported) -> bool:
    return one.results is not None and one.results.n > 0


def _has_pair(one: Imported) -> bool:
    """Whether the files hold items of two arms at least, one of which may be compared."""
    return one.results is not None and one.results.n > 0 and len(one.results.arms) > 1


def _is_of_two(one: Imported) -> bool:
    """Whether two arms were measured each by itself, so that it could have been otherwise."""
    return _has_pair(one) and one.results is not None and not _is_of_pairs(one.results)


def _has_compared_prompts(one: Imported) -> bool:
    """Whether some two arms are compared whose prompts are known."""
    if one.results is None or not _has_pair(one):
        return False
    silent = {*one.integrity.unknown.get("prompts", ())}
    pairs = combinations(one.results.arms, 2)
    return any(not {*pair} & silent and pair not in one.results.refused for pair in pairs)


def _named_otherwise(one: Imported) -> Iterator[Odd]:
    for arm, named in one.integrity.named.items():
        models = one.integrity.models.get(arm, {})
        others = {name: k for name, k in models.items() if not is_same_name(name, named)}
        if not others:
            continue
        k, n = sum(others.values()), sum(models.values())
        most = max(others, key=lambda name: others[name])
        text = (
            f"{count_text(k)} of {count_text(n, 'row')} in the file of {arm} in {one.layer}, which "
            f"is called after {shown_name(named)}, say that they are of {shown_name(most)}."
        )
        yield Odd(text, None if 2 * k > n else Severity.WEAKENS, (arm,))


def is_same_name(one: str, other: str) -> bool:
    """Whether two spellings may name one model: an owner, a path and punctuation do not count."""

    def plain(name: str) -> str:
        last = re.split(r"[/\\]|__", name.rstrip("/\\"))[-1]
        return _PUNCTUATION.sub("", last.lower())

    return plain(one) == plain(other)


def _alike(one: Imported) -> Iterator[Odd]:
    for twins in one.integrity.twins:
        first, second = twins.arms
        if twins.k == 0 or not _may_tell(twins):
            continue
        both = f"of {first} and {second} in {one.layer}"
        if twins.what == "files":
            yield Odd(f"The files {both} are the same, byte for byte.", pair=twins.arms)
        elif twins.what == "answers":
            text = (
                f"All {count_text(twins.n)} answers {both} are the same, word for word."
                if twins.k == twins.n
                else f"{share_text(twins.k, twins.n)} of {count_text(twins.n)} answers {both} are "
                "the same, word for word: all that differs is in the rest."
            )
            if twins.k >= _MOST_ANSWERS * twins.n:
                yield Odd(text, None if twins.k == twins.n else Severity.NOTE, pair=twins.arms)
        elif twins.what.startswith("scores"):
            if twins.k == twins.n:
                text = (
                    f"All {count_text(twins.n)} {twins.what} {both} are the same number by number."
                )
                yield Odd(text, pair=twins.arms)
        elif twins.k >= _MOST_REPLIES * twins.n:
            text = (
                f"{count_text(twins.k)} of {count_text(twins.n)} {twins.what} {both} are the same, "
                "word for word, although it is said to have judged different answers."
            )
            yield Odd(text, pair=twins.arms)


def _may_tell(twins: Twins) -> bool:
    """Whether there are enough texts for likeness to be no chance."""
    return twins.n >= _FEWEST or twins.what == "files"


def _fewer(one: Imported) -> Iterator[Odd]:
    short: dict[tuple[int, int, str], list[str]] = {}
    for arm, (expected, who) in one.integrity.expected.items():
        there = one.integrity.items.get(arm, 0)
        if there > expected:
            text = (
                f"The files of {arm} in {one.layer} hold {count_text(there, 'item')}, "
                f"{count_text(there - expected)} more than there should be (says {who})."
            )
            yield Odd(text, None, (arm,))
        if there < expected:
            short.setdefault((there, expected, who), []).append(arm)
    for (there, expected, who), arms in short.items():
        text = (
            f"The files of {' and '.join(arms)} in {one.layer} hold {count_text(there, 'item')} of "
            f"{count_text(expected)} that there should be (says {who})."
        )
        yield Odd(
            text,
            Severity.INVALIDATES if expected - there > _FEW_MISSING * expected else None,
            (*arms,),
        )


def _constant(one: Imported) -> Iterator[Odd]:
    for arm, (distinct, n) in one.integrity.distinct.items():
        k = one.integrity.commonest.get(arm, n if distinct == 1 else 0)
        if n < _FEWEST or k < _COMMON * n:
            continue
        judged = "; a judge can be taken in by such a text" if one.is_judged else ""
        many = f"All {count_text(n)}" if k == n else f"{share_text(k, n)} of {count_text(n)}"
        text = f"{many} answers of {arm} in {one.layer} are one and the same text{judged}."
        if k == n:
            yield Odd(text, None if one.is_judged else Severity.WEAKENS, (arm,))
        else:
            yield Odd(text, Severity.WEAKENS if one.is_judged else Severity.NOTE, (arm,))


def _repeated(one: Imported) -> Iterator[Odd]:
    for arm, k in one.integrity.repeated.items():
        text = (
            f"{count_text(k, 'row')} of {arm} in {one.layer} {'is' if k == 1 else 'are'} about "
            "items that an earlier row is about; the last row of an item counts here, and a tool "
            "that averages rows counts all of them."
        )
        torn = one.integrity.torn.get(arm, 0)
        n = max(1, one.integrity.items.get(arm, 0))
        if torn:
            text += f" {count_text(torn)} of them {'gives' if torn == 1 else 'give'} another score."
        yield Odd(text, Severity.INVALIDATES if torn > _FEW_MISSING * n else None, (arm,))
    for arm, k in one.integrity.copies.items():
        n = max(1, one.integrity.items.get(arm, 0))
        text = (
            f"{share_text(k, n)} of {count_text(n)} items of {arm} in {one.layer} "
            f"{'has' if k == 1 else 'have'} prompt and answer of an earlier one, word for word; "
            "items of one prompt count as one question here, and a tool that averages rows counts "
            "all of them."
        )
        yield Odd(text, None if k > _UNREAD * n else Severity.NOTE, (arm,))


def _judge_named(one: Imported) -> Iterator[Odd]:
    named, judges = one.integrity.judge_named, one.integrity.judges
    others = {judge: k for judge, k in judges.items() if not is_same_name(judge, named)}
    if named and others:
        k, n = sum(others.values()), sum(judges.values())
        most = shown_name(max(others, key=lambda judge: others[judge]))
        text = (
            f"{count_text(k)} of {count_text(n, 'verdict')} in {one.layer}, whose files are called "
            f"after the judge {shown_name(named)}, say that they are by {most}."
        )
        yield Odd(text)


def _unpaired(one: Imported) -> Iterator[Odd]:
    for arm, k in one.integrity.strangers.items():
        verb = "is" if k == 1 else "are"
        text = (
            f"{count_text(k, 'output')} in the files of {arm} {verb} of no item of {one.layer}."
            if one.results is None
            else f"{count_text(k, 'item')} in the files of {arm} in {one.layer} {verb} in those of "
            "neither tuned nor base, and left aside."
        )
        yield Odd(text, Severity.NOTE, (arm,))
    n = one.results.n if one.results is not None else 0
    for arm, k in one.integrity.only.items():
        verb = "is" if k == 1 else "are"
        text = (
            f"Of {count_text(n, 'item')} in {one.layer}, {count_text(k)} {verb} "
            f"in the files of {arm} and not in those of every arm; the comparison is over items of "
            "both, and its outcome counts only where it holds whatever the others would have been."
        )
        yield Odd(text, Severity.INVALIDATES if k > _FEW_MISSING * n else None, (arm,))


def _left_out(one: Imported) -> Iterator[Odd]:
    rows = sum(one.integrity.items.values())
    for left in one.integrity.left:
        of = f" of {left.arm}" if left.arm else ""
        text = (
            f"{count_text(left.k, 'row')} of the files{of} in {one.layer} could not be taken up: "
            f"{left.why} (the first: {left.first})."
        )
        whose = (left.arm,) if left.arm else ()
        yield Odd(
            text, Severity.INVALIDATES if rows and left.k > _FEW_MISSING * rows else None, whose
        )
    if one.integrity.others:
        k = sum(one.integrity.others.values())
        verb = "is" if k == 1 else "are"
        text = (
            f"{count_text(k, 'row')} of the files in {one.layer} {verb} of models or judges that "
            f"this layer does not name: {listed(one.integrity.others)}."
        )
        yield Odd(text, Severity.NOTE)
    if one.integrity.aside:
        verb = "is" if one.integrity.aside == 1 else "are"
        text = (
            f"{count_text(one.integrity.aside, 'row')} of the files in {one.layer} {verb} about an "
            "arm and a model that is none; only verdicts about two arms count here."
        )
        yield Odd(text, Severity.NOTE)


def _unread(one: Imported) -> Iterator[Odd]:
    for arm, k in one.integrity.unparsed.items():
        n = max(1, one.integrity.items.get(arm, k))
        judged = "verdicts about" if one.is_judged else "scores of"
        text = (
            f"{share_text(k, n)} of {count_text(n)} {judged} {arm} in {one.layer} could not be "
            "read by the tool; items without a score leave the comparison with their count, and "
            "what they could change is looked at."
        )
        yield Odd(text, None if k > _UNREAD * n else Severity.NOTE, (arm,))
    for arm, whys in one.integrity.unscored.items():
        n = max(1, one.integrity.items.get(arm, 0))
        for why, k in whys.items():
            text = (
                f"{share_text(k, n)} of {count_text(n)} items of {arm} in {one.layer} have a row "
                f"and no number: {why}; they leave the comparison with their count, and what they "
                "could change is looked at."
            )
            yield Odd(text, None if k > _UNREAD * n else Severity.NOTE, (arm,))


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
        applies=_where(lambda one: bool(one.integrity.figures)),
        check=_each(_disagrees),
    ),
    Rule(
        id="direction-assumed",
        family=Family.MEANING,
        severity=Severity.INVALIDATES,
        claim="It is known of every imported metric whether higher is better.",
        why="Taken the wrong way round, a loss is a gain.",
        remedy="Say it in the spec: higher_is_better: {METRIC: true}, or false.",
        source="Own; lm-evaluation-harness leaves the direction of a task's own metrics open.",
        applies=_where(lambda one: one.results is not None),
        check=_each(_assumed),
    ),
)

IMPORTED: tuple[CaseRule, ...] = (
    Rule(
        id="generator-name",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        varies="weakens where most rows are as they are named",
        claim="Imported rows are of the model that their file is called after.",
        why="A published leaderboard entry is a byte copy of another model's file; only the name "
        "in its rows tells.",
        remedy="Find the right file, or name the model that the rows are of under `models`.",
        source="alpaca_eval's published annotations of falcon-7b-instruct.",
        applies=_where(lambda one: any(arm in one.integrity.models for arm in one.integrity.named)),
        check=_each(_named_otherwise),
    ),
    Rule(
        id="identical-results",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        claim="Imported answers, and what a judge replied to them, differ between the arms.",
        why="One set of answers under two names compares a model with itself.",
        remedy="Find the right file of each arm, and check that the adapter was active.",
        source="Published judgments that are copies of each other; issue 8 of arena-hard-auto.",
        applies=_where(lambda one: any(map(_may_tell, one.integrity.twins))),
        check=_each(_alike),
    ),
    Rule(
        id="fewer-items",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates where over 10 % are missing",
        claim="Imported files hold as many items as they should.",
        why="Items that failed are rarely a random sample, and a first part of a benchmark is one "
        "subject of it.",
        remedy="Run the tool to its end, or find the whole file.",
        source="Published runs of 802 to 804 of 805 items; issue 325 of alpaca_eval.",
        applies=_where(lambda one: bool(one.integrity.expected)),
        check=_each(_fewer),
    ),
    Rule(
        id="constant-output",
        family=Family.BASELINE,
        severity=Severity.INVALIDATES,
        varies="weakens where nobody judged",
        claim="No arm gave one and the same text to all imported prompts.",
        why="One constant text, made for the judge, reached a win rate of 77 % on a leaderboard.",
        remedy="Read the answers; take what they score for what it is.",
        source="Zheng et al. (2024), Cheating Automatic LLM Benchmarks (NullModel).",
        applies=_where(lambda one: any(n >= _FEWEST for _, n in one.integrity.distinct.values())),
        check=_each(_constant),
    ),
    Rule(
        id="repeated-rows",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        claim="No imported item has several rows.",
        why="Tools that append results keep what was run twice, and average over it.",
        remedy="Say which run counts, and remove the rows of the other.",
        source="FastChat's judgment files.",
        applies=_where(_has_rows),
        check=_each(_repeated),
    ),
    Rule(
        id="unpaired-items",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates above 10 % of the items; worth knowing of outputs to nothing that was "
        "asked",
        claim="Every imported item is in the files of all arms.",
        why="Two subsets of a benchmark are two benchmarks.",
        remedy="Run the tool on the same items for both.",
        source="Issue 417 of alpaca_eval: 805 rows joined with 5.",
        applies=_where(lambda one: _has_pair(one) or bool(one.integrity.strangers)),
        check=_each(_unpaired),
    ),
    Rule(
        id="rows-left-out",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="invalidates above 10 % of the items",
        claim="Every row of the imported files could be taken up.",
        why="A file that was cut, or written in another encoding, holds less than it seems to.",
        remedy="Copy or write the file again.",
        source="Own.",
        applies=_where(lambda one: _has_rows(one) or bool(one.integrity.left)),
        check=_each(_left_out),
    ),
    Rule(
        id="unread-results",
        family=Family.BASELINE,
        severity=Severity.WEAKENS,
        varies="worth knowing up to 2 % of the items",
        claim="The tool could read every verdict and answer.",
        why="What a tool cannot read it drops or counts as it likes; on one test set that moved a "
        "judge's accuracy from 69.8 to 71.6 %.",
        remedy="Ask again for what could not be read.",
        source="PandaLM's test set; issues 300 and 340 of alpaca_eval.",
        applies=_where(_has_scores),
        check=_each(_unread),
    ),
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
        applies=_where(lambda one: _is_of_two(one) or _is_beside_here(one)),
        check=_each(_unknown),
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
        applies=_where(_has_compared_prompts),
        check=_each(_prompts),
    ),
)

IMPORTED_JUDGES: tuple[CaseRule, ...] = (
    Rule(
        id="judge-name",
        family=Family.JUDGES,
        severity=Severity.WEAKENS,
        claim="Imported verdicts are by the judge that their file is called after.",
        why="Two judges differ by up to 20 points on the same answers.",
        remedy="Find the file of the right judge.",
        source="alpaca_eval's published annotations of Mistral-7B-Instruct-v0.2.",
        applies=_where(lambda one: bool(one.integrity.judge_named and one.integrity.judges)),
        check=_each(_judge_named),
    ),
)
