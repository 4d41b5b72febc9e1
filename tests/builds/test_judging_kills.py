"""`kill -9` while judges are asked, then `build`: nothing that arrived is asked for again."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from evalreport.report.model import Report
from evalreport.report.volatile import settled
from tests.builds.judging import CONCURRENCY, copied, counted, good, replies, tally
from tests.builds.workshop import Workshop
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says

CALLS = 102
KILLS = 25
ANSWER_SECONDS = 0.01
SEED = 20261127


def slow(seen: Seen) -> Act:
    return says(good(seen.body), after=ANSWER_SECONDS)


@dataclass(frozen=True)
class Whole:
    """A build that nobody disturbed, and its judge, which still listens."""

    workshop: Workshop
    server: ScriptedServer


@pytest.fixture(scope="module")
def whole(answered: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with ScriptedServer(slow) as server:
        workshop = copied(answered, tmp_path_factory.mktemp("whole") / "w", server)
        ran = workshop.build()
        assert ran.code == 0, ran.err
        assert server.count == CALLS
        yield Whole(workshop, server)


def plain(report: Report) -> list[str]:
    """The report without what depends on the course of the run: how often it was tried."""
    cards = tuple(
        card.model_copy(
            update={"lines": tuple(one for one in card.lines if "possibly_paid" not in one.id)}
        )
        for card in report.judge_cards
    )
    same = settled(report.model_copy(update={"judge_cards": cards}))
    return same.model_dump_json(indent=1).splitlines()


def items(workshop: Workshop) -> list[str]:
    """What `recheck` reads, but for the first line, which seals the counts of attempts too."""
    return (workshop.out / "items.jsonl").read_text().splitlines()[1:]


def stored(workshop: Workshop) -> int:
    return len(replies(workshop))


def kill(child: subprocess.Popen[str]) -> None:
    """The whole tree at once."""
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate(timeout=60)


def assert_as_undisturbed(workshop: Workshop, whole: Whole, before: int, kills: int) -> None:
    """The next build ends well; what was stored or counted agrees with what the server saw."""
    ran = workshop.build()
    assert ran.code == 0, ran.both
    calls = whole.server.count - before
    attempts, without_end = tally(workshop)
    assert stored(workshop) == CALLS
    # Each request is on record before it leaves, and one that has an end is not made again.
    assert calls <= attempts == CALLS + without_end
    assert without_end <= kills * CONCURRENCY
    assert counted(workshop, "calls") == CALLS
    assert (counted(workshop, "possibly_paid") or 0) == without_end
    assert plain(workshop.report()) == plain(whole.workshop.report())
    assert items(workshop) == items(whole.workshop)
    assert [*(workshop.folder / ".evalreport/jobs").glob("*")] == []


@pytest.mark.slow
def test_25_kills_while_judging_lose_nothing_that_arrived(
    answered: Workshop, whole: Whole, tmp_path: Path
) -> None:
    draw = random.Random(SEED)
    print(f"seed {SEED}")  # noqa: T201 (to be tried again)
    workshop = copied(answered, tmp_path / "w", whole.server)
    before = whole.server.count
    for _ in range(KILLS):
        child = workshop.started("build", "spec.yaml")
        until = whole.server.count + draw.randint(0, 5)
        while child.poll() is None and whole.server.count < until:
            time.sleep(0.001)
        time.sleep(draw.uniform(0, 2 * ANSWER_SECONDS))
        had = stored(workshop)
        kill(child)
        assert had <= stored(workshop) <= CALLS
    assert stored(workshop) < CALLS
    assert_as_undisturbed(workshop, whole, before, KILLS)


@pytest.mark.parametrize(("point", "open_"), [("attempt-begun", 1), ("response-stored", 0)])
def test_a_kill_at_each_commit_point_of_a_call(
    point: str, open_: int, answered: Workshop, whole: Whole, tmp_path: Path
) -> None:
    """Before the first request leaves, and when the first reply is stored."""
    workshop = copied(answered, tmp_path / "w", whole.server)
    before = whole.server.count
    ran = workshop.ran("build", "spec.yaml", environment={"EVALREPORT_DIE_AT": point})
    assert ran.code == 3
    assert "SIGKILL" in ran.out
    assert stored(workshop) == (point == "response-stored")
    attempts, without_end = tally(workshop)
    assert attempts == stored(workshop) + without_end
    assert open_ <= without_end <= CONCURRENCY
    assert whole.server.count - before <= attempts
    assert_as_undisturbed(workshop, whole, before, 1)


def test_a_kill_of_the_build_alone_takes_what_asks_with_it(
    answered: Workshop, whole: Whole, tmp_path: Path
) -> None:
    workshop = copied(answered, tmp_path / "w", whole.server)
    before = whole.server.count
    child = workshop.started("build", "spec.yaml")
    while whole.server.count < before + 10:
        assert child.poll() is None, child.communicate()
        time.sleep(0.001)
    child.kill()
    child.communicate(timeout=60)
    # The next build waits for the lock, which what asks holds until it has ended.
    assert_as_undisturbed(workshop, whole, before, 1)
