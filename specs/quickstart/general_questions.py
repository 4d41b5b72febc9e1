"""The rows of the general questions, from the tables."""

from general_tables import CHOICES, PAIRS
from order_text import Draws


def _entries(table: str, end: str) -> list[tuple[str, str]]:
    lines = [part.strip() for part in table.replace("\n", end).split(end)]
    pairs = (line.split(" = ") for line in lines if line)
    return [(question, answer) for question, answer in pairs]


def _asked(seed: int) -> list[tuple[str, str, str, list[str]]]:
    """Topic, question, right answer and wrong answers of every entry, in the tables' order."""
    asked: list[tuple[str, str, str, list[str]]] = []
    for topic, frame, table in PAIRS:
        entries = _entries(table, ";")
        answers = sorted({answer for _, answer in entries})
        for key, answer in entries:
            draws = Draws(f"{seed}/{topic}/{key}")
            wrong = draws.some([other for other in answers if other != answer], 3)
            asked.append((topic, frame.format(key), answer, wrong))
    for topic, table in CHOICES:
        for question, options in _entries(table, "\n"):
            answer, *wrong = options.split(" / ")
            asked.append((topic, question, answer, wrong))
    return asked


def general_rows(seed: int) -> list[dict[str, object]]:
    """All questions, the right answer as often in each of the four places."""
    asked = _asked(seed)
    places = Draws(f"{seed}/places").some([n % 4 for n in range(len(asked))], len(asked))
    rows: list[dict[str, object]] = []
    for number, ((topic, question, answer, wrong), place) in enumerate(
        zip(asked, places, strict=True), start=1
    ):
        options = [*wrong[:place], answer, *wrong[place:]]
        rows.append(
            {
                "id": f"general-{number:03d}",
                "topic": topic,
                "q": question,
                "options": options,
                "index": place,
            }
        )
    return rows
