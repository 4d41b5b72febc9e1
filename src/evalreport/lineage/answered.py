"""Answered: on which items of a test set two findings rest, where both asked the same set."""

from collections.abc import Iterator, Sequence

from evalreport.analyze.findings import Finding
from evalreport.lineage.aspect import TEST_SET, Aspect, AspectState, differs
from evalreport.numbers import count_text

ANSWERED = "items that count"


def answered(one: Finding, other: Finding, measured: Sequence[Aspect]) -> Iterator[Aspect]:
    """That other items of the same set count, where they do: some failed, or were left out.

    Args:
        one: In the first build.
        other: The same in the second.
        measured: How it was measured: of other test sets nothing is added.
    """
    is_same_set = any(a.name == TEST_SET and a.state is AspectState.SAME for a in measured)
    if not is_same_set or one.n_missing or other.n_missing:
        return
    if (one.n, one.excluded) != (other.n, other.excluded):
        yield differs(ANSWERED, _told(one), _told(other))


def _told(finding: Finding) -> str:
    left = ", ".join(f"{count_text(n)} left out: {why}" for why, n in finding.excluded.items())
    items = count_text(finding.n, "item")
    return f"{items} ({left})" if left else items
