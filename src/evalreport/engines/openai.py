"""A model behind an OpenAI-compatible server that answers for an arm."""

from collections.abc import Callable
from typing import Literal

from evalreport.engines.api.endpoint import CheckedUrl, EndpointOptions
from evalreport.engines.base import Load, Progress, Session
from evalreport.errors import EvalReportError, Problem
from evalreport.records import Machine


class OpenAIEngine(EndpointOptions):
    """Options of an OpenAI-compatible server that answers for an arm.

    Attributes:
        base_url: Up to and with the version, such as `http://localhost:8000/v1`.
    """

    kind: Literal["openai"] = "openai"
    base_url: CheckedUrl

    def blocked_reason(self, machine: Machine) -> str | None:  # noqa: ARG002
        """It can be asked from anywhere that reaches it."""
        return None

    def open(self, load: Load, report: Callable[[Progress], None]) -> Session:
        """It loads nothing: what it serves is asked call by call, see `engines.api`.

        Raises:
            EvalReportError: Always, for weights of this machine cannot be put there.
        """
        del load, report
        what = "an endpoint serves its own model, and no weights of this machine"
        raise EvalReportError(
            Problem("engine.kind: openai", what, "use engine: {kind: local} for this arm")
        )
