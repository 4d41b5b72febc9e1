"""Write the puzzles of small.yaml: a short chain of reasons, then one word or number as the answer.

`python specs/qwen3-reasoning/make_data.py [FOLDER]` writes train, select and test as JSONL into
`data` beside this file, or into FOLDER. A template is a wording of one kind of puzzle; no template
of the test is one of training. Only the standard library is used and every choice is drawn from a
digest, so each Python gives the same bytes.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

SEED: Final = 5
T = TypeVar("T")

NAMES: Final = [
    "Ada",
    "Ben",
    "Cleo",
    "Dan",
    "Eva",
    "Finn",
    "Gina",
    "Hugo",
    "Iris",
    "Jack",
    "Kim",
    "Leo",
    "Mia",
    "Noah",
    "Olga",
    "Paul",
    "Rita",
    "Sam",
    "Tess",
    "Vic",
]
DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
COLOURS: Final = ["red", "blue", "green", "white", "black", "pink", "brown", "grey"]
# Something that can be more of a kind, the most of it, and the least.
ORDERS: Final = (
    ("older", "oldest", "youngest"),
    ("taller", "tallest", "shortest"),
    ("faster", "fastest", "slowest"),
    ("richer", "richest", "poorest"),
    ("stronger", "strongest", "weakest"),
)
SPLITS: Final = ("train", "select", "test")
ROWS_PER_TEMPLATE: Final = {"train": 8, "select": 4, "test": 5}


class Draws:
    """Draws from a digest of a key: the same on every Python, and no row moves another."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._count = 0

    def below(self, end: int) -> int:
        """A whole number from 0 to `end` - 1."""
        self._count += 1
        digest = hashlib.sha256(f"{SEED}/{self._key}#{self._count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % end

    def one(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], n: int) -> list[T]:
        """`n` of the options, without repetition, in drawn order."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(n)]


Puzzle = tuple[dict[str, object], str, str]  # words of the question, the reasons, the answer


def order(draws: Draws) -> Puzzle:
    """Who is the most, or the least, of three."""
    a, b, c = draws.some(NAMES, 3)
    more, most, least = draws.one(ORDERS)
    end = draws.below(2)
    words: dict[str, object] = {"a": a, "b": b, "c": c, "more": more, "end": (most, least)[end]}
    return words, f"{a} > {b} > {c}, so {(a, c)[end]}.", (a, c)[end]


def days(draws: Draws) -> Puzzle:
    """Which day it will be."""
    start, ahead = draws.below(7), 2 + draws.below(4)
    walked = [DAYS[(start + step) % 7] for step in range(ahead + 1)]
    return {"day": walked[0], "n": ahead}, f"{', '.join(walked[1:])}.", walked[-1]


def series(draws: Draws) -> Puzzle:
    """What comes next."""
    start, step = 1 + draws.below(9), 2 + draws.below(4)
    shown = [start + step * place for place in range(4)]
    answer = shown[-1] + step
    words: dict[str, object] = {"s": ", ".join(map(str, shown))}
    return words, f"Add {step}: {shown[-1]} + {step} = {answer}.", str(answer)


def boxes(draws: Draws) -> Puzzle:
    """What is where, when two of three are said."""
    a, b, c = draws.some(NAMES, 3)
    x, y, z = draws.some(COLOURS, 3)
    words: dict[str, object] = {"a": a, "b": b, "c": c, "x": x, "y": y, "z": z}
    return words, f"{x} and {y} are taken, {z} is left.", z


KINDS: Final[dict[str, Callable[[Draws], Puzzle]]] = {
    "order": order,
    "days": days,
    "series": series,
    "boxes": boxes,
}
TEMPLATES: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "train": {
        "order": (
            "{a} is {more} than {b}. {b} is {more} than {c}. Who is the {end}?",
            "{b} is {more} than {c}, and {a} is {more} than {b}. Name the {end}.",
            "Of three friends, {a} is {more} than {b} and {b} is {more} than {c}. Who is {end}?",
            "We know: {b} is {more} than {c}; {a} is {more} than {b}. Which one is the {end}?",
            "{a} is {more} than {b}, who is {more} than {c}. Who is the {end} of them?",
            "Nobody is {more} than {a}. {b} is {more} than {c}. Who is the {end} of the three?",
        ),
        "days": (
            "Today is {day}. Which day is it in {n} days?",
            "It is {day}. What day comes {n} days later?",
            "The letter came on {day} and the parcel {n} days after. On which day was that?",
            "If now is {day}, name the day {n} days from now.",
            "Work starts on {day} and ends {n} days later. When does it end?",
            "{n} days after {day}: which day is that?",
        ),
        "series": (
            "Which number comes next: {s}?",
            "Go on with {s}. What is the next number?",
            "A list says {s}. Which number follows?",
            "{s}, and then?",
            "Find the number after {s}.",
            "The steps are {s}. What is the next step?",
        ),
        "boxes": (
            "{a}, {b} and {c} have a {x}, a {y} and a {z} hat. {a} wears {x}, {b} wears {y}. What does {c} wear?",
            "The cups are {x}, {y} and {z}. {a} takes {x} and {b} takes {y}. Which one is left for {c}?",
            "Three doors: {x}, {y}, {z}. {a} is behind {x}, {b} behind {y}. Behind which is {c}?",
            "{a}, {b}, {c} own one car each: {x}, {y}, {z}. {b} owns {y}, {a} owns {x}. Which is {c}'s?",
            "Bags are {x}, {y} and {z}. {b} has {y}. {a} has {x}. Which has {c}?",
        ),
    },
    "select": {
        "order": ("{b} is {more} than {c} but {a} is {more} than {b}. Who of them is the {end}?",),
        "days": ("I leave on {day} and come back {n} days later. On which day?",),
        "series": ("Here are {s}. Write the next one.",),
        "boxes": ("Of {x}, {y} and {z}, {a} likes {x} and {b} likes {y}. What remains for {c}?",),
    },
    "test": {
        "order": (
            "In a race {a} is {more} than {b}, and {b} is {more} than {c}. Who is the {end}?",
            "Everybody says {b} is {more} than {c}. They also say {a} is {more} than {b}. Who is the {end}?",
            "Compare: {a} is {more} than {b}; {b} is {more} than {c}. The {end} is who?",
            "My neighbours: {b} is {more} than {c}, {a} is {more} than {b}. Tell me the {end}.",
            "{a} turned out {more} than {b}, {b} turned out {more} than {c}. Who is the {end} one?",
            "Ask who is the {end}: {a} is {more} than {b} and {c} is not {more} than {b}.",
        ),
        "days": (
            "The meeting was on {day}. The next one is {n} days later. Which day is it?",
            "{day} is the first day of a trip. Which day is it {n} days after?",
            "She called on {day}. He answered {n} days later. On what day did he answer?",
            "Count {n} days on from {day}. Where do you arrive?",
            "The shop opens on {day} and sells out {n} days later. Which day is that?",
            "Bread from {day} keeps {n} days. On which day must it be eaten?",
        ),
        "series": (
            "Numbers on houses: {s}. What is on the next house?",
            "He counts {s}. What does he say next?",
            "What continues {s}?",
            "The pages are {s}. Which page is next?",
            "After {s} I expect which number?",
            "{s}: add one more number.",
        ),
        "boxes": (
            "There is a {x}, a {y} and a {z} room. {a} sleeps in {x}, {b} in {y}. Where does {c} sleep?",
            "Balls: {x}, {y}, {z}. {b} caught {y}, {a} caught {x}. Which did {c} catch?",
            "{a} paints with {x} and {b} with {y}. {z} is the third colour. What has {c}?",
            "Teams are {x}, {y}, {z}. {a} joins {x}; {b} joins {y}. Which team is for {c}?",
            "One pen each: {a} {x}, {b} {y}. The box held {x}, {y} and {z}. Which pen gets {c}?",
            "Three tents, {x}, {y} and {z}: {a} has {x}, {b} has {y}. Which is {c}'s tent?",
        ),
    },
}


def rows(split: str) -> Iterator[dict[str, object]]:
    """The rows of a split, template by template; no puzzle stands twice."""
    seen: set[str] = set()
    for kind, wordings in TEMPLATES[split].items():
        for place, wording in enumerate(wordings, start=1):
            template = f"{split}-{kind}-{place}"
            found, attempt = 0, 0
            while found < ROWS_PER_TEMPLATE[split]:
                words, reasons, answer = KINDS[kind](Draws(f"{template}/{attempt}"))
                attempt += 1
                puzzle = wording.format(**words)
                if puzzle in seen:
                    continue
                seen.add(puzzle)
                found += 1
                yield {
                    "id": f"{template}-{found}",
                    "template": template,
                    "kind": kind,
                    "puzzle": puzzle,
                    "reasons": reasons,
                    "answer": answer,
                }


def main(arguments: Sequence[str]) -> None:
    """Write the three files."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(split))
        (folder / f"{split}.jsonl").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
