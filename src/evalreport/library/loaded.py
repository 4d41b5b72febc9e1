"""A report in Python: what it says, as values, data frames and something to look at."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evalreport.library.displayed import print_as_text
from evalreport.library.specs import File
from evalreport.report.model import Report, StepFacts
from evalreport.verdict import Verdict

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class LoadedReport:
    """A report with the folder in which it lies; the last line of a cell shows it.

    Every frame is made anew: changing one changes nothing here. A number that is not there is
    `<NA>` in it, and the column `..._missing` beside it says why.

    Attributes:
        report: The report with every value in it, as report.json holds it.
        folder: Where its files lie.

    Example:
        >>> report = evalreport.load_report("reports/quickstart")
        >>> report
        <LoadedReport quickstart: better (full), 34 findings, in reports/quickstart>
        >>> report.findings().query("role == 'primary'").outcome.item()
        'better'
    """

    report: Report
    folder: Path

    def __repr__(self) -> str:
        """Which one, and what it says."""
        stamps = "".join(f" {word}" for word in self.stamps)
        return (
            f"<LoadedReport {self.report.name}:{stamps} {_outcome(self.verdict)}, "
            f"{len(self.report.findings)} findings, in {self.folder.as_posix()}>"
        )

    def __str__(self) -> str:
        """The verdict in a few lines, as a build prints it."""
        from evalreport.render import render_cell_text

        return render_cell_text(self.report, self.folder.as_posix())

    _repr_pretty_ = print_as_text

    def _repr_html_(self) -> str:
        from evalreport.render import render_cell_html

        return render_cell_html(self.report, self.folder.as_posix())

    def _repr_markdown_(self) -> str:
        from evalreport.render import render_cell_markdown

        return render_cell_markdown(self.report, self.folder.as_posix())

    @property
    def verdict(self) -> Verdict:
        """Outcome, strength, headline, because of what, and what comes next.

        Example:
            >>> evalreport.load_report("reports/quickstart").verdict.outcome.value
            'better'
        """
        return self.report.verdict

    @property
    def headline(self) -> str:
        """The sentence on top."""
        return self.report.verdict.headline

    @property
    def stamps(self) -> tuple[str, ...]:
        """SIMULATED, SMOKE, or nothing: why this report is no evidence about a real model."""
        told = (("SIMULATED", self.report.simulated), ("SMOKE", self.report.smoke))
        return tuple(word for word, is_so in told if is_so)

    @property
    def undone(self) -> tuple[StepFacts, ...]:
        """The steps that failed or were blocked; the report is made without them."""
        from evalreport.commands.ending import undone

        return undone(self.report)

    def findings(self) -> "DataFrame":
        """One row a compared metric: value of both arms, difference, interval, test, outcome.

        `base` and `tuned` hold reference and candidate, whatever their names. Where `is_void` is
        true a broken rule invalidates the finding: its numbers stand, and its outcome does not
        count.

        Example:
            >>> report = evalreport.load_report("reports/quickstart")
            >>> rows = report.findings().query("role != 'exploratory'")
            >>> print(rows[["id", "n", "difference", "outcome"]].round(3).to_string(index=False))
                                   id   n  difference      outcome
            extraction.field_accuracy 308       0.434       better
               extraction.exact_match 308       0.289       better
                extraction.json_valid 308       0.006 inconclusive
                     general.accuracy 400       0.002     retained
        """
        from evalreport.library.frames import findings_frame

        return findings_frame(self.report)

    def items(self, layer: str | None = None) -> "DataFrame":
        """One row an item, arm, seed and metric, from items.jsonl; no texts.

        `state` is `scored`, `unscorable` (the answer could not be read; `score` is then the penalty
        that was declared) or `failed` (there is no answer). Where items count unequally, `weight`
        is how much one counts; where a judge or people compared two arms, `score` is what `arm` won
        and `against` the other.

        Args:
            layer: One layer; None for all.

        Raises:
            DataError: There is no such layer, or no items.jsonl of this report beside it.

        Example:
            >>> items = evalreport.load_report("reports/quickstart").items("extraction")
            >>> items[items.metric == "exact_match"].groupby("arm").score.mean().round(3).to_dict()
            {'base': 0.0, 'tuned': 0.289}
        """
        from evalreport.library.items import items_frame

        return items_frame(self.report, self.folder, layer)

    def measurements(self) -> "DataFrame":
        """One row a number of one arm, with what was required of it where something was."""
        from evalreport.library.frames import measurements_frame

        return measurements_frame(self.report)

    def remarks(self) -> "DataFrame":
        """One row a thing that an honesty rule says.

        Example:
            >>> remarks = evalreport.load_report("reports/quickstart").remarks()
            >>> remarks[remarks.status == "broken"].rule.head(2).tolist()
            ['multiple-testing', 'packed-base']
        """
        from evalreport.library.frames import remarks_frame

        return remarks_frame(self.report)

    def claims(self) -> "DataFrame":
        """One row a sentence that somebody says about the model, with the ruling on it."""
        from evalreport.library.frames import claims_frame

        return claims_frame(self.report)

    def steps(self) -> "DataFrame":
        """One row a step of the build: reused, done, pending, blocked or failed, and why."""
        from evalreport.library.frames import steps_frame

        return steps_frame(self.report)


def load_report(path: File) -> LoadedReport:
    """A report that was built.

    Args:
        path: The folder of a report, its report.json, or the spec that it was built from (as on the
            command line, a report in its usual place below the working directory).

    Raises:
        DataError: There is none, or it cannot be read.
        SpecError: A spec was named, and it is not right.

    Example:
        >>> report = evalreport.load_report("reports/quickstart")
        >>> report.headline[:23]
        'The fine-tuning worked:'
    """
    from evalreport.commands.report import found, say_if_stale
    from evalreport.report.load import read_json, read_report

    source, given = found(Path(path))
    read = read_report(read_json(source), source)
    say_if_stale(given, read.report)
    return LoadedReport(read.report, source.parent)


def _outcome(verdict: Verdict) -> str:
    from evalreport.verdict import WITHOUT_STRENGTH

    if verdict.outcome in WITHOUT_STRENGTH:
        return verdict.outcome.value
    return f"{verdict.outcome.value} ({verdict.strength.value})"
