"""spec.lock.yaml: what a report stands on, one sorted line a step, made to be committed."""

import json
from typing import Any, Final

import yaml

from evalreport.errors import DataError, Problem
from evalreport.evidence import Evidence
from evalreport.report.migrations import LOCK
from evalreport.report.model import Report
from evalreport.values import Json

HEADER = "# Written by evalreport beside the report; commit it. Regenerate it with `build`.\n"


def lock_text(report: Report, evidence: Evidence) -> str:
    """Digests, revisions and versions behind a report; nothing in it depends on the clock.

    But for the time of the first scored output, which is part of what was declared.
    """
    registered = evidence.registration
    changes: list[Json] = [
        {"digest": digest, "spec": name, "at": at}
        for digest, _, name, at in (registered.bodies[1:] if registered else ())
    ]
    return written_lock(lock_content(report, changes))


def written_lock(content: Json) -> str:
    """The text of a lock.

    Args:
        content: What it holds.
    """
    return HEADER + yaml.safe_dump(
        content, sort_keys=True, allow_unicode=True, width=200, default_flow_style=False
    )


def lock_of_text(text: str, path: object) -> dict[str, Json]:
    """What a lock of the version that is read here holds.

    Args:
        text: Of the file.
        path: What to call it in a complaint.

    Raises:
        DataError: It is no lock, or not of this version.
    """
    content = yaml_of(text, path)
    problem = LOCK.problem(content, path)
    if problem is not None:
        raise DataError(problem)
    held: Any = content  # `problem` looked at its form
    return dict(held)


def yaml_of(text: str, path: object) -> Json:
    """What the text of a lock holds, of whatever version.

    Args:
        text: Of the file.
        path: What to call it in a complaint.

    Raises:
        DataError: It is no YAML, is nested without reason, or holds what JSON cannot.
    """
    try:
        # Through JSON: no dates, no sets, no loops.
        content: Json = json.loads(json.dumps(yaml.load(text, Loader=_Plain)))  # noqa: S506
    except _NOT_PLAIN as error:
        raise DataError(Problem(str(path), "this is not YAML", LOCK.hint)) from error
    return content


class _Plain(yaml.SafeLoader):
    """YAML as a lock is written: no name stands for a part, so nothing grows when it is shown."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.YAMLError("a lock has no aliases")
        node: yaml.Node | None = super().compose_node(parent, index)
        return node


# What PyYAML and json raise of texts that are no lock: `!!int ""`, `!!bool x`, thousands of `[`.
_NOT_PLAIN: Final = (
    yaml.YAMLError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


def lock_content(report: Report, changes: Json) -> dict[str, Json]:
    """What a lock holds.

    Args:
        report: Beside which it stands.
        changes: What was declared since the first declaration, which a report does not hold.
    """
    arms: dict[str, Json] = {
        name: {
            "model": arm.model,
            "revision": arm.revision,
            "base": arm.base_digest,
            "adapters": dict(arm.adapter_digests),
            **({"models": dict(arm.model_digests)} if arm.model_digests else {}),
            "dtype": arm.dtype,
            "quantization": arm.quantization,
        }
        for name, arm in report.arms.items()
    }
    return {
        LOCK.key: LOCK.current,
        "evalreport": report.evalreport,
        "spec": report.spec_digest,
        "declared": {
            "digest": report.declared.digest,
            "first_scored_at": report.declared.first_scored_at,
            "changes": changes,
        },
        "datasets": {name: facts.digest for name, facts in report.datasets.items()},
        "arms": arms,
        "steps": {step.id: f"{step.key} {_word(step.outcome)}" for step in report.steps},
        "environment": dict(report.environment),
    }


def _word(outcome: str) -> str:
    """Reused and done are the same fact about a report."""
    return "done" if outcome == "reused" else outcome
