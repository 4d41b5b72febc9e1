"""Worlds in which other tools measured: rows as their files give them, and all that follows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from evalreport.digest import digest_text
from evalreport.evidence import Evidence
from evalreport.importers.assemble import assemble
from evalreport.importers.base import Facts, Gives, NoScore, Reading, Row, ToolFigure
from evalreport.importers.collect import Collected
from evalreport.importers.files import Found
from evalreport.importers.glimpse import Glimpse
from evalreport.importers.left import Left
from evalreport.importers.results import Results
from evalreport.layers.imported import Imported
from evalreport.metrics.base import Column, Scale
from evalreport.plan.ask_steps import importing_step
from evalreport.plan.model import Plan
from evalreport.records import Done, Judging, Machine
from evalreport.spec.asked import with_asked_arms
from evalreport.spec.models import Spec
from tests.analyze.evidence import World
from tests.analyze.layers import Options

TUNED: Final = "1" * 80 + "0" * 40
BASE: Final = "1" * 50 + "0" * 70
FACTS: Final = Facts(
    decoding="greedy", scorer="task v1", shots=0, template="none", precision="bfloat16"
)


def column(metric: str) -> Column:
    """Every metric of these worlds is a share."""
    return Column(metric, "fraction", higher_is_better=True, scale=Scale.MEAN, low=0.0, high=1.0)


@dataclass(frozen=True, slots=True)
class Scripted:
    """An importer that gives what it was told to give."""

    reading: Reading
    name: str = "scripted"

    @property
    def gives(self) -> Gives:
        return self.reading.gives

    def recognises(self, seen: Glimpse) -> bool:
        return bool(seen)

    def read(self, path: Path, columns: Mapping[str, str]) -> Reading:
        assert path.name
        assert not columns
        return self.reading


def rows_of(arm: str, codes: str, metric: str = "win_rate", **more: object) -> list[Row]:
    """A row for each code: 1 or 0, or `?` where a judge gave nothing that could be read."""
    rows = [
        Row(
            line=i + 1,
            item=f"q{i}",
            scores={metric: NoScore("no verdict", is_unparsed=True) if c == "?" else float(c)},
            model=f"org/{arm}",
            against="rival",
            prompt=digest_text(f"question {i}"),
            output=f"{arm} says {i}",
            judge="judge-1",
            reply=digest_text(f"about {arm} {i}"),
        )
        for i, c in enumerate(codes)
    ]
    return [replace(row, **more) for row in rows]  # type: ignore[arg-type]


def reading_of(arm: str, rows: Iterable[Row], **more: object) -> Reading:
    """A file of one arm that tells all that a file can tell."""
    given = list(rows)
    whole = Reading(
        tool="tool",
        gives="verdicts",
        rows=iter(given),
        column=column,
        left=Left(),
        version="1.0",
        named=arm,
        judge_named="judge-1",
        facts={"": FACTS},
        expected={"": 120},
        judging=Judging(judge="judge-1", orders="random"),
    )
    return replace(whole, **more)  # type: ignore[arg-type]


def figure(value: float) -> ToolFigure:
    """What the tool says of all items of a part."""
    return ToolFigure(part="", metric="win_rate", value=value, se=0.04, n=120)


def results_of(layer: Imported, readings: Mapping[str, Sequence[Reading]]) -> Results:
    """What the files of a layer say."""
    collected = Collected(layer)
    for arm, of in readings.items():
        for i, reading in enumerate(of):
            shown = f"{arm or 'all'}-{i}.json"
            collected.take(arm, Found(Path(shown), shown, Scripted(reading)))
    return assemble(collected, {arm: digest_text(f"files of {arm}") for arm in readings})


def imported(readings: Mapping[str, Sequence[Reading]], **options: object) -> World:
    """A spec with one imported layer, and evidence of what its files say.

    Args:
        readings: The files by arm; under "" those that hold all arms.
        options: Further keys of the layer; `primary` is the metric that decides.
    """
    metric = options.pop("primary", "win_rate")
    layer: Options = {
        "kind": "imported",
        "name": "bench",
        "from": {arm: f"{arm}.json" for arm in readings} if "" not in readings else "all.json",
        **options,
    }
    spec = with_asked_arms(
        Spec.model_validate(
            {
                "evalreport": 1,
                "name": "others",
                "base_model": {"path": "org/base"},
                "evaluation": {
                    "primary": {"layer": "bench", "metric": metric, "gain_at_least": 0.1},
                    "layers": [layer],
                },
            }
        )
    )
    (built,) = (one for one in spec.evaluation.layers if isinstance(one, Imported))
    results = results_of(built, readings)
    step = importing_step(built, results)
    return World(
        spec,
        Evidence(
            plan=Plan(
                name="others",
                steps=(step,),
                arms={},
                blocked_arms={},
                asks={},
                power=None,
                registration=None,
                declared_subject=None,
            ),
            corpora={},
            items={},
            outcomes={step.step.id: Done(reused=True, seconds=0.0)},
            blocks={},
            trainings={},
            registration=None,
            environment={},
            machine=Machine(cores=2, memory_bytes=8 << 30, instruction_sets=()),
            published={} if results.published is None else {"bench": results.published},
            judging={} if results.judging is None else {"bench": results.judging},
            results={"bench": results},
            integrity={"bench": results.integrity},
        ),
    )


def two(
    tuned: Iterable[Row] | None = None,
    base: Iterable[Row] | None = None,
    tuned_file: Options | None = None,
    base_file: Options | None = None,
    **options: object,
) -> World:
    """Two sound files, of which some facts are others."""
    mine = rows_of("tuned", TUNED) if tuned is None else tuned
    theirs = rows_of("base", BASE) if base is None else base
    return imported(
        {
            "tuned": [reading_of("tuned", mine, **(tuned_file or {}))],
            "base": [reading_of("base", theirs, **(base_file or {}))],
        },
        **options,
    )
