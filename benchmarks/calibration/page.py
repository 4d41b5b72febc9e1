"""docs/calibration.md, from what was measured."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks.calibration.cells import CELLS, SIZES, Cell
from benchmarks.calibration.command_line import BUILT
from benchmarks.calibration.pair_by_pair import ALPHA, CAP, RATES, WANTED
from benchmarks.calibration.truth import SomeGroupsRise

Tally: TypeAlias = Mapping[str, float]
Measured: TypeAlias = dict[str, dict[str, float]]

_ROOT: Final = Path(__file__).parents[2]
MEASURED: Final = Path(__file__).parent / "measured.json"
PAGE: Final = _ROOT / "docs" / "calibration.md"
LEAST_COVERAGE: Final = 0.935
RUNS_OF_A_FULL_TABLE: Final = 10_000
HALF_ALPHA: Final = 0.025
_NEARLY_ALL: Final = 0.995

_HEAD: Final = """\
# How often verdicts and intervals are wrong

Measured by `python -m benchmarks.calibration` (its results are `benchmarks/calibration/measured.json`;
`--page` writes this page from them, and a test holds the two together). What is true is known:
every build has scores drawn from the fake engine's own model (difficulties of items that arms and
clusters share; `benchmarks/calibration/truth.py`), and goes from `analyze` to `decide`, {runs}
builds a cell or more. A test of the project runs a few cells with fewer builds.

A nominal 95 % interval should hold the truth in 95 % of builds; a test of the project allows no
less than 93.5 %, and where fewer than 5,000 builds show one, three Monte-Carlo errors less
({least} of {runs}). Of {runs} builds, a coverage of 95 % is known to {error} either way (95 %
confidence). Under no effect, "better" and "worse" may each come in 2.5 % of builds, and three
Monte-Carlo errors more ({limit} of {runs}). Coverage is that of the builds that show an interval; where that
is not all of them, their share stands behind it, and "–" means that hardly any does, because there
are too few items or groups.
"""


def share(tally: Tally, name: str) -> float:
    """How often something happened."""
    return tally.get(name, 0) / tally["runs"]


def coverage(tally: Tally, name: str) -> float | None:
    """How often a shown interval held the truth; None where hardly one build in a hundred shows one."""
    shown = tally.get(f"{name}.shown", 0)
    return tally.get(f"{name}.covered", 0) / shown if shown >= tally["runs"] / 100 else None


def false_limit(runs: float, rate: float = HALF_ALPHA) -> float:
    """A rate and three Monte-Carlo errors."""
    return rate + 3 * math.sqrt(rate * (1 - rate) / runs)


def least_coverage(shown: float) -> float:
    """What a nominal 95 % interval must cover: 93.5 %, and of few builds three errors less."""
    slack = 3 * math.sqrt(0.95 * 0.05 / shown) if shown < RUNS_OF_A_FULL_TABLE / 2 else 0.0
    return LEAST_COVERAGE - slack


def page(measured: Measured) -> str:
    """The whole page."""
    runs = {measured[cell.name]["runs"] for cell in CELLS if cell.name in measured}
    fewest = min(runs, default=1)
    head = _HEAD.format(
        runs=f"{fewest:,.0f}",
        limit=_percent(false_limit(fewest), 2),
        least=_percent(least_coverage(fewest)),
        error=f"{196 * math.sqrt(0.95 * 0.05 / fewest):.1f} points",
    )
    if fewest < RUNS_OF_A_FULL_TABLE:
        full = sum(
            measured.get(cell.name, {"runs": 0})["runs"] >= RUNS_OF_A_FULL_TABLE for cell in CELLS
        )
        head += (
            f"\n**A full table has {RUNS_OF_A_FULL_TABLE:,} builds a cell; {full} of {len(CELLS)} "
            "cells have that many by now.**\n"
        )
    parts = (
        _nothing(measured), _coverage(measured), _power(measured), _margins(measured),
        _equal(measured), _subgroups(measured), _pairs(measured), _built(measured), _tail(measured),
    )  # fmt: skip
    return head + "".join("\n" + "\n".join(part) + "\n" for part in parts)


def _percent(value: float, digits: int = 1) -> str:
    return f"{100 * value:.{digits}f} %"


def _of(asks: str) -> list[Cell]:
    return [cell for cell in CELLS if cell.asks == asks]


def _grid(asks: str) -> dict[str, dict[int, Cell]]:
    grid: dict[str, dict[int, Cell]] = {}
    for cell in _of(asks):
        grid.setdefault(cell.family, {})[cell.setting.items] = cell
    return grid


def _nothing(measured: Measured) -> Iterator[str]:
    yield '## Nothing differs: false "better" and false "worse" of the verdict\n'
    yield "| evidence | " + " | ".join(f"{n:,} items" for n in SIZES) + " |"
    yield "|---" * (len(SIZES) + 1) + "|"
    for family, cells in _grid("null").items():
        row = []
        for n in SIZES:
            tally = measured.get(cells[n].name)
            row.append("" if tally is None else f"{_false(tally)[0]} / {_false(tally)[1]}")
        yield f"| {family} | " + " | ".join(row) + " |"


def _false(tally: Tally) -> tuple[str, str]:
    better, worse = false_verdicts(tally)
    return _percent(better, 2), _percent(worse, 2)


def false_verdicts(tally: Tally) -> tuple[float, float]:
    """How often a finding, or the verdict, said better and worse: the larger of the two."""
    better = sum(
        share(tally, f"verdict.{name}") for name in ("better", "better_retention_unknown", "mixed")
    )
    return (
        max(better, share(tally, "finding.better")),
        max(share(tally, "verdict.worse"), share(tally, "finding.worse")),
    )


def _coverage(measured: Measured) -> Iterator[str]:
    yield "## Coverage of the intervals that are shown\n"
    yield "Of the difference where nothing differs, of the difference where something does, and of"
    yield "the value of one arm (the least of four: two arms, two truths; by chance alone it lies lower).\n"
    yield "| evidence | | " + " | ".join(f"{n:,} items" for n in SIZES) + " |"
    yield "|---" * (len(SIZES) + 2) + "|"
    with_effect = _grid("coverage")
    for family, cells in _grid("null").items():
        other = with_effect[family]
        rows = {
            "equal": [_shown(measured, cells[n], "difference") for n in SIZES],
            "different": [_shown(measured, other[n], "difference") for n in SIZES],
            "one arm": [_least(measured, (cells[n], other[n])) for n in SIZES],
        }
        for name, row in rows.items():
            yield f"| {family if name == 'equal' else ''} | {name} | " + " | ".join(row) + " |"


def _shown(measured: Measured, cell: Cell, name: str) -> str:
    tally = measured.get(cell.name)
    if tally is None:
        return ""
    covered = coverage(tally, name)
    if covered is None:
        return "–"
    of = tally[f"{name}.shown"] / tally["runs"]
    return _percent(covered) + ("" if of >= _NEARLY_ALL else f" (of {_percent(of, 0)})")


def _least(measured: Measured, cells: tuple[Cell, ...]) -> str:
    known = [
        (covered, _shown(measured, cell, arm))
        for cell in cells
        if (tally := measured.get(cell.name)) is not None
        for arm in ("tuned", "base")
        if (covered := coverage(tally, arm)) is not None
    ]
    return min(known)[1] if known else "–"


def _power(measured: Measured) -> Iterator[str]:
    yield "## Power where the true effect is what `plan` calls the smallest detectable at 80 %\n"
    yield '| evidence | items | true effect | found "better" |'
    yield "|---|---|---|---|"
    for cell in _of("power"):
        if (tally := measured.get(cell.name)) is not None:
            effect = cell.arms[0] - cell.arms[1]
            found = _percent(share(tally, "finding.better"))
            yield f"| {cell.family} | {cell.setting.items:,} | {_percent(effect)} | {found} |"
    for cell in _of("retained"):
        if (tally := measured.get(cell.name)) is not None:
            margin = _percent(cell.setting.margin)
            found = _percent(share(tally, "guard.retained"))
            yield (
                f"| {cell.family}, the least margin that can be shown | {cell.setting.guard_items:,} "
                f'| 0 of {margin} | "retained" {found} |'
            )


def _margins(measured: Measured) -> Iterator[str]:
    yield '## A guard that truly loses its margin: false "retained" (5 % is allowed)\n'
    yield '| guard | items | margin | "retained" | "lost" or "regressed" |'
    yield "|---|---|---|---|---|"
    for cell in _of("margin"):
        if (tally := measured.get(cell.name)) is not None:
            lost = share(tally, "guard.lost") + share(tally, "guard.regressed")
            yield (
                f"| {cell.family} | {cell.setting.guard_items:,} | {_percent(cell.setting.margin)} | "
                f"{_percent(share(tally, 'guard.retained'), 2)} | {_percent(lost)} |"
            )


def _equal(measured: Measured) -> Iterator[str]:
    yield '## A gain of exactly the size worth having: false "equivalent"\n'
    yield "Each of the two one-sided tests may err in 5 % of builds.\n"
    yield '| evidence | items | true gain | "equivalent" | "better" |'
    yield "|---|---|---|---|---|"
    for cell in _of("equal"):
        if (tally := measured.get(cell.name)) is not None:
            yield (
                f"| {cell.family} | {cell.setting.items:,} | {_percent(cell.setting.gain)} | "
                f"{_percent(share(tally, 'finding.equivalent'), 2)} | "
                f"{_percent(share(tally, 'finding.better'))} |"
            )


def _subgroups(measured: Measured) -> Iterator[str]:
    yield "## Twenty subgroups, of which none falls\n"
    yield "| whole | intervals of subgroups cover | a subgroup is named as falling |"
    yield "|---|---|---|"
    for cell in _of("subgroups"):
        if (tally := measured.get(cell.name)) is not None:
            truth = cell.truth
            whole = "10 points better" if cell.arms[0] != cell.arms[1] else "equal"
            if isinstance(truth, SomeGroupsRise):
                gain = _percent(truth.tuned - truth.base, 0).replace(" %", " points")
                rest = truth.groups - truth.rising
                whole = f"{truth.rising} groups {gain} better, {rest} equal"
            named = _percent(share(tally, "subgroup.named"), 2)
            covered = coverage(tally, "subgroup")
            yield f"| {whole} | {'' if covered is None else _percent(covered)} | {named} |"


def _pairs(measured: Measured) -> Iterator[str]:
    yield "## Pair by pair: stopping as soon as it is clear\n"
    yield (
        f"Looks every few pairs, at most {CAP} of them, alpha {ALPHA:g} (four fifths of it for who wins), "
        f"least win rate of interest {WANTED:g}. Covered: the interval of the net win at the stop holds "
        "the true one.\n"
    )
    yield (
        "| true win rate | ties | stopped for the better | for the worse | as futile | median pairs | covered |"
    )
    yield "|---|---|---|---|---|---|---|"
    for rate, ties in RATES:
        tally = measured.get(f"pair by pair · {rate} · {ties}")
        if tally is None:
            continue
        futile = share(tally, "futile up") + share(tally, "futile down")
        yield (
            f"| {rate:g} | {_percent(ties, 0)} | {_percent(share(tally, 'candidate wins up'), 2)} | "
            f"{_percent(share(tally, 'reference wins down'), 2)} | {_percent(futile)} | {tally['median']:.0f} | "
            f"{_percent(share(tally, 'covered'))} |"
        )


def _built(measured: Measured) -> Iterator[str]:
    yield "## Through the command line, each answer asked of the fake engine\n"
    yield "| truth | builds | better | worse | intervals that cover |"
    yield "|---|---|---|---|---|"
    for built in BUILT:
        tally = measured.get(f"command line · {built.name}")
        if tally is not None:
            yield (
                f"| {built.name} | {tally['runs']:,.0f} | {_percent(share(tally, 'finding.better'))} | "
                f"{_percent(share(tally, 'finding.worse'))} | "
                f"{_percent(coverage(tally, 'difference') or 0)} |"
            )


def _tail(measured: Measured) -> Iterator[str]:
    yield "## What no interval made of a sample can hold\n"
    yield (
        "Where a few items carry the mean and most samples hold none of them, nothing in a sample "
        "tells. Squares of\nlognormal errors (sigma 1, cut at 2,500) are such; prefer a metric with "
        "bounds near its values (absolute error,\nshare within a tolerance), or the betting interval "
        "of `evalreport.stats`, which holds for any bounded score.\n"
    )
    yield "| items | difference covers | one arm covers |"
    yield "|---|---|---|"
    for cell in _of("tail"):
        if measured.get(cell.name) is not None:
            difference = _shown(measured, cell, "difference")
            yield f"| {cell.setting.items:,} | {difference} | {_least(measured, (cell,))} |"
