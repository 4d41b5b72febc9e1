"""Every engine, one line each; YAML is parsed into this."""

from typing import Annotated, TypeAlias

from pydantic import Field

from evalreport.engines.fake import FakeEngine
from evalreport.engines.local import LocalEngine
from evalreport.engines.openai import OpenAIEngine

AnyEngine: TypeAlias = Annotated[
    LocalEngine | OpenAIEngine | FakeEngine,
    Field(discriminator="kind"),
]
