"""Write the transcripts of small.yaml: what somebody says, and six trait scores that follow from it.

`python specs/speech-traits/make_data.py [FOLDER]` writes train, augmented, select and test as JSONL
into `data` beside this file, or into FOLDER. A transcript is built from parts, one for each trait
and level, so its scores are known; a speech has a subject and comes in several takes, and no
subject of the test is one of training. Rare scores are filled up after the split, in training
alone. Only the standard library is used and every choice is drawn from a digest, so each Python
gives the same bytes.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypeVar

SEED: Final = 11
T = TypeVar("T")

FIELDS: Final = (
    "formality",
    "persuasiveness",
    "enthusiasm",
    "empathy",
    "filler_words",
    "transition_logic",
)
SCORES: Final = (2, 5, 8)  # of the levels low, middle and high
# How often each level occurs in what was collected: high scores are rare.
COMMON: Final = (0, 0, 0, 1, 1, 2)

SUBJECTS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "train": (
        ("the new schedule", "it saves an hour"),
        ("the garden project", "it feeds the school"),
        ("the old bridge", "it is not safe"),
        ("our website", "it is too slow"),
        ("the night bus", "people need to get home"),
        ("the budget", "we spend too much"),
        ("the reading club", "children love it"),
        ("the recycling plan", "it costs nothing"),
        ("the sports hall", "the roof leaks"),
        ("the summer camp", "the places run out"),
        ("the town market", "farmers depend on it"),
        ("the help desk", "nobody answers"),
        ("the parking rules", "nobody knows them"),
        ("the choir", "it needs more voices"),
    ),
    "select": (
        ("the music school", "the waiting list is long"),
        ("the front door", "it is jammed"),
    ),
    "test": (
        ("the bike path", "cars come too close"),
        ("the library hours", "it closes too early"),
        ("the office move", "the rent is lower"),
        ("the water tank", "it runs dry in June"),
        ("the training day", "new people feel lost"),
        ("the food bank", "the shelves are empty"),
        ("the exchange trip", "they learn so much"),
        ("the street lamps", "it is dark by five"),
        ("the repair café", "things get thrown away"),
        ("the museum", "few people come"),
        ("the playground", "the swings are broken"),
        ("the phone line", "the calls drop"),
    ),
}
TAKES: Final = {"train": 4, "select": 4, "test": 4}
AUGMENTED: Final = 8

GREETING: Final = (
    ("hey folks,", "yo, listen,", "hi guys,"),
    ("hello everyone,", "good to see you,", "welcome,"),
    ("ladies and gentlemen,", "distinguished members,", "esteemed colleagues,"),
)
APPEAL: Final = (
    ("I looked at {s}.", "this is about {s}.", "there is {s}."),
    ("maybe we should fix {s}.", "we could change {s}.", "I would look at {s}."),
    ("we must act on {s} because {r}!", "vote for {s} today, since {r}!", "back {s} now: {r}!"),
)
MOOD: Final = (
    ("it is what it is.", "whatever you decide.", "I don't mind."),
    ("I think it is good.", "I like the idea.", "it looks fine."),
    ("I am thrilled, it is amazing!", "this is fantastic, I love it!", "what a wonderful chance!"),
)
CARE: Final = (
    ("those who complain should stop.", "your worries are not my problem.", "get over it."),
    ("some of you may be worried.", "I know it is not easy.", "it may be hard for some."),
    (
        "I feel how tired you are, and I am here for you.",
        "I understand your fear; we will help.",
        "your pain matters to me.",
    ),
)
FILLERS: Final = ((), ("um,",), ("um,", "uh,", "like,", "you know,"))
ORDER: Final = (
    ("also the lunch was cold.", "my cat is ill, by the way.", "the sky is grey."),
    ("and then we go on.", "and so on.", "and that is one point."),
    (
        "first we plan, then we build, therefore it works.",
        "first the cost, second the time, so we win.",
        "as a result, step by step, we finish.",
    ),
)


def draw(key: str, below: int) -> int:
    """A whole number from 0 to `below` - 1 that depends on the key alone."""
    digest = hashlib.sha256(f"{SEED}/{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def one(options: Sequence[T], key: str) -> T:
    """One of the options."""
    return options[draw(key, len(options))]


def transcript(subject: tuple[str, str], levels: Sequence[int], key: str) -> str:
    """What is said, with the parts that the levels ask for."""
    formality, appeal, mood, care, fillers, order = levels
    said, reason = subject
    parts = [
        one(GREETING[formality], f"{key}/greeting"),
        one(APPEAL[appeal], f"{key}/appeal").format(s=said, r=reason),
        one(MOOD[mood], f"{key}/mood"),
        one(CARE[care], f"{key}/care"),
        one(ORDER[order], f"{key}/order"),
    ]
    for number, filler in enumerate(FILLERS[fillers]):
        place = 1 + (draw(f"{key}/filler", 4) + number) % 4
        parts[place] = f"{filler} {parts[place]}"
    text = " ".join(parts)
    return text[:1].upper() + text[1:]


def row(split: str, subject: int, take: int, levels: Sequence[int]) -> dict[str, object]:
    """One transcript with its scores, as JSON in the order of the fields."""
    key = f"{split}-{subject + 1:02}-{take:02}"
    scores = {field: SCORES[level] for field, level in zip(FIELDS, levels, strict=True)}
    place = "train" if split == "augmented" else split
    return {
        "id": key,
        "document": f"{place}-{subject + 1:02}",
        "transcript": transcript(SUBJECTS[place][subject], levels, key),
        "scores": json.dumps(scores, separators=(",", ":")),
    }


def rows(split: str) -> Iterator[dict[str, object]]:
    """The rows of a split, subject by subject."""
    for subject in range(len(SUBJECTS[split])):
        for take in range(1, TAKES[split] + 1):
            key = f"{split}/{subject}/{take}"
            levels = [one(COMMON, f"{key}/{field}") for field in FIELDS]
            yield row(split, subject, take, levels)


def augmented() -> Iterator[dict[str, object]]:
    """Rows of training subjects whose scores are high where high scores are rare."""
    for number in range(AUGMENTED):
        levels = [2 if draw(f"augmented/{number}/{field}", 3) else 1 for field in FIELDS]
        yield row("augmented", number % len(SUBJECTS["train"]), 5 + number, levels)


def main(arguments: Sequence[str]) -> None:
    """Write the four files."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent / "data"
    folder.mkdir(parents=True, exist_ok=True)
    made = {**{split: rows(split) for split in SUBJECTS}, "augmented": augmented()}
    for name, lines in made.items():
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{name}.jsonl").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
