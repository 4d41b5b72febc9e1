"""One row of the orders: a message rendered from a family, and the JSON that it means."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypedDict, TypeVar

from order_families import Family

T = TypeVar("T")


class Meaning(TypedDict):
    """What a message orders: products with their quantities, and the day, if it names one."""

    items: dict[str, int]
    day: str | None


# Product: plural, and what may stand before it in a message without changing the product.
PRODUCTS = {
    "bagel": ("bagels", ("plain", "sesame", "poppy seed")),
    "baguette": ("baguettes", ("wholemeal", "crusty")),
    "brownie": ("brownies", ("walnut", "fudge")),
    "cookie": ("cookies", ("ginger", "oat", "chocolate chip")),
    "croissant": ("croissants", ("butter", "almond")),
    "donut": ("donuts", ("glazed", "jam")),
    "loaf": ("loaves", ("rye", "sourdough")),
    "muffin": ("muffins", ("blueberry", "bran", "lemon")),
    "pie": ("pies", ("apple", "cherry", "pecan")),
    "pretzel": ("pretzels", ("salted", "soft")),
    "roll": ("rolls", ("seeded", "white")),
    "scone": ("scones", ("fruit", "cheese")),
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SOON = ("today", "tomorrow")
_NAMES = (
    "Amira Boris Carla Dmitri Elena Farid Greta Hassan Ingrid Jonas Keiko Leon Marta Nadia Oscar "
    "Priya Quentin Rosa Stefan Tamsin Umut Vera Wendell Xenia Yusuf Zofia"
)
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
NAMES, ONES, TENS = tuple(_NAMES.split()), tuple(_ONES.split()), tuple(_TENS.split())
DOZENS = {6: "half a dozen", 12: "a dozen", 24: "two dozen", 36: "three dozen", 48: "four dozen"}
# Small numbers and dozens are what people order; each entry is as likely as the next.
QUANTITIES = (
    *(2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11),
    *(12, 12, 12, 13, 14, 15, 15, 16, 17, 18, 19, 20, 21, 24, 24, 25, 28, 30, 35, 36, 40, 48),
)
TYPO_SHARE = {"chat": 0.35, "note": 0.25, "form": 0.1, "email": 0.1, "phone": 0.0}


class Draws:
    """Draws from a digest of a key: the same on every Python, and no row moves another."""

    def __init__(self, key: str) -> None:
        self._key = key
        self._count = 0

    def below(self, end: int) -> int:
        """A whole number from 0 to `end` - 1."""
        self._count += 1
        digest = hashlib.sha256(f"{self._key}#{self._count}".encode()).digest()
        return int.from_bytes(digest[:8], "big") % end

    def chance(self, share: float) -> bool:
        """True in about `share` of the calls."""
        return self.below(1000) < round(share * 1000)

    def one(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], n: int) -> list[T]:
        """`n` of the options, without repetition, in drawn order."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(n)]


def in_words(number: int) -> str:
    """`number` (0 to 99) as an English word, with a hyphen from twenty-one on."""
    if number < len(ONES):
        return ONES[number]
    tens, ones = divmod(number, 10)
    return TENS[tens - 2] + (f"-{ONES[ones]}" if ones else "")


def _spoken(draws: Draws, quantity: int) -> str:
    """A quantity in figures, in words, or in dozens."""
    forms = [str(quantity)] * 3 + [in_words(quantity)] * 4
    if quantity in DOZENS:
        forms += [DOZENS[quantity]] * 4
    return draws.one(forms)


@dataclass(frozen=True, slots=True)
class _Line:
    """One product of a message, its quantity, and what each form of its slot says."""

    product: str
    quantity: int
    phrases: Mapping[str, str]


def _parts(draws: Draws, forms: Collection[str]) -> tuple[int, dict[str, int]]:
    """A quantity with the numbers that it is said by: two parts, two factors, its half, its double.

    Without such a form the numbers are none.
    """
    if "k" in forms:
        boxes, in_each = 2 + draws.below(3), draws.one((3, 4, 5, 6, 8, 10))
        return boxes * in_each, {"k": boxes, "j": in_each}
    if "l" in forms:
        left, right = 2 + draws.below(8), 2 + draws.below(7)
        return left + right, {"l": left, "r": right}
    if "h" in forms:
        half = 2 + draws.below(11)
        return 2 * half, {"h": half}
    if "t" in forms:
        half = 2 + draws.below(14)
        return half, {"t": 2 * half}
    if "u" in forms:
        less, rest = 2 + draws.below(4), 3 + draws.below(14)
        return rest, {"u": rest + less, "v": less}
    return draws.one(QUANTITIES), {}


def _line(draws: Draws, product: str, forms: Collection[str], shared: int | None) -> _Line:
    """A product as the forms of its slot say it; all forms of one slot agree."""
    quantity, numbers = _parts(draws, forms)
    if shared is not None:
        quantity = shared
    elif not any(forms) and draws.chance(0.12):
        quantity = 1
    wrong = draws.one([other for other in QUANTITIES if other != quantity])
    plural, kinds = PRODUCTS[product]
    named = product if quantity == 1 else plural
    if draws.chance(0.2):
        named = f"{draws.one(kinds)} {named}"
    amount = _spoken(draws, quantity)
    counted = amount
    if quantity == 1:
        counted = draws.one(("1", "one", "a", "a single"))
    elif quantity == 2 and draws.chance(0.5):
        counted = draws.one(("a couple of", "a pair of", "two"))
    phrases = {form: _spoken(draws, number) for form, number in numbers.items()}
    phrases |= {"": f"{counted} {named}", "n": amount, "d": str(quantity), "p": plural}
    phrases |= {"s": product, "w": _spoken(draws, wrong)}
    return _Line(product, quantity, phrases)


def _misspell(draws: Draws, text: str) -> str:
    """One word of five or more lower-case letters loses, doubles or swaps an inner letter."""
    words = [match.span() for match in re.finditer(r"\b[a-z]{5,}\b", text)]
    if not words:
        return text
    start, end = draws.one(words)
    word = text[start:end]
    at = 1 + draws.below(len(word) - 3)
    wrong = draws.one(
        (
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )
    )
    return text[:start] + wrong + text[end:]


def _written(draws: Draws, family: Family, text: str) -> str:
    """Capitals, small letters and slips of the pen as the channel has them."""
    if family.channel == "chat":
        text = text.lower()
    elif family.channel != "note":
        text = re.sub(r"(^|[.!?] )([a-z])", lambda hit: hit[1] + hit[2].upper(), text)
    if draws.chance(TYPO_SHARE[family.channel]):
        text = _misspell(draws, text)
    return text.upper() if family.upper else text


def _fill(draws: Draws, pattern: str, *, shared: bool) -> tuple[str, Meaning]:
    pattern = re.sub(r"\[([^\]]*)\]", lambda hit: draws.one(hit[1].split("|")), pattern)
    slots = re.findall(r"\{(\w+)(?:\.(\w))?\}", pattern)
    names = [name for name in "abcxy" if any(slot == name for slot, _ in slots)]
    products = draws.some(list(PRODUCTS), len(names))
    common = draws.one(QUANTITIES) if shared else None
    lines = {
        name: _line(draws, product, {form for slot, form in slots if slot == name}, common)
        for name, product in zip(names, products, strict=True)
    }
    day, oldday = draws.some(WEEKDAYS, 2)
    if draws.chance(0.15) and "oldday" not in dict(slots):
        day = draws.one(SOON)
    others = {
        "day": day,
        "oldday": oldday,
        "who": draws.one(NAMES),
        "count": in_words(3 + draws.below(12)),
        "age": in_words(4 + draws.below(9)),
        "hour": str(7 + draws.below(11)),
        "house": str(3 + draws.below(90)),
    }
    text = re.sub(
        r"\{(\w+)(?:\.(\w))?\}",
        lambda hit: lines[hit[1]].phrases[hit[2] or ""] if hit[1] in lines else others[hit[1]],
        pattern,
    )
    text = re.sub(r"\bon (today|tomorrow)\b", r"\1", text).strip()
    mentioned = dict.fromkeys(slot for slot, _ in slots)
    items = {lines[s].product: lines[s].quantity for s in mentioned if s in {"a", "b", "c"}}
    return text, {"items": items, "day": day if "day" in mentioned else None}


def _second_wording(draws: Draws, meant: Meaning) -> str:
    named = [
        f"{_spoken(draws, n)} {PRODUCTS[product][0] if n > 1 else product}"
        for product, n in meant["items"].items()
    ]
    wanted = " and ".join(named)
    day = meant["day"]
    when = f" {day}" if day in SOON else f" on {day}" if day else ""
    frame = draws.one(
        (
            "The customer would like to have {wanted}{when}.",
            "Please note down for this customer: {wanted}{when}.",
            "To be baked and made ready{when}: {wanted}.",
            "What is wanted{when} is {wanted}.",
        )
    )
    return frame.format(wanted=wanted, when=when)


def order_row(family: Family, number: int, seed: int, attempt: int = 0) -> dict[str, object]:
    """Row `number` of a family; another `attempt` gives another message under the same id."""
    draws = Draws(f"{seed}/{family.name}/{number}/{attempt}")
    text, meant = _fill(draws, family.pattern, shared=family.shared)
    row: dict[str, object] = {
        "id": f"{family.name}-{number:02d}",
        "template": family.name,
        "kind": family.kind,
        "channel": family.channel,
        "order": _written(draws, family, text),
        "json": meant,
    }
    if family.again:
        row["rephrased"], _ = _fill(
            Draws(f"{seed}/{family.name}/{number}/{attempt}"), family.again, shared=False
        )
    else:
        row["rephrased"] = _second_wording(draws, meant)
    return row
