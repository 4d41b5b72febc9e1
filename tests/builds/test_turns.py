"""Builds on questions of several turns: every arm answers them itself, and is judged on all."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.builds.judging import ADAPTER, parts_of, served, verdict
from tests.builds.workshop import Ran, Workshop
from tests.engines.api.scripted_server import ScriptedServer

ROWS = 44
SPEC = """\
evalreport: 1
name: orders
title: Talks
base_model: {path: org/base}
adapter: {method: existing, path: runs/last-week}
datasets:
  test:
    path: data/talks.jsonl
    turns: "{{ turns }}"
    references: "{{ reference }}"
    subgroups: [category]
engine: {kind: fake, seed: 3, base: {right: 0.1}, calls: calls.jsonl}
evaluation:
  primary: {layer: blind-ab, metric: net_win, gain_at_least: 0.45}
  layers:
    - kind: generation
      name: talks
      dataset: test
      decoding: {max_new_tokens: 48}
      metrics: [exact_match]
    - kind: judge
      name: blind-ab
      on: talks
      reference: true
      repeats: 2
      controls: 2
      canaries: 2
      judges: [{model: m, base_url: "JUDGE", concurrency: 4}]
report: {formats: [markdown, html]}
"""


def talks() -> str:
    """A small twin of questions in two turns; references only where there is one right answer."""
    rows = [
        {
            "question_id": 100 + i,
            "category": ("sums", "letters")[i % 2],
            "turns": [f"What is {i} + 3?", f"And {i} + 30?"],
            "reference": [f"That makes {i + 3}.", f"That makes {i + 30}."],
        }
        for i in range(ROWS)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def right(parts: Mapping[str, str]) -> str:
    """Which answer's last turn is right, as the reference says."""
    wanted = parts["reference answer"].rpartition("]\n")[2]
    is_right = {
        slot: parts[f"answer {slot}"].rpartition("[answer 2]\n")[2].startswith(wanted)
        for slot in "AB"
    }
    return "tie" if is_right["A"] == is_right["B"] else "A" if is_right["A"] else "B"


def judging(body: dict[str, Any]) -> str:
    return verdict(right(parts_of(body)))


def made(folder: Path, judge: str, text: str = SPEC) -> Workshop:
    workshop = Workshop.made(folder, text.replace("JUDGE", judge))
    workshop.write("runs/last-week/simulated_adapter.json", ADAPTER)
    workshop.write("data/talks.jsonl", talks())
    return workshop


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workshop, ScriptedServer]]:
    with served(judging) as server:
        workshop = made(tmp_path_factory.mktemp("turns") / "w", server.url)
        planned = workshop.plan()
        assert planned.code == 0, planned.err
        ran = workshop.build()
        assert ran.code == 0, ran.err
        yield workshop, server


def texts(workshop: Workshop) -> list[dict[str, Any]]:
    bodies = [json.loads(row[0]) for row in workshop.rows("SELECT body FROM responses")]
    return [body for body in bodies if body["kind"] == "text"]


def test_one_response_holds_the_whole_conversation(
    built: tuple[Workshop, ScriptedServer],
) -> None:
    workshop, _ = built
    stored = texts(workshop)
    assert len(stored) == 2 * ROWS
    assert all(len(one["before"]) == 1 for one in stored)
    assert all(one["before"][0]["then"].startswith("And ") for one in stored)
    finding = next(f for f in workshop.report().findings if f.id == "talks.exact_match")
    assert finding.n == ROWS


def test_the_judge_reads_every_turn_of_each_arm(built: tuple[Workshop, ScriptedServer]) -> None:
    workshop, server = built
    said = {
        f"[answer 1]\n{one['before'][0]['answer']}\n\n"
        f"[the user's turn 2]\n{one['before'][0]['then']}\n\n[answer 2]\n{one['text']}"
        for one in texts(workshop)
    }
    assert server.count
    for body in server.bodies:
        parts = parts_of(body)
        assert parts["turn 1, user"].startswith("What is ")
        assert parts["turn 2, user"].startswith("And ")
        assert parts["reference answer"].startswith("[reference for answer 1]\nThat makes ")
        assert any(parts["answer A"].startswith(one) for one in said)
        assert any(parts["answer B"].startswith(one) for one in said)
    net = next(f for f in workshop.report().findings if f.id == "blind-ab.net_win")
    assert net.counts is not None
    assert (net.counts.worse, net.counts.better > ROWS / 2) == (0, True)


def test_the_report_shows_the_turns(built: tuple[Workshop, ScriptedServer]) -> None:
    workshop, _ = built
    for name in ("report.md", "report.html"):
        text = (workshop.out / name).read_text()
        assert re.search(r"user: What is \d+ \+ 3\?\s+user: And \d+ \+ 30\?", text)
        assert re.search(r"\[answer 1\]", text)
        assert re.search(r"\[answer 2\]", text)
    rechecked = workshop.run("recheck", "reports/orders/report.json")
    assert rechecked.code == 0, rechecked.both


@pytest.mark.parametrize("policy", ["ids", "none"])
def test_no_turn_is_shown_where_text_may_not_be(
    built: tuple[Workshop, ScriptedServer], tmp_path: Path, policy: str
) -> None:
    workshop, server = built
    hidden = made(
        tmp_path / "w",
        server.url,
        SPEC.replace("[markdown, html]}", f"[markdown, html], examples: {policy}}}"),
    )
    del workshop
    assert hidden.build().code == 0
    for name in ("report.md", "report.html", "report.json", "items.jsonl"):
        text = (hidden.out / name).read_text()
        assert "And 3 + 30" not in text
        assert "That makes" not in text
        assert "What is 3" not in text


def test_a_second_build_asks_nothing(built: tuple[Workshop, ScriptedServer]) -> None:
    workshop, server = built
    before, calls = server.count, len(workshop.calls())
    assert workshop.build().code == 0
    assert (server.count, len(workshop.calls())) == (before, calls)


def test_another_second_turn_is_another_question(
    built: tuple[Workshop, ScriptedServer], tmp_path: Path
) -> None:
    _, server = built
    workshop = made(tmp_path / "w", server.url)
    assert workshop.build("--until", "ask talks base").code == 0
    calls = len(workshop.calls())
    workshop.write("data/talks.jsonl", talks().replace("And 4 + 30?", "And 5 + 30, then?"))
    ran: Ran = workshop.build("--until", "ask talks base")
    assert ran.code == 0, ran.both
    assert len(workshop.calls()) == calls + 2
