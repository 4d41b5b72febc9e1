"""An OpenAI-compatible endpoint: where it is, what is sent there, and what a call costs."""

import ipaddress
import re
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator

from evalreport.digest import canonical, digest_of
from evalreport.values import Json, Natural, NonNegative, Positive, Value, Words

# Stated here, since the client would look for another one in the environment.
OPENAI_URL: Final = "https://api.openai.com/v1"
_MILLION: Final = 1_000_000
_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(rb"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?")
_OURS: Final = {
    "model": "set model",
    "messages": "the layer writes them",
    "stream": "answers are read whole",
    "stream_options": "answers are read whole",
    "n": "every answer is asked for by a call of its own",
    "temperature": "set temperature",
    "max_tokens": "set max_tokens",
    "max_completion_tokens": "set max_tokens: the name that the server wants is found out",
    "response_format": "set structured",
}


class TokenPrice(Value):
    """What a call costs, in the currency of `cost`, per million tokens.

    Attributes:
        input_per_million: A million tokens that are sent.
        output_per_million: A million tokens that are written.
    """

    input_per_million: NonNegative
    output_per_million: NonNegative

    def of(self, prompt_tokens: int, tokens: int) -> float:
        """What one call costs, in the currency of `cost`."""
        spent = prompt_tokens * self.input_per_million + tokens * self.output_per_million
        return spent / _MILLION


def _checked_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"this is no address ({error})") from error
    if parts.scheme.lower() not in _PORTS or not parts.hostname:
        raise ValueError("an address begins with http:// or https:// and names a host")
    if parts.username is not None or parts.password is not None:
        raise ValueError("a key does not stand in an address; name its variable in api_key_env")
    if parts.query or parts.fragment:
        raise ValueError("an address ends with its path, such as /v1")
    if port == 0:
        raise ValueError("0 is no port")
    if not url.isprintable() or " " in url or not _can_be(parts.hostname):
        raise ValueError("it has signs that no address can have")
    return url


def _can_be(host: str) -> bool:
    """Whether there can be a host of this name: what is shown is then also where requests go."""
    if ":" in host:
        return host.isascii() and "%" not in host
    try:
        return _HOST.fullmatch(host.encode("idna")) is not None
    except UnicodeError:
        return False


CheckedUrl: TypeAlias = Annotated[Words, AfterValidator(_checked_url)]


class EndpointOptions(Value):
    """Options of an OpenAI-compatible endpoint.

    Attributes:
        base_url: Up to and with the version, such as `http://localhost:8000/v1`; OpenAI's own when
            left out, whatever the environment says.
        model: As the server calls it.
        api_key_env: Environment variable that holds the key; no key is sent when left out.
        price: What a call costs.
        concurrency: Most calls at once.
        timeout_seconds: A try that takes longer, from the first byte sent to the last one
            received, counts as failed and is made again.
        attempts: Most tries of one call in one build.
        requests_per_minute: The server's limit; requests are spaced evenly below it.
        tokens_per_minute: The server's limit on tokens read and written together.
        structured: Whether the server is told the JSON schema of the answer; `auto` does, and
            stops when the server knows no such thing.
        temperature: Left out of the request where it is `null`, as some models want it.
        max_tokens: Most tokens of an answer; those of its reasoning count.
        extra: Further parameters of the request's body, as they stand.
    """

    base_url: CheckedUrl | None = None
    model: Words
    api_key_env: Words | None = None
    price: TokenPrice | None = None
    concurrency: Natural = 8
    timeout_seconds: Positive = 120.0
    attempts: Natural = 6
    requests_per_minute: Natural | None = None
    tokens_per_minute: Natural | None = None
    structured: Literal["auto", "json_schema", "none"] = "auto"
    temperature: NonNegative | None = 0.0
    max_tokens: Natural = 1024
    extra: dict[str, Json] = Field(default_factory=dict)

    @field_validator("extra")
    @classmethod
    def _only_further(cls, extra: dict[str, Json]) -> dict[str, Json]:
        for name in extra:
            if name in _OURS:
                raise ValueError(f"{name} cannot stand in extra ({_OURS[name]})")
        canonical(extra)  # an infinity is no JSON
        return extra

    @property
    def url(self) -> str:
        """Its address in the one form of all its spellings, without a slash at the end."""
        parts = urlsplit(OPENAI_URL if self.base_url is None else self.base_url)
        scheme, host = parts.scheme.lower(), parts.hostname or ""
        name = f"[{host}]" if ":" in host else host
        port = "" if parts.port in (None, _PORTS[scheme]) else f":{parts.port}"
        return f"{scheme}://{name}{port}{parts.path.rstrip('/')}"

    @property
    def destination(self) -> str:
        """Where requests go, and whose key with them: a spec that others wrote could name any."""
        key = "no key" if self.api_key_env is None else f"the key in {self.api_key_env}"
        parts = urlsplit(self.url)
        is_open = parts.scheme == "http" and not is_this_machine(parts.hostname or "")
        return f"{self.url} with {key}{', not encrypted' if is_open else ''}"

    @property
    def digest(self) -> str:
        """What answers, as far as an endpoint has an identity.

        The server may put another model behind a name at any time. How fast it is asked, with
        whose key and at what price changes no answer.
        """
        return digest_of(
            "endpoint",
            self.url,
            self.model,
            self.temperature,
            self.max_tokens,
            self.structured,
            self.extra,
        )


def is_this_machine(host: str) -> bool:
    """Whether what is sent to a host never leaves this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
