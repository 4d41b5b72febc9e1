"""The fenced blocks of the hand-written pages, and which of them belong together.

What a page shows is held by tests:

- `sh`: each line is run in a folder of the page's own; it must exit with 0, or as its comment says
  (`# exits 2`). A `text` block right behind holds what is printed, `...` standing for anything.
- `yaml`: is put into the spec of the page (see `scratch`), which must then pass `check`.
- `jsonl`, `csv`: is written to the file that is named in the line before, in backticks.
- `python`: is run, block by block, with the names of the blocks before.
- `text` by itself says nothing that can be run, and must not look as if it did.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
DOCS: Final = ROOT / "docs"
# Held by tests of their own, which say more of them, or without commands.
_HELD_ELSEWHERE: Final = {
    "calibration.md": "tests/benchmarks",
    "judge-calibration.md": "tests/benchmarks",
    "statistics.md": "tests/stats/test_verified.py",
    "evaluation-stack.md": "tests/test_evaluation_stack.py",
    "how-to/ci.md": "tests/builds/test_ci.py",
    "decisions.md": "",
    "shown.md": "",
}
_FENCE: Final = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
_EXITS: Final = re.compile(r"#.*\bexits (\d+)")
_NAMED: Final = re.compile(r"`([^`]+)`[^`]*\n+\Z")


@dataclass(frozen=True, slots=True)
class Command:
    """A line of a shell block.

    Attributes:
        words: Without its comment.
        code: That it must exit with.
    """

    words: str
    code: int


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block.

    Attributes:
        language: As the fence says.
        text: What stands in it.
        start: Where that starts in the page.
        printed: The text block right behind it.
        named: The file that the line before names.
    """

    language: str
    text: str
    start: int
    printed: "Block | None" = None
    named: str = ""

    @property
    def commands(self) -> list[Command]:
        """Of a shell block."""
        found = []
        for line in self.text.splitlines():
            exits = _EXITS.search(line)
            words = re.sub(r"(^|\s)#.*", "", line).strip()
            if words:
                found.append(Command(words, int(exits[1]) if exits else 0))
        return found


def pages() -> list[str]:
    """The pages whose blocks are run, by their address."""
    found = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    return [name for name in found if name not in _HELD_ELSEWHERE]


def held_elsewhere() -> dict[str, str]:
    """By page, the tests that hold it; nothing for one without commands."""
    return dict(_HELD_ELSEWHERE)


def blocks(page: str) -> list[Block]:
    """The blocks of a page, each text block with what it is printed by."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found: list[Block] = []
    end = 0
    for match in _FENCE.finditer(text):
        body = re.sub(rf"^{match['indent']}", "", match["body"], flags=re.MULTILINE)
        between = text[end : match.start()]
        end = match.end()
        own = Block(match["language"], body, match.start("body"))
        if own.language == "text" and found and found[-1].language == "sh" and not between.strip():
            sh = found.pop()
            own = Block(sh.language, sh.text, sh.start, own)
        elif (named := _NAMED.search(between)) is not None:
            own = Block(own.language, own.text, own.start, named=named[1])
        found.append(own)
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; `...` stands for anything."""
    parts = [re.escape(part) for part in shown.strip().split("...")]
    return re.fullmatch(".*?".join(parts), _trimmed(printed), re.DOTALL) is not None


def shown(printed: str) -> str:
    """What was printed, with what differs from run to run left open."""
    text = re.sub(r"\(\d[\d.]* \w+ of work\)", "(... of work)", _trimmed(printed))
    text = re.sub(r"about \d[\d.]* (ms|s|min|h)\b", "about ...", text)  # of simulated models
    text = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "...", text)
    return text + "\n"


def _trimmed(printed: str) -> str:
    return "\n".join(line.rstrip() for line in printed.strip().splitlines())


def languages() -> Iterator[tuple[str, str]]:
    """Every page with every language that it holds."""
    for page in pages():
        for block in blocks(page):
            yield page, block.language


def reports_shown(page: str) -> dict[int, str]:
    """By where a text block starts, the committed report whose build printed it."""
    text = (DOCS / page).read_text(encoding="utf-8")
    found = re.finditer(r"<!-- from (\S+) -->\n```text\n", text)
    return {match.end(): match[1] for match in found}
