"""Chat completions from any OpenAI-compatible endpoint: `call_all` makes them."""

from evalreport.engines.api.budget import CallBudget, worst_price
from evalreport.engines.api.calling import call_all
from evalreport.engines.api.calls import Budget, Call, Journal, NotAsked, Outcome, Reply
from evalreport.engines.api.endpoint import OPENAI_URL, EndpointOptions, TokenPrice
from evalreport.engines.api.keys import NO_KEY, Key, key_of
from evalreport.engines.api.requests import Dialect

__all__ = [
    "NO_KEY",
    "OPENAI_URL",
    "Budget",
    "Call",
    "CallBudget",
    "Dialect",
    "EndpointOptions",
    "Journal",
    "Key",
    "NotAsked",
    "Outcome",
    "Reply",
    "TokenPrice",
    "call_all",
    "key_of",
    "worst_price",
]
