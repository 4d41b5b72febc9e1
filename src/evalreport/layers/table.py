"""The kinds of evaluation: YAML is parsed into the union below."""

from typing import Annotated, TypeAlias

from pydantic import Field

from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.layers.judge import Judge
from evalreport.layers.multiple_choice import MultipleChoice
from evalreport.layers.overfitting import Overfitting
from evalreport.layers.perplexity import Perplexity
from evalreport.layers.recorded import Recorded
from evalreport.layers.unbuilt import Benchmark, Code, ModelScorer

AnyLayer: TypeAlias = Annotated[
    Perplexity
    | Generation
    | MultipleChoice
    | Benchmark
    | Code
    | Judge
    | Human
    | ModelScorer
    | Overfitting
    | Recorded
    | Imported,
    Field(discriminator="kind"),
]
