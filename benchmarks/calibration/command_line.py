"""Whole builds through the command line, on the fake engine, whose answers are asked item by item."""

import contextlib
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.calibration.world import Setting, write_spec
from evalreport.cli import main
from evalreport.estimates import Estimate
from evalreport.report.load import load_report


@dataclass(frozen=True, slots=True)
class Built:
    """A simulated truth as the fake engine has it, built again and again with other answers.

    Attributes:
        name: In words.
        setting: The build.
        engine: Options of the fake engine, as YAML.
        difference: The true difference.
    """

    name: str
    setting: Setting
    engine: str
    difference: float


BUILT: Final = (
    Built(
        "right or wrong, nothing differs",
        Setting("accuracy", 50),
        ", base: {right: 0.6}, tuned: {right: 0.6}, correlation: 0.8",
        0.0,
    ),
    Built(
        "right or wrong, clusters of 4, nothing differs",
        Setting("accuracy", 60, (4,)),
        ", base: {right: 0.6}, tuned: {right: 0.6}, correlation: 0.7, cluster_effect: 0.3",
        0.0,
    ),
    Built(
        "right or wrong, 20 points better",
        Setting("accuracy", 50, gain=0.2),
        ", base: {right: 0.5}, tuned: {right: 0.7}, correlation: 0.8",
        0.2,
    ),
)


def build_often(built: Built, runs: int) -> dict[str, float]:
    """So many builds, each with another seed of the engine; what their reports say is counted."""
    sums: Counter[str] = Counter()
    with TemporaryDirectory() as name, contextlib.chdir(name):
        folder = Path(name)
        spec = write_spec(built.setting, folder, engine=built.engine)
        for run in range(runs):
            out = folder / f"out-{run}"
            silent = io.StringIO()
            with contextlib.redirect_stdout(silent), contextlib.redirect_stderr(silent):
                code = main(
                    [
                        "build", str(spec), "--accept-underpowered",
                        "--set", f"engine.seed={run}", "--out", str(out),
                    ]
                )  # fmt: skip
            if code:
                raise RuntimeError(silent.getvalue())
            report = load_report(out / "report.json")
            primary = next(f for f in report.findings if f.role == "primary")
            sums[f"finding.{primary.outcome}"] += 1
            sums[f"verdict.{report.verdict.outcome}"] += 1
            if isinstance(primary.difference, Estimate):
                low, high = primary.difference.low, primary.difference.high
                sums["difference.shown"] += 1
                sums["difference.covered"] += low <= built.difference <= high
    return {"runs": runs, **dict(sums)}
