"""Jobs: what a child process is given to do, as one JSON file; running one twice does no harm."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from evalreport.engines import AnyEngine
from evalreport.engines.base import AdapterFiles, Load, Probe, Question
from evalreport.engines.openai import OpenAIEngine
from evalreport.errors import DataError, Problem
from evalreport.layers.judge import Judge
from evalreport.records import Item, Registration, SequentialPlan
from evalreport.store.store import FinishedStep, Store
from evalreport.training.sft import TrainJob
from evalreport.values import Json, NonNegative, Value


class ArmCheck(Value):
    """The preflight of one set of weights: what is looked at, and what a failed check stops.

    `finished` is the record that is written with what was found, whatever that is; `waived` names
    the checks that may fail; `stops_all` says that nothing at all is asked when one fails.
    """

    finished: FinishedStep
    pace: str
    probe: Probe
    waived: tuple[str, ...] = ()
    stops_all: bool


class Declaration(Value):
    """What a spec declares about a subject, to be registered before its first output is scored."""

    subject: str
    digest: str
    body: dict[str, Json]
    spec: str
    layers: tuple[str, ...]  # that it speaks about

    def register(self, store: Store) -> Registration:
        """Write it down, unless that was done before.

        Args:
            store: Of the build.
        """
        return store.registry.register(self.subject, self.digest, self.body, self.spec)


class AskGroup(Value):
    """Questions for one set of weights: an adapter on the lease's base, or the bare base.

    `who` is the digest of the weights under which the answers are keyed; the child refuses to
    answer with any other. `step` and `key` are those of the step, `pace` names what its seconds
    an item are remembered under; `needs` names the preflight step that must have passed.
    """

    step: str
    key: str
    pace: str
    who: str
    adapter: AdapterFiles | None
    needs: str | None = None
    questions: tuple[Question, ...]


class AskJob(Value):
    """One lease: base weights are loaded once, all checked, adapters switched, all answered.

    `pace` names what the seconds of the load are remembered under; `declaration` is registered
    once the checks have passed, before the first question. After `stop_after` seconds no further
    group is begun.
    """

    kind: Literal["ask"] = "ask"
    store: Path
    engine: AnyEngine
    load: Load
    pace: str
    checks: tuple[ArmCheck, ...] = ()
    declaration: Declaration | None = None
    groups: tuple[AskGroup, ...]
    stop_after: NonNegative | None = None


class CheckJob(Value):
    """The preflight of all trainings of a spec; `finished` gets what was found."""

    kind: Literal["check"] = "check"
    store: Path
    engine: AnyEngine
    finished: FinishedStep
    pace: str
    train: TrainJob


class TrainingJob(Value):
    """One training run; `finished` is the record that is written when it is done.

    `pace` names what its seconds a row are remembered under, `beginning` those before the first;
    `accelerate` is the configuration for its launcher, where accelerate starts it.
    """

    kind: Literal["train"] = "train"
    store: Path
    engine: AnyEngine
    finished: FinishedStep
    pace: str
    beginning: str
    train: TrainJob
    accelerate: dict[str, Json] = Field(default_factory=dict)


class EndpointJob(Value):
    """An endpoint that is an arm: every question is a call, and none is made twice.

    `pace` names what its seconds a call are remembered under; `money_left` is what may still be
    spent, where there is a limit.
    """

    kind: Literal["endpoint"] = "endpoint"
    store: Path
    step: str
    endpoint: OpenAIEngine
    pace: str
    questions: tuple[Question, ...]
    declaration: Declaration | None = None
    money_left: NonNegative | None = None


class Answered(Value):
    """The texts of one arm and training seed, by item."""

    arm: str
    seed: int | None
    texts: Mapping[str, str]


class JudgeJob(Value):
    """One layer whose answers are put to all its judges; `sequential` says when it may stop.

    What is asked follows from the layer, the items and the answers, as it does in the parent.
    """

    kind: Literal["judge"] = "judge"
    store: Path
    step: str
    layer: Judge
    items: tuple[Item, ...]
    answers: tuple[Answered, ...]
    pairs: tuple[tuple[str, str], ...]
    sequential: SequentialPlan | None = None
    declaration: Declaration | None = None
    money_left: NonNegative | None = None


Job: TypeAlias = Annotated[
    AskJob | CheckJob | TrainingJob | EndpointJob | JudgeJob, Field(discriminator="kind")
]
_JOB: TypeAdapter[Job] = TypeAdapter(Job)


def job_text(job: Job) -> str:
    """A job as the text of its file: ASCII JSON, which holds any text that a row may hold."""
    return json.dumps(_JOB.dump_python(job, mode="json"), allow_nan=False)


def read_job(path: Path) -> Job:
    """The job in a file.

    Raises:
        DataError: There is no such file, or it holds no job of this version.
    """
    try:
        return _JOB.validate_python(json.loads(path.read_bytes()))
    except OSError as error:
        what = f"it cannot be read: {error.strerror or error}"
    except ValueError:
        what = "it is no job file of this version"
    raise DataError(Problem(str(path), what, "`evalreport build` writes job files and does them"))
