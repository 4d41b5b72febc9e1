"""The base at its best: what tuned shows against a base that was asked in a form it can answer."""

from enum import Enum, auto
from typing import Final

from evalreport.analyze.decide import Oriented, oriented
from evalreport.analyze.findings import FindingOutcome, FindingRole, Form
from evalreport.analyze.sentences import change_text, spoken
from evalreport.estimates import has_value
from evalreport.layers.known_metrics import OF_FORM
from evalreport.numbers import count_text, points_text, share_text
from evalreport.rules.against import Against, against
from evalreport.rules.base import Said, Severity
from evalreport.rules.case import Case, broken
from evalreport.rules.outputs import health_row, rows_of

FORMAT_RULE: Final = "base-format-unfair"
_ALL: Final = "All of the gain may be format"
_PART: Final = "Part of the gain is format"
ALL_FORMAT: Final = "all of which may be format"
# How a remark begins, and what a headline says then.
IN_HEADLINE: Final = {_ALL: ALL_FORMAT, _PART: "part of which is format"}
_NO_GAIN: Final = (
    "Against a prompted base whose outputs can be read, no gain is shown: the verdict depends on "
    "the prompt of the base."
)
_FORMAT_GAP: Final = 0.10
_MOST: Final = 0.5


class _Shown(Enum):
    """What the primaries of a layer show against prompted bases whose outputs can be read."""

    NO_GAIN = auto()  # the verdict depends on the prompt of the base
    GAIN = auto()  # at least the gain that was asked for
    SMALLER = auto()  # a gain, and not that it is the one asked for
    UNKNOWN = auto()  # there is no such base


def base_format_unfair(case: Case) -> tuple[Said, ...]:
    """One sentence for each layer whose base fails the form much more often than tuned."""
    said = []
    for layer in case.generations:
        graded = _graded(case, layer.name)
        if graded is None:
            continue
        tuned, base = rows_of(case, layer.name)
        if tuned is None or base is None or not tuned.n or not base.n:
            continue
        gap = base.unparsed / base.n - tuned.unparsed / tuned.n
        if gap < _FORMAT_GAP:
            continue
        shown = _against_readable(case, layer.name)
        severity = _severity(shown, is_reversed=_is_reversed(case, layer.name))
        form = _form_for_base(case, layer.name)
        among = _among_readable(case, layer.name)
        if shown is not _Shown.GAIN and _none_in_both(case, layer.name):
            how_much = _PART if shown is _Shown.SMALLER else _ALL
            opening = (
                f"{how_much}: base could be read on {count_text(base.n - base.unparsed)} of "
                f"{count_text(base.n, 'output')} in {layer.name}"
                f"{_not_in_both(base.n - base.unparsed)}; {form}"
            )
        else:
            how_much = _how_much(case, layer.name, shown)
            opening = (
                f"{how_much}he share of outputs that could not be read is {points_text(gap)} "
                f"higher for the base than for tuned in {layer.name}, and {form}"
            )
        said.append(
            broken(
                _told(
                    shown,
                    f"{opening}{_better_prompt(case, layer.name)}.",
                    among,
                    is_reversed=_is_reversed(case, layer.name),
                ),
                # Comparisons alone: what tuned can do by itself does not hang on the base.
                *graded,
                # What is shown against a base at its best stands, unless no gain does.
                *(() if severity is Severity.INVALIDATES else _fair(case, layer.name)),
                severity=severity,
            )
        )
    return tuple(said)


def grades_more_than_form(case: Case) -> bool:
    """Whether some layer asks for more than the form: where it is the form, the gain is one."""
    return any(_graded(case, layer.name) is not None for layer in case.generations)


def _graded(case: Case, layer: str) -> tuple[str, ...] | None:
    """Ids of what was declared in a layer beyond validity; None where validity is all that was."""
    declared = [f for f in case.declared if f.layer == layer]
    # Of metrics of form the form is the gain.
    graded = tuple(f.id for f in declared if f.metric not in OF_FORM)
    return None if declared and not graded else graded


def _how_much(case: Case, layer: str, shown: _Shown) -> str:
    """How much of a gain may be format, as a sentence begins: what both got into shape tells."""
    if shown is _Shown.GAIN:
        return "T"
    in_both = [
        oriented(form.difference, higher_is_better=finding.higher_is_better)
        for finding in case.primaries
        if finding.layer == layer and finding.outcome is FindingOutcome.BETTER
        for form in finding.forms or ()
        if form.name == "valid_in_both"
    ]
    is_shown = all(ends is not None and ends.low > 0 for ends in in_both)
    return f"{_PART if is_shown or shown is _Shown.SMALLER else _ALL}: t"


def _severity(shown: _Shown, *, is_reversed: bool) -> Severity | None:
    if shown is _Shown.NO_GAIN:
        return Severity.INVALIDATES
    if shown is _Shown.GAIN:
        return Severity.NOTE
    return Severity.INVALIDATES if is_reversed else None


def _told(shown: _Shown, fact: str, among: str, *, is_reversed: bool) -> str:
    """The remark; what decides comes first, since a headline gives its first sentence."""
    against_readable = {
        _Shown.NO_GAIN: _NO_GAIN,
        _Shown.GAIN: "Against a base whose outputs can be read the gain is still at least the one "
        "asked for.",
        _Shown.SMALLER: "That the gain is the one asked for is not shown against a base whose "
        "outputs can be read.",
        _Shown.UNKNOWN: "",
    }[shown]
    if shown is _Shown.NO_GAIN:
        order = (against_readable, fact, among)
    elif is_reversed:
        order = (among, fact, against_readable)
    else:
        order = (fact, against_readable, among)
    return " ".join(sentence for sentence in order if sentence)


def _against_readable(case: Case, layer: str) -> _Shown:
    """Whether the verdict holds against the base at its best, by all primaries of a layer."""
    held = [
        one
        for primary in case.primaries
        if primary.layer == layer and primary.outcome is FindingOutcome.BETTER
        for one in against(case, primary)
        if is_prompted_base(case, one.arm)
    ]
    readable = [one for one in held if _is_readable(case, layer, one.arm)]
    # A prompt that fails more often must not protect a gain: what both got into shape speaks too.
    in_both = [ends for one in held if one not in readable and (ends := _ends_in_both(one))]
    if any(one.ends is not None and one.ends.low <= 0 for one in readable) or any(
        ends.low <= 0 for ends in in_both
    ):
        return _Shown.NO_GAIN
    if not any(one.is_better for one in readable):
        return _Shown.UNKNOWN
    return _Shown.GAIN if all(_reaches(one) for one in readable) else _Shown.SMALLER


def _fair(case: Case, layer: str) -> tuple[str, ...]:
    """Ids of what tuned shows against a prompted base whose outputs can be read."""
    return tuple(
        one.found.id
        for primary in case.primaries
        if primary.layer == layer
        for one in against(case, primary)
        if one.found.arms[0] == "tuned"
        and is_prompted_base(case, one.arm)
        and _is_readable(case, layer, one.arm)
    )


def no_gain_over_prompted(text: str) -> bool:
    """Whether a remark of this rule says that a prompted base does about as well as tuned."""
    return text.startswith(_NO_GAIN)


def _form_for_base(case: Case, layer: str) -> str:
    """What is known of a base that is asked for the form."""
    arms = [name for name in case.evidence.arms if is_prompted_base(case, name)]
    if any(_is_readable(case, layer, name) for name in arms):
        return "a better prompt gives the base the form as well"
    return "a better prompt might give the base the form as well"


def _ends_in_both(one: Against) -> Oriented | None:
    """Tuned minus a prompted base on what both got into shape, where that is most items."""
    form = _in_both(one)
    return None if form is None else oriented(form.difference, higher_is_better=one.upwards)


def _in_both(one: Against) -> Form | None:
    forms = (form for form in one.found.forms or () if form.name == "valid_in_both")
    return next((form for form in forms if form.n >= _MOST * one.found.n), None)


def _reaches(one: Against) -> bool:
    gain = one.declared.gain_at_least
    return one.is_better and one.ends is not None and gain is not None and one.ends.value >= gain


def _is_readable(case: Case, layer: str, arm: str) -> bool:
    """Whether an arm's outputs can be read nearly as often as those of tuned."""
    tuned, other = (health_row(case, layer, name) for name in ("tuned", arm))
    if tuned is None or other is None or not tuned.n or not other.n:
        return False
    return other.unparsed / other.n - tuned.unparsed / tuned.n < _FORMAT_GAP


def _none_in_both(case: Case, layer: str) -> bool:
    """Whether no item was read from both, so that nothing but the form was compared."""
    counts = [
        form.n
        for finding in case.declared
        if finding.layer == layer
        for form in finding.forms or ()
        if form.name == "valid_in_both"
    ]
    return bool(counts) and not any(counts)


def _not_in_both(read: int) -> str:
    return ", and tuned on none of those" if read else ""


def _is_reversed(case: Case, layer: str) -> bool:
    """Whether what both got into shape is shown to have got worse while the whole got better."""
    return any(
        ends is not None and ends.high < 0 and finding.outcome is FindingOutcome.BETTER
        for finding in case.primaries
        if finding.layer == layer
        for form in finding.forms or ()
        if form.name == "valid_in_both"
        for ends in (oriented(form.difference, higher_is_better=finding.higher_is_better),)
    )


def _better_prompt(case: Case, layer: str) -> str:
    """What tuned shows against a base with a prompt of its own, where one was asked.

    By what decides in this layer, or else by what was declared first: a field of every score
    would make a list of it.
    """
    declared = [finding for finding in case.declared if finding.layer == layer]
    deciding = [f for f in declared if f.role is FindingRole.PRIMARY] or declared[:1]
    shown = [
        f"{one.text}{_unread(case, layer, one)}"
        for finding in deciding
        for one in against(case, finding)
        if is_prompted_base(case, one.arm)
    ]
    return f"; {'; '.join(shown)}" if shown else " (not run: unknown)"


def _unread(case: Case, layer: str, one: Against) -> str:
    """Said of a prompted base that fails the form as well."""
    row = health_row(case, layer, one.arm)
    if row is None or _is_readable(case, layer, one.arm):
        return ""
    form = _in_both(one)
    among = (
        f" (among the {count_text(form.n, 'item')} that both got into shape, it is "
        f"{change_text(one.found, form.difference)})"
        if form is not None and has_value(form.difference)
        else ""
    )
    unread = share_text(row.unparsed, row.n)
    return f", but {unread} of its outputs could not be read either{among}"


def is_prompted_base(case: Case, name: str) -> bool:
    """Whether an arm is the base with a prompt of its own."""
    arm = case.evidence.arms.get(name)
    return (
        arm is not None
        and arm.prompting is not None
        and all(replicate.subject.kind == "base" for replicate in arm.replicates)
    )


def _among_readable(case: Case, layer: str) -> str:
    shown = [
        f"Among the {count_text(form.n, 'item')} that both got into shape, {spoken(finding)} is "
        f"{change_text(finding, form.difference)}."
        for finding in case.declared
        if finding.layer == layer
        for form in finding.forms or ()
        if form.name == "valid_in_both" and has_value(form.difference)
    ]
    return shown[0] if shown else ""
