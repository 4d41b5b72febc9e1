"""audit: which files are whose, where some name their model and others do not."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from evalreport.commands.audit_groups import Group, groups_of
from evalreport.commands.audit_meant import meant
from evalreport.commands.audit_roles import roles_of
from evalreport.errors import Refused
from evalreport.importers.survey import Surveyed
from tests.builds.test_audit import audited, surveyed
from tests.importers.lm_eval_files import BASE, TUNED, raw_rows, results, samples

TASK = "tiny_choice"


def runs(folder: Path, without: str) -> None:
    """Two runs of lm-eval in one folder, of which one has lost its results file."""
    for arm, run in (("base", BASE), ("tuned", TUNED)):
        here = folder / "runs" / run.name
        here.mkdir(parents=True)
        shutil.copy(samples(run, TASK), here)
        if arm != without:
            shutil.copy(results(run), here)


@pytest.mark.parametrize("without", ["base", "tuned"])
def test_of_two_runs_one_may_lack_its_results_file(without: str, tmp_path: Path) -> None:
    runs(tmp_path, without)
    report, spec, said = audited(tmp_path, "runs")
    n = len(raw_rows(samples(BASE, TASK)))
    assert report.findings
    assert all(found.n == n for found in report.findings)
    assert "(no name)" not in said
    (layer,) = spec["evaluation"]["layers"]
    assert {arm: path.split("/")[-2] for arm, path in layer["from"].items()} == {
        "tuned": "models__tuned",
        "base": "models__base",
    }
    assert "models" not in layer
    whole = {"base": "models/base", "tuned": "models/tuned"}
    named = whole | {without: f"runs/models__{without}"}
    assert f"tuned: {named['tuned']}; base: {named['base']} (by its name" in said


def files() -> tuple[Surveyed, Surveyed]:
    """Of one argument, a file that names its model and one that names nobody."""
    here = Path("runs")
    named = replace(surveyed("runs/a.csv", metrics={"": ("m",)}, model="a"), given=here)
    return named, replace(surveyed("runs/b.csv", metrics={"": ("m",)}), given=here)


def test_a_group_without_a_name_has_what_names_nobody() -> None:
    named, unnamed = files()
    a, nobody = groups_of((named, unnamed))
    assert (a.model, nobody.model) == ("a", "")
    assert (a.held(named), a.held(unnamed)) == (named.holds, frozenset())
    assert (nobody.held(named), nobody.held(unnamed)) == (frozenset(), unnamed.holds)
    assert (a.name, nobody.name) == ("a", "runs/b.csv")


def test_an_argument_in_which_nobody_is_named_is_called_as_it_is() -> None:
    named, unnamed = files()
    a, nobody = groups_of((named, replace(unnamed, path=Path("tuned/b.csv"), given=Path("tuned"))))
    assert (nobody.name, nobody.unnamed) == ("tuned", ())
    assert roles_of((a, nobody), None, None).base is a


def test_where_all_name_one_model_the_arguments_are_whole() -> None:
    both = [surveyed(f"{arm}.csv", metrics={"": ("m",)}, model="m") for arm in ("base", "tuned")]
    for group, mine, other in zip(groups_of(both), both, both[::-1], strict=True):
        assert (group.held(mine), group.held(other)) == (mine.holds, frozenset())


@pytest.mark.parametrize(
    ("paths", "given", "places"),
    [
        (("r/x/1.json", "r/x/2.json"), "r", ("r/x",)),
        (("r/x/1.json", "r/y/2.json"), "r", ("r",)),
        (("r/1.json",), "r", ("r/1.json",)),
        (("1.json",), ".", ("1.json",)),
        (("x/1.json",), ".", ("x",)),
        (("r/1.json",), "r/1.json", ("r/1.json",)),
        (("/r/x/1.json",), "/r", ("/r/x",)),
    ],
)
def test_it_is_called_after_the_place_that_is_its_own(
    paths: tuple[str, ...], given: str, places: tuple[str, ...]
) -> None:
    group = Group("", (Path(given),), unnamed=tuple(Path(path) for path in paths))
    assert group.places == tuple(Path(place) for place in places)


def test_an_argument_with_a_named_and_an_unnamed_model_says_how_each_is_meant() -> None:
    groups = groups_of(files())
    with pytest.raises(Refused, match=r"--tuned NAME; files that name nobody .*: --tuned PATH"):
        meant(groups, "runs", "tuned")
    assert meant(groups, "a", "tuned") == groups[0]
