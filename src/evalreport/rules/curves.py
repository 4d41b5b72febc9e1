"""Rules about the loss curve of a training, done here or known from its files."""

from typing import Final

from evalreport.analyze.epochs import Course, against_the_trend, courses, diverges, rise_at
from evalreport.numbers import count_text, rate_text
from evalreport.rules.base import Family, Remark, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_tuned_weights, unchecked

DIVERGING_RULE: Final = "eval-loss-diverging"
NOT_BEST_RULE: Final = "not-best-checkpoint"
_FEWEST = 2  # evaluations that can be told apart
_SMALL_DATA = 10_000
_SMALL_RISE = 0.02
_OF_JITTER: Final = "above that at the end"


def _diverging(case: Case) -> tuple[Said, ...]:
    """Weights from before the turn are not touched by what came after it."""
    said: list[Said] = []
    for course in courses(case.evidence):
        found = diverges(course.curve)
        if found is None:
            said += _too_few_losses(course)
            continue
        chosen = course.chosen_step
        escaped = chosen is not None and chosen <= found[0]
        closing = "; the reported weights are from before the rise." if escaped else "."
        if chosen is not None and not escaped:
            closing = f"; {_reported_from(course, chosen)}"
        jitter = against_the_trend(course.curve)
        said.append(
            broken(
                f"The evaluation loss of {course.name} was least at {course.at(found[0])} and "
                f"{_rose(found[1], jitter)}{closing}",
                *case.primary_cites,
                severity=Severity.NOTE if escaped or jitter else None,
            )
        )
    return tuple(said)


def _rose(rise: float, jitter: float | None) -> str:
    """The rise in words; one that is not told from jitter with what it is held against."""
    if jitter is None:
        return f"rose by {rate_text(rise)} after it while the training loss fell"
    why = (
        f"which its own jitter explains: its largest step against the trend is {rate_text(jitter)}"
        if jitter
        else "on too few evaluations to be told from jitter"
    )
    return f"{rate_text(rise)} {_OF_JITTER} while the training loss fell, {why}"


def is_jitter(remark: Remark) -> bool:
    """Whether a remark tells of a rise that is not told from the curve's own jitter."""
    return remark.rule == DIVERGING_RULE and _OF_JITTER in remark.text


def _reported_from(course: Course, chosen: int) -> str:
    """From where weights are that are not the best, and how much worse they do."""
    rise = rise_at(course.curve, chosen)
    above = "" if rise is None else f", where it stood {rate_text(rise)} higher"
    if course.takes_last:
        at = course.at(chosen)
        return f"which weights are used is not told; the last, of {at}, are taken{above}."
    best = course.best_step if course.is_ours else None
    mend = "" if best is None else f" `keep: best` takes those of {course.at(best)}."
    return f"the reported weights are from {course.at(chosen)}{above}.{mend}"


def _is_told_by_the_rise(course: Course) -> bool:
    """Whether weights from after a rise were reported: one fact, told by `eval-loss-diverging`."""
    found, chosen = diverges(course.curve), course.chosen_step
    return found is not None and chosen is not None and chosen > found[0]


def _too_few_losses(course: Course) -> tuple[Said, ...]:
    """A curve from elsewhere that holds no evaluations is no curve without a rise."""
    if course.is_ours or course.evaluations > 1:
        return ()
    told = "published" if course.is_published and not course.is_logged else "logged"
    but = ", only how far it fell" if course.has_fall else ""
    return (unchecked(f"Nobody {told} how the evaluation loss of {course.name} went{but}."),)


def _not_best(case: Case) -> tuple[Said, ...]:
    said: list[Said] = []
    for course in courses(case.evidence):
        if course.is_published and course.evaluations < _FEWEST:
            continue  # that there is no curve is said elsewhere, and nobody can choose from it
        chosen, best = course.chosen_step, course.best_step
        if best is None or chosen is None:
            said += _not_known_which(course)
            continue
        if chosen == best or _is_told_by_the_rise(course):
            continue
        if course.takes_last:
            said += _not_known_which(course)
            continue
        rise = rise_at(course.curve, chosen)
        said.append(
            broken(
                f"The evaluation loss of {course.name} was least at {course.at(best)}; "
                f"{_reported_from(course, chosen)}",
                *case.primary_cites,
                severity=Severity.NOTE if rise is not None and rise <= _SMALL_RISE else None,
            )
        )
    return tuple(said)


def _has_weights_to_ask_of(case: Case) -> bool:
    """Whether something is left to say, or nothing is told elsewhere."""
    known = courses(case.evidence)
    if all(course.is_published and course.evaluations < _FEWEST for course in known):
        return False
    told = any(map(_is_told_by_the_rise, known))
    return _has_curve(case) and (not told or bool(_not_best(case)))


def _not_known_which(course: Course) -> tuple[Said, ...]:
    if course.is_ours:
        return ()
    if course.best_step is None:
        return _too_few_losses(course)
    if course.takes_last:
        closing = "which of its weights are used, no file tells"
    elif course.is_published:
        closing = "which of its weights were published was not said"
    else:
        closing = "from which step its weights are, no file tells"
    best = course.at(course.best_step)
    return (unchecked(f"The evaluation loss of {course.name} was least at {best}; {closing}."),)


def _no_curve(case: Case) -> tuple[Said, ...]:
    bare = [course for course in courses(case.evidence) if course.evaluations < 2]
    if not bare:
        return ()
    if not bare[0].is_ours:
        return (_no_curve_known(case, bare[0]),)
    return (
        broken(
            "There is no evaluation curve during training, so whether it overfitted cannot be read "
            "from it: declare a `select` set and `evaluate_every`."
        ),
    )


def _no_curve_known(case: Case, course: Course) -> Said:
    if course.is_published:
        return _no_curve_published(course)
    if course.curve:
        return broken(
            f"The trainer of {course.name} logged no evaluation curve, so whether it overfitted "
            "cannot be read from it."
        )
    is_adapter = case.evidence.arms["tuned"].replicates[0].subject.kind == "adapter"
    or_name = " or name it (`adapter.trainer_state`)" if is_adapter else ""
    return unchecked(
        f"No curve of the training of {course.name} is known, so whether it overfitted cannot be "
        f"read from it: put its trainer_state.json beside the weights{or_name}."
    )


def _no_curve_published(course: Course) -> Said:
    told = "logged" if course.is_logged else "published"
    if course.has_fall and not course.told:
        return broken(
            f"Of {course.name} how far the evaluation loss fell was published and no curve, so "
            "whether it overfitted cannot be read from it."
        )
    match max(course.told, course.evaluations if course.is_logged else 0):
        case 0:
            count = f"no evaluation loss was {told}"
        case 1 if course.is_logged:
            count = "one evaluation loss was logged"
        case 1:
            count = "one evaluation loss was published and no curve"
        case several:
            count = f"{count_text(several, 'evaluation loss', 'evaluation losses')} were published "
            count += "and not when they were taken"
    return broken(f"Of {course.name} {count}, so whether it overfitted cannot be read from it.")


def _epochs_high(case: Case) -> tuple[Said, ...]:
    said = []
    memory = (
        "see the gap between seen and unseen items"
        if case.findings.gaps
        else "whether it memorised was not measured (add an `overfitting` layer)"
    )
    for course in courses(case.evidence):
        last = course.epochs
        if last <= 3:
            continue
        if course.rows is None:
            said.append(
                unchecked(
                    f"{course.name[:1].upper()}{course.name[1:]} trained for {last:g} epochs on an "
                    f"unknown number of rows: {_name_rows(course)}."
                )
            )
        elif course.rows < _SMALL_DATA:
            said.append(
                broken(
                    f"{last:g} epochs on {count_text(course.rows, 'row')} ({course.name}): a "
                    f"setting associated with memorising; {memory}."
                )
            )
    return tuple(said)


def _name_rows(course: Course) -> str:
    where = "training.recorded.rows" if course.is_published else "datasets.train"
    return f"{'tell it' if course.is_published else 'name them'} under `{where}`"


def _has_curve(case: Case) -> bool:
    return any(course.is_ours or course.curve for course in courses(case.evidence))


def _has_length(case: Case) -> bool:
    return _has_curve(case) or any(course.epochs for course in courses(case.evidence))


def _has_course(case: Case) -> bool:
    """Whether anything is known of a training, be it that nothing was published of its course."""
    return has_tuned_weights(case) or bool(courses(case.evidence))


CURVES: tuple[CaseRule, ...] = (
    Rule(
        id=DIVERGING_RULE,
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        varies="worth knowing where the reported weights are from before the rise, or where it "
        "is no larger than the curve's own jitter",
        claim="The evaluation loss did not rise by over 2 % while the training loss fell.",
        why="From there on the model learnt its training rows, not the task.",
        remedy="Evaluate the checkpoint with the least loss (`keep: best`), or train for fewer "
        "epochs.",
        source="Standard practice of early stopping.",
        applies=_has_curve,
        check=_diverging,
    ),
    Rule(
        id=NOT_BEST_RULE,
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        varies="worth knowing where the loss is at most 2 % higher",
        claim="The reported weights are those with the least evaluation loss.",
        why="Later weights of the same run were worse on held-out rows.",
        remedy="Evaluate the checkpoint with the least loss: `keep: best`.",
        source="Own.",
        applies=_has_weights_to_ask_of,
        check=_not_best,
    ),
    Rule(
        id="last-point-only",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="There is an evaluation curve.",
        why="Two final numbers cannot show whether a model overfitted on the way.",
        source="A published evaluation.",
        is_absence=True,
        applies=_has_course,
        check=_no_curve,
    ),
    Rule(
        id="epochs-high",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="At most 3 epochs on fewer than 10,000 rows.",
        why="More is associated with memorising.",
        source="Own.",
        applies=_has_length,
        check=_epochs_high,
    ),
)
