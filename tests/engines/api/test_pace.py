"""Waits: how they grow, what servers ask for, and even spacing."""

from email.utils import formatdate

import pytest

from evalreport.engines.api.faults import Fault, Remedy
from evalreport.engines.api.health import Health
from evalreport.engines.api.pace import Spacing, TokenGuess, backoff, told_wait

NOW = 1_700_000_000.0


def test_waits_double_up_to_a_minute_and_are_drawn_below() -> None:
    most = [backoff(faults, 1.0) for faults in range(1, 10)]
    assert most == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0]
    assert backoff(3, 0.0) == 0.0
    assert backoff(3, 0.25) == 1.0
    assert backoff(10_000, 0.5) == 30.0


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": formatdate(NOW + 30, usegmt=True)}, 30.0),
        ({"retry-after": formatdate(NOW - 30, usegmt=True)}, 0.0),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after": "86400"}, 120.0),
        ({"retry-after": "inf"}, 120.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "Fri, 31 Feb 2026 99:00:00 GMT"}, None),
    ],
)
def test_a_server_says_how_long(headers: dict[str, str], wait: float | None) -> None:
    assert told_wait(headers, NOW) == (None if wait is None else pytest.approx(wait, abs=1.0))


def test_spacing_leaves_no_minute_with_more_than_granted() -> None:
    spacing, now, times = Spacing(100), 0.0, []
    for _ in range(300):
        now = max(now, spacing.free_at())
        spacing.take(1.0, now)
        times.append(now)
    for start in times:
        assert sum(start <= one < start + 60.0 - 1e-6 for one in times) <= 100


def test_what_was_not_used_in_a_quiet_while_is_not_saved_up() -> None:
    spacing = Spacing(60)
    spacing.take(1.0, 1000.0)
    assert spacing.free_at() == 1001.0


def test_no_limit_spaces_nothing() -> None:
    spacing = Spacing(None)
    spacing.take(1e9, 5.0)
    assert spacing.free_at() <= 5.0


def test_a_guess_learns_from_use() -> None:
    guess = TokenGuess()
    assert guess.of(100, 50) == pytest.approx(85.0)
    guess.learn(100, 20, 10)
    assert guess.of(200, 50) == pytest.approx(50.0)


def test_many_at_once_are_halved_once_a_round_and_come_back_slowly() -> None:
    health = Health(concurrency=16, attempts=6)
    busy = Fault(Remedy.PAUSE, "busy")
    for _ in range(5):  # all of one round
        health.failed(busy, began_at=1.0, now=2.0, draw=0.5)
    assert health.width() == 8
    health.failed(busy, began_at=3.0, now=4.0, draw=0.5)
    assert health.width() == 4
    for _ in range(4):
        health.answered()
    assert 4 <= health.width() <= 5
    for _ in range(200):
        health.answered()
    assert health.width() == 16


def test_while_nobody_is_reached_one_looks() -> None:
    health = Health(concurrency=16, attempts=6)
    health.failed(Fault(Remedy.CONNECT, "nobody"), began_at=1.0, now=2.0, draw=0.5)
    assert health.width() == 1
    assert health.resume_at() > 2.0
    health.answered()
    assert health.width() == 16
