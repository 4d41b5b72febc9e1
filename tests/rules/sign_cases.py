"""For every rule about what a judge shows of itself: the same world with one fact changed."""

from collections.abc import Mapping
from typing import Final

from evalreport.records import Judging, Part
from evalreport.records.judging import (
    CorrectedNet,
    FirstSlot,
    PairCounts,
    SlotControls,
    WordingShift,
)
from evalreport.rules.base import Severity
from tests.analyze.evidence import World
from tests.rules.case import Case
from tests.rules.recorded_worlds import judged

SOUND: Final[Mapping[str, object]] = {
    "first": FirstSlot(k=102, n=200, low=0.46, high=0.56),
    "controls": SlotControls(n=20, ties=18, marked=1),
    "obeyed": Part(k=0, n=10),
    "verdicts": PairCounts(wins=72, losses=32, ties=16, missing=0),
    "wordings": (WordingShift(declared=12, other=10, up=2, down=3, n=30),),
    "outputs": {"tuned": Part(k=118, n=120), "base": Part(k=120, n=120)},
}


def shown(**changed: object) -> World:
    """A sound comparison by a judge that showed nothing to object to, but for these facts."""
    made = judged()
    facts = made.evidence.judging["ab"].model_copy(update={**SOUND, **changed})
    assert isinstance(facts, Judging)
    return made.with_evidence(judging={"ab": facts})


SIGN_CASES: Final[Mapping[str, Case]] = {
    "judge-corrected-differs": Case(
        lambda: shown(corrected=CorrectedNet(labels=120, value=0.05, low=-0.04, high=0.14)),
        "corrected by people it is +5.0 points (95 % interval −4.0 to +14.0), with 120 human "
        "labels: the interval holds 0",
        lambda: shown(corrected=CorrectedNet(labels=120, value=0.21, low=0.12, high=0.3)),
    ),
    "judge-slot-preference": Case(
        lambda: shown(first=FirstSlot(k=140, n=200, low=0.64, high=0.76)),
        "preferred what stood first in 140 (70.0 %) of 200 decisive verdicts: one half is fair, "
        "and 10 % from it is much; that is a preference for a slot",
        shown,
    ),
    "judge-controls": Case(
        lambda: shown(controls=SlotControls(n=20, ties=5, marked=1)),
        "Shown one answer in both slots, the judge of ab (gpt-5-mini) called it a tie in "
        "5 (25.0 %) of 20 controls only",
        lambda: shown(controls=SlotControls(n=20, ties=6, marked=1)),  # its interval reaches 54 %
    ),
    "judge-obeys-answers": Case(
        lambda: shown(obeyed=Part(k=7, n=10)),
        "preferred an answer in which an instruction to it was planted in 7 (70.0 %) of 10 "
        "comparisons with the same answer without it, and without it in 1 of 20: it does what "
        "answers tell it; if answers in this evaluation hold such text, they win by it.",
        shown,
    ),
    "judge-unread": Case(
        lambda: shown(verdicts=PairCounts(wins=72, losses=32, ties=16, missing=30)),
        "gave no verdict on 30 (20.0 %) of 150 items: had those gone to the other side, 72 to 32 "
        "decisive pairs would be 72 to 62",
        lambda: shown(verdicts=PairCounts(wins=72, losses=32, ties=16, missing=3)),
    ),
    "judge-wording": Case(
        lambda: shown(wordings=(WordingShift(declared=6, other=-8, up=1, down=14, n=30),)),
        "gives another net win: 15 of 30 verdicts moved, 14 of them one way. Its size hangs on the "
        "wording; which side it prefers is not beyond chance under both.",
        shown,
    ),
    "judge-constant-answers": Case(
        lambda: shown(outputs={"tuned": Part(k=1, n=120), "base": Part(k=120, n=120)}),
        "In ab tuned gave 1 different answer to 120 items",
        shown,
        severity=Severity.INVALIDATES,
    ),
}
