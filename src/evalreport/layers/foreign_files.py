"""Files of other tools, as a spec names them: which, how their columns are called, how made."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import BeforeValidator, ConfigDict, Field

from evalreport.layers.decoding import DecodingOptions
from evalreport.values import Value, Words

AS_HERE: Final = "as_here"  # that a tool applied the chat template as it is applied here


def _in_a_list(given: Any) -> Any:
    is_one = isinstance(given, str | int | float) and not isinstance(given, bool)
    return (given,) if is_one else given


Several: TypeAlias = Annotated[
    tuple[Words, ...],
    BeforeValidator(_in_a_list, json_schema_input_type=Words | tuple[Words, ...]),
    Field(min_length=1),
]


class Reads(Value):
    """How the columns of a plain table are called, where their names do not tell.

    Attributes:
        id: What pairs the items.
        output: What the model wrote.
        prompt: What was asked.
        model: Who answered.
        cluster: What items hang together by.
        part: Which measurement a row belongs to.
        scores: By metric, the column of its numbers.
    """

    id: Words | None = None
    output: Words | None = None
    prompt: Words | None = None
    model: Words | None = None
    cluster: Words | None = None
    part: Words | None = None
    scores: dict[Words, Words] = Field(default_factory=dict)

    def as_mapping(self) -> dict[str, str]:
        """The names of columns by what they hold."""
        own = self.model_dump(exclude={"scores"}, exclude_none=True)
        return {**own, **self.scores}


class Outputs(Value):
    """What an arm wrote, kept by another tool; scored here as if it had been asked here.

    It is compared with what was asked here only where prompts, decoding and all else are known to
    be the same: from the file, or as the spec says, which the report then tells.

    Attributes:
        files: The tool's files, folders or patterns.
        model: How the files call the model, where they hold several.
        part: Which of several measurements in the files.
        columns: How the columns of a plain table are called.
        decoding: How answers were drawn; nothing that files tell can stand for it.
        prompts: That the model saw the prompts of this layer (`same`), where the files do not tell.
        template: That prompts became text as they do here (`as_here`): by the base model's own chat
            template, or by none where it has none or the prompts are no chat. Other words say what
            was different, and nothing is compared.
        precision: In what the weights were held, such as bfloat16.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    files: Annotated[Several, Field(alias="from")]
    model: Words | None = None
    part: Words | None = None
    columns: Reads = Reads()
    decoding: DecodingOptions | None = None
    prompts: Literal["same"] | None = None
    template: Words | None = None
    precision: Words | None = None
