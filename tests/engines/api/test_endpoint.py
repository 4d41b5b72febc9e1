"""Options of an endpoint: what they refuse, and which of them are its identity."""

from typing import Any

import pytest
from pydantic import ValidationError

from evalreport.engines import OpenAIEngine
from evalreport.engines.api import EndpointOptions, TokenPrice

BASE = EndpointOptions(base_url="http://localhost:8000/v1", model="m")


@pytest.mark.parametrize(
    ("written", "url"),
    [
        (None, "https://api.openai.com/v1"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1"),
        ("HTTPS://API.OpenAI.com:443/v1", "https://api.openai.com/v1"),
        ("http://there:80", "http://there"),
        ("http://there:8000/a/v1//", "http://there:8000/a/v1"),
        ("http://[::1]:8000/v1", "http://[::1]:8000/v1"),
    ],
)
def test_one_address_has_one_spelling(written: str | None, url: str) -> None:
    assert EndpointOptions(base_url=written, model="m").url == url


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": "localhost:8000"},
        {"base_url": "ftp://there/v1"},
        {"base_url": "http:///v1"},
        {"base_url": "http://a..b/v1"},
        {"base_url": "http://\u2488.com/v1"},
        {"base_url": f"http://{'a' * 64}.example/v1"},
        {"base_url": "http://good.example%40evil.example/v1"},
        {"base_url": "http://evil.example\\.good.example/v1"},
        {"base_url": "http://good.example;evil.example/v1"},
        {"base_url": "http://good.example /v1"},
        {"base_url": "http://good.ex\nample/v1"},
        {"base_url": "http://good.example/v1\u202e"},
        {"base_url": "http://there:99999/v1"},
        {"base_url": "http://there:0/v1"},
        {"base_url": "http://[::1/v1"},
        {"base_url": "https://user:sk-secret@there/v1"},
        {"base_url": "https://there/v1?api-version=3"},
        {"concurrency": 0},
        {"attempts": 0},
        {"timeout_seconds": 0.0},
        {"max_tokens": 0},
        {"temperature": -1.0},
        {"structured": "yes"},
        {"requests_per_minute": 0},
        {"price": {"input_per_million": -1.0, "output_per_million": 1.0}},
        {"key": "sk-1"},
        {"extra": {"stream": True}},
        {"extra": {"n": 5}},
        {"extra": {"max_tokens": 5}},
        {"extra": {"x": float("inf")}},
    ],
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        EndpointOptions(**{"model": "m", **options})


def test_what_changes_answers_is_the_identity() -> None:
    changed: list[dict[str, Any]] = [
        {"base_url": "http://localhost:8001/v1"}, {"model": "n"}, {"temperature": 0.5},
        {"temperature": None}, {"max_tokens": 9}, {"structured": "none"}, {"extra": {"top_p": 0.5}},
    ]  # fmt: skip
    digests = {BASE.digest, *(BASE.model_copy(update=one).digest for one in changed)}
    assert len(digests) == len(changed) + 1


def test_how_it_is_asked_is_not() -> None:
    asked: dict[str, Any] = {
        "base_url": "http://LOCALHOST:8000/v1/", "concurrency": 1, "timeout_seconds": 1.0,
        "attempts": 1, "requests_per_minute": 5, "tokens_per_minute": 5, "api_key_env": "K",
        "price": TokenPrice(input_per_million=1.0, output_per_million=1.0),
    }  # fmt: skip
    for name, value in asked.items():
        assert BASE.model_copy(update={name: value}).digest == BASE.digest, name


def test_an_engine_has_the_same_options_and_must_say_where() -> None:
    engine = OpenAIEngine(base_url="http://localhost:8000/v1", model="m")
    assert engine.digest == BASE.digest
    assert engine.concurrency == 8
    with pytest.raises(ValidationError):
        OpenAIEngine(model="m")  # type: ignore[call-arg]


def test_a_price_is_per_million() -> None:
    price = TokenPrice(input_per_million=0.25, output_per_million=2.0)
    assert price.of(1_000_000, 500_000) == 1.25
    assert price.of(0, 0) == 0.0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "https://api.openai.com/v1 with no key"),
        ({"api_key_env": "K"}, "https://api.openai.com/v1 with the key in K"),
        (
            {"base_url": "http://far.example/v1", "api_key_env": "AWS_SECRET_ACCESS_KEY"},
            "http://far.example/v1 with the key in AWS_SECRET_ACCESS_KEY, not encrypted",
        ),
        (
            {"base_url": "http://10.0.0.7:8000/v1"},
            "http://10.0.0.7:8000/v1 with no key, not encrypted",
        ),
        ({"base_url": "http://localhost:8000/v1"}, "http://localhost:8000/v1 with no key"),
        ({"base_url": "http://[::1]:8000/v1"}, "http://[::1]:8000/v1 with no key"),
    ],
)
def test_where_requests_go_and_with_whose_key_is_said(options: dict[str, Any], said: str) -> None:
    assert EndpointOptions(**{"model": "m", **options}).destination == said
