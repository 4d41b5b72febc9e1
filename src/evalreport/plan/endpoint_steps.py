"""Steps that ask an endpoint: what it can answer, what of it is paid for, what the rest costs."""

from typing import Final

from evalreport.engines import AnyEngine
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.openai import OpenAIEngine
from evalreport.estimates import NotEstimable
from evalreport.plan.ask_steps import REQUEST_REVISION
from evalreport.plan.model import CallsCost, Given, KeyedAsk, PlannedStep
from evalreport.plan.pace import pace_name
from evalreport.plan.reasons import step_reads, why
from evalreport.records import Chat, Generate, Step, response_key

CHARACTERS_A_TOKEN: Final = 4  # of English text; what a server really counts is measured


def key_missing(given: Given, endpoint: EndpointOptions) -> str:
    """Why an endpoint cannot be asked from here; empty where nothing is known against it."""
    name = endpoint.api_key_env
    if name is None or given.keys is None or name in given.keys:
        return ""
    return f"the environment variable {name}, which holds its key, is not set"


def endpoint_status(
    given: Given, step: Step, who: str, keyed: tuple[KeyedAsk, ...], engine: AnyEngine
) -> PlannedStep:
    """Whether an endpoint's answers are all there, and why it would be asked if not.

    Args:
        given: What the plan is made from.
        step: That asks.
        who: Digest of the endpoint.
        keyed: What it asks.
        engine: Of the arm.
    """
    cannot = _cannot_answer(keyed)
    if cannot or not isinstance(engine, OpenAIEngine):
        return PlannedStep(step=step, status="blocked", reason=cannot or "it is no endpoint")
    keys = [response_key(REQUEST_REVISION, who, one.request) for one in keyed]
    answered = given.index.answered(keys)
    left = [one for one, key in zip(keyed, keys, strict=True) if key not in answered]
    if not left:
        return PlannedStep(step=step, status="reused")
    held = key_missing(given, engine)
    if held:
        return PlannedStep(step=step, status="blocked", reason=held)
    reason = why(
        step_reads(step.reads, step.inputs),
        given.index.last_reads(given.spec.name, step.id),
        missing=len(left),
        items=len(keyed),
    )
    asked = [one.asked.request for one in left if isinstance(one.asked.request, Generate)]
    calls = sum(len(one.then) + 1 for one in asked)
    sent = sum(_sent_at_most(one) for one in asked) // CHARACTERS_A_TOKEN
    tokens = sum(one.decoding.max_new_tokens * (len(one.then) + 1) for one in asked)
    pace = given.history.pace.get(pace_name(step))
    seconds = wall_seconds(engine, calls, sent + tokens, pace)
    cost = CallsCost(
        name=f"{engine.model} ({step.arm})",
        calls=calls,
        prompt_tokens=sent,
        tokens=tokens,
        is_measured=False,
        amount=amount_of(engine, sent, tokens),
        seconds=seconds,
    )
    return PlannedStep(
        step=step,
        status="will_run",
        reason=reason,
        missing=len(left),
        new_tokens=tokens or None,
        seconds=seconds,
        calls=(cost,),
    )


def _sent_at_most(request: Generate) -> int:
    """Characters of all calls of a request: each turn sends again what was said before it."""
    own = len(str(request)) - len(f" then={request.then!r}")
    answer = request.decoding.max_new_tokens * CHARACTERS_A_TOKEN
    before = (sum(map(len, request.then[:turn])) for turn in range(len(request.then) + 1))
    return sum(own + turn * answer + said for turn, said in enumerate(before))


def _cannot_answer(keyed: tuple[KeyedAsk, ...]) -> str:
    """Why an endpoint cannot answer such requests; empty where it can."""
    requests = [one.asked.request for one in keyed]
    if not all(isinstance(one, Generate) for one in requests):
        return "an endpoint writes text; it gives no likelihood of a text that others wrote"
    if not all(isinstance(one.prompt, Chat) for one in requests if isinstance(one, Generate)):
        return "an endpoint takes chat messages; these prompts are raw text (chat: false)"
    return ""


def amount_of(endpoint: EndpointOptions, prompt_tokens: int, tokens: int) -> float | NotEstimable:
    """What so many tokens cost, in the currency of `cost`.

    Args:
        endpoint: With its price, where one is declared.
        prompt_tokens: That are sent.
        tokens: That come back.
    """
    price = endpoint.price
    if price is None:
        return NotEstimable(not_estimable="no price is declared for it")
    return price.of(prompt_tokens, tokens)


def wall_seconds(
    endpoint: EndpointOptions, calls: int, tokens: int, seconds: float | None
) -> float | None:
    """What calls take side by side, longer where the endpoint's limits say so.

    Args:
        endpoint: With its concurrency and limits.
        calls: How many.
        tokens: That they send and bring back.
        seconds: Of one call; None where none was timed yet.
    """
    if seconds is None:
        return None
    limits = [calls * seconds / endpoint.concurrency]
    if endpoint.requests_per_minute is not None:
        limits.append(calls / endpoint.requests_per_minute * 60)
    if endpoint.tokens_per_minute is not None:
        limits.append(tokens / endpoint.tokens_per_minute * 60)
    return max(limits)
