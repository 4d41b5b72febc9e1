"""run-step: do one job in this process; the one thing that a launcher has to start."""

import sys
import traceback
from pathlib import Path

from evalreport.errors import (
    EXIT_INTERRUPTED,
    EXIT_STEP,
    EXIT_WRITTEN,
    EvalReportError,
    in_one_line,
)
from evalreport.run.child import run_job
from evalreport.run.launch import accept_interrupts, end_with_parent
from evalreport.run.progress import Printer
from evalreport.run.ranks import end_with_tie, is_one_of_several, say_progress, say_reason


def run_step(path: Path) -> int:
    """Do what a job file says.

    What goes wrong is written to stdout, which the parent keeps; progress goes to stderr. On a
    Ctrl-C it is the parent that speaks.

    Returns:
        0 when it is done, 3 when it could not be, 130 when it was interrupted.
    """
    end_with_parent()
    end_with_tie()
    try:
        accept_interrupts()
        run_job(path, say_progress if is_one_of_several() else Printer())
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except EvalReportError as error:
        _say(in_one_line(error), error)
        return EXIT_STEP
    except OSError as error:
        sys.stdout.write(traceback.format_exc())
        where = f": {error.filename}" if error.filename else ""
        _say(f"{error.strerror or error}{where}", error)
        return EXIT_STEP
    except Exception as error:  # noqa: BLE001 - the step's boundary: what fails becomes a Failure
        sys.stdout.write(traceback.format_exc())
        _say(f"{type(error).__name__}: {error}", error)
        return EXIT_STEP
    return EXIT_WRITTEN


def _say(reason: str, error: BaseException) -> None:
    """A reason as the one last line that the parent takes for it, or finds where it was first."""
    words = " ".join(reason.split())
    sys.stdout.write(words + "\n")
    say_reason(words, error)
