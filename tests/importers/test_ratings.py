"""Files of ratings: read back exactly, refused where they are about something else."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.errors import DataError, Problem
from evalreport.importers.ratings import read_ratings
from evalreport.layers.answers import Answers
from evalreport.layers.human import Human
from evalreport.layers.human.tasks import (
    Known,
    asked_digest,
    known_comparisons,
    slot_of,
    tasks_of,
)
from evalreport.records import Chat, Item, Message

PAIR = ("tuned", "base")
ITEMS = tuple(
    Item(id=f"q{i}", prompt=Chat(messages=(Message(role="user", content=f"question {i}"),)))
    for i in range(8)
)
TUNED = {one.id: f"good {one.id}" for one in ITEMS}
BASE = {one.id: f"bad {one.id}" for one in ITEMS}
ANSWERS = Answers({("tuned", 1): TUNED, ("base", None): BASE}, (PAIR,))
LAYER = Human.model_validate({"kind": "human", "name": "people", "on": "qa"})
KNOWN = known_comparisons(LAYER, ITEMS, ANSWERS)
(TASK,) = tasks_of(LAYER, KNOWN, ANSWERS)


def ratings(verdicts: Mapping[int, str], **other: Any) -> dict[str, Any]:
    """A file as the page writes it; verdicts by place from 0: A, B, tie, skip, or good for tuned."""
    held: dict[str, Any] = {
        "evalreport_ratings": 1,
        "page": TASK.page,
        "asked": TASK.asked,
        "page_number": 1,
        "rater": "anna",
        "session": "0123456789abcdef",
        "started": "2026-01-01T08:00:00Z",
        "saved": "2026-01-01T09:00:00Z",
        "finished": None,
        "ratings": [],
    }
    for i, verdict in verdicts.items():
        shown = TASK.comparisons[i]
        good = "A" if shown.first.startswith("good") else "B"
        held["ratings"].append(
            {
                "id": shown.id,
                "first": slot_of(shown.first),
                "verdict": good if verdict == "good" else verdict,
                "note": "",
                "seconds": 2.5,
                "place": i + 1,
            }
        )
    return {**held, **other}


def written(folder: Path, name: str, held: object) -> Path:
    path = folder / name
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


def refused(*paths: Path, layer: Human = LAYER, known: tuple[Known, ...] = KNOWN) -> str:
    with pytest.raises(DataError) as caught:
        read_ratings(paths, layer, known)
    assert all(problem.where and problem.what and problem.hint for problem in caught.value.problems)
    return str(caught.value)


def test_verdicts_come_back_as_wins_of_the_candidate(tmp_path: Path) -> None:
    held = ratings({0: "good", 1: "good", 2: "tie", 3: "skip"}, finished="2026-01-01T09:00:00Z")
    held["ratings"][1]["note"] = "both are odd"
    found = read_ratings([written(tmp_path, "a.json", held)], LAYER, KNOWN)
    assert [one.verdict for one in found.verdicts] == [1, 1, 0, None]
    assert [one.item for one in found.verdicts] == [
        next(k.item for k in KNOWN if k.id == TASK.comparisons[i].id) for i in range(4)
    ]
    assert {(one.pair, one.seed, one.rater) for one in found.verdicts} == {(PAIR, 1, "anna")}
    assert [one.candidate_first for one in found.verdicts] == [
        TASK.comparisons[i].first.startswith("good") for i in range(4)
    ]
    assert found.verdicts[1].note == "both are odd"
    (rater,) = found.raters
    assert (rater.rated, rater.skipped, rater.seconds, rater.finished) == (3, 1, 10.0, True)


def test_what_stood_first_decides_and_not_what_would_stand_first_today(tmp_path: Path) -> None:
    held = ratings({0: "good"})
    shown = TASK.comparisons[0]
    held["ratings"][0]["first"] = slot_of(shown.second)
    found = read_ratings([written(tmp_path, "a.json", held)], LAYER, KNOWN)
    assert found.verdicts[0].verdict == -1


def test_rows_that_were_added_since_leave_ratings_valid(tmp_path: Path) -> None:
    more = (*ITEMS, Item(id="new", prompt=ITEMS[0].prompt))
    answers = Answers(
        {("tuned", 1): {**TUNED, "new": "x"}, ("base", None): {**BASE, "new": "y"}}, (PAIR,)
    )
    path = written(tmp_path, "a.json", ratings({0: "good", 1: "good"}))
    found = read_ratings([path], LAYER, known_comparisons(LAYER, more, answers))
    assert [one.verdict for one in found.verdicts] == [1, 1]


def test_other_answers_are_refused_as_a_whole(tmp_path: Path) -> None:
    answers = Answers({("tuned", 1): {**TUNED, "q0": "retrained"}, ("base", None): BASE}, (PAIR,))
    known = known_comparisons(LAYER, ITEMS, answers)
    path = written(tmp_path, "a.json", ratings(dict.fromkeys(range(8), "good")))
    said = refused(path, known=known)
    assert "1 of its 8 ratings are not about what layer people compares now" in said
    assert "evalreport rate" in said
    strangers = known_comparisons(LAYER.model_copy(update={"name": "others"}), ITEMS, ANSWERS)
    assert "none of its ratings is about" in refused(path, known=strangers)


def test_another_question_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", ratings({0: "good"}))
    other = LAYER.model_copy(update={"question": "Which one is kinder?"})
    assert asked_digest(other) != TASK.asked
    assert "was asked something else" in refused(path, layer=other)


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    held = ratings({0: "good", 1: "good"})
    held["ratings"].append(held["ratings"][0])
    held["ratings"][1]["first"] = "0" * 16
    said = refused(
        written(tmp_path, "a.json", held),
        written(tmp_path, "b.json", {"something": "else"}),
        written(tmp_path, "c.json", ratings({}, evalreport_ratings=2)),
        tmp_path / "absent.json",
    )
    for part in (
        "twice", "what stood first is none of the two answers", "`evalreport_ratings`, the version of files of ratings, is missing",
        "version 2 of files of ratings", "absent.json",
    ):  # fmt: skip
        assert part in said


# Who is who


def test_later_files_of_one_person_complete_and_correct_the_earlier(tmp_path: Path) -> None:
    evening = ratings({0: "good", 1: "tie"}, saved="2026-01-01T20:00:00Z")
    morning = ratings(
        {1: "good", 2: "skip"},
        saved="2026-01-02T08:00:00Z",
        session="fedcba9876543210",
        rater=" Anna ",
    )
    paths = [written(tmp_path, "2.json", morning), written(tmp_path, "1.json", evening)]
    found = read_ratings(paths, LAYER, KNOWN)
    (anna,) = found.raters
    assert (anna.rated, anna.skipped, anna.changed) == (2, 1, 1)
    assert sorted(str(one.verdict) for one in found.verdicts) == ["1", "1", "None"]
    assert len({one.rater for one in found.verdicts}) == 1


def test_two_people_may_rate_the_same_page(tmp_path: Path) -> None:
    first = written(tmp_path, "a.json", ratings({0: "good"}))
    second = written(tmp_path, "b.json", ratings({0: "tie"}, rater="ben", session="ab" * 8))
    found = read_ratings([first, second], LAYER, KNOWN)
    assert [(one.rater, one.verdict) for one in found.verdicts] == [("anna", 1), ("ben", 0)]


def test_nameless_files_are_one_person_only_when_that_is_known(tmp_path: Path) -> None:
    first = written(tmp_path, "a.json", ratings({0: "good"}, rater=""))
    again = written(
        tmp_path,
        "b.json",
        ratings({0: "good", 1: "good"}, rater="  ", saved="2026-01-01T10:00:00Z"),
    )
    found = read_ratings([first, again], LAYER, KNOWN)
    assert [(one.name, one.rated) for one in found.raters] == [("rater 1", 2)]
    other = written(tmp_path, "c.json", ratings({0: "B"}, rater="", session="ab" * 8))
    assert "are they one person?" in refused(first, other)
    named = written(tmp_path, "d.json", ratings({1: "good"}, rater="Anna"))
    assert [one.name for one in read_ratings([first, named], LAYER, KNOWN).raters] == ["Anna"]


# Hostile files


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"\x00\xff\xfe", b"[]", b"null", b'"text"', b"[" * 100_000, b'{"evalreport_ratings": 1}',
        b'{"evalreport_ratings": true}', b'{"evalreport_ratings": 1e999}', b'{"evalreport_ratings": [1]}',
        b'{"evalreport_ratings": ' + b"9" * 6_000 + b"}", b'{"evalreport_ratings": 1, "ratings": {"a": ' * 3,
        b'{"evalreport_ratings": "\\u001b[31m"}', b'{"evalreport_ratings": NaN}',
    ],
)  # fmt: skip
def test_no_file_crashes_the_reader(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(raw)
    assert "\x1b" not in refused(path)


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = [*ratings({}), "extra"]
INNER = [*ratings({0: "A"})["ratings"][0], "extra"]


@given(st.sampled_from(KEYS), st.sampled_from(INNER), odd, st.booleans())
def test_odd_values_are_refused_or_read(
    tmp_path_factory: pytest.TempPathFactory, key: str, inner: str, value: object, deep: bool
) -> None:
    held = ratings({0: "good", 1: "tie"})
    if deep:
        held["ratings"][1][inner] = value
    else:
        held[key] = value
    path = written(tmp_path_factory.mktemp("odd"), "a.json", held)
    problems: tuple[Problem, ...] = ()
    try:
        read_ratings([path], LAYER, KNOWN)
    except DataError as error:
        problems = error.problems
    assert all(problem.where and problem.hint for problem in problems)


def test_a_name_that_would_clear_a_screen_is_shown_as_what_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, "a.json", ratings({0: "good"}, rater="Ann\x1b[2J\u202e \x07"))
    (rater,) = read_ratings([path], LAYER, KNOWN).raters
    assert rater.name == "Ann\\u001b[2J\\u202e \\u0007"
    assert rater.name.isprintable()


@pytest.mark.parametrize("seconds", [1e308, 4e7])
def test_nobody_looks_at_two_answers_for_years(tmp_path: Path, seconds: float) -> None:
    """Two such numbers make an infinity, which is no time."""
    held = ratings({0: "good", 1: "good"})
    for one in held["ratings"]:
        one["seconds"] = seconds
    said = refused(written(tmp_path, "a.json", held))
    assert said.count("longer than a year") == 2
