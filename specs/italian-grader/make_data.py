"""Write the graded answers of small.yaml: two facts asked for, a student's answer, a grade.

`python specs/italian-grader/make_data.py [FOLDER]` writes graded.jsonl into `data` beside this
file, or into FOLDER. Each question has a correct, a partial and an incorrect answer, as in the
source; no question may therefore be divided by a split. Only the standard library is used and
every choice is drawn from a digest, so each Python gives the same bytes.
"""

import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

SEED: Final = 7
T = TypeVar("T")


class Topic(NamedTuple):
    """What can be asked of some things: two questions, and what is said for each answer.

    Each row of `facts` is a thing with its two answers; {x} is the thing, {a} an answer.
    """

    name: str
    question: str
    sources: tuple[str, str]
    said: tuple[str, str]
    facts: tuple[tuple[str, str, str], ...]


TOPICS: Final = (
    Topic(
        "paesi",
        "Qual è la capitale {x} e che lingua si parla?",
        ("La capitale {x} è {a}.", "Si parla {a}."),
        ("la capitale è {a}", "si parla {a}"),
        (
            ("della Francia", "Parigi", "francese"),
            ("della Germania", "Berlino", "tedesco"),
            ("del Portogallo", "Lisbona", "portoghese"),
            ("della Polonia", "Varsavia", "polacco"),
            ("della Svezia", "Stoccolma", "svedese"),
            ("della Grecia", "Atene", "greco"),
            ("del Giappone", "Tokyo", "giapponese"),
            ("della Russia", "Mosca", "russo"),
            ("della Turchia", "Ankara", "turco"),
            ("dell'Ungheria", "Budapest", "ungherese"),
            ("della Norvegia", "Oslo", "norvegese"),
            ("della Romania", "Bucarest", "rumeno"),
        ),
    ),
    Topic(
        "libri",
        "Chi ha scritto {x} e in quale secolo?",
        ("{x} è opera di {a}.", "È del {a}."),
        ("l'autore è {a}", "è del {a}"),
        (
            ("la Divina Commedia", "Dante", "Trecento"),
            ("il Decameron", "Boccaccio", "Trecento"),
            ("il Principe", "Machiavelli", "Cinquecento"),
            ("I promessi sposi", "Manzoni", "Ottocento"),
            ("il Don Chisciotte", "Cervantes", "Seicento"),
            ("l'Amleto", "Shakespeare", "Seicento"),
            ("il Candido", "Voltaire", "Settecento"),
            ("il Faust", "Goethe", "Ottocento"),
            ("l'Orlando furioso", "Ariosto", "Cinquecento"),
            ("I Malavoglia", "Verga", "Ottocento"),
        ),
    ),
    Topic(
        "elementi",
        "Qual è il simbolo {x} e in che stato si trova?",
        ("Il simbolo {x} è {a}.", "È un {a}."),
        ("il simbolo è {a}", "è un {a}"),
        (
            ("dell'ossigeno", "O", "gas"),
            ("del ferro", "Fe", "solido"),
            ("del mercurio", "Hg", "liquido"),
            ("dell'oro", "Au", "solido"),
            ("dell'elio", "He", "gas"),
            ("del rame", "Cu", "solido"),
            ("del bromo", "Br", "liquido"),
            ("dell'azoto", "N", "gas"),
            ("del sodio", "Na", "solido"),
            ("del cloro", "Cl", "gas"),
            ("del calcio", "Ca", "solido"),
            ("del neon", "Ne", "gas"),
        ),
    ),
    Topic(
        "animali",
        "Che cosa mangia {x} e dove vive?",
        ("Il cibo: {a}.", "Vive {a}."),
        ("mangia {a}", "vive {a}"),
        (
            ("il panda", "bambù", "in montagna"),
            ("la foca", "pesci", "nel mare"),
            ("il cammello", "erba secca", "nel deserto"),
            ("la talpa", "lombrichi", "sotto terra"),
            ("il gufo", "topi", "nel bosco"),
            ("la giraffa", "foglie", "nella savana"),
            ("il pinguino", "pesci", "sul ghiaccio"),
            ("la rana", "insetti", "nello stagno"),
            ("lo scoiattolo", "noci", "sugli alberi"),
            ("il leone", "carne", "nella savana"),
        ),
    ),
    Topic(
        "scoperte",
        "Chi ha inventato {x} e in quale paese?",
        ("{x}: invenzione di {a}.", "È nata in {a}."),
        ("l'inventore è {a}", "è nata in {a}"),
        (
            ("la pila", "Volta", "Italia"),
            ("la radio", "Marconi", "Italia"),
            ("la stampa", "Gutenberg", "Germania"),
            ("la dinamite", "Nobel", "Svezia"),
            ("la lampadina", "Edison", "America"),
            ("la locomotiva", "Stephenson", "Inghilterra"),
            ("la fotografia", "Niépce", "Francia"),
            ("la mongolfiera", "Montgolfier", "Francia"),
            ("la lente bifocale", "Franklin", "America"),
            ("la macchina a vapore", "Watt", "Inghilterra"),
        ),
    ),
    Topic(
        "numeri",
        "Quanti lati ha {x} e quanto vale la somma degli angoli?",
        ("Ha {a} lati.", "La somma è {a} gradi."),
        ("ha {a} lati", "la somma è {a} gradi"),
        (
            ("il triangolo", "3", "180"),
            ("il quadrato", "4", "360"),
            ("il pentagono", "5", "540"),
            ("l'esagono", "6", "720"),
            ("l'ettagono", "7", "900"),
            ("l'ottagono", "8", "1080"),
        ),
    ),
)
OPENINGS: Final = ("", "", "Penso che ", "Secondo me ", "Direi: ", "Ricordo che ")
UNKNOWN: Final = ("Non lo so.", "Non ricordo.", "Non ho studiato questo.")
SHRUG: Final = ("Il resto non lo so.", "Altro non ricordo.")


def draw(key: str, below: int) -> int:
    """A whole number from 0 to `below` - 1 that depends on the key alone."""
    digest = hashlib.sha256(f"{SEED}/{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % below


def one(options: Sequence[T], key: str) -> T:
    """One of the options."""
    return options[draw(key, len(options))]


def wrong(topic: Topic, which: int, right: str, key: str) -> str:
    """An answer that holds for another thing of the topic."""
    others = sorted({fact[which] for fact in topic.facts} - {right})
    return one(others, key)


def rightness(verdict: str, key: str) -> tuple[bool, bool]:
    """Which of the two facts an answer with this grade has right."""
    if verdict == "partial":
        first = bool(draw(f"{key}/first", 2))
        return first, not first
    return (verdict == "correct",) * 2


def rows() -> Iterator[dict[str, object]]:
    """Three graded answers to every question."""
    for topic in TOPICS:
        for place, fact in enumerate(topic.facts, start=1):
            for verdict in ("correct", "partial", "incorrect"):
                question = f"{topic.name}-{place:02}"
                yield graded(topic, fact, verdict, question)


def graded(
    topic: Topic, fact: tuple[str, str, str], verdict: str, question: str
) -> dict[str, object]:
    """One row: the student's answer says both facts, one or none of them as the sources do."""
    key = f"{question}/{verdict}"
    right = rightness(verdict, key)
    parts = [
        topic.said[i].format(
            a=fact[1 + i] if right[i] else wrong(topic, 1 + i, fact[1 + i], f"{key}/{i}")
        )
        for i in (0, 1)
    ]
    said = f"{one(OPENINGS, f'{key}/opening')}{parts[0]} e {parts[1]}."
    if verdict == "partial" and draw(f"{key}/short", 2):
        said = f"{parts[0] if right[0] else parts[1]}. {one(SHRUG, f'{key}/shrug')}"
    elif verdict == "incorrect" and draw(f"{key}/short", 3) == 0:
        said = one(UNKNOWN, f"{key}/unknown")
    missing = [str(i + 1) for i in (0, 1) if not right[i]]
    cited = missing or ["1", "2"]
    marks = "".join(f"[{number}]" for number in cited)
    feedback = {
        "correct": f"Tutto giusto {marks}.",
        "partial": f"Manca un punto, rileggi {marks}.",
        "incorrect": f"Non ci siamo, rileggi {marks}.",
    }[verdict]
    return {
        "id": key,
        "question_id": question,
        "topic": topic.name,
        "verdict": verdict,
        "question": topic.question.format(x=fact[0]),
        "source_1": capital(topic.sources[0].format(x=fact[0], a=fact[1])),
        "source_2": capital(topic.sources[1].format(x=fact[0], a=fact[2])),
        "student": capital(said),
        "sources": ["1", "2"],
        "cited": cited,
        "feedback": feedback,
    }


def capital(text: str) -> str:
    """The text with a capital letter first."""
    return text[:1].upper() + text[1:]


def main(arguments: Sequence[str]) -> None:
    """Write the file."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent / "data"
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows())
    (folder / "graded.jsonl").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
