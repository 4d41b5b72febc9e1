"""Wide tables: a column for each model, which reads as a metric for each model."""

from collections.abc import Sequence

from evalreport.commands.audit_marks import marks_of, without_marks
from evalreport.errors import Problem, Refused
from evalreport.importers.names import listed
from evalreport.importers.plain.tables import PLAIN_SCORES
from evalreport.importers.survey import Surveyed


def refuse_wide(files: Sequence[Surveyed]) -> None:
    """Refuse a table of one file whose columns are called after the base and after the tuned model.

    Raises:
        Refused: One is; says how to write it so that rows tell whose score it is.
    """
    for file in files:
        if file.format != PLAIN_SCORES.name or file.models:
            continue
        for names in file.metrics.values():
            pair = _two_models(names)
            if pair is not None:
                what = f"the columns {listed(pair)} hold scores of two models, not two metrics"
                hint = (
                    "write one row for each item and model, with the columns id, model and "
                    "score, or split it into two files"
                )
                raise Refused(Problem(str(file.path), what, hint))


def _two_models(names: Sequence[str]) -> tuple[str, str] | None:
    """Two columns that are called alike but for the word that says whose they are."""
    for base in (one for one in names if marks_of(one) == {"base"}):
        for tuned in (one for one in names if marks_of(one) == {"tuned"}):
            if without_marks(base) == without_marks(tuned):
                return base, tuned
    return None
