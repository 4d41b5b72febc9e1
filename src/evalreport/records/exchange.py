"""Requests and responses: all that may be asked of a model, a judge, a person or a cage."""

from typing import Annotated, Literal, NewType, TypeAlias

from pydantic import Field

from evalreport.digest import digest_of
from evalreport.records.items import Prompt
from evalreport.values import Count, Json, Natural, NonNegative, Number, Value

ResponseKey = NewType("ResponseKey", str)


class Decoding(Value):
    """How text is drawn; temperature 0 is greedy."""

    max_new_tokens: Natural = 256
    temperature: NonNegative = 0.0
    top_p: NonNegative = 1.0
    stop: tuple[str, ...] = ()
    seed: Count = 0


class Generate(Value):
    """Ask for free text; `draw` tells several samples of one item apart."""

    kind: Literal["generate"] = "generate"
    prompt: Prompt
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


class Compare(Value):
    """Ask a judge or a person which of two answers is better; the arms are not named in it."""

    kind: Literal["compare"] = "compare"
    rubric: str
    prompt: Prompt
    first: str
    second: str
    reference: str | None = None
    repeat: Count = 0


class Rate(Value):
    """Ask a judge or a person to rate one answer on one criterion."""

    kind: Literal["rate"] = "rate"
    rubric: str
    criterion: str
    scale: tuple[int, int]
    prompt: Prompt
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


class Text(Value):
    """What a model wrote. `finish`: by itself (`stop`) or cut at max_new_tokens (`length`).

    Of a text that another tool kept, its tokens, its end and its time may be unknown.
    """

    kind: Literal["text"] = "text"
    text: str
    prompt_tokens: Count | None
    tokens: Count | None
    finish: Literal["stop", "length", "unknown"]
    seconds: NonNegative | None


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
    """Which of two answers was preferred, in the order in which they were shown."""

    kind: Literal["preference"] = "preference"
    preferred: Literal["first", "second", "tie"]
    justification: str = ""
    raw: str = ""
    prompt_tokens: Count = 0
    tokens: Count = 0
    seconds: NonNegative


class Rating(Value):
    """A rating on one criterion."""

    kind: Literal["rating"] = "rating"
    criterion: str
    value: Number
    justification: str = ""
    raw: str = ""
    prompt_tokens: Count = 0
    tokens: Count = 0
    seconds: NonNegative


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
    """Our fault: there is no response (time-out, crash, memory); retried on the next build."""

    kind: Literal["failure"] = "failure"
    reason: str
    trace: str = ""


Response: TypeAlias = Annotated[
    Text | ChoiceLogliks | TokenLoss | Preference | Rating | Execution,
    Field(discriminator="kind"),
]
