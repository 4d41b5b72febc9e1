"""Every command, spec and program on the hand-written pages is run."""

import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from evalreport.commands.ending import print_ending
from evalreport.evidence import Evidence
from evalreport.report.load import load_report
from tests.docs.blocks import (
    DOCS,
    ROOT,
    Block,
    blocks,
    held_elsewhere,
    matches,
    pages,
    reports_shown,
)
from tests.docs.scratch import NOT_RUN, Scratch

KEYS = {"OPENAI_API_KEY": "not-a-key", "JUDGE_KEY": "not-a-key", "HOSTED_KEY": "not-a-key"}


@pytest.mark.parametrize("page", pages())
def test_what_the_page_shows_is_so(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    walk(page, Scratch.made(tmp_path / "scratch", page), hold)


def walk(page: str, scratch: Scratch, told: Callable[[Block, str], None]) -> None:
    """Run the blocks of a page in their order; `told` hears what each shell block printed."""
    reports = reports_shown(page)
    for block in blocks(page):
        match block.language:
            case "sh":
                said = []
                for command in block.commands:
                    ran = scratch.run(command)
                    if ran is None:
                        continue
                    assert ran.code == command.code, f"{page}: {command.words}\n{ran.both}"
                    said.append(ran.out if command.code == 0 else ran.both)
                told(block, "".join(said))
            case "yaml":
                ran = scratch.yaml(block)
                assert ran.code == 0, f"{page}:\n{block.text}\n{ran.both}"
            case "jsonl" | "csv":
                scratch.write(block)
            case "python":
                scratch.python(block)
            case "text" if block.start in reports:
                told(Block("sh", "", 0, block), ending(reports[block.start]))
            case "text":
                assert "evalreport " not in block.text, page
            case _:
                raise AssertionError(f"{page}: nothing is known of a block of {block.language!r}")


def ending(report: str) -> str:
    """What the build of a committed report printed last."""
    out = io.StringIO()
    found = load_report(ROOT / report / "report.json")
    nothing_left = cast("Evidence", SimpleNamespace(outcomes={}))
    with contextlib.redirect_stdout(out):
        print_ending(found, nothing_left, ("html",), Path(report))
    return out.getvalue()


def hold(block: Block, printed: str) -> None:
    """What stands behind a shell block is what it printed."""
    if block.printed is not None:
        assert matches(block.printed.text, printed), f"{block.text}printed\n{printed}"


def test_what_is_not_run_stands_on_some_page() -> None:
    said = [
        c.words for page in pages() for b in blocks(page) if b.language == "sh" for c in b.commands
    ]
    idle = [one for one in NOT_RUN if not any(words.startswith(one) for words in said)]
    assert idle == []


def test_no_page_shows_an_output_of_what_is_not_run() -> None:
    for page in pages():
        for block in blocks(page):
            if block.printed is not None:
                for command in block.commands:
                    assert not any(command.words.startswith(one) for one in NOT_RUN), command


def test_pages_that_others_hold_are_there_and_held() -> None:
    for page, held in held_elsewhere().items():
        assert (DOCS / page).exists(), page
        assert (ROOT / held).exists(), held
