"""evalreport in Python: a few functions, and values that a notebook shows.

Everything here is a name of `evalreport` too, where it is imported when it is first asked for.
"""

from evalreport.analyze.findings import Finding
from evalreport.errors import (
    DataError,
    EvalReportError,
    GateNotMet,
    Refused,
    SpecError,
    StepFailed,
    StoreDamaged,
)
from evalreport.library.building import build
from evalreport.library.loaded import LoadedReport, load_report
from evalreport.library.planning import LoadedPlan, plan_build
from evalreport.library.specs import load_spec, parse_spec
from evalreport.report.model import Report
from evalreport.spec.models import Spec
from evalreport.verdict import Verdict

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
    "build",
    "load_report",
    "load_spec",
    "parse_spec",
    "plan_build",
]
