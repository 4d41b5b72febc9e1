"""Judges are asked what was planned, once: what is paid for is not paid again."""

import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.builds.judging import (
    CHECKS,
    JUDGED,
    copied,
    good,
    judged,
    parts_of,
    served,
    step,
    tally,
)
from tests.builds.workshop import TEST_ROWS, Workshop, orders, same_report
from tests.engines.api.scripted_server import ScriptedServer

MORE_ROWS = 5


@dataclass(frozen=True)
class Once:
    """A build in which everything was judged, and the server that did it, which still listens."""

    workshop: Workshop
    server: ScriptedServer
    planned: str
    differing: int
    first: int


@pytest.fixture(scope="module")
def once(answered: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Once]:
    with served(good) as server:
        workshop = copied(answered, tmp_path_factory.mktemp("judged") / "w", server)
        planned = workshop.plan().out
        assert f"\ncalls go to {server.url} with no key\n" in planned
        ran = workshop.build()
        assert ran.code == 0, ran.err
        matches = next(f for f in workshop.report().findings if f.id == "extraction.exact_match")
        assert matches.counts is not None
        # Both are right, or else each is wrong in its own way.
        differing = sum(len({*two}) > 1 for two in texts(workshop).values())
        yield Once(workshop, server, planned, differing, server.count)


@pytest.fixture
def again(once: Once, tmp_path: Path) -> Workshop:
    """A copy of it."""
    shutil.copytree(once.workshop.folder, tmp_path / "w")
    return Workshop(tmp_path / "w")


def texts(workshop: Workshop) -> dict[str, list[str]]:
    """By item, what the arms answered."""
    found: dict[str, list[str]] = {}
    for item, body in workshop.rows("SELECT item, body FROM responses"):
        if json.loads(body)["kind"] == "text":
            found.setdefault(item, []).append(json.loads(body)["text"])
    return found


def asked_anew(workshop: Workshop, once: Once) -> int:
    """How many calls the next build makes; it must end well."""
    before = once.server.count
    ran = workshop.build()
    assert ran.code == 0, ran.both
    return once.server.count - before


def test_the_judge_gets_each_pair_in_both_orders_and_the_checks(once: Once) -> None:
    calls = 2 * once.differing + CHECKS
    assert once.first == calls
    assert f"judge blind-ab...... will run: not done yet, {calls} judgments\n" in once.planned
    assert tally(once.workshop) == (calls, 0)
    parts = [parts_of(body) for body in once.server.bodies[:calls]]
    shown = Counter((one["prompt"], one["answer A"], one["answer B"]) for one in parts)
    alike = {pair for pair in shown if pair[1] == pair[2]}
    assert sum(shown[pair] for pair in alike) == 6  # the controls
    prompts = Counter(prompt for prompt, a, b in shown if (prompt, b, a) in shown and a != b)
    assert list(prompts.values()) == [2] * once.differing
    # Asked again are six; only the token of their fences is another.
    assert sum(shown[pair] - 1 for pair in {*shown} - alike) == 6


def test_equal_answers_tie_unasked_and_are_counted(once: Once) -> None:
    assert once.differing < TEST_ROWS
    net = next(f for f in once.workshop.report().findings if f.id == "blind-ab.net_win")
    assert net.counts is not None
    assert net.n == TEST_ROWS
    assert net.counts.same >= TEST_ROWS - once.differing > 0


def test_a_second_build_asks_nothing_and_says_the_same(once: Once, again: Workshop) -> None:
    first = again.report()
    assert asked_anew(again, once) == 0
    assert same_report(first, again.report())
    assert step(again) == ("reused", "")


def test_new_rows_ask_about_the_new_items_alone(once: Once, again: Workshop) -> None:
    with (again.folder / "data/test.jsonl").open("a") as file:
        file.write(orders(TEST_ROWS, MORE_ROWS, "test"))
    before = once.server.count
    planned = again.plan().out
    assert asked_anew(again, once) > 0
    new = [parts_of(body)["prompt"] for body in once.server.bodies[before:]]
    assert {*new} <= {f"test {i}:" + one.split(":")[1] for i in range(TEST_ROWS, TEST_ROWS + 5)
                      for one in new}  # fmt: skip
    assert len(new) <= 2 * MORE_ROWS + CHECKS
    assert "test changed" in planned
    assert asked_anew(again, once) == 0


PRICE = "price: {input_per_million: 1, output_per_million: 2}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("concurrency: 4}", f"concurrency: 4, {PRICE}}}"),
        ("concurrency: 4}", "concurrency: 2}"),
        ("concurrency: 4}", "concurrency: 4, timeout_seconds: 7, attempts: 2}"),
        ("concurrency: 4}", "concurrency: 4, api_key_env: A_VARIABLE_THAT_IS_NOT_SET}"),
        ("concurrency: 4}", "concurrency: 4, requests_per_minute: 5}"),
        ("{model: m", "{name: Marta, model: m"),
        ("      name: blind-ab", "      name: blind-ab\n      title: Who is better"),
        ("title: Orders become JSON", "title: Another title"),
    ],
)
def test_a_price_a_limit_a_key_or_a_name_asks_nothing(
    once: Once, again: Workshop, old: str, new: str
) -> None:
    again.change(old, new)
    assert asked_anew(again, once) == 0
    assert step(again) == ("reused", "")


def test_another_name_of_the_layer_asks_nothing(once: Once, again: Workshop) -> None:
    again.change("name: blind-ab", "name: side-by-side")
    again.change("{layer: blind-ab", "{layer: side-by-side")
    assert asked_anew(again, once) == 0
    assert step(again, "judge side-by-side") == ("reused", "")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("right item", "correct item", "judge.criteria"),
        ("{model: m", "{model: m2", "judge.judges"),
        ("127.0.0.1", "localhost", "judge.judges"),
        ("concurrency: 4}", "concurrency: 4, temperature: 0.5}", "judge.judges"),
        ("concurrency: 4}", "concurrency: 4, max_tokens: 99}", "judge.judges"),
        ("      repeats: 6\n", "      repeats: 6\n      ties: false\n", "judge.ties"),
        ("      repeats: 6\n", "      repeats: 6\n      system: Be fair.\n", "judge.system"),
        ("      repeats: 6\n", "      repeats: 6\n      reference: true\n", "judge.reference"),
    ],
)
def test_another_question_or_another_judge_asks_everything(
    once: Once, again: Workshop, old: str, new: str, why: str
) -> None:
    again.change(old, new)
    planned = next(one for one in again.plan().out.splitlines() if one.startswith("judge blind"))
    assert f"will run: {why}" in planned
    assert f", {once.first} judgments" in planned


def test_other_criteria_ask_everything_and_the_old_ones_are_kept(
    once: Once, again: Workshop
) -> None:
    again.change("right item", "correct item")
    assert asked_anew(again, once) == once.first
    again.change("correct item", "right item")
    assert asked_anew(again, once) == 0


def test_a_damaged_reply_is_asked_again(once: Once, again: Workshop) -> None:
    with again.database() as database:
        database.execute(
            "UPDATE responses SET body = replace(body, 'looked', 'lurked') WHERE key = "
            "(SELECT min(key) FROM responses WHERE body LIKE '%preference%')"
        )
    assert asked_anew(again, once) == 1
    assert asked_anew(again, once) == 0


def test_one_more_check_is_one_more_call(once: Once, again: Workshop) -> None:
    again.change("repeats: 6", "repeats: 7")
    assert asked_anew(again, once) == 1


def test_a_copied_store_asks_nothing(once: Once, again: Workshop, tmp_path: Path) -> None:
    bucket = str(tmp_path / "bucket")
    assert again.run("store", "save", bucket).code == 0
    text = (again.folder / "spec.yaml").read_text()
    fresh = judged(tmp_path / "fresh", text)
    assert fresh.run("store", "restore", bucket).code == 0
    assert asked_anew(fresh, once) == 0
    assert fresh.lines() == 0
    assert same_report(again.report(), fresh.report())


def test_a_finished_job_that_is_done_again_makes_no_call(
    once: Once, again: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = again.folder / "jobs"
    again.change("repeats: 6", "repeats: 7")
    job = kept_job(again, jobs, monkeypatch)
    before = once.server.count
    assert again.ran("run-step", str(job)).code == 0
    assert once.server.count == before
    assert tally(again) == (once.first + 1, 0)


def kept_job(workshop: Workshop, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The job file of the next build's judging, kept when the build removes it."""
    removed = Path.unlink

    def keep(path: Path, missing_ok: bool = False) -> None:
        if path.parent.name == "jobs" and path.suffix == ".json" and path.exists():
            folder.mkdir(exist_ok=True)
            (folder / path.name).write_bytes(path.read_bytes())
        removed(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "unlink", keep)
    assert workshop.build().code == 0
    (job,) = folder.iterdir()
    return job


def test_nothing_is_asked_by_looking(answered: Workshop, tmp_path: Path) -> None:
    with served(good) as server:
        workshop = copied(answered, tmp_path / "w", server)
        assert workshop.plan().code == 0
        assert workshop.run("check", "spec.yaml").code == 0
        assert workshop.build("--only", "extraction").code == 0
        assert server.count == 0
        assert JUDGED.count("judge") > 0
