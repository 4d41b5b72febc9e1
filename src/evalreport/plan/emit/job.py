"""What every job file holds, whatever its kind: needs, keys by name, what is installed and run."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalreport import __version__
from evalreport.plan.emit.needs import Needs, needs_of
from evalreport.plan.model import Given, Plan
from evalreport.spec.asked import key_variables
from evalreport.spec.models import Spec
from evalreport.values import Json


@dataclass(frozen=True, slots=True)
class JobFile:
    """A plan as a job for another machine.

    Attributes:
        name: Of the spec.
        emitted_by: The command that wrote the file.
        steps: One line a step, with its reason, and what all of them come to.
        needs: Of the machine.
        keys: Environment variables that must hold a key, and what needs them; never their values.
        version: Of this program.
        requirement: What is installed, with its version.
        command: The build.
    """

    name: str
    emitted_by: str
    steps: tuple[str, ...]
    needs: Needs
    keys: dict[str, str]
    version: str
    requirement: str
    command: str

    def comment(self) -> Iterator[str]:
        """The head of the file, as lines of a comment."""
        yield f"Written by: {one_line(self.emitted_by)}"
        yield "Submit it from the folder in which that was run. It can be run again at any time:"
        yield "what is done is kept in .evalreport, and the same command goes on from there."
        yield ""
        yield "Steps, as they were planned on the machine that wrote this:"
        yield from (f"  {one_line(line)}" for line in self.steps)
        if self.needs.gpu_bytes is not None:
            gib = -(-self.needs.gpu_bytes // (1 << 30))
            yield f"Predicted: {gib} GiB on each GPU, with one row at a time."


def job_file(
    given: Given,
    plan: Plan,
    *,
    spec_path: str,
    overrides: Sequence[str],
    steps: Sequence[str],
    kind: str,
    strict_environment: bool,
) -> JobFile:
    """A plan as a job.

    Args:
        given: What the plan was made from.
        plan: The plan.
        spec_path: As it was given.
        overrides: `--set` values.
        steps: One line a step, as `plan` prints them.
        kind: Of file, for its head.
        strict_environment: Whether other versions of packages count as changes.
    """
    arguments = [spec_path]
    for value in overrides:
        arguments += ["--set", value]
    if strict_environment:
        arguments.append("--strict-environment")
    tail = " ".join(quoted(one) for one in arguments)
    return JobFile(
        name=plan.name,
        emitted_by=f"evalreport plan {tail} --emit {kind}",
        steps=tuple(steps),
        needs=needs_of(given, plan),
        keys=_keys(given.spec),
        version=__version__,
        requirement=_requirement(given.spec),
        command=f"evalreport build {tail}",
    )


def one_line(text: str) -> str:
    """A text that ends no comment: printable, on one line."""
    return "".join(char if char.isprintable() else " " for char in text)


def quoted(argument: str) -> str:
    """An argument as bash reads it, in printable ASCII whatever it holds."""
    if argument.isascii() and argument.isprintable():
        return shlex.quote(argument)
    plain = (
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "'\\" else f"\\x{byte:02x}"
        for byte in argument.encode("utf-8", "surrogateescape")
    )
    return f"$'{''.join(plain)}'"


def _requirement(spec: Spec) -> str:
    extras = set()
    if spec.to_train is not None and spec.to_train.report_to:
        extras.add("trackers")
    if "nf4" in _texts(spec.model_dump(mode="json")) or spec.adapter.method == "qlora":
        extras.add("qlora")
    named = f"[{','.join(sorted(extras))}]" if extras else ""
    return f"evalreport{named}=={__version__}"


def _keys(spec: Spec) -> dict[str, str]:
    """Environment variables that the spec names for keys, and those of the hubs that it uses."""
    found = dict.fromkeys(key_variables(spec), "named in the spec as api_key_env")
    if spec.to_train is not None and "wandb" in spec.to_train.report_to:
        found["WANDB_MODE"] = "optional: online sends the run away, which then wants WANDB_API_KEY"
    return found | {"HF_TOKEN": "optional: only for gated or private models and datasets"}


def _texts(value: Json | object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
