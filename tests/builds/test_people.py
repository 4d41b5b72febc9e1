"""People's ratings, end to end: waited for, read, reported; and a judge held against them."""

import json
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalreport.estimates import NotEstimable
from tests.builds.judging import JUDGED, NOBODY_THERE, good, judged, rules, served, step
from tests.builds.test_rate import page_data, rated
from tests.builds.workshop import Ran, Workshop, orders, same_report

HUMAN = "    - {kind: human, name: people, on: extraction}\n"
JUDGE = JUDGED[JUDGED.index("    - kind: judge") : JUDGED.index("report: {formats")]
STEP = "rate people"


def with_people(folder: Path, line: str = HUMAN, *, rows: int = 48, beside: str = "") -> Workshop:
    """A folder in which both arms have answered, and people are to compare them."""
    primary = "blind-ab" if beside else "people"
    text = JUDGED.replace(JUDGE, beside + line).replace("layer: blind-ab", f"layer: {primary}")
    made = judged(folder, text)
    made.write("data/test.jsonl", orders(0, rows, "test"))
    return made


def came_back(
    made: Workshop,
    rater: int,
    name: str,
    change: Callable[[dict[str, Any], random.Random], None] = lambda one, draw: None,
    *,
    first: int | None = None,
) -> None:
    """A file of ratings by somebody who knows the right answers, beside the spec."""
    data = page_data(made.folder / f"rating/orders/people-rater-{rater}.html")
    file = rated(data, name)
    draw = random.Random(rater)
    for one in file["ratings"]:
        change(one, draw)
    if first is not None:
        file["ratings"], file["finished"] = file["ratings"][:first], None
    made.write(f"ratings/{rater}.json", json.dumps(file))


def named(made: Workshop, *raters: int) -> Ran:
    """A build with the files of these raters."""
    text = (made.folder / made.spec).read_text()
    files = ", ".join(f"ratings/{rater}.json" for rater in raters)
    text = re.sub(
        r"(name: people, on: extraction)(, ratings: \[[^]]*\])?", rf"\1, ratings: [{files}]", text
    )
    made.write(made.spec, text)
    return made.build()


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Two raters with an overlap of twelve, to whom nothing came back; nobody changes it."""
    line = HUMAN.replace("}", ", raters: 2, overlap: 12}")
    made = with_people(tmp_path_factory.mktemp("asked") / "w", line)
    assert made.build().code == 0
    assert made.run("rate", made.spec).code == 0
    return made


@pytest.fixture
def made(asked: Workshop, tmp_path: Path) -> Workshop:
    shutil.copytree(asked.folder, tmp_path / "w")
    return Workshop(tmp_path / "w")


def test_without_ratings_a_build_waits_and_writes_its_report(asked: Workshop) -> None:
    ran = asked.plan()
    assert ran.code == 0
    assert re.search(r"rate people\.+ waits for people: \d+ comparisons: `evalreport rate", ran.out)
    assert "1 waits for people" in ran.out
    outcome, reason = step(asked, STEP)
    assert outcome == "pending"
    assert re.fullmatch(r"none of \d+ comparisons is rated; `evalreport rate SPEC` .*", reason)
    report = asked.report()
    (finding,) = (f for f in report.findings if f.id == "people.net_win")
    assert (finding.n, finding.outcome) == (0, "not_measured")
    assert report.verdict.next_step.startswith("Let people rate what is missing")
    (card,) = report.judge_cards
    rated_line = card.line("rated")
    assert rated_line is not None
    assert rated_line.k == 0
    assert rules(asked)["judge-length"] == "not_applicable"  # nobody has judged


def test_a_first_plan_says_what_people_wait_for(tmp_path: Path) -> None:
    ran = with_people(tmp_path / "w").plan()
    assert ran.code == 0
    assert "waits for people: after ask extraction tuned, ask extraction base: `eval" in ran.out


def test_some_ratings_are_reported_and_the_rest_is_waited_for(made: Workshop) -> None:
    came_back(made, 1, "Anna Example", first=20)
    ran = named(made, 1)
    assert ran.code == 0, ran.err
    outcome, reason = step(made, STEP)
    assert outcome == "pending"
    assert re.match(r"20 of \d+ comparisons are rated", reason)
    report = made.report()
    (finding,) = (f for f in report.findings if f.id == "people.net_win")
    alike = finding.n - 20  # as many of those that tie unasked as of the others
    assert 0 <= alike <= 4
    assert finding.excluded == {"not rated by people": 48 - finding.n}
    assert finding.outcome == "inconclusive"
    assert finding.withheld
    assert finding.forms is not None
    assert report.verdict.next_step.startswith("Let people rate what is missing")


def test_all_ratings_decide_and_nobody_is_named(made: Workshop) -> None:
    def hesitant(one: dict[str, Any], draw: random.Random) -> None:
        if draw.random() < 0.2:
            one["verdict"] = draw.choice(["A", "B", "tie"])

    came_back(made, 1, "Anna Example")
    came_back(made, 2, "Ben Example", hesitant)
    ran = named(made, 1, 2)
    assert ran.code == 0, ran.err
    assert step(made, STEP) == ("reused", "2 files of ratings will be read")
    report = made.report()
    assert report.verdict.outcome == "better_retention_unknown"
    assert report.declared.changes == ()  # files that come back change nothing of what was declared
    (card,) = report.judge_cards
    assert card.judge == "people"
    kinds = {line.id.removeprefix("people.judge.people.") for line in card.lines}
    assert kinds == {
        "net_win", "raters", "rated", "skipped", "identical", "agreement", "kappa", "first_slot",
        "ties", "longer", "seconds",
    }  # fmt: skip
    agreement, slot = card.line("agreement"), card.line("first_slot")
    assert agreement is not None
    assert slot is not None
    assert agreement.n == 12
    for path in made.out.iterdir():
        assert "Example" not in path.read_text(encoding="utf-8"), path
    text = (made.out / "report.md").read_text(encoding="utf-8")
    assert "## People\n" in text
    assert "What people said, and how far they agree:" in text
    assert made.run("recheck", "reports/orders").code == 0
    before = report
    assert made.build().code == 0
    assert same_report(before, made.report())


def test_what_was_skipped_is_counted_and_no_reason_to_wait(made: Workshop) -> None:
    def choosy(one: dict[str, Any], draw: random.Random) -> None:
        if draw.random() < 0.3:
            one["verdict"] = "skip"

    came_back(made, 1, "a", choosy)
    came_back(made, 2, "b", choosy)
    assert named(made, 1, 2).code == 0
    assert step(made, STEP)[0] == "reused"
    report = made.report()
    (card,) = report.judge_cards
    skipped = card.line("skipped")
    assert skipped is not None
    assert skipped.k
    assert "no random part" in skipped.note
    (finding,) = (f for f in report.findings if f.id == "people.net_win")
    assert finding.excluded == {"not rated by people": skipped.k}


def test_files_about_something_else_stop_the_build(made: Workshop) -> None:
    came_back(made, 1, "a")
    text = (made.folder / "ratings/1.json").read_text()
    made.write("ratings/1.json", text.replace('"id": "', '"id": "0'))
    ran = named(made, 1)
    assert ran.code == 2
    assert "ratings/1.json" in ran.err
    assert "remove it from `ratings`" in ran.err
    made.change("[ratings/1.json]", "[ratings/9.json]")
    assert made.build().code == 2


def test_a_smoke_run_and_only_another_layer_leave_people_alone(made: Workshop) -> None:
    came_back(made, 1, "a")
    assert named(made, 1).code == 0
    assert made.build("--smoke").code == 0
    assert made.build("--only", "extraction").code == 0


# A judge beside people


def test_a_judge_is_held_against_people_who_saw_the_same(tmp_path: Path) -> None:
    light = JUDGE.replace("on: extraction\n", "on: extraction\n      human_labels: people\n")
    light = re.sub(r"(repeats|controls|canaries): 6", r"\1: 0", light)
    light = light.replace("      repeats", "      orders: random\n      repeats")
    made = with_people(tmp_path / "w", HUMAN, rows=44, beside=light)
    with served(good) as server:
        made.change(NOBODY_THERE, server.url)
        assert made.build("--until", "ask extraction base").code == 0
        assert made.run("rate", made.spec).code == 0
        came_back(made, 1, "Anna Example", first=30)
        ran = named(made, 1)
    assert ran.code == 0, ran.err
    report = made.report()
    card = next(card for card in report.judge_cards if card.layer == "blind-ab")
    labels, kappa, agree, net = (
        card.line(what) for what in ("labels", "people_kappa", "people_agree", "net_win_corrected")
    )
    assert labels is not None
    assert kappa is not None
    assert agree is not None
    assert net is not None
    assert (labels.k, agree.k, agree.n) == (30, 30, 30)
    assert isinstance(net.value, NotEstimable)
    assert net.value.not_estimable.startswith("only 3")
    (unvalidated,) = (one for one in report.remarks if one.rule == "judge-unvalidated")
    assert "30 human labels stand behind" in unvalidated.text
    assert rules(made)["judge-corrected-differs"] == "not_applicable"
    text = (made.out / "report.md").read_text(encoding="utf-8")
    assert "## Judges and people\n" in text
    assert made.run("recheck", "reports/orders").code == 0
