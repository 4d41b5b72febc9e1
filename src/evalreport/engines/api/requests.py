"""The body of a request: what is asked, in the words that this server takes."""

import json
from dataclasses import dataclass
from typing import Final, Literal

from evalreport.engines.api.calls import Call
from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.values import Json

_SCHEMA_NAME: Final = "answer"
_NO_CUT: Final = 1.0


@dataclass(slots=True)
class Dialect:
    """What was learned of a server while it was asked; one for all calls of a run to it.

    Attributes:
        takes_schema: Whether it can be held to a JSON schema, as far as is known.
        limit_name: What it calls the most tokens of an answer.
    """

    takes_schema: bool = True
    limit_name: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"


def most_tokens(call: Call, endpoint: EndpointOptions) -> int:
    """Most tokens that the answer may have."""
    return endpoint.max_tokens if call.decoding is None else call.decoding.max_new_tokens


def is_structured(call: Call, endpoint: EndpointOptions, dialect: Dialect) -> bool:
    """Whether the server will be held to the JSON schema of the answer."""
    return (
        call.schema is not None
        and endpoint.structured != "none"
        and (endpoint.structured == "json_schema" or dialect.takes_schema)
    )


def body_of(call: Call, endpoint: EndpointOptions, dialect: Dialect) -> bytes:
    """The request's body, as ASCII JSON: half surrogates too, which a prompt may hold."""
    body: dict[str, Json] = {
        "model": endpoint.model,
        "messages": [{"role": one.role, "content": one.content} for one in call.messages],
        **endpoint.extra,
        dialect.limit_name: most_tokens(call, endpoint),
    }
    if call.decoding is None:
        if endpoint.temperature is not None:
            body["temperature"] = endpoint.temperature
    else:
        body |= _drawn(call, endpoint)
    if is_structured(call, endpoint, dialect):
        form: dict[str, Json] = {"name": _SCHEMA_NAME, "strict": True, "schema": call.schema}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")


def _drawn(call: Call, endpoint: EndpointOptions) -> dict[str, Json]:
    """How an arm's text is drawn; what changes nothing is left out: not every server knows it."""
    decoding = call.decoding
    drawn: dict[str, Json] = {}
    if decoding is None:
        return drawn
    if endpoint.temperature is not None:
        drawn["temperature"] = decoding.temperature
    if decoding.top_p != _NO_CUT:
        drawn["top_p"] = decoding.top_p
    if decoding.stop:
        drawn["stop"] = list(decoding.stop)
    if decoding.temperature > 0:
        drawn["seed"] = decoding.seed
    return drawn
