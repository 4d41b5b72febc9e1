"""The quickstart's data: its generator gives these bytes, and the rows keep what the spec says."""

import json
import operator
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

QUICKSTART = Path(__file__).parents[2] / "specs" / "quickstart"
FILES = ("train.jsonl", "select.jsonl", "test.jsonl", "general.jsonl")
SPLITS = ("train", "select", "test")
_PRODUCTS = "bagel baguette brownie cookie croissant donut loaf muffin pie pretzel roll scone"
_WEEKDAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_MONTHS = "January February March April May June July August September October November December"
_SMALL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
PRODUCTS, WEEKDAYS, MONTHS = _PRODUCTS.split(), _WEEKDAYS.split(), _MONTHS.split()
SMALL, TENS = _SMALL.split(), ["twenty", "thirty", "forty"]
DAYS = {*WEEKDAYS, "today", "tomorrow"}
DOZENS = {"half a dozen": 6, "a dozen": 12, "two dozen": 24, "three dozen": 36, "four dozen": 48}


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Wanted(Strict):
    items: dict[str, int]
    day: str | None


class Order(Strict):
    id: str
    template: str
    kind: Literal["plain", "arithmetic", "correction", "distraction", "not_an_order"]
    channel: Literal["email", "chat", "phone", "note", "form"]
    order: str
    json_: Wanted
    rephrased: str

    model_config = ConfigDict(alias_generator=lambda name: name.rstrip("_"))


class Question(Strict):
    id: str
    topic: str
    q: str
    options: tuple[str, ...]
    index: int


def _lines(name: str) -> list[str]:
    return (QUICKSTART / "data" / name).read_text(encoding="utf-8").splitlines()


def _orders(split: str) -> list[Order]:
    return [Order.model_validate_json(line) for line in _lines(f"{split}.jsonl")]


ORDERS = {split: _orders(split) for split in SPLITS}
ALL = [row for rows in ORDERS.values() for row in rows]
QUESTIONS = [Question.model_validate_json(line) for line in _lines("general.jsonl")]


def _words(number: int) -> str:
    if number <= len(SMALL):
        return SMALL[number - 1]
    tens = TENS[number // 10 - 2]
    return tens if number % 10 == 0 else f"{tens}-{SMALL[number % 10 - 1]}"


# Every way in which a quantity is written, longest first so that "two dozen" is not "two".
SPOKEN = {_words(number): number for number in range(1, 50)} | {str(n): n for n in range(1, 50)}
SPOKEN |= DOZENS
QUANTITY = "|".join(sorted(map(re.escape, SPOKEN), key=len, reverse=True))


def _plural(product: str) -> str:
    return "loaves" if product == "loaf" else f"{product}s"


NAMES = {name: product for product in PRODUCTS for name in (product, _plural(product))}
LINE = re.compile(rf"(?<![\w-])({QUANTITY}) ({'|'.join(sorted(NAMES, key=len, reverse=True))})\b")


def test_generator_gives_the_committed_bytes(tmp_path: Path) -> None:
    # -I: nothing but the standard library and the files beside the script can be in use.
    script = f"import sys; sys.path.insert(0, {str(QUICKSTART)!r}); import make_data; make_data.main([{str(tmp_path)!r}])"
    subprocess.run([sys.executable, "-I", "-S", "-B", "-c", script], check=True, timeout=60)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    for name in FILES:
        committed = (QUICKSTART / "data" / name).read_bytes()
        assert (tmp_path / name).read_bytes() == committed, f"{name}: run make_data.py and commit"


def test_generator_runs_as_a_script(tmp_path: Path) -> None:
    command = [sys.executable, "-B", str(QUICKSTART / "make_data.py"), str(tmp_path / "new")]
    subprocess.run(command, check=True, timeout=60)
    assert len(list((tmp_path / "new").iterdir())) == len(FILES)


@pytest.mark.parametrize("name", FILES)
def test_rows_are_plain_json_lines(name: str) -> None:
    lines = _lines(name)
    assert all(line == line.strip() and json.loads(line) for line in lines)
    assert all("  " not in line.replace("\\n", "") for line in lines)


def test_splits_share_no_family() -> None:
    families = {split: {row.template for row in rows} for split, rows in ORDERS.items()}
    assert not any(families[one] & families[two] for one, two in combinations(SPLITS, 2))
    assert sum(len(names) for names in families.values()) >= 60
    assert len(families["train"]) >= 48
    assert len(families["select"]) >= 8
    assert len(families["test"]) >= 30


@pytest.mark.parametrize(
    ("split", "least", "most"), [("train", 200, 600), ("select", 30, 80), ("test", 300, 400)]
)
def test_splits_have_their_sizes_and_even_families(split: str, least: int, most: int) -> None:
    rows = ORDERS[split]
    assert least <= len(rows) <= most
    assert len(set(Counter(row.template for row in rows).values())) == 1


@pytest.mark.parametrize("split", ["train", "test"])
def test_every_kind_and_channel_is_learnt_and_asked(split: str) -> None:
    kinds = Counter(row.kind for row in ORDERS[split])
    channels = Counter(row.channel for row in ORDERS[split])
    total = len(ORDERS[split])
    assert kinds["correction"] / total >= 0.15
    assert 0.1 <= kinds["not_an_order"] / total <= 0.25
    assert min(kinds.values()) / total >= 0.05
    assert set(channels) == {"email", "chat", "phone", "note", "form"}
    assert min(channels.values()) >= 25


def test_a_family_has_one_kind_and_one_channel() -> None:
    facts = {(row.template, row.kind, row.channel) for row in ALL}
    assert len(facts) == len({row.template for row in ALL})


def test_ids_and_messages_are_unique() -> None:
    assert len({row.id for row in ALL}) == len(ALL)
    assert len({row.order.casefold() for row in ALL}) == len(ALL)


def _shingles(text: str, size: int = 3) -> frozenset[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return frozenset(zip(*(words[start:] for start in range(size)), strict=False))


def test_no_message_of_the_test_is_nearly_one_of_training() -> None:
    seen = [_shingles(row.order) for row in (*ORDERS["train"], *ORDERS["select"])]
    asked = [_shingles(row.order) for row in ORDERS["test"]]
    nearest = max(len(one & two) / len(one | two) for one in asked for two in seen if one | two)
    assert nearest < 0.35


def test_answers_stay_in_their_bounds() -> None:
    for row in ALL:
        assert set(row.json_.items) <= set(PRODUCTS), row.id
        assert all(1 <= quantity <= 48 for quantity in row.json_.items.values()), row.id
        assert row.json_.day is None or row.json_.day in DAYS, row.id
        assert len(row.json_.items) <= 3, row.id
        assert row.order == row.order.strip(), row.id
        assert len(row.order.split()) <= 40, row.id


def test_what_is_no_order_is_empty_and_nothing_else_is() -> None:
    for row in ALL:
        assert (row.kind == "not_an_order") == (not row.json_.items), row.id
        assert row.json_.items or row.json_.day is None, row.id


def test_products_and_days_are_varied() -> None:
    for split in ("train", "test"):
        products = Counter(product for row in ORDERS[split] for product in row.json_.items)
        assert set(products) == set(PRODUCTS)
        assert max(products.values()) < 2.5 * min(products.values())
        assert {row.json_.day for row in ORDERS[split]} == {*DAYS, None}


def _mentions(row: Order) -> Iterator[tuple[str, int]]:
    """Product and quantity wherever they stand side by side in the message."""
    text = re.sub(
        r"\b(sesame|plain|poppy seed|wholemeal|crusty|walnut|fudge|ginger|oat|chocolate chip|butter|almond|glazed|jam|rye|sourdough|blueberry|bran|lemon|apple|cherry|pecan|salted|soft|seeded|white|fruit|cheese) ",
        "",
        row.order.casefold(),
    )
    text = re.sub(r"\ba (couple|pair) of\b", "two", text)
    text = re.sub(r"\ba(?: single)? (?!dozen)", "one ", text)
    text = text.replace("half one dozen", "half a dozen")
    for quantity, name in LINE.findall(text):
        yield NAMES[name], SPOKEN[quantity]


def test_second_reader_agrees_on_the_plain_orders() -> None:
    """Where a pattern says quantity and product side by side, a regular expression reads it too."""
    read = 0
    for row in ALL:
        found = dict(_mentions(row))
        if row.kind == "plain" and len(found) == len(row.json_.items):
            assert found == row.json_.items, row.id
            read += 1
    assert read >= 140


def test_second_reader_agrees_on_the_second_wordings() -> None:
    for row in ALL:
        if row.kind == "not_an_order":
            assert row.rephrased.strip()
            assert row.rephrased != row.order
            continue
        found = {NAMES[name]: SPOKEN[quantity] for quantity, name in LINE.findall(row.rephrased)}
        assert found == row.json_.items, row.id
        days = re.findall(rf"\b(?:{'|'.join(sorted(DAYS))})\b", row.rephrased)
        assert days == ([row.json_.day] if row.json_.day else []), row.id


def _number(text: str) -> int:
    return SPOKEN[text.casefold()]


@pytest.mark.parametrize(
    ("template", "pattern", "meant"),
    [
        ("double", rf"^({QUANTITY}) \w+\.\. actually", lambda n: 2 * n),
        ("exactly-half", rf"^planned ({QUANTITY}) \w+, now exactly", lambda n: n // 2),
        ("boxes", rf"^({QUANTITY}) boxes with ({QUANTITY}) ", lambda n, m: n * m),
        ("trays", rf"^We take ({QUANTITY}) trays, .* hold ({QUANTITY}) ", lambda n, m: n * m),
        ("for-me", rf"^({QUANTITY}) \w+ for me and ({QUANTITY}) more", lambda n, m: n + m),
        ("add-more", rf"^({QUANTITY}) \w+, then add ({QUANTITY}) more", lambda n, m: n + m),
        ("colleague", rf"down for ({QUANTITY}) .* wants ({QUANTITY}) of", lambda n, m: n + m),
        ("take-off", rf"says ({QUANTITY}) \w+, but take ({QUANTITY}) off", lambda n, m: n - m),
        ("make-that", rf"make that ({QUANTITY})\b", lambda n: n),
        ("recount", rf", no, ({QUANTITY})\.", lambda n: n),
        ("asterisk", rf"\*({QUANTITY}), typo", lambda n: n),
        ("mum-says", rf"mum says do ({QUANTITY})$", lambda n: n),
    ],
)
def test_tricks_mean_what_they_say(template: str, pattern: str, meant: Callable[..., int]) -> None:
    """Computed from the message itself, where no slip of the pen stands in the way."""
    read = 0
    for row in (row for row in ALL if row.template == template):
        if found := re.search(pattern, row.order, re.IGNORECASE):
            (quantity,) = row.json_.items.values()
            assert meant(*map(_number, found.groups())) == quantity, row.id
            read += 1
    assert read >= 2


def test_what_is_called_off_is_not_ordered() -> None:
    """The product behind these words is mentioned once more, and must not be in the answer."""
    words = re.compile(
        r"(?:scratch|swap|disregard|forget|drop|leave out|instead of|sold out:|forbids me|no) "
        rf"(?:the )?({'|'.join(sorted(NAMES, key=len, reverse=True))})\b"
    )
    read = 0
    for row in ALL:
        for name in words.findall(row.order.casefold()):
            assert NAMES[name] not in row.json_.items, row.id
            read += 1
    assert read >= 40


def test_questions_are_many_even_and_unique() -> None:
    assert len(QUESTIONS) >= 400
    assert len({row.id for row in QUESTIONS}) == len(QUESTIONS)
    assert len({row.q.casefold() for row in QUESTIONS}) == len(QUESTIONS)
    assert len({row.topic for row in QUESTIONS}) >= 8
    for row in QUESTIONS:
        assert len(row.options) == 4, row.id
        assert len({option.casefold() for option in row.options}) == 4, row.id
        assert all(option == option.strip() and len(option) <= 24 for option in row.options), row.id
        assert len(row.q) <= 90, row.id
        assert row.q.endswith("?"), row.id
    places = Counter(row.index for row in QUESTIONS)
    assert set(places) == {0, 1, 2, 3}
    assert max(places.values()) - min(places.values()) <= 1


def test_questions_that_are_read_a_second_time_have_their_answer() -> None:
    """Weekdays, months and sums can be computed; the rest stands in tables for eyes to check."""
    signs = {"plus": operator.add, "minus": operator.sub, "times": operator.mul}
    read = 0
    for row in QUESTIONS:
        answer = row.options[row.index]
        if found := re.fullmatch(
            r"Which (?:day|month) comes (?:right )?(after|before) (\w+)\?", row.q
        ):
            ring = WEEKDAYS if found[2] in WEEKDAYS else MONTHS
            step = 1 if found[1] == "after" else -1
            assert answer == ring[(ring.index(found[2]) + step) % len(ring)], row.id
            read += 1
        elif found := re.fullmatch(r"What is (\w+) (plus|minus|times) (\w+)\?", row.q):
            sum_ = signs[found[2]](_number(found[1]), _number(found[3]))
            assert answer == _words(sum_), row.id
            read += 1
    assert read >= 40
