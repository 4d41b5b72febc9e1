"""Write the word problems of small.yaml: short stories whose answer is a whole number.

`python specs/gsm8k-qwen2/make_data.py [FOLDER]` writes train and test as JSONL into `data` beside
this file, or into FOLDER. Only the standard library is used and every choice is drawn from a
digest, so each Python gives the same bytes. No template of the test is one of training.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

SEED = 3
ROWS_PER_TEMPLATE = {"train": 8, "test": 6}

NAMES = [
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
THINGS = [
    "apples",
    "books",
    "cards",
    "coins",
    "cups",
    "eggs",
    "keys",
    "kites",
    "lamps",
    "marbles",
    "mugs",
    "nuts",
    "pens",
    "plums",
    "rings",
    "shells",
    "spoons",
    "stamps",
    "stones",
    "toys",
]

# A story and the line of its solution; {a}, {b}, {c} are numbers and {n} is the answer.
ADD: tuple[str, str] = ("a + b", "{a} + {b} = {n}")
SUB: tuple[str, str] = ("a - b", "{a} - {b} = {n}")
MUL: tuple[str, str] = ("a * b", "{a} * {b} = {n}")
TWO: tuple[str, str] = ("a + b - c", "{a} + {b} = {s}\n{s} - {c} = {n}")

TRAIN = (
    (ADD, "{x} has {a} {t}. {y} gives {x} {b} more. How many {t} does {x} have now?"),
    (ADD, "{x} picks {a} {t} and {y} picks {b} {t}. How many {t} do they pick together?"),
    (ADD, "There are {a} {t} in a box and {b} {t} in a bag. How many {t} are there?"),
    (ADD, "{x} buys {a} {t} on Monday and {b} {t} on Friday. How many {t} does {x} buy?"),
    (ADD, "A shelf holds {a} {t}. {x} puts {b} more on it. How many {t} does it hold?"),
    (ADD, "{x} is {a} years old. How old will {x} be in {b} years?"),
    (ADD, "{x} finds {a} {t} at home and {b} {t} at school. How many {t} is that?"),
    (ADD, "A team scores {a} points and then {b} points. How many points is that in all?"),
    (SUB, "{x} has {a} {t} and loses {b} of them. How many {t} are left?"),
    (SUB, "{x} has {a} {t}. {x} gives {b} to {y}. How many {t} does {x} keep?"),
    (SUB, "A shop has {a} {t} and sells {b}. How many {t} remain?"),
    (SUB, "There were {a} {t} on the table. {x} took {b}. How many {t} are still there?"),
    (SUB, "{x} baked {a} cakes and ate {b}. How many cakes are left?"),
    (SUB, "A rope is {a} metres long. {x} cuts off {b} metres. How long is the rest?"),
    (SUB, "{x} had {a} dollars and paid {b} for lunch. How many dollars does {x} still have?"),
    (SUB, "Of {a} {t}, {b} are broken. How many {t} are whole?"),
    (MUL, "{x} has {a} boxes with {b} {t} in each. How many {t} does {x} have?"),
    (MUL, "One of the {t} costs {b} dollars. How many dollars do {a} of them cost?"),
    (MUL, "{x} reads {b} pages a day. How many pages does {x} read in {a} days?"),
    (MUL, "There are {a} rows of {b} chairs. How many chairs are there?"),
    (TWO, "{x} has {a} {t}, buys {b} more and loses {c}. How many {t} does {x} have?"),
    (TWO, "A bus carries {a} people. {b} get on and {c} get off. How many are on it?"),
    (TWO, "{x} had {a} {t}, won {b} and gave {c} to {y}. How many {t} are left?"),
    (TWO, "A jar held {a} {t}. {x} added {b} and took {c} out. How many {t} are in it?"),
    (ADD, "{x} walks {a} miles, rests, and walks {b} miles. How many miles does {x} walk?"),
    (SUB, "{x} wants {a} {t} and has {b}. How many {t} are missing?"),
    (MUL, "Each of {a} friends brings {b} {t}. How many {t} do they bring?"),
    (TWO, "A farm had {a} hens, bought {b} and sold {c}. How many hens has it now?"),
)
TEST = (
    (ADD, "{x} plants {a} trees in spring and {b} in autumn. How many trees does {x} plant?"),
    (ADD, "{y} owns {a} {t}; a cousin sends {b} more. How many {t} does {y} own in the end?"),
    (ADD, "A baker makes {a} rolls and {b} buns. How many pieces does the baker make?"),
    (ADD, "{x} swims {a} laps before lunch and {b} after it. How many laps is that?"),
    (ADD, "In one drawer lie {a} {t}, in another {b}. How many {t} lie in both?"),
    (ADD, "{x} saved {a} dollars and earns {b} dollars. How many dollars is that?"),
    (ADD, "{a} children play outside and {b} join them. How many children play then?"),
    (ADD, "{x} saw {a} birds and later {b} birds. How many birds did {x} see?"),
    (SUB, "{x} collected {a} {t} but {b} fell out of the bag. How many {t} came home?"),
    (SUB, "A book has {a} pages. {x} has read {b}. How many pages are still to read?"),
    (SUB, "{a} guests came and {b} went home. How many guests stayed?"),
    (SUB, "{x} blew up {a} balloons and {b} burst. How many balloons are good?"),
    (SUB, "A tank holds {a} litres; {b} litres leak out. How many litres stay?"),
    (SUB, "{x} had {a} {t}. The dog hid {b}. How many {t} can {x} see?"),
    (SUB, "{y} lent {b} of {a} {t} to a friend. How many {t} did {y} keep?"),
    (SUB, "The trip takes {a} days and {b} are over. How many days remain?"),
    (MUL, "{x} buys {a} packs of {b} {t}. How many {t} is that?"),
    (MUL, "{x} runs {b} miles on each of {a} days. How many miles is that?"),
    (MUL, "A house has {a} floors with {b} rooms each. How many rooms has it?"),
    (TWO, "{x} picked {a} {t} and {b} more, then ate {c}. How many {t} are left?"),
    (TWO, "A train has {a} riders. {b} enter and {c} leave. How many riders are there?"),
    (TWO, "{y} had {a} dollars, got {b} and spent {c}. How many dollars are left?"),
    (SUB, "Out of {a} eggs {x} used {b} for a cake. How many eggs are left?"),
    (ADD, "The cat caught {a} mice and the owl {b}. How many mice were caught?"),
)
TEMPLATES = {"train": TRAIN, "test": TEST}


def draw(key: str, below: int) -> int:
    """A whole number from 0 to `below` - 1 that depends on the key alone."""
    digest = hashlib.sha256(f"{SEED}/{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def numbers(kind: str, key: str) -> dict[str, int]:
    """The numbers of a story, small enough for a head, and its answer."""
    if kind == "a * b":
        a, b = 2 + draw(f"{key}/a", 4), 2 + draw(f"{key}/b", 8)
        return {"a": a, "b": b, "n": a * b}
    if kind == "a - b":
        a = 6 + draw(f"{key}/a", 14)
        b = 2 + draw(f"{key}/b", a - 4)
        return {"a": a, "b": b, "n": a - b}
    a, b = 3 + draw(f"{key}/a", 10), 2 + draw(f"{key}/b", 8)
    if kind == "a + b":
        return {"a": a, "b": b, "n": a + b}
    c = 2 + draw(f"{key}/c", a + b - 4)
    return {"a": a, "b": b, "c": c, "s": a + b, "n": a + b - c}


def rows(split: str) -> Iterator[dict[str, object]]:
    """The rows of a split, template by template; no question stands twice."""
    seen: set[str] = set()
    for place, ((kind, line), story) in enumerate(TEMPLATES[split], start=1):
        template = f"{split}-{place:02}"
        found, attempt = 0, 0
        while found < ROWS_PER_TEMPLATE[split]:
            key = f"{template}/{attempt}"
            attempt += 1
            given = numbers(kind, key)
            x = NAMES[draw(f"{key}/x", len(NAMES))]
            y = NAMES[(NAMES.index(x) + 1 + draw(f"{key}/y", len(NAMES) - 1)) % len(NAMES)]
            words = {"x": x, "y": y, "t": THINGS[draw(f"{key}/t", len(THINGS))]}
            question = story.format(**words, **given)
            if question in seen:
                continue
            seen.add(question)
            found += 1
            yield {
                "id": f"{template}-{found}",
                "template": template,
                "operation": kind,
                "question": question,
                "answer": f"{line.format(**given)}\n#### {given['n']}",
            }


def main(arguments: Sequence[str]) -> None:
    """Write both files."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for split in TEMPLATES:
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows(split))
        (folder / f"{split}.jsonl").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
