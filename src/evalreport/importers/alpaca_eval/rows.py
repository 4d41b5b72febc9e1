"""Rows of alpaca_eval's JSON files: what all of them tell together, and how items are named."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from evalreport.digest import digest_of, digest_text
from evalreport.errors import DataError, Problem
from evalreport.importers.arrays import json_array
from evalreport.importers.left import Left
from evalreport.importers.reading import CannotBegin, NumberedObject, number_of, text_of
from evalreport.importers.verdicts import name_of
from evalreport.values import Json

TOOL: Final = "alpaca_eval"
SETS: Final = frozenset({"helpful_base", "koala", "oasst", "selfinstruct", "vicuna"})
ITEMS: Final = 805  # 129 + 156 + 188 + 252 + 80: AlpacaEval takes its instructions from these five

_MOST_PAID: Final = 1e6
_NEWER: Final = "preference_"  # what newer versions begin some keys with


def objects(path: Path, left: Left, wanted: str) -> Iterator[NumberedObject]:
    """The rows of a file.

    Raises:
        DataError: It is no JSON array, or is broken somewhere.
    """
    try:
        yield from json_array(path, left)
    except CannotBegin:
        raise no_rows(path, wanted) from None


def no_rows(path: Path, wanted: str) -> DataError:
    """Says that a file is not what it was taken for."""
    hint = "name an annotations.json or a model_outputs.json that alpaca_eval wrote"
    return DataError(Problem(str(path), f"the file holds no row of {wanted}", hint))


def newer_or_older(raw: dict[str, Json], key: str) -> Json:
    """A value of a key that newer versions begin with `preference_`."""
    value = raw.get(f"{_NEWER}{key}")
    return raw.get(key) if value is None else value


def prompt_of(raw: dict[str, Json]) -> str:
    """Digest of what models were asked; sets of AlpacaFarm have an input beside the instruction."""
    instruction, more = text_of(raw.get("instruction")), text_of(raw.get("input"))
    return digest_of(instruction, more) if more else digest_text(instruction)


def groups_of(raw: dict[str, Json]) -> tuple[tuple[str, str], ...]:
    """The set that an instruction comes from, where it is named."""
    of = name_of(raw.get("dataset"))
    return (("dataset", of),) if of else ()


@dataclass(slots=True)
class Survey:
    """What all rows tell together, which has to be known before the first is taken up.

    Attributes:
        rows: How many can be taken up.
        sets: Where their instructions come from.
        judges: Who judged.
        versions: Of the tool.
        made_at: The latest date of a verdict.
        paid: US dollars, as the tool reckons them.
        priced: Rows with a price.
    """

    rows: int = 0
    sets: set[str] = field(default_factory=set)
    judges: set[str] = field(default_factory=set)
    versions: set[str] = field(default_factory=set)
    made_at: str = ""
    paid: float = 0.0
    priced: int = 0

    def see(self, raw: dict[str, Json]) -> None:
        """One more row that can be taken up."""
        self.rows += 1
        self.sets.add(name_of(raw.get("dataset")))
        self.judges.add(name_of(raw.get("annotator")))
        version = name_of(raw.get(f"{_NEWER}version")).removeprefix(f"{TOOL}==")
        self.versions.update([version] if version else [])
        self.made_at = max(self.made_at, _date(raw.get(f"{_NEWER}date")))
        price = number_of(newer_or_older(raw, "price_per_example"))
        if price is not None and 0 < price < _MOST_PAID:
            self.paid += price
            self.priced += 1

    @property
    def expected(self) -> dict[str, int]:
        """How many items there should be, where all five sets of AlpacaEval and no other occur."""
        return {"": ITEMS} if self.sets == SETS else {}


def _date(value: Json) -> str:
    text = text_of(value)
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return ""
    return text


@dataclass(slots=True)
class ItemNames:
    """Names of items: the digest of an instruction and its set, and a number where it stands twice.

    One instruction in two sets is two items. Twice in one set is two as well, as in the tool, which
    averages over all rows; they differ by nothing but their number.
    """

    counts: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def of(self, raw: dict[str, Json], prompt: str, *whose: str) -> str:
        """The item of a row; `whose` are the models and the judge that it is about."""
        of = name_of(raw.get("dataset"))
        base = digest_of(prompt, of) if of else prompt
        self.counts[base, *whose] += 1
        k = self.counts[base, *whose]
        return base if k == 1 else f"{base}#{k}"
