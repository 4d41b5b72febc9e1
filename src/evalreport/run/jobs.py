"""Jobs: what a child process is given to do, as one JSON file; running one twice does no harm."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, TypeAdapter

from evalreport.engines import AnyEngine
from evalreport.engines.base import AdapterFiles, Load, Question
from evalreport.store.store import FinishedStep
from evalreport.training.sft import TrainJob
from evalreport.values import Value


class AskGroup(Value):
    """Questions for one set of weights: an adapter on the lease's base, or the bare base.

    `who` is the digest of the weights under which the answers are keyed; the child refuses to
    answer with any other. `step` and `key` are those of the step, `pace` names what its seconds
    an item are remembered under.
    """

    step: str
    key: str
    pace: str
    who: str
    adapter: AdapterFiles | None
    questions: tuple[Question, ...]


class AskJob(Value):
    """One lease: base weights are loaded once, adapters switched, all groups answered.

    `pace` names what the seconds of the load are remembered under.
    """

    kind: Literal["ask"] = "ask"
    store: Path
    engine: AnyEngine
    load: Load
    pace: str
    groups: tuple[AskGroup, ...]


class TrainingJob(Value):
    """One training run; `finished` is the record that is written when it is done.

    `pace` names what its seconds a row are remembered under.
    """

    kind: Literal["train"] = "train"
    store: Path
    engine: AnyEngine
    finished: FinishedStep
    pace: str
    train: TrainJob


Job: TypeAlias = Annotated[AskJob | TrainingJob, Field(discriminator="kind")]
JOB: TypeAdapter[Job] = TypeAdapter(Job)
