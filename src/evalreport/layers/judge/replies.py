"""What of a judge's reply the judge itself said last, and what it only repeats or quotes.

A reply may hold answers that it was shown, and these may hold verdicts: in a repeated prompt, in
a block of code or a quotation, between quotation marks, or word for word anywhere. None of those
is the judge's. Where it cannot be told, there is no verdict: a wrong one cannot be noticed.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from evalreport.layers.judge.fences import sendable, without_fenced
from evalreport.layers.judge.objects import Odd, alone, field, object_pattern, parsed
from evalreport.layers.judge.prompts import PLACEHOLDER, rendered, sections_of
from evalreport.metrics.fences import is_unended, strip_reasoning
from evalreport.records.exchange import Compare, Rate, Served

NO_CONTENT: Final = "the server sent no content"
CUT_OFF: Final = "the verdict was cut off at the token limit"
NO_VERDICT: Final = "no verdict in the reply"
QUOTED: Final = "the only verdict in the reply is a quotation"
CONTRADICTED: Final = "the reply contradicts its own verdict"

_JUSTIFICATION_CHARACTERS: Final = 2_000
# Objects at the end of a reply among which its verdict is looked for.
_MOST_OBJECTS: Final = 200
_KEYS: Final = ("verdict", "comparisons", "ratings")
_CUT_WORDS: Final = frozenset({"length", "max_tokens", "model_length"})

_QUOTATION: Final = re.compile(r"(?:^[ \t]*+>.*+\n?+)++", re.MULTILINE)
_CODE: Final = re.compile(r"^[ \t]*+(`{3,}+|~{3,}+)[ \t]*+([^\s`]*+)[ \t\r]*+$", re.MULTILINE)
_MARKS: Final = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’", "«": "»"}
# The key of a verdict outside every whole object: of one that broke, or that a quotation broke.
STRAY_KEY: Final = re.compile(r"[\"'](?:verdict|comparisons|ratings)[\"']\s{0,20}+:", re.IGNORECASE)
_BEGUN: Final = re.compile(r'\{\s{0,50}+"[^"\\\n]{0,100}+"\s{0,20}+:')
_REASONED: Final = re.compile(r"\"justification\"\s*+:\s*+\"\s*+[^\"\s]", re.IGNORECASE)
_AROUND_CODE: Final = " \t\r\n`~"
_LEADING_THINK: Final = re.compile(r"\s*+<think>", re.IGNORECASE)
_END_OF_THINK: Final = re.compile(r"</think>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Said:
    """The last object of a reply that is the judge's own, and what stands after it."""

    value: dict[str, object]
    after: str


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply, and what of it is the judge's own.

    Attributes:
        whole: All of it, as it can be stored.
        own: Without reasoning, repeated parts of the prompt, code and quotations.
        is_alone: Whether it is one JSON object and nothing else.
        is_cut: Whether it ended at the token limit.
        is_thinking: Whether it ended inside its reasoning.
        request: What it replies to.
    """

    whole: str
    own: str
    is_alone: bool
    is_cut: bool
    is_thinking: bool
    request: Compare | Rate

    def last(self, key: str) -> Said | str:
        """The last object with this key that the judge itself wrote, or why there is none."""
        is_quoted = False
        after: list[str] = []
        until = len(self.own)
        prompt = ""
        objects = reversed(deque(object_pattern().finditer(self.own), maxlen=_MOST_OBJECTS))
        for found in objects:
            source = found[0]
            if not any(name in source.lower() for name in _KEYS):
                # nothing to do with a verdict; it must not look like one that was begun
                after.append(self.own[found.end() : until])
                until = found.start()
                continue
            value = parsed(source)
            if value is None or field(value, key) is Odd.ABSENT:
                continue
            prompt = prompt or squeezed("\n".join(_messages(self.request)))
            if self._is_quoted(found, prompt):
                is_quoted = True
                after.append(self.own[found.end() : until])
                until = found.start()
                continue
            after.append(self.own[found.end() : until])
            last = Said(value, "".join(reversed(after)))
            if not self._is_final(found, last) and self._said_otherwise(objects, last, key, prompt):
                return CONTRADICTED
            return self._checked(source, last)
        return self._nothing(is_quoted=is_quoted)

    def _is_final(self, found: re.Match[str], said: Said) -> bool:
        """Whether an object is a reply as it was asked for, on a line of its own, and the end.

        Such a one takes back what was said before it. Any other may speak of an answer that asked
        for a verdict, in words that do not stand there.
        """
        before = self.own[: found.start()].rpartition("\n")[2]
        is_last = not (before.strip(_AROUND_CODE) or said.after.strip(_AROUND_CODE))
        return is_last and _REASONED.search(found[0]) is not None

    def _said_otherwise(
        self, earlier: Iterable[re.Match[str]], last: Said, key: str, prompt: str
    ) -> bool:
        """Whether an earlier object of the judge's own has another value under the key."""
        told = _value(last.value, key)
        return any(
            _value(value, key) not in (told, Odd.ABSENT) and not self._is_quoted(found, prompt)
            for found in earlier
            if key in found[0].lower() and (value := parsed(found[0])) is not None
        )

    def _is_quoted(self, found: re.Match[str], prompt: str) -> bool:
        """Whether an object stands between quotation marks, or word for word in the prompt.

        The prompt comes without space. A verdict without a justification looks the same whoever
        writes it, so as the whole reply it is the judge's.
        """
        if self.is_alone and not _REASONED.search(found[0]):
            return False
        before = self.own[found.start() - 1 : found.start()]
        is_marked = before in _MARKS and self.own.startswith(_MARKS[before], found.end())
        return is_marked or squeezed(found[0]) in prompt

    def _checked(self, source: str, said: Said) -> Said | str:
        """What was said, unless the reply takes it back or was cut before it came to its own."""
        if self.is_cut and not (_bare(self.whole).startswith(source) or self._ends_with(source)):
            return CUT_OFF
        if STRAY_KEY.search(said.after):
            return CUT_OFF if self.is_cut else CONTRADICTED
        if _BEGUN.search(said.after):
            return CUT_OFF if self.is_cut else "another verdict was begun and not ended"
        return said

    def _ends_with(self, source: str) -> bool:
        return self.whole.rstrip(_AROUND_CODE).endswith(source)

    def _nothing(self, *, is_quoted: bool) -> str:
        if self.is_cut:
            return CUT_OFF
        if self.is_thinking:
            return "the reply ended inside its reasoning"
        return QUOTED if is_quoted else NO_VERDICT


def _value(value: dict[str, object], key: str) -> object:
    given = field(value, key)
    return given.strip().lower() if isinstance(given, str) else given


def reply_of(text: str, request: Compare | Rate, served: Served) -> Reply:
    """A reply, taken apart.

    A reply that is one JSON object is not searched for anything else: whatever looks like a fence,
    a quotation or reasoning stands in its strings.
    """
    whole = sendable(text)
    is_cut = served.finish.strip().lower() in _CUT_WORDS
    answered, is_thinking = _without_reasoning(whole)
    for one in (whole, answered):
        source = alone(one)
        if source is not None:
            return Reply(whole, source, True, is_cut, False, request)
    texts = tuple(section.text for section in sections_of(request))
    own = _QUOTATION.sub("\n", "".join(_prose(without_fenced(answered, texts))))
    return Reply(whole, own, False, is_cut, is_thinking, request)


def readable(text: str, limit: int = _JUSTIFICATION_CHARACTERS) -> str:
    """A text in one line and cut to a length; what is not to be seen is left out of it."""
    short = text.strip()[:limit]
    return "".join(
        mark if mark.isprintable() else " " if mark.isspace() else "" for mark in sendable(short)
    ).strip()


def justification_of(value: dict[str, object]) -> str:
    """What an object gives as its reason; empty when it gives none."""
    given = field(value, "justification")
    return readable(given) if isinstance(given, str) else ""


def squeezed(text: str) -> str:
    """A text without its space and in small letters, to see whether another one repeats it."""
    return "".join(text.lower().split())


def _messages(request: Compare | Rate) -> Iterator[str]:
    return (message.content for message in rendered(request, PLACEHOLDER))


def _bare(text: str) -> str:
    """A text without the fence of code that it may begin with."""
    return re.sub(r"\A\s*+[`~]{1,8}+(?:json)?+\s*+", "", text, flags=re.IGNORECASE).lstrip()


def _without_reasoning(text: str) -> tuple[str, bool]:
    """A text without its reasoning, and whether it ended within.

    Reasoning stands in front. A tag that is opened later and never closed is spoken of.
    """
    if _LEADING_THINK.match(text):
        closing = _END_OF_THINK.search(text)
        if closing is None:
            return "", True
        text = text[closing.end() :]
        if alone(text) is not None:
            return text, False
    return (text if is_unended(text) else strip_reasoning(text)[0]), False


def _prose(text: str) -> Iterator[str]:
    """A text without its blocks of code, but for those that are one JSON object.

    A block that is never closed is left, and so is one in which a block with a language begins.
    """
    at = 0
    fence: re.Match[str] | None = None
    for mark in _CODE.finditer(text):
        if fence is None or mark[2]:
            yield text[at : mark.start()]
            fence, at = mark, mark.start()
        elif mark[1].startswith(fence[1]):
            content = text[fence.end() : mark.start()]
            if alone(content) is not None:
                yield content
            fence, at = None, mark.end()
    yield text[at:]
