"""What a reader of a report must know of an Inspect log, in sentences."""

from collections.abc import Iterator, Mapping, Set

from evalreport.importers.inspect_logs.epochs import Epochs
from evalreport.importers.inspect_logs.head import Head
from evalreport.importers.inspect_logs.scorers import Declared
from evalreport.importers.inspect_logs.scores import MEAN, Scores
from evalreport.importers.inspect_logs.values import short
from evalreport.importers.reading import count_of
from evalreport.numbers import count_text


def notes_of(
    head: Head,
    count: int,
    scorers: Mapping[str, Declared],
    scores: Scores,
    shares: Set[str],
    epochs: Epochs,
    *,
    is_own: bool,
) -> Iterator[str]:
    """The sentences.

    Args:
        head: The log without its samples.
        count: Samples in it, one an epoch.
        scorers: As they are declared.
        scores: One an item.
        shares: Metrics that are shares of right answers.
        epochs: How many of each item there are, where there may be several.
        is_own: Whether epochs of some scorers were reduced here and not by Inspect.
    """
    yield from _ending(head, count)
    yield from _epochs(head, scores, is_own=is_own)
    yield from _skipped(epochs)
    yield from _losses(head, scores)
    if head.is_invalidated:
        yield "Samples of the log were marked as invalid: they have no score here."
    if head.was_retuned:
        yield "Settings of the run were changed while it ran."
    if count_of(head.config.get("retry_on_error")):
        yield (
            "Samples that ended in an error were asked again, so what is easily broken had more "
            "than one try."
        )
    for name, declared in scorers.items():
        if declared.grades_itself and name in scores.metrics:
            yield (
                "A scorer grades with a model and names none: then the model that is measured "
                "grades itself."
            )
    if any(metric not in shares for metrics in scores.metrics.values() for metric in metrics):
        yield (
            "Inspect does not say which direction of a score is better; more is taken as better."
        )
    if scores.untold:
        yield f"Some scores have very many numbers; {count_text(scores.untold)} were not taken."


def _ending(head: Head, count: int) -> Iterator[str]:
    planned = head.planned
    whole = "" if planned is None else f" of {planned * head.epochs}"
    held = f"{count}{whole} samples are in it"
    if head.status == "started":
        yield f"The log has no end: the run crashed or was still going on, and {held}."
    elif head.status in {"error", "cancelled"}:
        how = "ended in an error" if head.status == "error" else "was cancelled"
        yield f"The run {how}, and {held}."
    elif not count:
        yield "The log was written without its samples: prompts and answers are not known."


def _epochs(head: Head, scores: Scores, *, is_own: bool) -> Iterator[str]:
    if head.epochs < 2:
        return
    reducers = {reducer or MEAN for of in scores.metrics.values() for _, reducer in of.values()}
    if is_own:
        yield (
            f"Each item was asked {head.epochs} times; where the log has no score of an item over "
            "those, it is their mean, computed here."
        )
    elif reducers == {MEAN}:
        yield f"Each item was asked {head.epochs} times; its score is the mean of those."
    else:
        yield (
            f"Each item was asked {head.epochs} times; Inspect reduced those to one score in "
            "other ways than their mean, which the names of the metrics say."
        )


def _skipped(epochs: Epochs) -> Iterator[str]:
    """Epochs that give no score to an item which has others."""
    if failed := epochs.skipped(epochs.failed):
        yield (
            f"{count_text(failed, 'epoch')} of items that have others ended in an error: the "
            "scores of those items are of the others."
        )
    if invalid := epochs.skipped(epochs.invalid):
        was = "was" if invalid == 1 else "were"
        yield (
            f"{count_text(invalid, 'epoch')} of items that have others {was} marked as invalid: a "
            "mean that was computed here is of the others; where Inspect computed it, the item has "
            "no score."
        )


def _losses(head: Head, scores: Scores) -> Iterator[str]:
    """Inspect's means are over what has a score."""
    total = count_of(head.results.get("total_samples"))
    whole = count_of(head.results.get("completed_samples"))
    if total is not None and whole is not None and whole < total:
        yield f"{total - whole} of {count_text(total, 'sample')} ended in an error or never ended."
    planned = head.planned
    for figure in head.figures(scores):
        if planned is not None and figure.n is not None and figure.n < planned:
            yield (
                f"Inspect's own number of {short(figure.part)} {short(figure.metric)} is of "
                f"{count_text(figure.n, 'item')} of {planned}: the rest ended in errors or has no "
                "score, and is left out of it."
            )
