"""Panels, rubrics, and calls that several comparisons share."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.builds.judging import (
    copied,
    counted,
    good,
    parts_of,
    replies,
    served,
    verdict,
    who_is,
)
from tests.builds.test_judging_failures import free_port
from tests.builds.workshop import TEST_ROWS, Workshop
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says

CALLS = 102
DIFFERING = 42


def net_of(workshop: Workshop) -> Any:
    return next(f for f in workshop.report().findings if f.id == "blind-ab.net_win")


def with_judges(workshop: Workshop, *more: str) -> None:
    """Further judges beside the first."""
    workshop.change("concurrency: 4}\n", "concurrency: 4}\n" + "".join(
        f"        - {{{one}, concurrency: 4, attempts: 1}}\n" for one in more
    ))  # fmt: skip


# Panels


def test_of_two_judges_one_that_is_down_could_change_everything(
    answered: Workshop, tmp_path: Path
) -> None:
    port = free_port()
    with served(good) as server:
        workshop = copied(answered, tmp_path / "w", server)
        with_judges(workshop, f'model: n, base_url: "http://127.0.0.1:{port}/v1"')
        assert workshop.build().code == 3
        assert server.count == CALLS
        net = net_of(workshop)
        assert (net.n, net.outcome) == (TEST_ROWS - DIFFERING, "inconclusive")
        assert counted(workshop, "calls") == CALLS
        assert counted(workshop, "calls", "n") == 0
        assert counted(workshop, "failed_calls", "n") == CALLS
        with ScriptedServer(lambda seen: says(good(seen.body)), port=port) as other:
            assert workshop.build().code == 0
            assert (server.count, other.count) == (CALLS, CALLS)
    assert net_of(workshop).outcome == "better"
    assert counted(workshop, "calls", "n") == CALLS


def test_two_of_three_that_agree_do_not_stand_for_the_third(
    answered: Workshop, tmp_path: Path
) -> None:
    """The second one sees no difference between plums; the third one is down."""

    def script(seen: Seen) -> Act:
        parts = parts_of(seen.body)
        is_blind = seen.body["model"] == "n" and "plums" in parts["prompt"]
        return says(verdict("tie" if is_blind else who_is(parts)))

    with ScriptedServer(script) as server:
        workshop = copied(answered, tmp_path / "w", server)
        with_judges(
            workshop,
            f'model: n, base_url: "{server.url}"',
            f'model: o, base_url: "http://127.0.0.1:{free_port()}/v1"',
        )
        assert workshop.build().code == 3
        assert server.count == 2 * CALLS
    net = net_of(workshop)
    # Items on which two agree are no random part of all: only what ties unasked is left.
    assert net.n == TEST_ROWS - DIFFERING
    assert net.excluded == {"no verdict of the judge": DIFFERING}
    assert net.outcome == "inconclusive"


# Rubrics

RUBRIC = (
    "      rubric:\n"
    "        - {name: right, text: Item and quantity are right., scale: [1, 5]}\n"
    "        - {name: brief, text: Nothing else is said., scale: [0, 10]}\n"
)


def rating(body: Mapping[str, Any]) -> str:
    """Rates what begins right with 5; the criterion `brief` is left out of some replies."""
    parts = parts_of(body)
    assert [*parts] == ["prompt", "answer"]
    text = parts["prompt"]
    is_right = who_is({"prompt": text, "answer A": parts["answer"], "answer B": ""}) == "A"
    ratings = {"right": 5 if is_right else 1, "brief": 9}
    if "test 7:" in text:
        del ratings["brief"]
    return json.dumps({"justification": "I looked.", "ratings": ratings})


def test_answers_are_rated_on_every_criterion(answered: Workshop, tmp_path: Path) -> None:
    with served(rating) as server:
        workshop = copied(answered, tmp_path / "w", server)
        workshop.change("      repeats: 6\n", f"      repeats: 6\n{RUBRIC}")
        workshop.change(
            "metric: net_win, gain_at_least: 0.45", "metric: rubric.right, gain_at_least: 2"
        )
        ran = workshop.build("--accept-underpowered")
        assert ran.code == 0, ran.both
        asked = server.count
        # Answers that are the same text are rated once.
        assert asked == 2 * DIFFERING + (TEST_ROWS - DIFFERING) + 6 + 6
        assert workshop.build("--accept-underpowered").code == 0
        assert server.count == asked
    report = workshop.report()
    found = {f.id: f for f in report.findings}
    right, brief = found["blind-ab.rubric.right"], found["blind-ab.rubric.brief"]
    assert (right.unit, right.n, right.outcome) == ("points", TEST_ROWS, "better")
    assert right.difference.value > 3  # type: ignore[union-attr]
    assert (brief.unit, brief.n) == ("points", TEST_ROWS - 1)
    assert list(brief.excluded.values()) == [1]
    assert sum(bool(one["unread"]) for one in replies(workshop)) >= 2
    assert counted(workshop, "calls") == asked
    assert report.verdict.outcome == "better_retention_unknown"


# Shared calls


def several(body: Mapping[str, Any]) -> str:
    """A verdict for each comparison of a call, by its number."""
    parts = parts_of(body)
    numbers = sorted({int(name.split()[1].rstrip(",")) for name in parts})
    entries = []
    for number in numbers:
        before = f"comparison {number}, "
        own = {name.removeprefix(before): text for name, text in parts.items()
               if name.startswith(before)}  # fmt: skip
        entries.append({"number": number, "justification": "", "verdict": who_is(own)})
    return json.dumps({"comparisons": entries})


def test_comparisons_that_share_a_call_are_one_cluster(answered: Workshop, tmp_path: Path) -> None:
    def script(seen: Seen) -> Act:
        is_one = "comparison 1, prompt" not in parts_of(seen.body)
        return says((good if is_one else several)(seen.body))

    with ScriptedServer(script) as server:
        workshop = copied(answered, tmp_path / "w", server)
        workshop.change("      repeats: 6\n", "      repeats: 6\n      comparisons_per_call: 4\n")
        ran = workshop.build("--accept-underpowered")
        assert ran.code == 0, ran.both
        # 42 items in both orders, and three checks of six.
        assert server.count == 2 * 11 + 3 * 2
        asked = server.count
        assert workshop.build("--accept-underpowered").code == 0
        assert server.count == asked
    net = net_of(workshop)
    assert net.clusters is not None
    assert net.clusters.n == 11 + (TEST_ROWS - DIFFERING)
    assert net.outcome == "better"
    assert counted(workshop, "calls") == asked
