"""Arithmetic in a spec: numbers as they are written, and sums of them computed exactly.

A number that is claimed stands for all numbers that round to it, so what counts is how it was
written: `0.10` says more than `0.1`, and `10e3` is a rounder ten thousand than `10000`.
"""

import ast
import re
import warnings
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

_NUMBER: Final = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?")
_LONGEST: Final = 60  # characters of a number
_PRECISE: Final = Context(prec=60)  # of exp and log, which no fraction holds
_GREATEST_EXPONENT: Final = 100
_SAYS: Final = "numbers, + - * /, exp(), log() and brackets"


# Numbers as they are written


def _number(given: Any) -> str:
    if isinstance(given, str) and len(given) <= _LONGEST and _NUMBER.fullmatch(given):
        return given
    raise PydanticCustomError("number_type", "a number")


Written: TypeAlias = Annotated[
    str, BeforeValidator(_number), Field(json_schema_extra={"pattern": f"^{_NUMBER.pattern}$"})
]
"""A number in the digits in which it stands in the spec."""


def exactly(written: str) -> Fraction:
    """The value of a number, without what binary fractions do to it."""
    return Fraction(Decimal(written))


def decimals_of(written: str) -> int:
    """How many decimals a number was written with; negative for `10e3`, which has none and less."""
    exponent = Decimal(written).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def rounding_of(written: str) -> Fraction:
    """Half a unit of the last place that a number was written with."""
    return Fraction(1, 2) * Fraction(10) ** -decimals_of(written)


# Sums


class NotArithmetic(ValueError):
    """What stands there is no sum, or has no value; its words say which."""


@dataclass(frozen=True, slots=True)
class _Sum:
    """A text with the tree that Python reads in it."""

    text: str
    tree: ast.expr

    def value(self) -> Fraction:
        return self._of(self.tree)

    def _of(self, node: ast.expr) -> Fraction:
        match node:
            case ast.Constant():
                return self._constant(node)
            case ast.UnaryOp(op=ast.USub(), operand=inner):
                return -self._of(inner)
            case ast.UnaryOp(op=ast.UAdd(), operand=inner):
                return self._of(inner)
            case ast.BinOp(left=left, op=operator, right=right):
                return self._joined(self._of(left), operator, self._of(right))
            case ast.Call(func=ast.Name(id="exp" | "log" as name), args=[inner], keywords=[]):
                return self._transcendent(name, self._of(inner))
            case _:
                raise self._none()

    def _none(self) -> NotArithmetic:
        return NotArithmetic(f"{self.text!r:.60} is not arithmetic: {_SAYS}")

    def _constant(self, node: ast.Constant) -> Fraction:
        """The digits as they stand there: the tree holds them rounded to a binary fraction."""
        digits = ast.get_source_segment(self.text, node) or ""
        if len(digits) > _LONGEST or not _NUMBER.fullmatch(digits):
            raise self._none()
        return exactly(digits)

    def _joined(self, left: Fraction, operator: ast.operator, right: Fraction) -> Fraction:
        match operator:
            case ast.Add():
                return left + right
            case ast.Sub():
                return left - right
            case ast.Mult():
                return left * right
            case ast.Div() if right:
                return left / right
            case ast.Div():
                raise NotArithmetic(f"{self.text!r:.60} divides by 0")
            case _:
                raise self._none()

    def _transcendent(self, name: str, inner: Fraction) -> Fraction:
        if (name == "exp" and abs(inner) > _GREATEST_EXPONENT) or (name == "log" and inner <= 0):
            raise NotArithmetic(f"{self.text!r:.60} has no value: {name} of such a number")
        given = _PRECISE.divide(Decimal(inner.numerator), Decimal(inner.denominator))
        return Fraction(_PRECISE.exp(given) if name == "exp" else _PRECISE.ln(given))


def computed(text: str) -> Fraction:
    """What comes out: exact but for `exp` and `log`, which have sixty digits.

    Args:
        text: Such as `255 / 0.03` or `log(47.74)`.

    Raises:
        NotArithmetic: It is no sum, or divides by 0.
    """
    stripped = text.strip()
    try:
        with warnings.catch_warnings(action="ignore"):  # about code that nobody runs
            tree = ast.parse(stripped, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NotArithmetic(f"{stripped!r:.60} is not arithmetic: {_SAYS}") from None
    return _Sum(stripped, tree).value()


def _arithmetic(text: str) -> str:
    computed(text)
    return text


Arithmetic: TypeAlias = Annotated[
    str, StringConstraints(strict=True, max_length=200), AfterValidator(_arithmetic)
]
"""A sum, such as `255 / 0.03`."""
