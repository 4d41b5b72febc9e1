"""Write the quickstart's data: orders as customers write them, and general questions.

`python specs/quickstart/make_data.py [FOLDER]` writes train, select, test and general as JSONL into
`data` beside this file, or into FOLDER. Only the standard library is used and every choice is drawn
from a digest, so each Python gives the same bytes.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from general_questions import general_rows
from order_families import FAMILIES, Split
from order_text import order_row

SEED = 20
ROWS_PER_FAMILY: dict[Split, int] = {"train": 3, "select": 3, "test": 7}


def order_rows(split: Split) -> Iterator[dict[str, object]]:
    """The rows of a split, family by family; no message stands twice."""
    seen: set[object] = set()
    for family in FAMILIES[split]:
        for number in range(1, ROWS_PER_FAMILY[split] + 1):
            attempt = 0
            row = order_row(family, number, SEED, attempt)
            while row["order"] in seen:
                attempt += 1
                row = order_row(family, number, SEED, attempt)
            seen.add(row["order"])
            yield row


def write_rows(path: Path, rows: Iterable[dict[str, object]]) -> None:
    """Write JSON lines with keys in the order of the rows."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8", newline="\n")


def main(arguments: list[str]) -> None:
    """Write the four files."""
    folder = Path(arguments[0]) if arguments else Path(__file__).parent / "data"
    folder.mkdir(parents=True, exist_ok=True)
    for split in FAMILIES:
        write_rows(folder / f"{split}.jsonl", order_rows(split))
    write_rows(folder / "general.jsonl", general_rows(SEED))


if __name__ == "__main__":
    main(sys.argv[1:])
