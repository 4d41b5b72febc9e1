"""Ratings: the file that a rating page writes, and what a person said as it is known here.

The file names no arm and no item: a comparison goes by a digest of what was read, and the text
that stood first by another. It can be read, mended (a rater's name) and kept beside the spec.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import Field, StringConstraints

from evalreport.values import NonNegative, Number, Value
from evalreport.versions import Format

_DOWNLOADED: Final = "name the file that a rater downloaded at the end of the rating page"
_ANEW: Final = "rate anew (evalreport rate writes the pages), or use the evalreport that wrote it"
RATINGS: Final = Format(
    "files of ratings", "evalreport_ratings", 1, "file of ratings", _DOWNLOADED, older=_ANEW
)

_Text: TypeAlias = Annotated[str, StringConstraints(strict=True, max_length=20_000)]
_Short: TypeAlias = Annotated[str, StringConstraints(strict=True, max_length=200)]
_Hex: TypeAlias = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9a-f]{8,64}$")]


class FiledRating(Value):
    """What a person said about one comparison.

    Attributes:
        id: Of the comparison.
        first: Slot digest of the text that stood first, as A.
        verdict: The better answer, no difference, or nothing because it was skipped.
        note: What the person wrote beside it.
        seconds: That it was looked at, while the page was to be seen.
        place: The how manieth on the page, from 1.
    """

    id: _Hex
    first: _Hex
    verdict: Literal["A", "B", "tie", "skip"]
    note: _Text = ""
    seconds: NonNegative = 0.0
    place: Annotated[int, Field(strict=True, ge=1)]


class RatingsFile(Value):
    """All that one person said on one page, so far.

    Attributes:
        evalreport_ratings: Version of this format.
        page: Digest of the page.
        asked: Digest of what was asked.
        page_number: Of the page, from 1.
        rater: Name or pseudonym, as the person typed it; may be empty.
        session: Drawn at random when rating began; files with the same one are of one person.
        started: When rating began.
        saved: When the file was written.
        finished: When the last comparison was rated; None before.
        ratings: In the order of the page.
    """

    evalreport_ratings: Annotated[int, Field(strict=True)]
    page: _Hex
    asked: _Hex
    page_number: Annotated[int, Field(strict=True, ge=1)]
    rater: _Short = ""
    session: _Hex
    started: _Short
    saved: _Short
    finished: _Short | None = None
    ratings: tuple[FiledRating, ...]


@dataclass(frozen=True, slots=True)
class PersonVerdict:
    """What one person said about one item of a pair of arms.

    Attributes:
        rater: Who, as `Rater.name`.
        item: The item's id.
        pair: Candidate and reference.
        seed: Training seed of the candidate; None where it has none.
        verdict: 1 where the candidate is better, -1 where it is worse, 0 for no difference; None
            where the person skipped it.
        candidate_first: Whether the candidate's answer stood first.
        note: What the person wrote beside it; foreign text.
        seconds: That it was looked at.
    """

    rater: str
    item: str
    pair: tuple[str, str]
    seed: int | None
    verdict: Literal[-1, 0, 1] | None
    candidate_first: bool
    note: str = ""
    seconds: Number = 0.0


@dataclass(frozen=True, slots=True)
class Rater:
    """One person.

    Attributes:
        name: As typed, else by the number of the page.
        pages: Numbers of the pages that were rated.
        rated: Comparisons with a verdict.
        skipped: Comparisons that were skipped.
        seconds: That all of it took.
        changed: Comparisons about which two files of this person differ; the later one counts.
        finished: Whether the last comparison of a page was reached.
    """

    name: str
    pages: tuple[int, ...]
    rated: int
    skipped: int
    seconds: float
    changed: int = 0
    finished: bool = False


@dataclass(frozen=True, slots=True)
class Ratings:
    """What all people said.

    Attributes:
        raters: Who, in the order of the files.
        verdicts: One for each rater, comparison, and pair and seed that it stands for.
        digest: Of the files' content.
    """

    raters: tuple[Rater, ...] = ()
    verdicts: tuple[PersonVerdict, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far rating has come, in comparisons as pages hold them.

    Attributes:
        comparisons: All that there are.
        rated: With a verdict of at least one person.
        skipped: Skipped by everybody who came to them.
        complete: Rated or skipped by as many people as were to.
    """

    comparisons: int = 0
    rated: int = 0
    skipped: int = 0
    complete: int = 0

    @property
    def is_finished(self) -> bool:
        """Whether nobody is waited for."""
        return self.complete == self.comparisons


@dataclass(frozen=True, slots=True)
class PeopleLayer:
    """All that people said about one layer's answers.

    Attributes:
        layer: Its name.
        items: Ids of the items that were meant to be rated, in item order.
        pairs: Candidate and reference of each pair that is compared.
        seeds: By pair, the candidate's seeds, in order.
        planned: By item that stands on a page, how many people were to rate it.
        progress: How far they have come.
        raters: Who has rated so far; no report names them.
        verdicts: What they said.
        alike: By pair and seed, the items whose two answers are the same text: they tie unasked.
        lengths: By arm and seed, characters of each item's answer.
        unanswered: By arm and seed, items without an answer to rate.
    """

    layer: str
    items: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]
    seeds: Mapping[tuple[str, str], tuple[int | None, ...]]
    planned: Mapping[str, int]
    progress: Progress
    raters: tuple[Rater, ...] = ()
    verdicts: tuple[PersonVerdict, ...] = ()
    alike: Mapping[tuple[str, str, int | None], frozenset[str]] = field(default_factory=dict)
    lengths: Mapping[tuple[str, int | None], Mapping[str, int]] = field(default_factory=dict)
    unanswered: Mapping[tuple[str, int | None], frozenset[str]] = field(default_factory=dict)
