"""Epochs of an Inspect log: how many of each item there are, and how many give no score to it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from evalreport.importers.inspect_logs.samples import Sample


@dataclass(slots=True)
class Epochs:
    """Epochs by item, counted over all samples of a log.

    Attributes:
        asked: How many there are.
        invalid: How many somebody marked as invalid.
        failed: How many others ended in an error, and so have no score.
    """

    asked: Counter[str] = field(default_factory=Counter)
    invalid: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def see(self, sample: Sample) -> None:
        """One more epoch of an item."""
        self.asked[sample.item] += 1
        if sample.is_invalid:
            self.invalid[sample.item] += 1
        elif sample.has_error and not sample.scores:
            self.failed[sample.item] += 1

    def skipped(self, lost: Mapping[str, int]) -> int:
        """How many of the lost epochs are of items that have others which count."""
        return sum(
            k
            for item, k in lost.items()
            if self.invalid[item] + self.failed[item] < self.asked[item]
        )
