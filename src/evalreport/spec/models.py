"""Spec: everything that was asked, frozen and checked; kinds' own options live with their verbs."""

from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SerializerFunctionWrapHandler,
    StringConstraints,
    Tag,
    model_serializer,
)

from evalreport.engines.local import LocalEngine
from evalreport.engines.table import AnyEngine
from evalreport.sources.dataset import Dataset
from evalreport.spec.claims import Claim
from evalreport.spec.cost import Cost
from evalreport.spec.evaluation import Evaluation
from evalreport.training.options import AdapterOptions, Existing, NoAdapter, Training, trains
from evalreport.training.published import Told, TrainedElsewhere
from evalreport.values import Count, Flag, Json, Name, Natural, Value, Words

LANGUAGE_VERSION = 1
UNKNOWN_BASE: Final = "unknown/base-model"
"""What stands in the place of a base model that nobody named; `unknown` alone means the same."""
NOT_STATED: Final = "not stated"
_NO_NAMES: Final = ("unknown", UNKNOWN_BASE)

DtypeName: TypeAlias = Literal["auto", "bfloat16", "float16", "float32"]
QuantizationName: TypeAlias = Literal["none", "nf4", "int8"]
Shown: TypeAlias = Literal["full", "ids", "none"]
Location: TypeAlias = Annotated[str, StringConstraints(strict=True, min_length=1)]
Repository: TypeAlias = Annotated[
    str,
    StringConstraints(
        strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*/[A-Za-z0-9][A-Za-z0-9_.-]*$"
    ),
]


class About(Value):
    """What people must know about the model that no measurement tells; goes into the model card.

    Attributes:
        authors: Who made it.
        license: Identifier as the hub spells it, such as `apache-2.0`.
        language: Code of the language, or several.
        intended_use: What it is for.
        out_of_scope: What it is not for.
        limitations: What is known to be wrong with it.
    """

    authors: tuple[Words, ...] = ()
    license: Words | None = None
    language: Words | tuple[Words, ...] = ()
    intended_use: Words | None = None
    out_of_scope: Words | None = None
    limitations: tuple[Words, ...] = ()


class BaseOptions(Value):
    """The model before any training.

    Attributes:
        path: A hub id (`org/name`), a local folder (`./model`), or `package:<distribution>/<file>`
            for a GGUF file that an installed Python package carries. Where all numbers are those of
            others, who did not say which model it was: `unknown`.
        hub_id: What the weights are called in public, when `path` is not that.
        revision: Commit or tag on the hub; pinned into the lock when left out.
        dtype: Number format; `auto` is bfloat16 where the hardware is good at it, else float32.
        quantization: How the weights are held; left out, it follows from the adapter (qlora: nf4).
        chat_template_kwargs: Arguments of the chat template, the same in training and evaluation.
        trust_remote_code: Whether Python code that comes with the model may run.
    """

    path: Location
    hub_id: Repository | None = None
    revision: Words | None = None
    dtype: DtypeName = "auto"
    quantization: QuantizationName | None = None
    chat_template_kwargs: dict[str, Json] = Field(default_factory=dict)
    trust_remote_code: Flag = False

    @property
    def name(self) -> str | None:
        """What it is called: in public where that was said, else its path; None if nobody did."""
        return self.hub_id or (None if self.path in _NO_NAMES else self.path)


class Shots(Value):
    """Worked examples before each question.

    Attributes:
        from_dataset: The dataset that they are taken from; never one that is tested on.
        n: How many.
        seed: Which of them: chosen by a hash of the seed and the row's id.
    """

    model_config = ConfigDict(serialize_by_alias=True)

    from_dataset: Name = Field(alias="from")
    n: Natural
    seed: Count = 1


class ArmOptions(Value):
    """One thing that is compared; says how it differs from `base` or `tuned`.

    Attributes:
        of: The arm that it is a variant of, or (beside `model`) that the model was made of.
        checkpoint: Of `tuned`: `best`, `last`, or `epoch-N` when training keeps it.
        quantization: How the weights are held, when not as the base's; what is finished (merged, or
            a model made of tuned) is not quantised again unless told.
        dtype: Number format, when not the base's.
        system: A system prompt of its own.
        shots: Worked examples before each question.
        adapter: An adapter that exists already, on the base model.
        merged: Whether the adapter is merged into the weights.
        model: A finished model: a hub id or a path, in place of the base and an adapter. With `of:
            tuned` it is what ships of it (merged, GGUF), and is held against it.
        engine: What runs it, when not the spec's engine.
    """

    of: Literal["base", "tuned"] | None = None
    checkpoint: Name | None = None
    quantization: QuantizationName | None = None
    dtype: DtypeName | None = None
    system: Words | None = None
    shots: Shots | None = None
    adapter: Existing | None = None
    merged: Flag = False
    model: Location | None = None
    engine: AnyEngine | None = None


# What a build can do without: the others say that it cannot be done at all.
Waivable: TypeAlias = Literal[
    "chat_template",
    "prompt_is_prefix",
    "end_of_turn_learned",
    "stop_token",
    "truncation",
    "memory",
    "adapter_base",
    "adapter_weights",
    "adapter_active",
    "base_restored",
]


class Waiver(Value):
    """A preflight check that may fail without stopping the build; the report says so.

    Attributes:
        check: Which one.
        because: Why that is right here.
    """

    check: Waivable
    because: Words


class PreflightOptions(Value):
    """The checks before money is spent.

    Attributes:
        waive: Checks that may fail without stopping the build.
    """

    waive: tuple[Waiver, ...] = ()

    @property
    def waived(self) -> dict[str, str]:
        """Why each waived check may fail, by its name."""
        return {one.check: one.because for one in self.waive}


class ReportOptions(Value):
    """What is written.

    Attributes:
        formats: Besides report.json, which is always written.
        examples: What the report shows of test rows: their text (`full`), their ids, or nothing.
        card_examples: The same for the model card, which others will read.
        pictures: Whether Markdown and model card get pictures, as PNG files beside them.
    """

    formats: tuple[Literal["markdown", "html", "model_card"], ...] = (
        "markdown",
        "html",
        "model_card",
    )
    examples: Shown = "full"
    card_examples: Shown = "ids"
    pictures: bool = True

    @model_serializer(mode="wrap")
    def _without_the_usual(self, dump: SerializerFunctionWrapHandler) -> dict[str, object]:
        """As before there was a choice, so that a spec that makes none is the same spec."""
        dumped: dict[str, object] = dump(self)
        if self.pictures:
            del dumped["pictures"]
        return dumped


class BenchmarkTask(Value):
    """A number that goes to a leaderboard of the hub, where the hub agrees that it is one.

    Attributes:
        layer: Name of a layer under `evaluation.layers`.
        metric: A metric that this layer yields: the one that the leaderboard is about.
        dataset: Id of the benchmark on the hub; the layer's test set comes from it.
        task_id: One of the tasks in the benchmark's own eval.yaml.
        percent: Whether that leaderboard counts in percent, and not in fractions of 1.
    """

    layer: Name
    metric: Words
    dataset: Repository
    task_id: Words
    percent: Flag = False


class Publish(Value):
    """Where `evalreport publish` puts the model and its card; a dry run unless told otherwise.

    Attributes:
        repo: `org/name` on the hub.
        private: Whether a repository that is made for it is private.
        examples: The most that leaves of test rows: their text (`full`), their ids, or nothing.
        items: Whether items.jsonl (ids, scores, subgroups) goes too, so that readers can recheck.
        seed: Which of several training seeds ships; left out, the first.
        benchmarks: Which numbers go to leaderboards.
    """

    repo: Repository
    private: Flag = True
    examples: Shown = "ids"
    items: Flag = False
    seed: Count | None = None
    benchmarks: tuple[BenchmarkTask, ...] = ()

    @model_serializer(mode="wrap")
    def _without_unsaid(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # What no spec says does not change what specs are known by.
        dumped: dict[str, Any] = dump(self)
        unsaid = {"items": False, "seed": None, "benchmarks": ()}
        return {
            key: value
            for key, value in dumped.items()
            if key not in unsaid or getattr(self, key) != unsaid[key]
        }


def _entry_form(given: Any) -> str:
    return "mixture" if isinstance(given, list | tuple) else "one"


Entry: TypeAlias = Annotated[
    Annotated[Dataset, Tag("one")]
    | Annotated[tuple[Dataset, ...], Field(min_length=1), Tag("mixture")],
    Discriminator(_entry_form),
]


def _training_form(given: Any) -> str:
    """Which form was meant, so that an error speaks of that one alone."""
    is_told = isinstance(given, TrainedElsewhere)
    return "told" if is_told or (isinstance(given, dict) and "recorded" in given) else "asked"


TrainingBlock: TypeAlias = Annotated[
    Annotated[Training, Tag("asked")] | Annotated[TrainedElsewhere, Tag("told")],
    Discriminator(_training_form),
]


def _whole_version(given: Any) -> Any:
    """Python holds True and 1.0 equal to 1; a version is neither."""
    if isinstance(given, bool | float):
        raise ValueError("the version is a whole number")  # noqa: TRY004  # pydantic's protocol
    return given


Version: TypeAlias = Annotated[Literal[1], BeforeValidator(_whole_version)]


class Spec(Value):
    """Everything that was asked, in version 1 of the spec language.

    Attributes:
        evalreport: Version of the spec language.
        name: Names the report's folder.
        title: One sentence: what the model was tuned to do.
        about: What no measurement tells.
        base_model: The model before any training.
        adapter: What is trained, or an adapter that exists already.
        datasets: By name; `train`, `select` and `test` imply their role. A list is a mixture.
        training: How it is trained; or, under `recorded`, what others published about a training
            that they did: then nothing is trained here, and `adapter` says what they published.
        engine: What runs the models.
        arms: What is compared beside `base` and `tuned`, which are implied.
        comparisons: Pairs of arms, candidate first, beside tuned against base.
        preflight: Which of the checks before money is spent may fail.
        evaluation: What is evaluated, and what was declared beforehand.
        claims: What somebody says about the model; each gets a ruling.
        cost: What it costs.
        report: What is written.
        publish: Where the model goes.
    """

    evalreport: Version
    name: Name
    title: Words | None = None
    about: About = About()
    base_model: BaseOptions
    adapter: AdapterOptions = NoAdapter()
    datasets: dict[Name, Entry] = Field(default_factory=dict)
    training: TrainingBlock | None = None
    engine: AnyEngine = LocalEngine()
    arms: dict[Name, ArmOptions] = Field(default_factory=dict)
    comparisons: tuple[tuple[Name, Name], ...] = ()
    preflight: PreflightOptions = PreflightOptions()
    evaluation: Evaluation
    claims: tuple[Claim, ...] = ()
    cost: Cost = Cost()
    report: ReportOptions = ReportOptions()
    publish: Publish | None = None

    def __repr__(self) -> str:
        """What is compared, and by what: all of it is some pages."""
        layers = ", ".join(layer.name for layer in self.evaluation.layers) or "none"
        return (
            f"<Spec {self.name}: base {self.base_model.name or NOT_STATED}, "
            f"adapter {self.adapter.method}, layers {layers}>"
        )

    __str__ = __repr__

    @property
    def to_train(self) -> Training | None:
        """How something is trained here; None where nothing is."""
        return self.training if isinstance(self.training, Training) else None

    @property
    def told_training(self) -> Told | None:
        """What others published about a training that they did; None where nothing was recorded."""
        return self.training.recorded if isinstance(self.training, TrainedElsewhere) else None

    @property
    def trains_here(self) -> bool:
        """Whether the adapter is something to be trained, and not what others have published."""
        return trains(self.adapter) and self.told_training is None
