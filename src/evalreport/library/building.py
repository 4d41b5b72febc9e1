"""build in Python: as `evalreport build`, with errors in the place of exit codes."""

from collections.abc import Iterable
from pathlib import Path

from evalreport.errors import Problem, StepFailed
from evalreport.library.loaded import LoadedReport
from evalreport.library.specs import File, Overrides, overrides_text


class Interrupted(KeyboardInterrupt):
    """A build was stopped; a notebook shows what that means and not where we stood."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def build(
    path: File,
    *,
    overrides: Overrides | None = None,
    out: File | None = None,
    smoke: bool = False,
    only: Iterable[str] = (),
    until: str | None = None,
    accept_underpowered: bool = False,
    accept_undone: bool = False,
    wait: bool = True,
    strict_environment: bool = False,
) -> LoadedReport:
    """Do what is missing, and write and return the report; what is done already is reused.

    Steps run in processes of their own, and tell their progress on stderr. The store is
    `.evalreport/` in the working directory, as on the command line. A cell that is interrupted
    loses what was in flight: run again, it goes on.

    Args:
        path: A spec.
        overrides: Values for keys of it, as `--set` takes them.
        out: The folder of the report, when not its usual place.
        smoke: Two steps and four items a layer, in a folder of its own; counts for nothing.
        only: Layers to ask; none for all.
        until: Last step to do.
        accept_underpowered: Build although the items cannot show the gain worth having.
        accept_undone: Return a report although steps failed or were blocked: it says which, and
            `undone` lists them.
        wait: Whether to wait for another build in the same folder.
        strict_environment: Whether another version of a package runs everything again.

    Raises:
        SpecError: The spec is not right.
        DataError: A file that it names cannot be used.
        GateNotMet: The items cannot show the gain worth having, or it would cost too much.
        Refused: The report would overwrite another spec's, or another build is running.
        StepFailed: A step failed or was blocked. The report is written all the same, and
            `load_report` gives it; `problems` holds a line for each step.
        KeyboardInterrupt: Stopped; everything done so far is kept.

    Example:
        >>> report = evalreport.build(
        ...     "specs/quickstart/spec.yaml",
        ...     overrides={"engine": {"kind": "fake", "tuned": {"right": 0.9}}},
        ...     out="simulated",
        ... )  # doctest: +SKIP
        >>> report.stamps  # doctest: +SKIP
        ('SIMULATED',)
    """
    from evalreport.commands.build import Options, built

    layers = frozenset([only] if isinstance(only, str) else only)
    try:
        made = built(
            Path(path),
            Options(
                overrides=overrides_text(overrides),
                out=None if out is None else Path(out),
                accept_underpowered=accept_underpowered,
                smoke=smoke,
                only=layers or None,
                until=until,
                wait=wait,
                strict_environment=strict_environment,
            ),
        )
    except KeyboardInterrupt:
        raise Interrupted("interrupted: what is done is kept, and the same call goes on") from None
    report = LoadedReport(made.report, made.out)
    if report.undone and not accept_undone:
        raise _failed(report)
    return report


def _failed(report: LoadedReport) -> StepFailed:
    """What did not happen, and that there is a report which says so."""
    folder = report.folder.as_posix()
    return StepFailed(
        *(Problem(step.id, f"{step.outcome}: {step.reason}") for step in report.undone),
        Problem(
            folder,
            "the report is written without them, and says so",
            f'look at it: load_report("{folder}"); build again to go on, or with '
            "accept_undone=True to have it returned",
        ),
    )
