"""Rules about training: did it do what was asked, and did it learn or memorise?"""

from collections.abc import Callable, Iterable

from evalreport.analyze.epochs import Course, courses, diverges, rise_at
from evalreport.analyze.findings import Gap
from evalreport.analyze.gaps import gap_is_above_zero
from evalreport.estimates import Point, has_value
from evalreport.numbers import count_text, rate_text, setting_text, share_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import (
    Case,
    CaseRule,
    broken,
    has_training,
    has_tuned_weights,
    unchecked,
)

_CUT = 0.02
_SMALL_DATA = 10_000
_MEMORISED = 0.5
_SMALL_RISE = 0.02


def _asked_used(case: Case) -> tuple[Said, ...]:
    said = []
    for seed, log in case.evidence.trainings.items():
        differ = [
            f"{name}: asked {setting_text(log.asked[name])}, used {setting_text(log.used[name])}"
            for name in sorted(log.asked)
            if name in log.used and log.asked[name] != log.used[name]
        ]
        if differ:
            said.append(
                broken(f"Training of seed {seed} did not use what was asked: {'; '.join(differ)}.")
            )
    return tuple(said)


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
        said.append(
            broken(
                f"The evaluation loss of {course.name} was least at step {found[0]:,} and rose "
                f"by {rate_text(found[1])} after it while the training loss fell"
                f"{'; the reported weights are from before the rise' if escaped else ''}.",
                *case.primary_cites,
                severity=Severity.NOTE if escaped else None,
            )
        )
    return tuple(said)


def _too_few_losses(course: Course) -> tuple[Said, ...]:
    """A curve from elsewhere that holds no evaluations is no curve without a rise."""
    if course.is_ours or course.evaluations > 1:
        return ()
    return (unchecked(f"Nobody logged how the evaluation loss of {course.name} went."),)


def _not_best(case: Case) -> tuple[Said, ...]:
    said: list[Said] = []
    for course in courses(case.evidence):
        chosen, best = course.chosen_step, course.best_step
        if best is None or chosen is None:
            said += _not_known_which(course)
            continue
        if chosen == best:
            continue
        rise = rise_at(course.curve, chosen)
        above = "" if rise is None else f", where it stood {rate_text(rise)} higher"
        mend = " `keep: best` takes the former." if course.is_ours else ""
        said.append(
            broken(
                f"The evaluation loss of {course.name} was least at step {best:,}; the "
                f"reported weights are from step {chosen:,}{above}.{mend}",
                *case.primary_cites,
                severity=Severity.NOTE if rise is not None and rise <= _SMALL_RISE else None,
            )
        )
    return tuple(said)


def _not_known_which(course: Course) -> tuple[Said, ...]:
    if course.is_ours:
        return ()
    if course.best_step is None:
        return _too_few_losses(course)
    return (
        unchecked(
            f"The evaluation loss of {course.name} was least at step {course.best_step:,}; from "
            "which step its weights are, no file tells."
        ),
    )


def _no_curve(case: Case) -> tuple[Said, ...]:
    bare = [course for course in courses(case.evidence) if course.evaluations < 2]
    if not bare:
        return ()
    if not bare[0].is_ours:
        return (_no_curve_known(case, bare[0]),)
    return (
        broken(
            "There is no evaluation curve during training, so 'no overfitting' cannot be read "
            "from it: declare a `select` set and `evaluate_every`."
        ),
    )


def _no_curve_known(case: Case, course: Course) -> Said:
    if course.curve:
        return broken(
            f"The trainer of {course.name} logged no evaluation curve, so 'no overfitting' cannot "
            "be read from it."
        )
    is_adapter = case.evidence.arms["tuned"].replicates[0].subject.kind == "adapter"
    or_name = " or name it (`adapter.trainer_state`)" if is_adapter else ""
    return unchecked(
        f"No curve of the training of {course.name} is known, so 'no overfitting' cannot be read "
        f"from it: put its trainer_state.json beside the weights{or_name}."
    )


def _rows_cut(case: Case) -> tuple[Said, ...]:
    said = _not_seen(case, "its training rows were cut or dropped")
    for seed, log in case.evidence.trainings.items():
        rows = log.rows
        # A row that was dropped was cut first, so that nothing was left to learn.
        if not rows.rows or max(rows.truncated, rows.dropped) / rows.rows <= _CUT:
            continue
        said.append(
            broken(
                f"{share_text(rows.truncated, rows.rows)} of the training rows of seed {seed} were "
                f"cut at max_length and {share_text(rows.dropped, rows.rows)} dropped; "
                f"{count_text(rows.tokens_lost, 'token')} were lost.",
                *case.primary_cites,
            )
        )
    return tuple(said)


def _not_seen(case: Case, what: str) -> list[Said]:
    """That rows of a training that was not done here were never looked at."""
    return [
        unchecked(f"Whether {what} is not known: {course.name} was not trained here.")
        for course in courses(case.evidence)
        if not course.is_ours
    ]


def _template(case: Case) -> tuple[Said, ...]:
    said = _not_seen(case, "training saw the prompts of this evaluation")
    for seed, log in case.evidence.trainings.items():
        rows = log.rows
        if rows.prefix_mismatches:
            said.append(
                broken(
                    f"In {share_text(rows.prefix_mismatches, rows.rows)} of the training rows of "
                    f"seed {seed} the prompt is tokenised otherwise than in evaluation: they "
                    "train in a context that evaluation never shows.",
                    *case.primary_cites,
                    severity=_by_share(rows.prefix_mismatches, rows.rows),
                )
            )
        if rows.without_end_of_turn:
            said.append(
                broken(
                    f"In {share_text(rows.without_end_of_turn, rows.rows)} of the training rows "
                    f"of seed {seed} no end-of-turn token is learned: the model may never stop.",
                    *case.primary_cites,
                    severity=_by_share(rows.without_end_of_turn, rows.rows),
                )
            )
    return tuple(said)


def _by_share(part: int, whole: int) -> Severity | None:
    return Severity.WEAKENS if whole and part / whole <= _CUT else None


def _epochs_high(case: Case) -> tuple[Said, ...]:
    said = []
    for course in courses(case.evidence):
        last = max((point.epoch for point in course.curve), default=0.0)
        if last <= 3:
            continue
        if course.rows is None:
            said.append(
                unchecked(
                    f"{course.name} trained for {last:g} epochs on an unknown number of rows: name "
                    "them under `datasets.train`."
                )
            )
        elif course.rows < _SMALL_DATA:
            said.append(
                broken(
                    f"{last:g} epochs on {count_text(course.rows, 'row')} ({course.name}): a "
                    "setting associated with memorising; see the gap between seen and unseen items."
                )
            )
    return tuple(said)


def _gap(case: Case) -> tuple[Said, ...]:
    gaps = [gap for gap in case.findings.gaps if gap.name == "gap"]
    return (
        *(
            broken(
                f"Most of the improvement is on what was trained: {gap.sentence}",
                *case.primary_cites,
            )
            for gap in gaps
            if gap_is_above_zero(gap)
            and has_value(gap.generalisation_ratio)
            and gap.generalisation_ratio.value < _MEMORISED
        ),
        *_without_interval(gaps),
    )


def _regurgitation(case: Case) -> tuple[Said, ...]:
    gaps = [gap for gap in case.findings.gaps if gap.name == "regurgitation"]
    return (
        *(
            broken(f"Training text comes back word for word: {gap.sentence}", *case.primary_cites)
            for gap in gaps
            if gap_is_above_zero(gap)
        ),
        *_without_interval(gaps),
    )


def _paraphrased(case: Case) -> tuple[Said, ...]:
    gaps = [gap for gap in case.findings.gaps if gap.name == "paraphrase_gap"]
    return (
        *(
            broken(
                f"Part of the improvement is on the wording of the training items: {gap.sentence}",
                *case.primary_cites,
            )
            for gap in gaps
            if gap_is_above_zero(gap)
        ),
        *_without_interval(gaps),
    )


def _without_interval(gaps: Iterable[Gap]) -> tuple[Said, ...]:
    """A positive excess without an interval is neither shown nor excluded."""
    return tuple(
        unchecked(f"How sure this is cannot be told: {gap.sentence}")
        for gap in gaps
        if isinstance(gap.difference, Point) and gap.difference.value > 0
    )


def _no_gap(case: Case) -> tuple[Said, ...]:
    if case.findings.gaps:
        return ()
    return (
        unchecked(
            "Whether the model memorised its training items was not measured: add an "
            "`overfitting` layer."
        ),
    )


def _has_curve(case: Case) -> bool:
    return any(course.is_ours or course.curve for course in courses(case.evidence))


def _has_gap(name: str) -> Callable[[Case], bool]:
    return lambda case: any(gap.name == name for gap in case.findings.gaps)


TRAINING: tuple[CaseRule, ...] = (
    Rule(
        id="asked-not-used",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="Training used the settings that were asked for.",
        why="Libraries rename, default and override settings silently. The report shows what the "
        "optimiser really had.",
        remedy="Ask for what the optimiser can do, or find out what overrode it, and train again.",
        source="Own; renamed arguments in transformers 5.",
        applies=has_training,
        check=_asked_used,
    ),
    Rule(
        id="eval-loss-diverging",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="The evaluation loss did not rise by over 2 % while the training loss fell.",
        why="From there on the model learnt its training rows, not the task.",
        remedy="Train for fewer epochs, or keep the best checkpoint.",
        source="Standard practice of early stopping.",
        applies=_has_curve,
        check=_diverging,
    ),
    Rule(
        id="not-best-checkpoint",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="The reported weights are those with the least evaluation loss.",
        why="Later weights of the same run were worse on held-out rows.",
        remedy="Evaluate the checkpoint with the least loss: `keep: best`.",
        source="Own.",
        applies=_has_curve,
        check=_not_best,
    ),
    Rule(
        id="last-point-only",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="There is an evaluation curve.",
        why="Two final numbers cannot show whether a model overfitted on the way.",
        source="A published evaluation.",
        applies=has_tuned_weights,
        check=_no_curve,
    ),
    Rule(
        id="rows-cut",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="At most 2 % of the training rows were cut or dropped.",
        why="Cut rows teach answers without ends; trainers drop rows without saying so.",
        remedy="Raise `max_length`, or shorten the rows.",
        source="Own; TRL drops rows without a trainable token uncounted.",
        applies=has_tuned_weights,
        check=_rows_cut,
    ),
    Rule(
        id="template-mismatch",
        family=Family.TRAINING,
        severity=Severity.INVALIDATES,
        claim="Training and evaluation see the same prompt, and the end of the turn is trained.",
        why="A prompt that is tokenised otherwise in training is another prompt; an end-of-turn "
        "token outside the loss gives a model that never stops.",
        remedy="Use one chat template, with the end of turn inside the loss, and train again.",
        source="Reports in the issue trackers of training tools.",
        applies=has_tuned_weights,
        check=_template,
    ),
    Rule(
        id="epochs-high",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="At most 3 epochs on fewer than 10,000 rows.",
        why="More is associated with memorising.",
        source="Own.",
        applies=_has_curve,
        check=_epochs_high,
    ),
    Rule(
        id="gap-did",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="Unseen items are not shown to improve less than half as much as training items.",
        why="The base is the control: improvement on seen minus improvement on unseen items is "
        "what was memorised.",
        remedy="Train for fewer epochs or on more varied rows.",
        source="Difference in differences; statistics notes of this project.",
        applies=_has_gap("gap"),
        check=_gap,
    ),
    Rule(
        id="regurgitation",
        family=Family.TRAINING,
        severity=Severity.WEAKENS,
        claim="Training completions are not shown to be recited more than unseen ones.",
        why="Verbatim training text in outputs is a privacy and licensing risk.",
        remedy="Look at what is recited; drop repeated or private rows, and train for fewer "
        "epochs.",
        source="Carlini et al. (2023).",
        applies=_has_gap("regurgitation"),
        check=_regurgitation,
    ),
    Rule(
        id="paraphrase-gap",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="Training items are not shown to improve less when they are asked in other words.",
        why="The same items in other words need the same knowledge: what they improve less was "
        "learnt of the wording. Train on more wordings of an item.",
        source="Own.",
        applies=_has_gap("paraphrase_gap"),
        check=_paraphrased,
    ),
    Rule(
        id="memorisation-unmeasured",
        family=Family.TRAINING,
        severity=Severity.NOTE,
        claim="Seen items were compared with unseen ones.",
        why="A good test score does not show what else was learnt by heart.",
        source="Own.",
        applies=lambda case: has_tuned_weights(case) or bool(case.findings.gaps),
        check=_no_gap,
    ),
)
