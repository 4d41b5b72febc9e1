"""A model behind an OpenAI-compatible server: its options; asking it is not built yet."""

from collections.abc import Callable
from typing import Literal

from evalreport.engines.api.endpoint import CheckedUrl, EndpointOptions
from evalreport.engines.base import Load, Progress, Session
from evalreport.errors import EvalReportError, Problem
from evalreport.records import Machine

_NOT_BUILT = "asking an OpenAI-compatible server is not built in this version"


class OpenAIEngine(EndpointOptions):
    """Options of an OpenAI-compatible server that answers for an arm.

    Attributes:
        base_url: Up to and with the version, such as `http://localhost:8000/v1`.
    """

    kind: Literal["openai"] = "openai"
    base_url: CheckedUrl

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
