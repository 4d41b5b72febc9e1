"""rate: pages out of a build, ratings back in; other people's files are refused."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from evalreport.commands.opening import STORE, now, open_plan
from evalreport.commands.rate import ToRate, to_rate
from evalreport.importers.ratings import read_ratings
from evalreport.layers.human import Human
from evalreport.records.ratings import Ratings
from evalreport.spec.load import load_spec
from evalreport.store.store import Store
from tests.builds.workshop import TEST_ROWS, Workshop

PEOPLE = "    - {kind: human, name: people, on: extraction}\n"
BEFORE = "report: {formats"


def with_people(workshop: Workshop, line: str = PEOPLE) -> Workshop:
    workshop.change(BEFORE, line + BEFORE)
    return workshop


def page_data(path: Path) -> dict[str, Any]:
    found = re.search(r'id="task">(.*?)</script>', path.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found.group(1))
    return data


def rated(data: dict[str, Any], rater: str) -> dict[str, Any]:
    """What a person who knows the right answer would download."""
    ratings = []
    for place, one in enumerate(data["comparisons"], 1):
        said = re.search(r": (\d+) (\w+), please", one["turns"][-1]["text"])
        assert said is not None
        right = json.dumps({"item": said.group(2), "quantity": int(said.group(1))})
        a, b = one["a"] == right, one["b"] == right
        verdict = "tie" if a == b else "A" if a else "B"
        ratings.append(
            {
                "id": one["id"],
                "first": one["slot"],
                "verdict": verdict,
                "note": "",
                "seconds": 3,
                "place": place,
            }
        )
    return {
        "evalreport_ratings": 1, "page": data["page"], "asked": data["asked"],
        "page_number": data["rater"], "rater": rater, "session": f"{data['rater']:016x}",
        "started": "2026-01-01T08:00:00Z", "saved": "2026-01-01T09:00:00Z",
        "finished": "2026-01-01T09:00:00Z", "ratings": ratings,
    }  # fmt: skip


def opened(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> tuple[Human, ToRate]:
    """What there is to rate, as the program finds it."""
    monkeypatch.chdir(workshop.folder)
    loaded = load_spec(Path(workshop.spec), ())
    layer = next(one for one in loaded.spec.evaluation.layers if isinstance(one, Human))
    store = Store(Path(STORE), now, to_look=True)
    try:
        given = to_rate(
            open_plan(loaded.spec, loaded, store, may_download=False), layer, Path("spec.yaml")
        )
    finally:
        store.close()
    return layer, given


def test_pages_out_and_ratings_in(built: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    with_people(built, PEOPLE.replace("}", ", raters: 2, overlap: 6}"))
    calls = len(built.calls())
    ran = built.run("rate", built.spec)
    assert ran.code == 0, ran.err
    pages = ran.out.split()
    assert pages == ["rating/orders/people-rater-1.html", "rating/orders/people-rater-2.html"]
    assert "6 items stand on every page" in ran.err
    assert "ratings: [ratings/rater-1.json]" in ran.err
    assert len(built.calls()) == calls  # nothing is asked again
    data = [page_data(built.folder / page) for page in pages]
    shared = {one["id"] for one in data[0]["comparisons"]} & {
        one["id"] for one in data[1]["comparisons"]
    }
    assert len(shared) == 6
    for page in pages:
        text = (built.folder / page).read_text(encoding="utf-8")
        assert not re.search(r"\btuned\b|\bextraction\b|\bpeople\b|org/base", text)
    for name, one in zip(("anna", "ben"), data, strict=True):
        built.write(f"ratings/{name}.json", json.dumps(rated(one, name)))
    layer, given = opened(built, monkeypatch)
    assert len({one.item for one in given.known}) + len(shared) == sum(
        len(d["comparisons"]) for d in data
    )
    found: Ratings = read_ratings(
        [Path("ratings/anna.json"), Path("ratings/ben.json")], layer, given.known
    )
    assert [one.name for one in found.raters] == ["anna", "ben"]
    wins = [one.verdict for one in found.verdicts if one.verdict]
    assert wins.count(1) > 20 > 5 * wins.count(-1)  # tuned is right in 90 %, base in 10 %
    assert {(one.pair, one.seed) for one in found.verdicts} == {(("tuned", "base"), 1)}


def test_the_same_answers_give_the_same_page(built: Workshop) -> None:
    with_people(built)
    first = built.run("rate", built.spec, "--out", "one")
    again = built.run("rate", built.spec, "--out", "two")
    assert (first.code, again.code) == (0, 0)
    one, two = (built.folder / name / "people-rater-1.html" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert not list((built.folder / "one").glob(".*"))


def test_one_rater_of_several(built: Workshop) -> None:
    with_people(built, PEOPLE.replace("}", ", raters: 3}"))
    ran = built.run("rate", built.spec, "--rater", "2")
    assert ran.out == "rating/orders/people-rater-2.html\n"
    assert built.run("rate", built.spec, "--rater", "all").out.count("\n") == 3
    assert (
        "there is no rater 4: layer people has 3"
        in built.run("rate", built.spec, "--rater", "4").err
    )
    assert built.run("rate", built.spec, "--rater", "0").code == 2


def test_what_came_back_is_counted_and_other_files_are_refused(built: Workshop) -> None:
    with_people(built)
    built.run("rate", built.spec)
    data = page_data(built.folder / "rating/orders/people-rater-1.html")
    built.write("ratings/anna.json", json.dumps(rated(data, "anna")))
    built.change("name: people,", "name: people, ratings: ratings/anna.json,")
    ran = built.run("rate", built.spec)
    assert ran.code == 0, ran.err
    n = len(data["comparisons"])
    assert f"came back from anna: {n} comparisons, in " in ran.err
    built.change("name: people,", "name: others,")
    ran = built.run("rate", built.spec)
    assert ran.code == 2
    assert ran.out == "rating/orders/others-rater-1.html\n"  # the new page is there all the same
    assert "ratings/anna.json\n  none of its ratings is about what layer others compares" in ran.err
    built.change("name: others,", "name: people, question: 'Which is kinder?',")
    assert "was asked something else" in built.run("rate", built.spec).err
    built.change("ratings/anna.json", "ratings/nobody.json")
    ran = built.run("rate", built.spec)
    assert ran.code == 2
    assert "nobody.json" in ran.err


def test_answers_that_are_not_there_yet_are_named(workshop: Workshop) -> None:
    with_people(workshop)
    ran = workshop.run("rate", workshop.spec)
    assert ran.code == 2
    assert ran.out == ""
    assert "layer people compares answers that are not there yet: ask extraction tuned" in ran.err
    assert "evalreport build spec.yaml" in ran.err
    assert not (workshop.folder / "rating").exists()


def test_rows_that_were_added_have_to_be_answered_first(built: Workshop) -> None:
    with_people(built)
    path = built.folder / "data/test.jsonl"
    path.write_text(
        path.read_text() + path.read_text().splitlines()[0].replace("test 0", "test new") + "\n"
    )
    ran = built.run("rate", built.spec)
    assert ran.code == 2
    assert f"1 of {TEST_ROWS + 1}" in ran.err or "test changed" in ran.err


@pytest.mark.parametrize(
    ("layer", "arguments", "said"),
    [
        (
            "",
            (),
            "there is no layer of kind human\n  add one, such as {kind: human, name: people, on: extraction}",
        ),
        (
            PEOPLE,
            ("--layer", "peopel"),
            "there is no layer peopel of kind human\n  did you mean people?",
        ),
        (
            PEOPLE + PEOPLE.replace("people", "others"),
            (),
            "there are 2 layers of kind human\n  name one: --layer",
        ),
    ],
)
def test_which_layer_is_meant(
    workshop: Workshop, layer: str, arguments: tuple[str, ...], said: str
) -> None:
    with_people(workshop, layer)
    ran = workshop.run("rate", workshop.spec, *arguments)
    assert ran.code == 2
    assert said in ran.err


JUDGE = "    - {kind: judge, name: ab, on: extraction, judges: [{model: m, base_url: 'http://localhost:1/v1', api_key_env: K}], human_labels: NAMED}\n"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("people", ""),
        ("peopel", "did you mean people?"),
        (
            "general",
            "in layer general nobody looks at the answers of extraction\n  people look at them in people",
        ),
    ],
)
def test_a_judge_is_held_against_people_who_saw_the_same_answers(
    workshop: Workshop, named: str, said: str
) -> None:
    with_people(workshop, PEOPLE + JUDGE.replace("NAMED", named))
    ran = workshop.run("check", workshop.spec)
    assert said in ran.both
    assert ("human_labels" in ran.both) == bool(said)


def test_check_misses_files_of_ratings_that_are_not_there(workshop: Workshop) -> None:
    with_people(workshop, PEOPLE.replace("}", ", ratings: [data/test.json]}"))
    ran = workshop.run("check", workshop.spec)
    assert ran.code == 2
    assert "evaluation.layers.people.ratings[0]" in ran.err
    assert "did you mean data/test.jsonl?" in ran.err
