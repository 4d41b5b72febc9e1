"""How values show themselves: one line in a list, several where a person asked to see them."""

from typing import Protocol


class Printer(Protocol):
    """The printer of IPython, as far as it matters here."""

    def text(self, obj: str) -> object:
        """Write a text."""


class Displayed:
    """A value that IPython prints as `print` does."""

    __slots__ = ()

    def _repr_pretty_(self, printer: Printer, cycle: bool) -> None:  # noqa: ARG002, FBT001
        printer.text(str(self))
