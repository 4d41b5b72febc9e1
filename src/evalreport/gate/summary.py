"""A gate as a table in Markdown, as the summary of a job on GitHub takes it."""

from typing import Final

from evalreport.gate.conditions import Gated, State
from evalreport.render.quoting import markdown_code, markdown_prose, markdown_text

_MARKS: Final = {State.MET: "✔", State.OPEN: "–", State.UNTOLD: "?", State.NOT_MET: "✘"}


def summary_markdown(title: str, place: str, gated: Gated) -> str:
    """One section: the sentence, the headline, and a row a condition.

    Args:
        title: Of the report.
        place: Where the report is.
        gated: What came of the conditions on it.
    """
    mark = _MARKS[State.MET if gated.is_passed else State.NOT_MET]
    rows = [
        f"| {_MARKS[one.state]} {one.state.value} | {one.name} | {markdown_prose(one.why)} |"
        for one in gated.conditions
    ]
    return "\n".join(
        (
            f"### {mark} {markdown_text(title)}",
            "",
            f"**Gate {markdown_prose(gated.sentence)}.**",
            "",
            f"{markdown_prose(gated.verdict.headline)} ({markdown_code(place)})",
            "",
            "| condition | | because |",
            "|---|---|---|",
            *rows,
            "",
            "",
        )
    )
