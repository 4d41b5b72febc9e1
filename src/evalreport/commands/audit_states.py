"""States of trainers: of several in the files, the one of the tuned model's training."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evalreport.commands.audit_roles import Roles
from evalreport.errors import Problem, Refused
from evalreport.importers.survey import Surveyed
from evalreport.numbers import count_text
from evalreport.training.earlier import STATE
from evalreport.training.plain_files import checkpoint_step

_MOST: Final = 4
_ELSE: Final = (
    "if it is tuned's, write it into the spec: training: {recorded: {trainer_state: ...}}"
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The state that an audit takes.

    Attributes:
        state: It; None where none is of the tuned model's training.
        passed: The others, each with the reason why it is not taken.
    """

    state: Surveyed | None
    passed: tuple[tuple[Path, str], ...]


def chosen_state(
    states: Sequence[Surveyed],
    roles: Roles | None,
    results: Sequence[Surveyed],
    named: frozenset[str],
) -> Chosen:
    """Of the tuned model's training, the state that goes furthest.

    A state is of the models whose results lie nearest to it, in the folders below its argument; one
    near which none lie is the tuned model's. What is named as a file goes before the rest.

    Args:
        states: All that there are.
        roles: Who is who; None where there are no results.
        results: Files with results.
        named: Real paths of the files that the user named by themselves.

    Raises:
        Refused: They are of several trainings.
    """
    passed: list[tuple[Path, str]] = []
    mine: list[Surveyed] = []
    for one in states:
        other = _other_owner(one, roles, results)
        if other:
            passed.append((one.path, f"as it lies with results of {other}: {_ELSE}"))
        else:
            mine.append(one)
    meant = [one for one in mine if os.path.realpath(one.path) in named] or mine
    passed += [(one.path, "as another state is named") for one in mine if one not in meant]
    trainings = _trainings(meant)
    if len(trainings) > 1:
        raise _several([of[0].path for of in trainings], is_alone=roles is None)
    for furthest, *others in trainings:
        passed += [(one.path, _behind(one, furthest)) for one in others]
    return Chosen(trainings[0][0] if trainings else None, tuple(passed))


def step_of(state: Surveyed) -> int | None:
    """The step to which a state goes: as it says, else by its folder, else by its log."""
    training = state.training
    if training is None:
        return None
    if training.steps is not None:
        return training.steps
    named = checkpoint_step(state.path.parent)
    return named if named is not None or not training.curve else training.curve[-1].step


# Whose


def _other_owner(state: Surveyed, roles: Roles | None, results: Sequence[Surveyed]) -> str:
    """Whose results alone lie nearest to a state, where the tuned model's do not; else empty."""
    if roles is None:
        return ""
    for folder in _folders(state):
        near = [one for one in results if _plain(one.path).is_relative_to(folder)]
        if any(roles.held("tuned", one) for one in near):
            return ""
        if near and "base" in roles.there and any(roles.held("base", one) for one in near):
            return "the base alone"
        if near:
            return "another model alone"
    return ""


def _folders(state: Surveyed) -> Iterator[Path]:
    """The folder of a state, and those above it up to the argument that named it."""
    top = _plain(state.given)
    folder = _plain(state.path).parent
    yield folder
    while folder != top and folder.is_relative_to(top):
        folder = folder.parent
        yield folder


def _plain(path: Path) -> Path:
    return Path(os.path.abspath(path))  # noqa: PTH100 -- a link is where the user put it


# Which training


def _trainings(states: Sequence[Surveyed]) -> list[list[Surveyed]]:
    """States by training, of each the furthest first; at the same step a checkpoint comes later."""
    found: list[list[Surveyed]] = []
    for one in sorted(states, key=_reach):
        of = next((of for of in found if any(_is_one(one, other) for other in of)), None)
        if of is None:
            found.append([one])
        else:
            of.append(one)
    return found


def _reach(state: Surveyed) -> tuple[int, bool, Path]:
    step = step_of(state)
    is_checkpoint = checkpoint_step(state.path.parent) is not None
    return -1 if step is None else -step, is_checkpoint, state.path


def _is_one(first: Surveyed, second: Surveyed) -> bool:
    """Whether two states are of one training: in one folder, or of which one's log is in both."""
    return _place(first) == _place(second) or _logs(first, second) == "alike"


def _place(state: Surveyed) -> Path:
    """Where a training wrote: the folder above a checkpoint's; a file with a name of its own."""
    path = _plain(state.path)
    if path.name != STATE:
        return path
    is_checkpoint = checkpoint_step(path.parent) is not None
    return path.parent.parent if is_checkpoint else path.parent


def _logs(first: Surveyed, second: Surveyed) -> str:
    """Whether two logs say the same of the steps that both have: alike, differ, or empty."""
    one, other = (dict(_logged(of)) for of in (first, second))
    both = one.keys() & other.keys()
    if not both:
        return ""
    return "alike" if all(one[key] == other[key] for key in both) else "differ"


def _logged(state: Surveyed) -> Iterator[tuple[tuple[int, str], float]]:
    """What was logged by step, but no evaluation at the end, where the best weights may be back."""
    curve = state.training.curve if state.training is not None else ()
    for point in curve:
        told = {
            "loss": point.train_loss,
            "rate": point.learning_rate,
            "norm": point.gradient_norm,
            "evaluation": None if point is curve[-1] else point.eval_loss,
        }
        yield from (
            ((point.step, name), value) for name, value in told.items() if value is not None
        )


# What is said


def _behind(state: Surveyed, furthest: Surveyed) -> str:
    mine, theirs = step_of(state), step_of(furthest)
    if mine == theirs:
        why = f"as {furthest.path} is of the same training and goes as far"
    elif theirs is None:
        why = f"as {furthest.path} is of the same training"
    else:
        why = f"as {furthest.path} is of the same training and goes on to step {theirs}"
    if _logs(state, furthest) == "differ":
        why += " (though their logs differ: is one left of an earlier training?)"
    return why


def _several(paths: Sequence[Path], *, is_alone: bool) -> Refused:
    shown = ", ".join(str(path) for path in paths[:_MOST])
    more = f" and {count_text(len(paths) - _MOST)} more" if len(paths) > _MOST else ""
    whose = "meant" if is_alone else "the tuned model's"
    what = (
        f"there are states of {count_text(len(paths), 'training')}, and nothing tells which is "
        f"{whose}: {shown}{more}"
    )
    hint = "name the file of that one as well: the others are then passed over"
    return Refused(Problem("audit", what, hint))
