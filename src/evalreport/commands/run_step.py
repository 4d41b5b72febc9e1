"""run-step: do one job in this process; the one thing that a launcher has to start."""

import sys
import traceback
from pathlib import Path

from evalreport.errors import EXIT_STEP, EXIT_WRITTEN, EvalReportError
from evalreport.run.child import run_job
from evalreport.run.progress import Printer


def run_step(path: Path) -> int:
    """Do what a job file says.

    What goes wrong is written to stdout, which the parent keeps; progress goes to stderr.

    Returns:
        0 when it is done, 3 when it could not be.
    """
    try:
        run_job(path, Printer())
    except EvalReportError as error:
        for problem in error.problems:
            sys.stdout.write(" ".join(p for p in (problem.where, problem.what, problem.hint) if p))
            sys.stdout.write("\n")
        return EXIT_STEP
    except Exception as error:  # noqa: BLE001 - the step's boundary: what fails becomes a Failure
        sys.stdout.write(traceback.format_exc())
        sys.stdout.write(f"{type(error).__name__}: {error}\n".replace("\n", " ").strip() + "\n")
        return EXIT_STEP
    return EXIT_WRITTEN
