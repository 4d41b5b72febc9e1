"""Rules about a training's settings and rows: was what was asked for done?"""

from evalreport.analyze.epochs import courses
from evalreport.numbers import count_text, setting_text, share_text
from evalreport.rules.base import Family, Rule, Said, Severity
from evalreport.rules.case import Case, CaseRule, broken, has_training, has_tuned_weights, unchecked

_CUT = 0.02


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
        varies="weakens up to 2 % of the training rows",
        claim="Training and evaluation see the same prompt, and the end of the turn is trained.",
        why="A prompt that is tokenised otherwise in training is another prompt; an end-of-turn "
        "token outside the loss gives a model that never stops.",
        remedy="Use one chat template, with the end of turn inside the loss, and train again.",
        source="Reports in the issue trackers of training tools.",
        applies=has_tuned_weights,
        check=_template,
    ),
)
