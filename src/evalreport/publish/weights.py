"""Which weights ship: found by the digest that the report names, and read again first."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from evalreport.engines.model_digests import adapter_digest, base_digest
from evalreport.engines.model_files import (
    ADAPTER_BASE,
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    NotHere,
    in_folder,
    locate,
    read_object,
    tokenizer_names,
)
from evalreport.errors import EvalReportError
from evalreport.hub_rules import is_hub_id
from evalreport.publish.model import LeftOut, PlannedFile, copied_file, text_file
from evalreport.records import Origin
from evalreport.report.model import ArmFacts, Report
from evalreport.report.placing import seeds_of, shipped_seed, what_ships
from evalreport.spec.models import Spec
from evalreport.store.store import FinishedStep
from evalreport.training.options import Existing

_SHOWN: Final = 12  # digits of a digest
_NOT_NEEDED: Final = (
    "nothing that loads the weights reads it, and it may hold paths, logs or optimizer state"
)


@dataclass(frozen=True, slots=True)
class Shipped:
    """The files of what ships, in words what it is, and what of its folder stays here."""

    files: tuple[PlannedFile, ...]
    words: str
    left_out: tuple[LeftOut, ...] = ()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """Where weights may lie on this machine.

    Attributes:
        steps: Finished steps of the store.
        objects: Folder of the store's files; each step's begins with its key.
        spec_folder: Paths in the spec are relative to it.
    """

    steps: Sequence[FinishedStep]
    objects: Path
    spec_folder: Path


def shipped(report: Report, spec: Spec, kept: Kept) -> Shipped:
    """The weights that a report is about, as files of the repository.

    Raises:
        EvalReportError: They are not here, are not those of the report, or cannot be published.
    """
    name = what_ships(report)
    arm = report.arms.get(name)
    if arm is None:
        return Shipped((), "no weights: the report is of no tuned model")
    if arm.origin is not Origin.RUN or arm.form == "endpoint":
        return Shipped((), f"no weights: {name} is {arm.what}")
    if arm.form == "merged":
        raise EvalReportError.because(
            f"the card would be about {arm.what}, and a build merges in memory and writes no such "
            "model",
            where=f"arms.{name}",
            hint="merge it yourself and name it: {of: tuned, model: ./merged}; or leave the arm "
            "out, and the adapter ships",
        )
    seed = shipped_seed(report)
    if arm.adapter_digests:
        return _adapter(report, spec, kept, _of_seed(arm.adapter_digests, seed, report))
    if arm.model_digests:
        return _model(report, arm, kept, _of_seed(arm.model_digests, seed, report))
    return Shipped((), f"no weights: nothing tells which {name} had")


def _of_seed(digests: dict[str, str], seed: str, report: Report) -> str:
    if seed not in digests:
        raise EvalReportError.because(
            f"seed {seed} was not trained",
            where="publish.seed",
            hint=f"name one of {', '.join(seeds_of(report))}, and build again: all is reused",
        )
    return digests[seed]


def _which(report: Report) -> str:
    """Of several seeds, which one ships and why."""
    seeds, seed = seeds_of(report), shipped_seed(report)
    if len(seeds) < 2:
        return ""
    asked = report.publish is not None and report.publish.seed is not None
    why = "as publish.seed says" if asked else "the first: choosing by the test would flatter it"
    return f" of training seed {seed} (of {', '.join(seeds)}; {why})"


@dataclass(frozen=True, slots=True)
class _Copies:
    """Files of a folder as they are read for its digest, so that what leaves is what it is of."""

    folder: Path
    origin: str
    why: str
    files: list[PlannedFile] = field(default_factory=list)

    def digest(self, path: Path) -> str:
        """SHA-256 of a file, which is taken."""
        name = path.relative_to(self.folder).as_posix()
        self.files.append(copied_file(name, path, origin=self.origin, why=self.why))
        return self.files[-1].sha256


# Adapters


def _adapter(report: Report, spec: Spec, kept: Kept, digest: str) -> Shipped:
    folder, origin = _folder_of(digest, kept, _given_adapter(spec, kept), "adapter")
    why = f"the adapter's weights; its digest {digest[:_SHOWN]} was read again"
    copies = _Copies(folder, origin, why)
    found = adapter_digest(folder, copies.digest)
    if found != digest:
        raise _changed(folder, found, digest)
    config, changed = _config(folder, report)
    taken = [ADAPTER_CONFIG, ADAPTER_WEIGHTS]
    files = [config, *copies.files]
    for name in (ADAPTER_BASE, *tokenizer_names(folder)):
        if (folder / name).is_file():
            taken.append(name)
            why = "which base it belongs to" if name == ADAPTER_BASE else "its tokenizer"
            files.append(copied_file(name, folder / name, origin=origin, why=why))
    return Shipped(
        tuple(files),
        f"the adapter{_which(report)}, digest {digest[:_SHOWN]}",
        tuple(_rest(folder, taken)),
        changed,
    )


def _config(folder: Path, report: Report) -> tuple[PlannedFile, tuple[str, ...]]:
    """adapter_config.json with the base's public name, whatever it was trained on here."""
    base = report.arms.get("base") or report.arms[what_ships(report)]
    name = base.hub_id
    if name is None or not is_hub_id(name):
        raise EvalReportError.because(
            "nobody else could load this adapter: the report gives its base no public name",
            where="base_model.hub_id",
            hint="add base_model: {hub_id: org/name} and build again: what is done is reused",
        )
    settings = read_object(folder / ADAPTER_CONFIG)
    was = settings.get("base_model_name_or_path")
    why = "how the adapter is put on its base"
    if was == name:
        file = copied_file(
            ADAPTER_CONFIG, folder / ADAPTER_CONFIG, origin="as it was trained", why=why
        )
        return file, ()
    text = json.dumps({**settings, "base_model_name_or_path": name}, indent=2, sort_keys=True)
    file = text_file(ADAPTER_CONFIG, text + "\n", origin="a changed copy", why=why)
    told = "it named none" if was is None else "it named a path or another name"
    return file, (f"{ADAPTER_CONFIG}: base_model_name_or_path is {name} ({told})",)


def _given_adapter(spec: Spec, kept: Kept) -> Path | None:
    """The folder of an adapter that existed before."""
    if not isinstance(spec.adapter, Existing):
        return None
    return (kept.spec_folder / Path(spec.adapter.path).expanduser()).absolute()


# Models


def _model(report: Report, arm: ArmFacts, kept: Kept, digest: str) -> Shipped:
    folder = _stored(digest, kept)
    if folder is None:
        found = locate(arm.model, relative_to=kept.spec_folder)
        if not isinstance(found, NotHere) and found.revision is not None:
            return Shipped(
                (), f"no weights: {arm.model} is on the hub already, at {found.revision}"
            )
    else:
        found = in_folder("", folder, None)
    if isinstance(found, NotHere):
        raise _missing(digest, "model")
    origin = "the store" if folder is not None else "where the spec names it"
    copies = _Copies(found.folder, origin, f"of the model {digest[:_SHOWN]}")
    read = base_digest(found, copies.digest)
    if read != digest:
        raise _changed(found.folder, read, digest)
    return Shipped(
        tuple(copies.files),
        f"{arm.what}{_which(report)}, digest {digest[:_SHOWN]}",
        tuple(_rest(found.folder, found.names)),
    )


# Places


def _stored(digest: str, kept: Kept) -> Path | None:
    """The folder of the store that holds trained weights of this digest."""
    for step in kept.steps:
        training = step.done.training
        for one in training.checkpoints if training else ():
            folder = kept.objects / step.key[:32] / one.folder
            if one.digest == digest and folder.is_dir():
                return folder
    return None


def _folder_of(digest: str, kept: Kept, given: Path | None, what: str) -> tuple[Path, str]:
    folder = _stored(digest, kept)
    if folder is not None:
        return folder, "the store"
    if given is not None and given.is_dir():
        return given, "where the spec names it"
    raise _missing(digest, what)


def _rest(folder: Path, taken: Sequence[str]) -> Iterator[LeftOut]:
    """What else lies in a folder of weights, by its own name."""
    for one in sorted(folder.iterdir()):
        inside = any(name == one.name or name.startswith(f"{one.name}/") for name in taken)
        if not inside:
            yield LeftOut(f"{one.name} (beside the weights)", _NOT_NEEDED)


def _missing(digest: str, what: str) -> EvalReportError:
    return EvalReportError.because(
        f"the {what} of this report (digest {digest[:_SHOWN]}) is not on this machine",
        where=".evalreport",
        hint="publish from the folder where it was built, or build again there: what the store "
        "still holds is reused",
    )


def _changed(folder: Path, found: str, digest: str) -> EvalReportError:
    return EvalReportError.because(
        f"these weights have the digest {found[:_SHOWN]}, and the report is about "
        f"{digest[:_SHOWN]}",
        where=folder.name,
        hint="they were changed since they were evaluated: build again, and what changed is "
        "evaluated anew",
    )
