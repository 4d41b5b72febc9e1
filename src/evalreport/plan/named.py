"""Named: metrics of imported layers that a spec declares, held against those that files have."""

from collections.abc import Iterator

from evalreport.errors import DataError, Problem
from evalreport.importers.names import listed
from evalreport.importers.results import Results
from evalreport.plan.model import Given
from evalreport.spec.evaluation import Evaluation, Target


def refuse_unmeasured(given: Given) -> None:
    """What is declared of files of another tool and stands in none of them.

    No spec can be checked for it before the files were read.

    Raises:
        DataError: A target names a metric that is not there; names those that are.
    """
    problems = [
        Problem(
            _files(results)[0],
            f"{key} asks for {target.metric}, and the files of layer {target.layer} have no such "
            "metric of every arm",
            f"they have {listed(there)}" if there else "name files that have a number of both arms",
        )
        for key, target in _targets(given.spec.evaluation)
        if (results := given.inputs.results.get(target.layer)) is not None
        and target.metric not in (there := _metrics(results))
    ]
    if problems:
        raise DataError(*problems)


def _targets(evaluation: Evaluation) -> Iterator[tuple[str, Target]]:
    """Everything that is declared, with where."""
    if evaluation.primary is not None:
        yield "primary", evaluation.primary
    for key in ("co_primary", "guards", "secondary", "requirements"):
        yield from ((key, one) for one in getattr(evaluation, key))


def _metrics(results: Results) -> tuple[str, ...]:
    published = results.published.rows if results.published is not None else ()
    every = [*(column.metric for column in results.columns), *(row.metric for row in published)]
    return tuple(dict.fromkeys(every))


def _files(results: Results) -> tuple[str, ...]:
    return next((one.origin.files for one in results.arms.values()), (results.layer,))
