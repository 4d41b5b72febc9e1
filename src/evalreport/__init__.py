"""One YAML spec in, one honest answer out: did the fine-tuning work?

    >>> import evalreport
    >>> report = evalreport.load_report("reports/quickstart")
    >>> report.verdict.outcome.value
    'better'

`load_spec` and `plan_build` look before anything is paid for, `build` builds, `load_report` opens
what was built; its `findings()` and `items()` are data frames, and a notebook shows it. What a user
can mend is an `EvalReportError`.
"""

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from evalreport.library import (
        DataError,
        EvalReportError,
        Finding,
        GateNotMet,
        LoadedPlan,
        LoadedReport,
        Refused,
        Report,
        Spec,
        SpecError,
        StepFailed,
        StoreDamaged,
        Verdict,
        build,
        load_report,
        load_spec,
        parse_spec,
        plan_build,
    )

__version__: Final = "0.1.0"
__all__ = [
    "DataError",
    "EvalReportError",
    "Finding",
    "GateNotMet",
    "LoadedPlan",
    "LoadedReport",
    "Refused",
    "Report",
    "Spec",
    "SpecError",
    "StepFailed",
    "StoreDamaged",
    "Verdict",
    "__version__",
    "build",
    "load_report",
    "load_spec",
    "parse_spec",
    "plan_build",
]


if not TYPE_CHECKING:  # a checker that saw it would believe every name

    def __getattr__(name: str) -> Any:
        """Names of the library are imported when they are asked for: a command needs few."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from evalreport import library

        return getattr(library, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
