"""check: is this spec right, or are these? Nothing is read but the spec, and nothing is run."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from evalreport.errors import EXIT_WRITTEN, Problem, SpecError, printable
from evalreport.hub_rules import Where
from evalreport.spec.asked import endpoints_of
from evalreport.spec.checks.outputs import untold
from evalreport.spec.load import LoadedSpec, load_spec
from evalreport.spec.models import Spec
from evalreport.spec.placing import planned_placements


def check(paths: Sequence[Path], overrides: Sequence[str], *, as_json: bool) -> int:
    """Print of each spec that it is right, and what it leaves open so that nothing is compared.

    Raises:
        SpecError: One is not; with every problem of all of them.
    """
    problems: list[Problem] = []
    for path in paths:
        try:
            loaded = load_spec(path, overrides)
        except SpecError as error:
            problems += error.problems
        else:
            _print(path, loaded, as_json=as_json)
    if problems:
        raise SpecError(*problems)
    if not as_json:
        sys.stdout.write("the rows of its data are read by plan and build, not by check\n")
    return EXIT_WRITTEN


def _print(path: Path, loaded: LoadedSpec, *, as_json: bool) -> None:
    spec = loaded.spec
    left_open = [said for layer in spec.evaluation.layers for said in untold(layer)]
    if as_json:
        said = {"spec": str(path), "name": spec.name, "digest": loaded.digest}
        found: dict[str, object] = {**said, "left_open": left_open} if left_open else {**said}
        if spec.publish is not None:
            found["publish"] = publish_as_json(spec)
        sys.stdout.write(json.dumps(found) + "\n")
        return
    layers = ", ".join(layer.name for layer in spec.evaluation.layers) or "none"
    sys.stdout.write(f"{printable(f'{path} is right: {spec.name}, layers {layers}')}\n")
    for words in (*left_open, *destination_lines(spec), *publish_lines(spec)):
        sys.stdout.write(f"{printable(words)}\n")


def destination_lines(spec: Spec) -> list[str]:
    """Where what a spec asks goes, and which key with it; nothing where nothing leaves."""
    return [f"calls go to {one}" for one in sorted({e.destination for e in endpoints_of(spec)})]


def publish_lines(spec: Spec) -> list[str]:
    """Where `evalreport publish` would put each declared number; nothing without `publish:`."""
    if spec.publish is None:
        return []
    lines = [f"evalreport publish puts it at {spec.publish.repo}, its declared numbers as follows"]
    for one in planned_placements(spec):
        asked = "; the hub is asked at publish whether that is a benchmark there"
        later = asked if one.where is Where.EVAL_RESULTS else ""
        lines.append(f"  {one.figure.name}: {one.words}{later}")
    lines.append("  base, differences, intervals, what is not declared: only in the text")
    return lines


def publish_as_json(spec: Spec) -> dict[str, object]:
    """The same for programs."""
    placed = planned_placements(spec)
    return {
        "repo": spec.publish.repo if spec.publish else "",
        "numbers": [
            {
                "layer": one.figure.layer,
                "metric": one.figure.metric,
                "field": one.figure.field,
                "where": one.where.value,
                "because": one.because,
            }
            for one in placed
        ],
    }
