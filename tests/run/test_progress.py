"""Progress: how far, how long yet, and the loss."""

import io
import time
from types import SimpleNamespace

import pytest

from evalreport.engines.base import Progress
from evalreport.run.progress import Printer, describe


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_state_in_words() -> None:
    assert (
        describe(Progress("train", 12, 48, 0.41), 10.0, 30.0)
        == "train  12/48  loss 0.41  30 s left"
    )
    assert describe(Progress("ask", 0, 1_200), 0.0) == "ask  0/1,200"
    assert describe(Progress("loading the model", 1, 1), 17.2) == "loading the model  1/1  17 s"


def test_a_note_has_no_numbers() -> None:
    assert describe(Progress("memory ran out: going on with 8", 0, 0), 0.5) == (
        "memory ran out: going on with 8"
    )


def test_what_begins_is_said_at_once_for_it_may_be_silent_for_long() -> None:
    for stream in (io.StringIO(), Terminal()):
        show = Printer(stream)
        show(Progress("loading the model", 0, 1))
        assert stream.getvalue().strip() == "loading the model  0/1"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that a test sets."""
    made = SimpleNamespace(now=100.0)
    monkeypatch.setattr("evalreport.run.progress.time.monotonic", lambda: made.now)
    return made


def shown(terminal: Terminal) -> list[str]:
    return [line.strip() for line in terminal.getvalue().replace("\r", "\n").splitlines() if line]


def test_what_happens_inside_of_another_thing_does_not_begin_it_anew(
    clock: SimpleNamespace,
) -> None:
    terminal = Terminal()
    show = Printer(terminal)
    for done in (10, 11, 12):
        show(Progress("the loss on select", 0, 1))
        clock.now += 1
        show(Progress("the loss on select", 1, 1, 1.5))
        clock.now += 3
        show(Progress("training", done, 14, 2.0))
    assert shown(terminal)[-3:] == [
        "the loss on select  0/1",
        "the loss on select  1/1  loss 1.5  1.0 s",
        "training  12/14  loss 2  8.0 s left",  # a step takes 4 s with its evaluation
    ]


def test_what_happens_again_and_again_fills_no_log(clock: SimpleNamespace) -> None:
    log, terminal = io.StringIO(), Terminal()
    for show in (Printer(log), Printer(terminal)):
        for done in range(1, 9):
            show(Progress("the loss on select", 0, 1))
            clock.now += 1
            show(Progress("the loss on select", 1, 1, 1.5))
            clock.now += 3
            show(Progress("training", done, 8, 2))
    assert log.getvalue().splitlines() == [
        "the loss on select  0/1",
        "the loss on select  1/1  loss 1.5  1.0 s",
        "training  4/8  loss 2  16 s left",
        "training  8/8  loss 2  28 s",
    ]
    assert terminal.getvalue().count("\n") == 2
    assert shown(terminal).count("the loss on select  0/1") == 8


def test_the_first_answer_of_a_batch_stands_for_all_of_it(clock: SimpleNamespace) -> None:
    """One of 96 answers after 30 s is no reason to foretell 48 minutes."""
    log = io.StringIO()
    show = Printer(log)
    show(Progress("ask", 0, 96))
    for batch in range(3):
        clock.now += 30
        for done in range(32):
            show(Progress("ask", 32 * batch + done + 1, 96))
    assert log.getvalue().splitlines() == [
        "ask  0/96",
        "ask  1/96",
        "ask  33/96  30 s left",
        "ask  65/96  0 s left",
        "ask  96/96  1 min 30 s",
    ]


def test_a_log_gets_the_end_of_each_thing_and_not_each_step() -> None:
    log = io.StringIO()
    show = Printer(log)
    for what in ("one", "two"):
        for done in range(1, 51):
            show(Progress(what, done, 50))
    assert log.getvalue() == "one  50/50\ntwo  50/50\n"


def test_a_terminal_gets_one_line_that_moves() -> None:
    terminal = Terminal()
    show = Printer(terminal)
    show(Progress("one", 1, 3))
    time.sleep(0.25)
    show(Progress("one", 2, 3))
    show(Progress("one", 3, 3))
    shown = terminal.getvalue()
    assert shown.count("\n") == 1
    assert shown.startswith("\rone  2/3")
    last = shown.rstrip("\n").rsplit("\r", 1)[1]
    assert last.rstrip() == "one  3/3"
    assert len(last) >= len(shown.split("\r")[1]), "rests of the longer line before stay visible"
