"""For every rule about files of other tools: the same files with one fact changed."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from evalreport.digest import digest_text
from evalreport.importers.left import Left
from evalreport.rules.base import Severity
from tests.analyze.evidence import World
from tests.analyze.layers import Options
from tests.rules.case import Case
from tests.rules.imported_worlds import BASE, FACTS, TUNED, figure, rows_of, two


def cut() -> Left:
    left = Left()
    left.add("the file ends in the middle of a row", "tuned-0.json:121")
    return left


GUESSED: Final[Options] = {"is_guessed": lambda _: True}


def other_prompts(prompts: str) -> World:
    rows = [
        replace(row, prompt=digest_text(f"other {row.item}")) if i < 3 else row
        for i, row in enumerate(rows_of("tuned", TUNED))
    ]
    return two(rows, prompts=prompts)


def same_prompts() -> World:
    return two(prompts="may_differ")


IMPORTED_CASES: Final[Mapping[str, Case]] = {
    "generator-name": Case(
        lambda: two(rows_of("tuned", TUNED, model="org/other")),
        "120 of 120 rows in the file of tuned in bench, which is called after tuned, say that they "
        "are of org/other.",
        two,
        severity=Severity.INVALIDATES,
    ),
    "identical-results": Case(
        lambda: two(
            [replace(row, output=f"base says {i}") for i, row in enumerate(rows_of("tuned", TUNED))]
        ),
        "All 120 answers of tuned and base in bench are the same, word for word.",
        two,
        severity=Severity.INVALIDATES,
    ),
    "fewer-items": Case(
        lambda: two(expect=123),
        "The files of tuned and base in bench hold 120 items of 123 that there should be (says the spec).",
        two,
    ),
    "constant-output": Case(
        lambda: two(rows_of("tuned", TUNED, output="Sure!")),
        "All 120 answers of tuned in bench are one and the same text; a judge can be taken in by "
        "such a text.",
        two,
        severity=Severity.INVALIDATES,
    ),
    "repeated-rows": Case(
        lambda: two([*rows_of("tuned", TUNED), *rows_of("tuned", TUNED)[:2]]),
        "2 rows of tuned in bench are about items that an earlier row is about; the last row",
        two,
    ),
    "judge-name": Case(
        lambda: two(tuned_file={"judge_named": "judge-2"}, base_file={"judge_named": "judge-2"}),
        "240 of 240 verdicts in bench, whose files are called after the judge judge-2, say that "
        "they are by judge-1.",
        two,
    ),
    "unpaired-items": Case(
        lambda: two(
            rows_of("tuned", TUNED)[:118],
            tuned_file={"expected": {}},
            base_file={"expected": {}},
        ),
        "Of 120 items in bench, 2 are in the files of base and not in those of every arm",
        lambda: two(tuned_file={"expected": {}}, base_file={"expected": {}}),
    ),
    "rows-left-out": Case(
        lambda: two(tuned_file={"left": cut()}),
        "1 row of the files of tuned in bench could not be taken up: the file ends in the middle of "
        "a row (the first: tuned-0.json:121).",
        two,
    ),
    "unread-results": Case(
        lambda: two(rows_of("tuned", "?" * 5 + TUNED[5:])),
        "5 (4.2 %) of 120 verdicts about tuned in bench could not be read by the tool",
        two,
    ),
    "imported-on-trust": Case(
        lambda: two(tuned_file={"facts": {"": FACTS.model_copy(update={"decoding": ""})}}),
        "The files of bench do not tell the decoding of tuned: that both arms were measured alike",
        two,
    ),
    "prompts-differ": Case(
        lambda: other_prompts("may_differ"),
        "tuned and base saw different prompts on 3 of 120 items of bench, as the spec allows",
        same_prompts,
    ),
    "tool-disagrees": Case(
        lambda: two(tuned_file={"figures": (figure(0.7),)}),
        "win_rate of tuned in bench is 0.7 as the tool itself gives it, and 0.666667 from its 120 "
        "items.",
        lambda: two(tuned_file={"figures": (figure(80 / 120),)}),
        severity=Severity.INVALIDATES,
    ),
    "direction-assumed": Case(
        lambda: two(base_file=GUESSED, tuned_file=GUESSED),
        "Nothing in the files of bench tells whether higher or lower is better of win_rate; it was "
        "assumed that higher is.",
        lambda: two(base_file=GUESSED, tuned_file=GUESSED, higher_is_better={"win_rate": True}),
        severity=Severity.INVALIDATES,
    ),
}

assert len(BASE) == len(TUNED)
