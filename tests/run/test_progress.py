"""Progress: how far, how long yet, and the loss."""

import io
import time

from evalreport.engines.base import Progress
from evalreport.run.progress import Printer, describe


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_state_in_words() -> None:
    assert describe(Progress("train", 12, 48, 0.41), 10.0) == "train  12/48  loss 0.41  30 s left"
    assert describe(Progress("ask", 0, 1_200), 0.0) == "ask  0/1,200"
    assert describe(Progress("loading the model", 1, 1), 17.2) == "loading the model  1/1  17 s"


def test_what_was_done_before_says_nothing_about_the_pace() -> None:
    assert describe(Progress("train", 30, 40), 5.0, first=20).endswith("5.0 s left")


def test_a_note_has_no_numbers() -> None:
    assert describe(Progress("memory ran out: going on with 8", 0, 0), 0.5) == (
        "memory ran out: going on with 8"
    )


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
    assert shown.startswith("\rone  2/3  ")
    last = shown.rstrip("\n").rsplit("\r", 1)[1]
    assert last.rstrip() == "one  3/3"
    assert len(last) >= len(shown.split("\r")[1]), "rests of the longer line before stay visible"
