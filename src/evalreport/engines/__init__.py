"""The only rooms that know models: options (parsed from YAML) with one verb, `open`."""

from evalreport.engines.fake import FakeEngine
from evalreport.engines.local import LocalEngine
from evalreport.engines.openai import OpenAIEngine
from evalreport.engines.table import AnyEngine

__all__ = ["AnyEngine", "FakeEngine", "LocalEngine", "OpenAIEngine"]
