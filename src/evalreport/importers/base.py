"""What an importer is: whether a file is its own, and the rows, figures and facts that it holds.

An importer knows one format and nothing of arms, seeds or intervals. A file of items is read row by
row, so that one of any size needs little memory; totals and a trainer's state are read whole.
Nothing is dropped without a count: a row that cannot be taken up goes to `Left`, a score that is
not there is `NoScore` with its reason.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.metrics.base import Column, Score
from evalreport.records import EarlierTraining, Judging, Known, KnownCount, Unknown
from evalreport.records import Protocol as Asked
from evalreport.values import Flag, Number, Value

Gives: TypeAlias = Literal["scores", "verdicts", "outputs", "figures", "training"]
"""scores: a number for each answer. verdicts: which of two answers is better. outputs: what models
wrote, to be scored by our metrics. figures: totals without items. training: a trainer's state."""


@dataclass(frozen=True, slots=True)
class NoScore:
    """Why an answer has no number: `unparsed` where a judge or a parser gave nothing readable.

    Attributes:
        reason: In words, without anything that a model said.
        is_unparsed: Whether somebody was asked and nothing could be read from the reply; else it
            was never measured, or measuring it failed.
    """

    reason: str
    is_unparsed: bool = False


Given: TypeAlias = Score | NoScore


@dataclass(frozen=True, slots=True)
class Game:
    """One verdict of a judge over one pair in one order.

    Attributes:
        score: Of the model that the row is about: 1 it wins, 0.5 a tie, 0 it loses; None where
            nothing could be read from the reply.
        was_first: Whether that model's answer was shown first; None where the file does not tell.
    """

    score: float | None
    was_first: bool | None


@dataclass(frozen=True, slots=True)
class Row:
    """One answer to one item, or one pair of answers, as another tool left it.

    Attributes:
        line: Where it stands, from 1; `Reading.numbered` says what is counted.
        item: What pairs it: equal for the same item in two runs of one `part`, and different for
            every other. It never depends on the answer, the model or the order of the file.
        scores: By metric, as `Reading.column` describes it; a ratio is not of 0. Of a pair it is
            the score of `model`; what `against` has of it is the mirror image (see `mirrored`).
        part: Rows of different parts are different measurements of perhaps the same items, such as
            lm-eval's `gsm8k` read with filter `strict-match`: "gsm8k strict-match".
        model: Whose answer it is, as the file names it; empty where it does not.
        against: The other model of a pair.
        prompt: Digest of what was asked, exactly as the model saw it; empty where the file does not
            tell. Equal prompts must give equal digests in every file of the format.
        output: What the model wrote, where the file holds it.
        other_output: What `against` wrote.
        cluster: What items hang together by, such as the question of several turns.
        groups: (key, value) pairs for subgroups, such as ("category", "math").
        games: The single verdicts behind the scores of a pair, one an order.
        judge: Who gave the verdict, as the row names it.
        reply: Digest of what the judge replied, word for word; empty where the file has none.
    """

    line: int
    item: str
    scores: Mapping[str, Given]
    part: str = ""
    model: str = ""
    against: str = ""
    prompt: str = ""
    output: str | None = None
    other_output: str | None = None
    cluster: str = ""
    groups: tuple[tuple[str, str], ...] = ()
    games: tuple[Game, ...] = ()
    judge: str = ""
    reply: str = ""


class ToolFigure(Value):
    """A number that the tool itself gives of a whole part: what items should give again.

    Attributes:
        part: As in `Row.part`.
        metric: As in `Row.scores`.
        model: Whose, as the file names it; empty where a file is about one model.
        value: The number, in the metric's unit (fractions, not percent).
        se: Its standard error as the tool gives it.
        is_of_items: Whether that is the error of a mean of so many independent items; of any other,
            or of one that is known to be wrong, no interval is made.
        n: Items behind it.
        note: What a reader must know of it, such as "the standard error is of rows, not questions".
    """

    part: str
    metric: str
    model: str = ""
    value: Number
    se: Number | None = None
    is_of_items: Flag = True
    n: int | None = None
    note: str = ""


class Facts(Value):
    """How something was measured, as far as its file tells; what is empty is unknown.

    Two runs are held against each other by these texts, so equal settings must give equal texts.
    Nothing here may depend on the model that was measured.

    Attributes:
        decoding: How answers were drawn, such as `greedy, at most 256 tokens`; for choices
            "log-likelihood".
        scorer: What scored them: tool, version of task or rubric, filter.
        shots: Worked examples in the prompt.
        template: Chat template or system prompt: a digest or a name; "none" where none was applied.
        precision: Number format and quantization of the weights; may differ between two runs.
    """

    decoding: str = ""
    scorer: str = ""
    shots: int | None = None
    template: str = ""
    precision: str = ""


def protocol_of(facts: Facts) -> Asked:
    """How an arm was asked, as tables and rules have it; prompts are held item by item."""

    def known(text: str) -> Known | Unknown:
        return Known(known=text) if text else Unknown()

    return Asked(
        prompts=Unknown(),
        decoding=known(facts.decoding),
        scorer=known(facts.scorer),
        shots=Unknown() if facts.shots is None else KnownCount(known=facts.shots),
        template=known(facts.template),
        precision=known(facts.precision),
    )


@dataclass(frozen=True, slots=True)
class Reading:
    """One file of another tool, open to be read once.

    Attributes:
        tool: Its name, such as `lm-eval`.
        gives: What its rows or figures are.
        version: Of the tool, where the file tells.
        made_at: When it was measured, where the file tells; ISO 8601.
        model: The model that the whole file is about, where it tells.
        named: The model that its file or folder is called after, where the tool names them so.
        judge_named: The judge that its file or folder is called after, likewise.
        rows: To be read once, in the order of the file. Reading them may add to `left`.
        left: What could not be taken up; complete when `rows` has been read.
        column: What a metric is: unit, direction, bounds; the scale is MEAN where it is not known
            better, and what has only the scores 0 and 1 in every arm is then taken as BINARY by
            whoever reads, where it has those bounds or none.
        is_guessed: Whether nothing tells that of a metric higher is better, and it was assumed.
        facts: How each part was measured, by `Row.part`; under "" what holds for all.
        figures: The tool's own numbers.
        expected: How many items each part should have, where the file or the benchmark tells.
        judging: What is known of the judge, beside what the rows tell.
        notes: Sentences that a reader of the report must know.
        training: What a trainer's state tells, of a file that gives `training`.
        numbered: What the rows' `line` counts: lines of a text, rows of an array or of Parquet, ...
    """

    tool: str
    gives: Gives
    rows: Iterable[Row]
    column: Callable[[str], Column]
    left: Left
    version: str = ""
    made_at: str = ""
    model: str = ""
    named: str = ""
    judge_named: str = ""
    is_guessed: Callable[[str], bool] = lambda _: False
    facts: Mapping[str, Facts] = field(default_factory=dict)
    figures: tuple[ToolFigure, ...] = ()
    expected: Mapping[str, int] = field(default_factory=dict)
    judging: Judging | None = None
    notes: tuple[str, ...] = ()
    training: EarlierTraining | None = None
    numbered: Literal["line", "row", "sample"] = "line"


class Importer(Protocol):
    """A format; each is one frozen object in a file of its own, and one line in the table."""

    @property
    def name(self) -> str:
        """Tool and kind of file, such as `lm-eval samples`."""
        ...

    @property
    def gives(self) -> Gives:
        """What it reads."""
        ...

    def recognises(self, seen: Glimpse) -> bool:
        """Whether a file is of this format, by its content alone."""
        ...

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:
        """The file, open to be read.

        Args:
            path: The file; what lies beside it may be looked at for facts.
            columns: What the spec says of columns by what we call them (`id`, `output`, ...); only
                plain tables need it.

        Raises:
            DataError: The file as a whole cannot be used; says where, what, and what next.
        """
        ...


def mirrored(score: Score, column: Column) -> Score:
    """What the other model of a pair has of a score.

    Args:
        score: Of the one; a ratio is (numerator, denominator), the share of something.
        column: With bounds; the mirror of x is low + high - x.
    """
    if isinstance(score, tuple):
        top, bottom = score
        return bottom - top, bottom
    if column.low is None or column.high is None:
        raise ValueError(f"{column.metric} has no bounds, so a pair's score has no mirror")
    return column.low + column.high - score
