"""What a plan asks of the store, answered without changing it, but for entries that are damaged."""

from collections.abc import Iterable, Mapping

from evalreport.digest import digest_file
from evalreport.engines.model_digests import checkpoint_digest
from evalreport.plan.reasons import step_reads
from evalreport.records import Done, Failure, Response, ResponseKey
from evalreport.store.store import Store
from evalreport.values import Json


class Index:
    """A store as a plan sees it."""

    def __init__(self, store: Store, *, thorough: bool = False) -> None:
        self._store = store
        # Remembered digests make a plan fast; a thorough check reads every byte again.
        self._digest = digest_file if thorough else store.file_digest
        self._damaged: list[str] = []

    @property
    def damaged(self) -> tuple[str, ...]:
        """What was found damaged and dropped on the way, by name."""
        return (*self._store.damaged_steps, *self._damaged)

    def answered(self, keys: Iterable[ResponseKey]) -> frozenset[ResponseKey]:
        """Which keys have a response."""
        return self._store.answered(keys)

    def responses(self, keys: Iterable[ResponseKey]) -> Mapping[ResponseKey, Response]:
        """The responses of these keys, as far as they are there and whole."""
        return self._store.responses(keys).found

    def failures(self, keys: Iterable[ResponseKey]) -> Mapping[ResponseKey, Failure]:
        """Why these keys have no response, where it was tried."""
        return self._store.failures(keys)

    def finished(self, key: str) -> Done | None:
        """The outcome of a finished step whose checkpoints are all there and as they were."""
        record = self._store.step(key)
        if record is None:
            return None
        training = record.done.training
        for kept in training.checkpoints if training else ():
            folder = self._store.objects(key) / kept.folder
            try:
                whole = checkpoint_digest(folder, self._digest) == kept.digest
            except OSError:
                whole = False
            if not whole:
                self._damaged.append(f"checkpoint {kept.name} of {record.id}")
                self._store.forget(key)
                return None
        return record.done

    def last_reads(self, spec: str, step: str) -> Mapping[str, Json] | None:
        """What the step of this id read in the newest build of this spec."""
        record = self._store.latest(spec, step)
        return None if record is None else step_reads(record.reads, record.inputs)
