"""Counts, p-values, durations, sizes, money and settings to text."""

import json
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from math import floor, log10
from typing import Final

from evalreport.numbers.measures import Measure, Scale, Shown, value_text, with_unit
from evalreport.numbers.rounding import MOST_DECIMALS, faithful
from evalreport.values import Json

_LEAST_P: Final = 0.001
_GREATEST_P: Final = 0.99
_LEAST_PRICE: Final = 0.001
_MEASURED_DIGITS: Final = 2
_MINUTE_SECONDS, _HOUR_SECONDS, _DAY_SECONDS = 60, 3600, 86400
_PLAIN: Final = Measure(Scale.PLAIN, "")


def counted(count: int, key: str, noun: str = "", nouns: str = "") -> Shown:
    """A count with its place in report.json; arguments as `count_text`."""
    return Shown(count_text(count, noun, nouns), key, str(count))


def count_text(count: int, noun: str = "", nouns: str = "") -> str:
    """A count with thousands separated, and what is counted: `1 item`, `1,204 items`."""
    word = noun if count == 1 else (nouns or f"{noun}s")
    return f"{count:,} {word}" if noun else f"{count:,}"


def share_text(part: int, whole: int) -> str:
    """A count with its share: `12 (2.9 %)`; only the count when there is no whole."""
    if whole == 0:
        return count_text(part)
    percent = Decimal(100 * part) / whole
    digits = faithful(percent, 0 if part in {0, whole} else 1, (Decimal(0), Decimal(100)))
    return f"{part:,} ({digits} %)"


def large_count_text(count: int, noun: str = "") -> str:
    """A count that may be huge: exact below a million, else three digits: `4.88 million tokens`."""
    for limit, word in ((10**9, "billion"), (10**6, "million")):
        if count >= limit:
            digits = Decimal(count) / limit
            decimals = max(0, 2 - digits.adjusted())
            rounded = digits.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
            return with_unit(f"{rounded:,} {word}", noun)
    return with_unit(f"{count:,}", noun)


def number_text(number: float) -> str:
    """A bare number of no particular unit, at most four significant digits."""
    return value_text(number, _PLAIN)


def loss_text(loss: float) -> str:
    """A loss in nats a token, four significant digits."""
    return value_text(loss, _PLAIN)


def p_text(p_value: float, *, alpha: float = 0.05) -> str:
    """A p-value: two significant digits, `p < 0.001` below, never rounded across alpha."""
    if p_value < _LEAST_P:
        return "p < 0.001"
    if p_value == 1:
        return "p = 1"
    if p_value > _GREATEST_P:
        return "p > 0.99"
    decimals = 1 - floor(log10(p_value))
    return f"p = {faithful(Decimal(repr(p_value)), decimals, (Decimal(repr(alpha)),))}"


def seconds_text(seconds: float) -> str:
    """A duration: `4.1 ms`, `0.82 s`, `41 s`, `3 min 20 s`, `1 h 12 min`, `2 d 3 h`."""
    if seconds == 0:
        return "0 s"
    if seconds < 9.95:
        unit, size = ("ms", Decimal(repr(seconds)) * 1000) if seconds < 0.01 else ("s", seconds)
        decimals = max(0, 1 - floor(log10(size)))
        return f"{faithful(Decimal(repr(float(size))), decimals, (Decimal(0),))} {unit}"
    whole = floor(seconds + 0.5)
    if whole < _MINUTE_SECONDS:
        return f"{whole} s"
    if whole < _HOUR_SECONDS:
        return f"{whole // 60} min {whole % 60} s"
    minutes = floor(seconds / 60 + 0.5)
    if minutes < _DAY_SECONDS // 60:
        return f"{minutes // 60} h {minutes % 60} min"
    hours = floor(seconds / 3600 + 0.5)
    return f"{hours // 24:,} d {hours % 24} h"


def bytes_text(n_bytes: int) -> str:
    """A size in decimal units: `98 MB`, `1.8 GB`."""
    size = Decimal(n_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        decimals = 0 if unit == "B" or size >= 10 else 1
        rounded = size.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
        if rounded < 1000:
            return f"{rounded} {unit}"
        size /= 1000
    return f"{size.quantize(Decimal('0.1'), ROUND_HALF_UP):,} TB"


def money_text(amount: float, currency: str, *, decimals: int = 2) -> str:
    """An amount of money: two decimals, more when it is smaller than that."""
    return f"{faithful(Decimal(repr(amount)), decimals, (Decimal(0),))} {currency}"


def sum_decimals(amounts: Sequence[float], total: float) -> int:
    """With how many decimals amounts of money add up as they are printed; two at the least."""
    parts, whole = [Decimal(repr(amount)) for amount in amounts], Decimal(repr(total))
    for decimals in range(2, 2 + MOST_DECIMALS):
        last = Decimal(1).scaleb(-decimals)
        rounded = [part.quantize(last, ROUND_HALF_UP) for part in parts]
        is_shown = all(bool(part) is bool(text) for part, text in zip(parts, rounded, strict=True))
        if is_shown and sum(rounded) == whole.quantize(last, ROUND_HALF_UP):
            return decimals
    return 2


def price_text(amount: float, currency: str, *, digits: int = 4) -> str:
    """A price of one thing, which may be a small part of a cent: four digits of it, if need be."""
    if amount <= 0:
        return money_text(amount, currency)
    decimals = max(2, digits - 1 - floor(log10(amount)))
    whole, _, parts = faithful(Decimal(repr(amount)), decimals, (Decimal(0),)).partition(".")
    return f"{whole}.{parts.rstrip('0').ljust(2, '0')} {currency}"


def thousand_text(amount: float, currency: str) -> str:
    """What a thousand cost where one costs next to nothing; empty where one has a price to say."""
    if not 0 < amount < _LEAST_PRICE:
        return ""
    return price_text(1000 * amount, currency, digits=_MEASURED_DIGITS)


def measured_price_text(amount: float, currency: str) -> str:
    """A price that follows from a measured time, which is not known to more than two digits."""
    return price_text(amount, currency, digits=_MEASURED_DIGITS)


def setting_text(setting: Json) -> str:
    """A setting as the spec would write it: `0.0002`, `true`, `[q_proj, v_proj]`."""
    match setting:
        case None:
            return "none"
        case bool():
            return "true" if setting else "false"
        case int() | float():
            return repr(setting).removesuffix(".0")
        case str():
            return setting
        case list():
            return "[" + ", ".join(_part_text(part) for part in setting) + "]"
        case dict():
            return "{" + ", ".join(f"{k}: {setting_text(v)}" for k, v in setting.items()) + "}"


def _part_text(part: Json) -> str:
    """A part of a list; text that is no plain word is quoted, so that its ends can be seen."""
    if isinstance(part, str) and not re.fullmatch(r"[\w./:+-]+", part):
        return json.dumps(part, ensure_ascii=False)
    return setting_text(part)


def coordinate(position: float) -> str:
    """A coordinate of a drawing, to a hundredth."""
    return f"{position:.2f}".rstrip("0").rstrip(".")


def pointer_token(name: str) -> str:
    """A name as one token of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
