"""Lines about what was judged and what it cost: different answers, calls, tokens, versions."""

from collections.abc import Iterator
from typing import Final

from evalreport.analyze.judging.heard import Heard
from evalreport.analyze.judging.lines import Writer, writer_of
from evalreport.analyze.judging.model import CardLine, LineState
from evalreport.analyze.judging.thresholds import DIFFERENT, FEWEST_OUTPUTS, is_constant
from evalreport.analyze.judging.versions import by_calls, cut, first_of
from evalreport.estimates import NotEstimable, Point
from evalreport.numbers import count_text, fraction_text

_ALL: Final = "all of them were looked at"


def use_lines(heard: Heard) -> Iterator[CardLine]:
    """All lines about the answers and the calls."""
    write = writer_of(heard)
    yield from _outputs(write)
    yield from _alike(write)
    yield from _calls(write)


def _outputs(write: Writer) -> Iterator[CardLine]:
    judged = write.heard.judged
    for arm, (different, n) in judged.outputs.items():
        value = (
            Point(value=different / n, no_interval=_ALL)
            if n
            else NotEstimable(not_estimable=f"{arm} gave no answer")
        )
        others = [k for other, (k, _) in judged.outputs.items() if other != arm]
        possible = max([*others, judged.references[0] if judged.references else 0], default=0)
        state = LineState.CAUTION if is_constant(different, n, possible) else LineState.FINE
        yield write.line(
            f"outputs_{arm}",
            f"different answers of {arm}",
            value,
            k=different,
            n=n,
            state=LineState.OPEN if n < FEWEST_OUTPUTS else state,
            note=f"to the judged items; below {fraction_text(DIFFERENT)} of all, and half of the "
            f"{count_text(possible)} that another arm or the references show to be possible, an "
            "answer may have been written for the judge",
        )


def _alike(write: Writer) -> Iterator[CardLine]:
    judged = write.heard.judged
    for pair in judged.pairs:
        seeds, items = judged.seeds[pair], frozenset(judged.items)
        k = sum(len(judged.alike.get((*pair, seed), frozenset()) & items) for seed in seeds)
        n = len(judged.items) * len(seeds)
        if n:
            yield write.line(
                "identical",
                f"the same answer from {pair[0]} and {pair[1]}",
                Point(value=k / n, no_interval=_ALL),
                k=k,
                n=n,
                note="they tie without being asked",
                pair=pair,
            )


def _calls(write: Writer) -> Iterator[CardLine]:
    heard = write.heard
    used = next((one for one in heard.judged.uses if one.judge == heard.judge), None)
    if used is None:
        return
    yield write.count("calls", "answered calls", used.calls, "calls")
    yield write.count("failed_calls", "calls without an answer", used.failed, "calls")
    uncounted = (
        f"of {count_text(used.uncounted, 'call')} the server told none" if used.uncounted else ""
    )
    yield write.count("prompt_tokens", "tokens sent", used.prompt_tokens, "tokens", uncounted)
    yield write.count("tokens", "tokens written", used.tokens, "tokens", uncounted)
    yield write.count(
        "possibly_paid",
        "requests that left, and of which no answer is known",
        used.possibly_paid,
        "calls",
        "they may have been paid for",
    )
    named = [f"{cut(name)}: {count_text(k, 'call')}" for name, k in by_calls(used.versions)]
    told = "; ".join(first_of(named))
    versions = Point(value=float(len(used.versions)), no_interval="a count")
    yield write.line(
        "versions",
        "versions of the judge that answered",
        versions if used.versions else NotEstimable(not_estimable="the server told none"),
        k=len(used.versions) or None,
        unit="versions",
        state=LineState.CAUTION if len(used.versions) > 1 else LineState.PLAIN,
        note=told,
    )
