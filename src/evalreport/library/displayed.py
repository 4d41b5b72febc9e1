"""How IPython prints a value that shows itself in a line elsewhere: as `print` does."""

from typing import Protocol


class Printer(Protocol):
    """The printer of IPython, as far as it matters here."""

    def text(self, obj: str) -> object:
        """Write a text."""


def print_as_text(value: object, printer: Printer, cycle: bool) -> None:  # noqa: ARG001, FBT001
    """Takes the place of `_repr_pretty_`, which IPython looks for in the class itself."""
    printer.text(str(value))
