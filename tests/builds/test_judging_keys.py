"""The key of a judge: sent to its server, and written down nowhere, whatever that server says."""

import os
import signal
import time
from pathlib import Path

import pytest

from tests.builds.judging import (
    KEY_VARIABLE,
    copied,
    good,
    replies,
    step,
    verdict,
)
from tests.builds.workshop import Workshop
from tests.engines.api.scripted_server import Act, ScriptedServer, Seen, says, status

SECRET = "sk-proj-Zx9fQ2mW7vLk3TtB81NcYd5RrGhJ"
PIECES = (SECRET.encode(), SECRET[4:20].encode(), SECRET[-12:].encode())
CALLS = 102


def with_key(workshop: Workshop) -> Workshop:
    workshop.change("concurrency: 4}", f"concurrency: 4, api_key_env: {KEY_VARIABLE}}}")
    return workshop


def assert_nowhere(workshop: Workshop, *more: str) -> None:
    """The key stands in no file below the folder, and in nothing that was said."""
    for path in workshop.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [piece for piece in PIECES if piece in content], path
    for text in more:
        assert not [piece for piece in PIECES if piece in text.encode()]


def echoing(seen: Seen) -> Act:
    """Answers with the key wherever a server can put it."""
    key = seen.headers["authorization"].removeprefix("Bearer ")
    match seen.number % 10:
        case 0:
            return status(500, f"bad key {key}", headers={"Retry-After-Ms": "1", "X-Key": key})
        case 1:
            return Act(body=f"<p>{key}</p>".encode(), headers={"Retry-After-Ms": "1"})
        case 2:
            return says(verdict("A", f"the key is {key}"), model=key)
        case 3:
            return says(None, refusal=key)
        case 4:
            return status(400, f"refused: {key[:14]}...{key[-12:]}")
        case _:
            return says(good(seen.body))


def test_a_server_that_echoes_the_key_puts_it_into_no_file(
    answered: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, SECRET)
    with ScriptedServer(echoing) as server:
        workshop = with_key(copied(answered, tmp_path / "w", server))
        ran = workshop.build()
        assert ran.code == 3
        assert {one.headers["authorization"] for one in server.seen} == {f"Bearer {SECRET}"}
    assert_nowhere(workshop, ran.both)
    assert f"[{KEY_VARIABLE}]" in step(workshop)[1]
    assert any(f"[{KEY_VARIABLE}]" in (one["reply"] or "") for one in replies(workshop))


def test_a_build_that_is_killed_leaves_no_key_behind(answered: Workshop, tmp_path: Path) -> None:
    with ScriptedServer(lambda seen: says(good(seen.body), after=0.02)) as server:
        workshop = with_key(copied(answered, tmp_path / "w", server))
        child = workshop.started("build", "spec.yaml", environment={KEY_VARIABLE: SECRET})
        while server.count < 20:
            assert child.poll() is None, child.communicate()
            time.sleep(0.002)
        os.killpg(child.pid, signal.SIGKILL)
        out, err = child.communicate(timeout=60)
    assert [*(workshop.folder / ".evalreport/jobs").iterdir()]  # the job is there, to be done again
    assert_nowhere(workshop, out, err)


def test_a_key_that_is_not_set_blocks_the_judge_and_nothing_else(
    answered: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    with ScriptedServer(lambda seen: says(good(seen.body))) as server:
        workshop = with_key(copied(answered, tmp_path / "w", server))
        reason = f"the environment variable {KEY_VARIABLE}, which holds its key, is not set"
        assert f"judge blind-ab...... blocked: {reason}\n" in workshop.plan().out
        ran = workshop.build()
        assert ran.code == 3
        assert server.count == 0
        assert step(workshop) == ("blocked", reason)
        assert step(workshop, "ask extraction tuned")[0] == "reused"
        report = workshop.report()
        assert report.verdict.outcome == "not_measured"
        assert f"judge blind-ab: {reason}" in report.not_measured
        monkeypatch.setenv(KEY_VARIABLE, SECRET)
        assert workshop.build().code == 0
        assert server.count == CALLS
    assert_nowhere(workshop)
