"""Jobs: what a child process is given to do, as one JSON file; running one twice does no harm."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, NoReturn, TypeVar

from pydantic import Field

from evalreport.engines import AnyEngine
from evalreport.engines.base import AdapterFiles, Load, Probe, Question
from evalreport.engines.openai import OpenAIEngine
from evalreport.errors import DataError, Problem
from evalreport.store.store import FinishedStep, Store
from evalreport.training.sft import TrainJob
from evalreport.values import Json, NonNegative, Value
from evalreport.versions import Format

_BUILD: Final = "`evalreport build` writes job files and does them"
JOB: Final = Format("job files", "job", 1, "job file", _BUILD, older=_BUILD)


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
    deciding: tuple[str, ...]  # of them, those that a primary reads

    def register(self, store: Store) -> None:
        """Write it down, unless that was done before.

        Args:
            store: Of the build.
        """
        store.registry.register(self.subject, self.digest, self.body, self.spec)


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


class Job(Value):
    """What every job says: its kind, and the store that its results go to."""

    kind: str
    store: Path


J = TypeVar("J", bound=Job)


class AskJob(Job):
    """One lease: base weights are loaded once, all checked, adapters switched, all answered.

    `pace` names what the seconds of the load are remembered under; `declaration` is registered
    once the checks have passed, before the first question. After `stop_after` seconds no further
    group is begun.
    """

    kind: Literal["ask"] = "ask"
    engine: AnyEngine
    load: Load
    pace: str
    checks: tuple[ArmCheck, ...] = ()
    declaration: Declaration | None = None
    groups: tuple[AskGroup, ...]
    stop_after: NonNegative | None = None


class CheckJob(Job):
    """The preflight of all trainings of a spec; `finished` gets what was found."""

    kind: Literal["check"] = "check"
    engine: AnyEngine
    finished: FinishedStep
    pace: str
    train: TrainJob


class TrainingJob(Job):
    """One training run; `finished` is the record that is written when it is done.

    `pace` names what its seconds a row are remembered under, `beginning` those before the first;
    `accelerate` is the configuration for its launcher, where accelerate starts it.
    """

    kind: Literal["train"] = "train"
    engine: AnyEngine
    finished: FinishedStep
    pace: str
    beginning: str
    train: TrainJob
    accelerate: dict[str, Json] = Field(default_factory=dict)


class EndpointJob(Job):
    """An endpoint that is an arm: every question is a call, and none is made twice.

    `pace` names what its seconds a call are remembered under; `money_left` is what may still be
    spent, where there is a limit.
    """

    kind: Literal["endpoint"] = "endpoint"
    step: str
    endpoint: OpenAIEngine
    pace: str
    questions: tuple[Question, ...]
    declaration: Declaration | None = None
    money_left: NonNegative | None = None


def job_text(job: Job) -> str:
    """A job as the text of its file: ASCII JSON, which holds any text that a row may hold."""
    content = {JOB.key: JOB.current, **job.model_dump(mode="json")}
    return json.dumps(content, allow_nan=False)


@dataclass(frozen=True, slots=True)
class JobFile:
    """A job as it was read, of which no more is known than the name of its kind."""

    path: Path
    kind: str
    content: Json

    def job(self, of: type[J]) -> J:
        """The job.

        Raises:
            DataError: It is no such job of this version.
        """
        try:
            return of.model_validate(self.content)
        except ValueError:
            self.refuse()

    def refuse(self) -> NoReturn:
        """Say that nobody here knows such a job."""
        what = f"it is no job file of version {JOB.current}"
        raise DataError(Problem(str(self.path), what, _BUILD))


def read_job_file(path: Path) -> JobFile:
    """What stands in a job file.

    Raises:
        DataError: There is no such file, it holds no job, or is of another version.
    """
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        what = f"it cannot be read: {error.strerror or error}"
        raise DataError(Problem(str(path), what, _BUILD)) from None
    except ValueError:
        content = None
    problem = JOB.problem(content, path)
    if problem is not None:
        raise DataError(problem)
    job = {key: value for key, value in content.items() if key != JOB.key}
    return JobFile(path, str(job.get("kind")), job)
