"""The public names: what `__all__` says, typed, lazy, documented by examples that run."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import assert_type

import pytest

import evalreport
from evalreport import library
from evalreport.plan.model import PowerLine

ROOT = Path(__file__).resolve().parents[2]
MODULES = [
    importlib.import_module(f"evalreport.library.{one.name}")
    for one in pkgutil.iter_modules(library.__path__)
]


def test_the_names_of_the_package_are_those_of_the_library() -> None:
    assert [*evalreport.__all__] == sorted(evalreport.__all__)
    assert {*evalreport.__all__} == {*library.__all__, "__version__"}
    for name in library.__all__:
        assert getattr(evalreport, name) is getattr(library, name)
    assert {*evalreport.__all__} <= {*dir(evalreport)}
    with pytest.raises(AttributeError, match="no attribute 'report_of'"):
        _ = evalreport.report_of  # type: ignore[attr-defined]


def test_no_name_stands_in_the_way_of_a_module() -> None:
    modules = {one.name for one in pkgutil.iter_modules(evalreport.__path__)}
    assert {"plan", "report", "verdict", "stats", "library"} <= modules
    assert modules.isdisjoint(evalreport.__all__)


def test_importing_the_package_loads_nothing() -> None:
    program = """if True:
        import sys
        import evalreport
        print(*sorted({'pydantic', 'yaml', 'numpy', 'jinja2', 'evalreport.errors'} & set(sys.modules)))
        import evalreport.stats, evalreport.plan
        from evalreport import *
        print(build.__module__, plan_build.__module__, evalreport.stats.__name__)
        print(*({'pandas', 'torch', 'scipy.stats', 'transformers', 'datasets'} & set(sys.modules)))
    """
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [
        "",
        "evalreport.library.building evalreport.library.planning evalreport.stats",
        "",
    ]


@pytest.mark.parametrize("name", library.__all__)
def test_every_name_is_documented(name: str) -> None:
    """Functions and what they give with an example; of the errors the first one has it."""
    value = getattr(library, name)
    assert value.__doc__
    is_ours = value.__module__.startswith("evalreport.library")
    assert (">>> " in value.__doc__) or not is_ours, f"{name} has no example"


def test_the_examples_run_as_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "specs").symlink_to(ROOT / "specs")
    (tmp_path / "reports").symlink_to(ROOT / "reports")
    monkeypatch.chdir(tmp_path)
    names = {"evalreport": evalreport}
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    finder = doctest.DocTestFinder()
    found = [one for module in (evalreport, *MODULES) for one in finder.find(module, globs=names)]
    found += finder.find(evalreport.EvalReportError, "EvalReportError", globs=names)
    said: list[str] = []
    for one in found:
        runner.run(one, out=said.append)
    assert not runner.failures, "".join(said)
    assert runner.tries > 15
    assert {path.name for path in tmp_path.iterdir()} == {"specs", "reports", ".evalreport"}


def typed() -> None:
    """What a user writes; `mypy --strict` looks at it, and nothing runs it."""
    from pandas import DataFrame

    spec = evalreport.load_spec(Path("spec.yaml"), overrides={"training.epochs": 3})
    assert_type(spec, evalreport.Spec)
    assert_type(evalreport.parse_spec("evalreport: 1", folder="specs"), evalreport.Spec)
    plan = evalreport.plan_build("spec.yaml")
    assert_type(plan.power, PowerLine | None)
    report = evalreport.build("spec.yaml", out="here", only=["qa"], accept_underpowered=True)
    assert_type(report, evalreport.LoadedReport)
    assert_type(evalreport.load_report("reports/here"), evalreport.LoadedReport)
    assert_type(report.verdict, evalreport.Verdict)
    assert_type(report.headline, str)
    assert_type(report.report.findings, tuple[evalreport.Finding, ...])
    assert_type(report.findings(), DataFrame)
    assert_type(report.items("qa"), DataFrame)
    assert_type(plan.steps(), DataFrame)
