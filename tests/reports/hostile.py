"""A report whose every string tries to be something else."""

from typing import Final

from evalreport.analyze.text_findings import ClassRow, ConfusionMatrix, Example
from evalreport.report.model import (
    About,
    Limitation,
    Report,
)
from evalreport.rules.base import Family, Remark, Severity, Status
from evalreport.verdict import RuledClaim
from tests.reports.parts import cell, exploratory, interval
from tests.reports.stories import changed, clear_win

HOSTILE: Final = (
    "<script>alert(1)</script>",
    "</pre></td></table><img src=https://evil.example/pixel.png onerror=alert(1)>",
    "<!-- a comment that never ends",
    "````\n```\n# Not a heading\n```python\nprint(1)\n```\n````",
    "| a | b |\n|---|---|\n| c | d |",
    "![x](https://evil.example/x.png) [click](javascript:alert(1)) <https://evil.example>",
    "\u202eevil\u202c \u2066isolate\u2069 \x1b[31mred\x1b[0m \x00nul\x07bell\x7f\x9b",
    "{{ 7 * 7 }} {% for x in y %} {0} %s",
    "]]><svg onload=alert(1)>&lt;b&gt; &amp; &#x3c;script&#x3e;",
    "---\nlicense: mit\n---\n# heading\n- list\n1. one\n> quote",
    "lone \ud800 surrogate, \ufffe noncharacter, \U000e0041 tag, zero\u200bwidth, \u2028 separator",
    "line one\r\nline two\rline three\ttab",
    "www.evil.example $x_1$ ~~struck~~ **bold** _it_ `code` \\| a\\|b",
    "Z" * 1_000_000,
)


def hostile() -> Report:
    """Every string that comes from a model, a row or a file tries to be something else."""
    base = clear_win()
    some = HOSTILE[:-1]
    outputs = tuple(
        Example(
            layer="extraction",
            metric="field_accuracy",
            item=f"item-{i} {text[:200]}",
            bucket="random",
            prompt=text,
            reference=text,
            cells=(
                cell("base", text, text[:5000], None, problem=text[:300]),
                cell("tuned", text, {text[:40]: [text[:300]]}, 0.25, truncated=True),
            ),
            difference=None,
            subgroups=((text[:60], text[:60]),),
        )
        for i, text in enumerate(HOSTILE)
    )
    joined = " ".join(some)
    return changed(
        base,
        name="hostile",
        title=joined[:300],
        examples=outputs,
        findings=(
            *base.findings,
            *(
                exploratory()[3].model_copy(
                    update={
                        "id": f"extraction.field_accuracy@{text}",
                        "subgroup": text,
                        "sentence": text,
                    }
                )
                for text in some
            ),
        ),
        confusion=(
            ConfusionMatrix(
                layer="routing",
                arm="tuned",
                labels=some,
                rows=tuple(
                    ClassRow(
                        label=text,
                        n=3,
                        predicted={text: 2, "no class": 1},
                        precision=interval(0.5, 0.2, 0.8),
                        recall=interval(0.5, 0.2, 0.8),
                    )
                    for text in some
                ),
            ),
        ),
        overlaps=(
            base.overlaps[0].model_copy(
                update={"examples": tuple((t, t) for t in some), "checked_against": some}
            ),
        ),
        steps=tuple(
            base.steps[0].model_copy(update={"outcome": "failed", "id": f"ask.{i}", "reason": t})
            for i, t in enumerate(some)
        ),
        remarks=tuple(
            Remark(
                rule=f"rule-{i}",
                family=Family.DATA,
                severity=Severity.WEAKENS,
                status=Status.BROKEN,
                text=t,
                cites=(t,),
            )
            for i, t in enumerate(some)
        ),
        limitations=tuple(Limitation(text=t) for t in some),
        not_measured=some,
        claims=tuple(
            RuledClaim(text=t, source=t, ruling="not_shown", because=t, cites=(t,)) for t in some
        ),
        about=About(
            authors=some,
            license="hostile\n---\nlicense",
            language="en",
            intended_use=joined,
            out_of_scope=joined,
            limitations=some,
        ),
        verdict=base.verdict.model_copy(
            update={"headline": joined[:400], "because": some, "next_step": joined[:400]}
        ),
        environment={t: t for t in some},
        reproduce=base.reproduce.model_copy(
            update={"spec_yaml": "\n".join(some), "command": joined[:300], "overrides": some}
        ),
        datasets={
            **base.datasets,
            "odd": base.datasets["test"].model_copy(
                update={"origin": joined, "notes": some, "role": "test"}
            ),
        },
    )
