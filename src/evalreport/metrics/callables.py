"""Functions that a spec names as `module:function`: parsed anywhere, imported only to score."""

import re
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator

from evalreport.errors import Problem, SpecError, StepFailed
from evalreport.values import Json, Words

LIMIT_SECONDS: Final = 30.0  # for one answer

_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*", re.ASCII)


def _is_named(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is not written as module:function")
    return name


FunctionName: TypeAlias = Annotated[Words, AfterValidator(_is_named)]


@cache
def imported(name: str) -> Callable[..., Any]:
    """The function of that name; importing its module runs that module's code.

    Raises:
        SpecError: The module cannot be imported, or holds no such function.
    """
    module, _, function = name.partition(":")
    try:
        found: object = getattr(import_module(module), function)
    except Exception as error:  # a user's module may raise anything
        raise _not_usable(name, f"{type(error).__name__}: {error}") from error
    if not callable(found):
        raise _not_usable(name, f"{function} is a {type(found).__name__}, not a function")
    return found


def called(name: str, *given: Json) -> tuple[Any, str]:
    """What a function of the user's returns, and what went wrong when it raised something.

    Raises:
        SpecError: It cannot be imported.
        StepFailed: It does not come back.
    """
    function = imported(name)
    try:
        with _time_limit(name):
            return function(*given), ""
    except StepFailed:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001  # a function may raise anything
        return None, f"{name} raised {type(error).__name__}: {error}"


@contextmanager
def _time_limit(name: str) -> Iterator[None]:
    """Ends what never ends, where the system can: in the main thread, with timers that signal."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(
        signal, "setitimer"
    ):
        yield
        return

    def end(*_: object) -> None:
        raise StepFailed(
            Problem(
                f"function: {name}",
                f"took more than {LIMIT_SECONDS:g} s for one answer",
                "let it give up by itself: None says that an answer cannot be scored",
            )
        )

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, LIMIT_SECONDS, 1.0)  # again, if it was caught
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _not_usable(name: str, why: str) -> SpecError:
    return SpecError(
        Problem(
            f"function: {name}",
            f"cannot be imported: {why}",
            "its module must be importable from where evalreport runs; see PYTHONPATH",
        )
    )
