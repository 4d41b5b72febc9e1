"""Functions that a spec names as `module:function`: parsed anywhere, imported only to score."""

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator

from evalreport.errors import Problem, SpecError
from evalreport.values import Words

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


def _not_usable(name: str, why: str) -> SpecError:
    return SpecError(
        Problem(
            f"function: {name}",
            f"cannot be imported: {why}",
            "its module must be importable from where evalreport runs; see PYTHONPATH",
        )
    )
