"""A model behind an OpenAI-compatible server: its options; asking it is not built yet."""

from collections.abc import Callable
from typing import Literal

from evalreport.engines.base import Load, Progress, Session
from evalreport.errors import EvalReportError, Problem
from evalreport.records import Machine
from evalreport.values import Natural, NonNegative, Positive, Value, Words

_NOT_BUILT = "asking an OpenAI-compatible server is not built in this version"


class TokenPrice(Value):
    """What a call costs, in the currency of `cost`, per million tokens."""

    input_per_million: NonNegative
    output_per_million: NonNegative


class OpenAIEngine(Value):
    """Options of an OpenAI-compatible server.

    Attributes:
        base_url: Up to and with the version, such as `http://localhost:8000/v1`.
        model: As the server calls it.
        api_key_env: Environment variable that holds the key; left out where none is needed.
        price: What a call costs.
        concurrency: Calls at once.
        timeout_seconds: A call that takes longer counts as failed and is tried again.
    """

    kind: Literal["openai"] = "openai"
    base_url: Words
    model: Words
    api_key_env: Words | None = None
    price: TokenPrice | None = None
    concurrency: Natural = 8
    timeout_seconds: Positive = 120.0

    def blocked_reason(self, machine: Machine) -> str | None:  # noqa: ARG002
        """It cannot run anywhere yet."""
        return _NOT_BUILT

    def open(self, load: Load, report: Callable[[Progress], None]) -> Session:  # noqa: ARG002
        """Not built yet.

        Raises:
            EvalReportError: Always.
        """
        raise EvalReportError(
            Problem("engine.kind: openai", _NOT_BUILT, "use engine: {kind: local} for now")
        )
