"""The only rooms that know models: options (parsed from YAML) with one verb, `open`."""

from evalreport.engines.fake import FakeEngine
from evalreport.engines.local import LocalEngine
from evalreport.engines.openai import OpenAIEngine
from evalreport.engines.table import AnyEngine

Local = LocalEngine

__all__ = ["AnyEngine", "FakeEngine", "Local", "LocalEngine", "OpenAIEngine"]
