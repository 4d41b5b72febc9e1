"""rate: write the pages on which people compare answers, and say what came back so far."""

import sys
from dataclasses import dataclass
from pathlib import Path

from evalreport.commands.opening import STORE, Opened, now, open_plan
from evalreport.errors import EXIT_WRITTEN, DataError, EvalReportError, Problem, Refused
from evalreport.importers.ratings import read_ratings
from evalreport.layers.answers import Answers
from evalreport.layers.base import choose
from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.human.tasks import Known, RatingTask, known_comparisons, tasks_of
from evalreport.numbers import count_text, seconds_text
from evalreport.plan.judged_answers import stored_answers
from evalreport.plan.model import PlannedStep
from evalreport.plan.train_steps import train_steps
from evalreport.records import Item, StepKind
from evalreport.records.ratings import Rater
from evalreport.render.rating import rating_page
from evalreport.spec.asked import judged_pairs
from evalreport.spec.load import load_spec
from evalreport.spec.models import Spec
from evalreport.spec.nearest import did_you_mean
from evalreport.store.store import Store


@dataclass(frozen=True, slots=True)
class RateOptions:
    """What the command line says.

    Attributes:
        overrides: `--set` values.
        layer: Name of the layer; None for the only one.
        rater: Number of the rater whose page is written; None for all.
        out: Where the pages go; None for rating/NAME.
    """

    overrides: tuple[str, ...] = ()
    layer: str | None = None
    rater: int | None = None
    out: Path | None = None


@dataclass(frozen=True, slots=True)
class ToRate:
    """What there is to compare in a layer.

    Attributes:
        items: Whose answers.
        answers: By the arms.
        known: The comparisons, arms and all.
    """

    items: tuple[Item, ...]
    answers: Answers
    known: tuple[Known, ...]


def rate(path: Path, options: RateOptions) -> int:
    """Write a page for each rater, from the answers that a build has stored; nothing is asked.

    Args:
        path: Of the spec.
        options: Which layer, whose page, where to.

    Raises:
        SpecError: The spec is not right.
        DataError: Answers are missing, or a file of ratings is not about them.
        EvalReportError: There is nothing to rate, or the pages cannot be written.
    """
    loaded = load_spec(path, options.overrides)
    layer = _layer(path, loaded.spec, options.layer)
    if options.rater is not None and options.rater > layer.raters:
        what = f"there is no rater {options.rater}: layer {layer.name} has {layer.raters}"
        raise Refused(Problem("--rater", what, f"set raters: {options.rater}, or name another"))
    store = Store(Path(STORE), now, to_look=True)
    try:
        opened = open_plan(loaded.spec, loaded, store, may_download=False)
        given = to_rate(opened, layer, path)
    finally:
        store.close()
    folder = options.out or Path("rating") / loaded.spec.name
    tasks = [
        task
        for task in tasks_of(layer, given.known, given.answers)
        if options.rater in (None, task.rater) and task.comparisons
    ]
    for task in tasks:
        file = _written(folder, f"{layer.name}-rater-{task.rater}.html", rating_page(task))
        sys.stdout.write(f"{file.as_posix()}\n")
    sys.stderr.write("".join(f"{line}\n" for line in _said(layer, tasks, given, path)))
    if layer.ratings:
        back = read_ratings([loaded.folder / one for one in layer.ratings], layer, given.known)
        sys.stderr.write("".join(f"{_came_back(one)}\n" for one in back.raters))
    return EXIT_WRITTEN


def _layer(path: Path, spec: Spec, name: str | None) -> Human:
    """The layer that is meant."""
    layers = {one.name: one for one in spec.evaluation.layers if isinstance(one, Human)}
    if name is None and len(layers) == 1:
        return next(iter(layers.values()))
    if name is not None and name in layers:
        return layers[name]
    where = f"{path}  evaluation.layers"
    if not layers:
        texts = [one.name for one in spec.evaluation.layers if isinstance(one, Generation)]
        on = texts[0] if texts else "..."
        hint = f"add one, such as {{kind: human, name: people, on: {on}}}"
        raise DataError(Problem(where, "there is no layer of kind human", hint))
    if name is None:
        what = f"there are {count_text(len(layers), 'layer')} of kind human"
        raise DataError(Problem(where, what, f"name one: --layer {next(iter(layers))}"))
    what = f"there is no layer {name} of kind human"
    raise DataError(Problem(where, what, did_you_mean(name, [*layers], what="layers")))


def to_rate(opened: Opened, layer: Human, path: Path) -> ToRate:
    """What there is to compare, once all of it was answered.

    Args:
        opened: The spec with its plan.
        layer: How to rate.
        path: Of the spec, for what is said.

    Raises:
        DataError: Answers are missing.
        Refused: Nothing is left to be compared.
    """
    given, plan = opened.given, opened.plan
    on = next(one for one in given.spec.evaluation.layers if one.name == layer.on)
    pairs = judged_pairs(given.spec, layer)
    if not isinstance(on, Generation) or not pairs:
        what = f"no two arms of layer {layer.name} are compared"
        raise Refused(Problem(str(path), what, "name two of them under arms, or under comparisons"))
    needed = {arm for pair in pairs for arm in pair}
    steps = [
        one
        for one in plan.steps
        if one.step.layer == on.name
        and one.step.arm in needed
        and one.step.kind in (StepKind.ASK, StepKind.IMPORT)
    ]
    answers = stored_answers(given, on, pairs, steps, plan.asks, train_steps(given)[1])
    if answers is None:
        raise DataError(Problem(str(path), _missing(layer, steps), f"evalreport build {path}"))
    ((_, asked),) = on.items(given.found)
    items = choose(asked, layer.subset)
    known = known_comparisons(layer, items, answers)
    if not known:
        what = f"both arms wrote the same for all {count_text(len(items), 'item')} of {on.name}"
        raise Refused(Problem(str(path), what, "there is nothing that people could tell apart"))
    return ToRate(items, answers, known)


def _missing(layer: Human, steps: list[PlannedStep]) -> str:
    """Which answers are not there."""
    open_ones = [one for one in steps if one.status != "reused"]
    named = "; ".join(
        f"{one.step.id} ({one.reason})" if one.reason else one.step.id for one in open_ones
    )
    return f"layer {layer.name} compares answers that are not there yet: {named}"


def _written(folder: Path, name: str, page: str) -> Path:
    """A page, put in place as a whole."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        staged = folder / f".{name}.staged"
        staged.write_text(page, encoding="utf-8", newline="\n")
        return staged.replace(folder / name)
    except OSError as error:
        what = f"the page cannot be written ({error.strerror or error})"
        raise EvalReportError(
            Problem(str(folder), what, "check space and permissions, or name another --out")
        ) from error


def _said(layer: Human, tasks: list[RatingTask], given: ToRate, path: Path) -> list[str]:
    """What the pages hold, and what to do with them."""
    lines = [
        f"rater {one.rater}: {count_text(len(one.comparisons), 'comparison')}" for one in tasks
    ]
    asked = len({one.item for one in given.known})
    if layer.raters > 1:
        shared = layer.shared(asked)
        lines.append(f"{count_text(shared, 'item')} stand on every page, to see how raters agree")
    alike = len(given.items) - asked
    if alike:
        lines.append(
            f"{count_text(alike)} of {count_text(len(given.items), 'item')} are not asked: "
            "the answers are the same, or one is missing"
        )
    return [
        *lines,
        "Give each page to one person. It opens in any browser, needs no network, and ends with a",
        f"file to download. Put these files beside the spec and name them in layer {layer.name},",
        f"such as ratings: [ratings/rater-1.json]; then: evalreport build {path}",
        "No report names a rater, but each holds the spec, with the names of these files.",
    ]


def _came_back(rater: Rater) -> str:
    """What one person has rated so far."""
    skipped = f", {count_text(rater.skipped)} skipped" if rater.skipped else ""
    changed = f", {count_text(rater.changed)} changed in a later file" if rater.changed else ""
    unfinished = "" if rater.finished else ", not finished"
    return (
        f"came back from {rater.name}: {count_text(rater.rated, 'comparison')}{skipped}{changed}, "
        f"in {seconds_text(rater.seconds)}{unfinished}"
    )
