"""Requests and responses: all that may be asked of a model, a judge, a person or a cage."""

from typing import Annotated, Any, Literal, NewType, TypeAlias

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer

from evalreport.digest import digest_of
from evalreport.records.items import Prompt
from evalreport.values import Count, Json, Natural, NonNegative, Number, Value

ResponseKey = NewType("ResponseKey", str)


class _Sparse(Value):
    """A value that is kept and known without what a single turn has not: as before there were more.

    So neither the key of a request nor the stored body of an answer changed.
    """

    @model_serializer(mode="wrap")
    def _without_turns(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dumped: dict[str, Any] = dump(self)
        return {
            name: value for name, value in dumped.items() if value or name not in ("then", "before")
        }


class Decoding(Value):
    """How text is drawn; temperature 0 is greedy."""

    max_new_tokens: Natural = 256
    temperature: NonNegative = 0.0
    top_p: NonNegative = 1.0
    stop: tuple[str, ...] = ()
    seed: Count = 0


class Generate(_Sparse):
    """Ask for free text; `draw` tells several samples of one item apart.

    `then` is what the user says after each answer, the model's own. One request stands for the
    whole conversation, so that its key is known before the first word is written.
    """

    kind: Literal["generate"] = "generate"
    prompt: Prompt
    then: tuple[str, ...] = ()
    template_kwargs: dict[str, Json] = Field(default_factory=dict)
    decoding: Decoding
    draw: Count = 0


class ScoreChoices(Value):
    """Ask for the log-likelihood of each choice as the continuation."""

    kind: Literal["choices"] = "choices"
    prompt: Prompt
    template_kwargs: dict[str, Json] = Field(default_factory=dict)
    choices: tuple[str, ...]


class ScoreCompletion(Value):
    """Ask for the negative log-likelihood of a given completion."""

    kind: Literal["completion"] = "completion"
    prompt: Prompt
    template_kwargs: dict[str, Json] = Field(default_factory=dict)
    completion: str


class Shown(_Sparse):
    """One comparison as a judge or a person sees it; the arms are not named in it.

    With `then`, the user's further turns, both answers are whole conversations.
    """

    prompt: Prompt
    then: tuple[str, ...] = ()
    first: str
    second: str
    reference: str | None = None


class Compare(Value):
    """Ask a judge which of two answers is better; several comparisons may share one call.

    Attributes:
        instructions: What counts, in the words of the spec, and nothing that a model wrote.
        system: A system prompt that the spec puts before everything.
        shown: The comparisons.
        ties: Whether "neither is better" may be said.
        repeat: Tells apart calls that ask the same again.
    """

    kind: Literal["compare"] = "compare"
    instructions: str
    system: str | None = None
    shown: tuple[Shown, ...]
    ties: bool = True
    repeat: Count = 0


class Scaled(Value):
    """One criterion of a rubric: what is rated, from which number to which."""

    name: str
    text: str
    low: int
    high: int


class Rate(_Sparse):
    """Ask a judge to rate one answer on every criterion of a rubric.

    Attributes:
        instructions: How to rate, in the words of the spec.
        system: A system prompt that the spec puts before everything.
        criteria: What is rated.
        prompt: What was answered.
        then: The user's further turns; the answer is then a whole conversation.
        answer: The answer.
        reference: A right answer, where the judge may see it.
        repeat: Tells apart calls that ask the same again.
    """

    kind: Literal["rate"] = "rate"
    instructions: str
    system: str | None = None
    criteria: tuple[Scaled, ...]
    prompt: Prompt
    then: tuple[str, ...] = ()
    answer: str
    reference: str | None = None
    repeat: Count = 0


class Execute(Value):
    """Ask the cage to run a generated program against its tests."""

    kind: Literal["execute"] = "execute"
    language: Literal["python"] = "python"
    program: str
    tests: str
    limit_seconds: NonNegative


Request: TypeAlias = Annotated[
    Generate | ScoreChoices | ScoreCompletion | Compare | Rate | Execute,
    Field(discriminator="kind"),
]


def request_digest(request: Request) -> str:
    """Identity of a request: all of it, as rendered."""
    return digest_of("request", request.model_dump(mode="json"))


def response_key(revision: int, who: str, request: str) -> ResponseKey:
    """Identity of one answer.

    Args:
        revision: Of the kind of request; raised when the same request would be answered otherwise.
        who: `Weights.digest`, or the digest of an endpoint.
        request: `request_digest` of the request.
    """
    return ResponseKey(digest_of("response", revision, who, request))


class Served(Value):
    """How a server answered a call: whatever it says of itself, and what it counts.

    Attributes:
        model: As the server calls what answered.
        fingerprint: Of its configuration, when it gives one.
        finish: Why it stopped, in its own word.
        is_structured: Whether a JSON schema was in force.
        prompt_tokens: That were sent; None where it does not count.
        tokens: That it wrote; None where it does not count.
        seconds: From sending to the last byte.
    """

    model: str = ""
    fingerprint: str = ""
    finish: str = ""
    is_structured: bool = False
    prompt_tokens: Count | None = None
    tokens: Count | None = None
    seconds: NonNegative = 0.0


class Turn(Value):
    """An answer inside a conversation, and what the user said to it."""

    answer: str
    then: str


class Text(_Sparse):
    """What a model wrote. `finish`: by itself (`stop`) or cut at max_new_tokens (`length`).

    Of a text that another tool kept, its tokens, its end and its time may be unknown. `served` says
    which server wrote it, where one did.

    In a conversation `text` is the last answer and `before` holds those before it. `tokens` and
    `seconds` are those of all answers, and it was cut where any of them was; `prompt_tokens` are
    those of the first prompt, which is the same whatever was answered.
    """

    kind: Literal["text"] = "text"
    before: tuple[Turn, ...] = ()
    text: str
    prompt_tokens: Count | None
    tokens: Count | None
    finish: Literal["stop", "length", "unknown"]
    seconds: NonNegative | None
    served: Served | None = None


class ChoiceLogliks(Value):
    """Natural-log likelihood of each choice, with its length in tokens, characters and bytes."""

    kind: Literal["choice_logliks"] = "choice_logliks"
    logliks: tuple[Number, ...]
    tokens: tuple[Count, ...]
    prompt_tokens: Count
    seconds: NonNegative


class TokenLoss(Value):
    """Negative log-likelihood of a completion: nats over its tokens and its UTF-8 bytes."""

    kind: Literal["token_loss"] = "token_loss"
    nats: NonNegative
    tokens: Natural
    bytes: Count
    greedy_tokens: Count  # how many of the tokens were the likeliest with the reference in view
    prompt_tokens: Count
    truncated_tokens: Count = 0
    seconds: NonNegative


class Preference(Value):
    """Which of two answers a judge preferred, in the order in which they were shown.

    Attributes:
        preferred: One for each comparison of the call; None where no verdict could be read.
        unread: Why one or more could not be read; empty when all were.
        justifications: What the judge gave as its reason, one for each comparison.
        reply: All that it wrote; None where the server sent no content.
        served: How the server answered.
    """

    kind: Literal["preference"] = "preference"
    preferred: tuple[Literal["first", "second", "tie"] | None, ...]
    unread: str = ""
    justifications: tuple[str, ...] = ()
    reply: str | None = None
    served: Served = Served()

    @property
    def seconds(self) -> float:
        """What the call took."""
        return self.served.seconds


class Rating(Value):
    """How a judge rated one answer.

    Attributes:
        ratings: By criterion; a criterion whose number could not be read is not in it.
        unread: Why one or more could not be read; empty when all were.
        justification: What the judge gave as its reason.
        reply: All that it wrote; None where the server sent no content.
        served: How the server answered.
    """

    kind: Literal["rating"] = "rating"
    ratings: dict[str, Number]
    unread: str = ""
    justification: str = ""
    reply: str | None = None
    served: Served = Served()

    @property
    def seconds(self) -> float:
        """What the call took."""
        return self.served.seconds


class Execution(Value):
    """What happened when a program met its tests."""

    kind: Literal["execution"] = "execution"
    passed: bool
    why: str = ""
    seconds: NonNegative


class Unscorable(Value):
    """The model's fault: there is a response, but no score can be read from it."""

    kind: Literal["unscorable"] = "unscorable"
    reason: str


class Failure(Value):
    """Our fault: there is no response (time-out, crash, memory); retried on the next build.

    Attributes:
        reason: In words.
        trace: Of a crash.
        is_final: Whether it lies in the request itself, so that it would fail whenever it is sent.
    """

    kind: Literal["failure"] = "failure"
    reason: str
    trace: str = ""
    is_final: bool = False


Response: TypeAlias = Annotated[
    Text | ChoiceLogliks | TokenLoss | Preference | Rating | Execution,
    Field(discriminator="kind"),
]
