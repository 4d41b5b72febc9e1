"""arena-hard-auto: its numbers come out of its files again, and nothing in them does harm."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from evalreport.digest import digest_file
from evalreport.errors import Problem
from evalreport.importers.acquire import read_results
from evalreport.importers.arena_hard.judgments import (
    ARENA_HARD_BATTLES,
    ARENA_HARD_JUDGMENTS,
    WEIGHTED,
)
from evalreport.importers.arena_hard.rows import NO_GAMES, pair_of_battles
from evalreport.importers.base import Game, Given, Importer, NoScore, Row
from evalreport.importers.glimpse import glimpse
from evalreport.importers.plain.tables import PLAIN_OUTPUTS, PLAIN_SCORES
from evalreport.importers.reading import CUT
from evalreport.importers.table import IMPORTERS, importer_of
from evalreport.importers.verdicts import UNREACHED, UNREAD
from evalreport.layers.imported import Imported
from evalreport.metrics.base import Scale
from tests.importers.hostile_rows import BREAKING, mutated, read_all, read_or_refused, without

FIXTURES = Path(__file__).parent / "fixtures" / "arena_hard"
NUMBERS: dict[str, dict[str, list[float]]] = json.loads((FIXTURES / "numbers.json").read_text())
NEW = FIXTURES / "v2" / "model_judgment" / "stand-in-judge"
OLD = FIXTURES / "v0.1" / "model_judgment" / "stand-in-judge"
BATTLES = FIXTURES / "v0.1" / "arena_hard_battles.jsonl"
FILES: list[tuple[Path, Importer]] = [
    (NEW / "tiny-tuned.jsonl", ARENA_HARD_JUDGMENTS),
    (OLD / "tiny-base.jsonl", ARENA_HARD_JUDGMENTS),
    (BATTLES, ARENA_HARD_BATTLES),
]
MODELS = ["tiny-base", "tiny-tuned"]


def ratio(rows: list[Row]) -> tuple[float, float]:
    """The ratio of sums, and how many rows the tool averages."""
    given = [row.scores[WEIGHTED] for row in rows]
    pairs = [score for score in given if isinstance(score, tuple)]
    n = sum(bottom for _, bottom in pairs)
    return sum(top for top, _ in pairs) / n, n


def raws_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def saved(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


# The tool's own numbers


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("category", ["hard_prompt", "creative_writing"])
def test_the_weighted_mean_of_version_2_is_the_tools(model: str, category: str) -> None:
    rows, reading = read_all(ARENA_HARD_JUDGMENTS, NEW / f"{model}.jsonl")
    told, n = NUMBERS["v2"][f"{category}/{model}"]
    mine, k = ratio([row for row in rows if row.part == category])
    assert mine == pytest.approx(told, abs=1e-9)
    assert k == n
    assert reading.column(WEIGHTED).scale is Scale.RATIO


@pytest.mark.parametrize("model", MODELS)
def test_the_weighted_mean_of_version_01_is_the_tools(model: str) -> None:
    told, n, shown = NUMBERS["v0.1"][model]
    rows, _ = read_all(ARENA_HARD_JUDGMENTS, OLD / f"{model}.jsonl")
    battles, _ = read_all(ARENA_HARD_BATTLES, BATTLES)
    for found in (rows, [row for row in battles if row.model == model]):
        mine, k = ratio(found)
        assert mine == pytest.approx(told, abs=1e-9)
        assert k == n
        assert round(100 * mine, 2) == shown  # of its Bradley-Terry fit, as the tool rounds it


def test_a_layer_has_the_tools_number_of_one_category() -> None:
    files = {arm: f"v2/model_judgment/stand-in-judge/tiny-{arm}.jsonl" for arm in ("tuned", "base")}
    given = {"kind": "imported", "name": "arena", "from": files, "part": "creative_writing"}
    results = read_results(Imported.model_validate(given), FIXTURES, digest_file)
    assert [column.metric for column in results.columns] == ["win_rate", WEIGHTED]
    for arm in ("tuned", "base"):
        one = results.arms[arm]
        tops, bottoms = one.values[1][one.states[1] == 0].T
        told, _ = NUMBERS["v2"][f"creative_writing/tiny-{arm}"]
        assert float(tops.sum() / bottoms.sum()) == pytest.approx(told, abs=1e-9)
        assert results.integrity.expected[arm][0] == 250
    assert not results.refused
    assert results.judging is not None
    assert results.judging.flips is not None
    assert results.judging.orders == "both"


# What a row becomes


def test_what_a_row_of_version_2_tells() -> None:
    path = NEW / "tiny-tuned.jsonl"
    rows, reading = read_all(ARENA_HARD_JUDGMENTS, path)
    raw = raws_of(path)[0]
    row = rows[0]
    assert (row.item, row.part, row.line) == (raw["uid"], "hard_prompt", 1)
    assert (row.model, row.against) == ("tiny-tuned", "o3-mini-2025-01-31")
    assert (row.judge, len(row.reply)) == ("stand-in-judge", 64)
    assert (reading.named, reading.judge_named) == ("tiny-tuned", "stand-in-judge")
    assert reading.expected == {"hard_prompt": 500, "creative_writing": 250}
    assert reading.notes == ()


def test_what_a_row_of_version_01_does_not_tell() -> None:
    rows, reading = read_all(ARENA_HARD_JUDGMENTS, OLD / "tiny-base.jsonl")
    assert {row.against for row in rows} == {""}
    assert reading.expected == {"": 500}
    assert "gpt-4-0314" in reading.notes[0]


Labels = tuple[str | None, str | None]


@pytest.mark.parametrize(
    ("labels", "games", "net", "weighted"),
    [
        (("B>>A", "A>>B"), (1.0, 1.0), 1.0, (6.0, 6.0)),
        (("A>>B", "B>A"), (0.0, 0.0), 0.0, (0.0, 4.0)),
        (("B>A", "A=B"), (1.0, 0.5), 0.5, (1.5, 2.0)),
        (("A=B", "A=B"), (0.5, 0.5), 0.5, (1.0, 2.0)),
        (("A>>B", "A>B"), (0.0, 1.0), 0.5, (1.0, 4.0)),
        (("A<<B", "B<A"), (1.0, 1.0), 1.0, (4.0, 4.0)),
        ((None, "A>>B"), (None, 1.0), UNREAD, UNREAD),
        (("B>A", None), (1.0, None), UNREAD, UNREAD),
        (("A>>>B", "a>b"), (None, None), UNREAD, UNREAD),
    ],
)
def test_labels_become_games(
    tmp_path: Path,
    labels: Labels,
    games: tuple[float | None, float | None],
    net: Given,
    weighted: Given,
) -> None:
    raw = raws_of(NEW / "tiny-base.jsonl")[0]
    raw["games"] = [{"score": label, "judgment": {"answer": "x"}} for label in labels]
    path = saved(tmp_path / "a.jsonl", [json.dumps(raw)])
    (row,), _ = read_all(ARENA_HARD_JUDGMENTS, path)
    assert row.games == (Game(games[0], was_first=False), Game(games[1], was_first=True))
    assert row.scores == {"net_win": net, WEIGHTED: weighted}


def test_version_01_keeps_the_game_that_has_a_label(tmp_path: Path) -> None:
    raw = raws_of(OLD / "tiny-base.jsonl")[0]
    texts = []
    for labels in ((None, "A>>B"), ("A<B", "B>A"), (None, None)):
        games = [{**game, "score": label} for game, label in zip(raw["games"], labels, strict=True)]
        texts.append(json.dumps({**raw, "games": games}))
    rows, _ = read_all(ARENA_HARD_JUDGMENTS, saved(tmp_path / "a.jsonl", texts))
    assert [row.scores[WEIGHTED] for row in rows] == [(3.0, 3.0), (0.0, 1.0), UNREAD]
    assert {row.scores["net_win"] for row in rows} == {UNREAD}


def test_a_game_that_failed_gave_no_unread_verdict(tmp_path: Path) -> None:
    raw = raws_of(NEW / "tiny-base.jsonl")[0]
    raw["games"][1] = None
    (row,), _ = read_all(ARENA_HARD_JUDGMENTS, saved(tmp_path / "a.jsonl", [json.dumps(raw)]))
    assert row.scores == {"net_win": UNREACHED, WEIGHTED: UNREACHED}
    rows, _ = read_all(ARENA_HARD_JUDGMENTS, NEW / "tiny-base.jsonl")
    given = [row.scores["net_win"] for row in rows]
    assert [one.is_unparsed for one in given if isinstance(one, NoScore)] == [True, False, True]


@pytest.mark.parametrize(
    ("winners", "games", "net"),
    [
        ("bb", (1.0, 1.0), 1.0),
        ("aa", (0.0, 0.0), 0.0),
        ("ab", (0.0, 1.0), 0.5),
        ("bt", (1.0, 0.5), 0.5),
        ("aaabbb", (0.0, 1.0), 0.5),
        ("bbbbbb", (1.0, 1.0), 1.0),
        ("abbb", (0.0, 1.0), 0.5),
        ("bbba", (1.0, 0.0), 0.5),
        ("tbbb", (0.5, 1.0), 0.5),
        ("aaaa", (0.0, 0.0), 0.0),
        ("a", (0.0,), UNREAD),
        ("bbb", (1.0,), UNREAD),
        ("ttt", (), NO_GAMES),
        ("abab", (), NO_GAMES),
        ("bbtt", (), NO_GAMES),
        ("bbbtta", (), NO_GAMES),
        ("bbbbb", (), NO_GAMES),
        ("b" * 12, (), NO_GAMES),
    ],
)
def test_battles_become_games_again(winners: str, games: tuple[float, ...], net: Given) -> None:
    names = {"a": "model_a", "b": "model_b", "t": "tie"}
    pair = pair_of_battles([names[one] for one in winners])
    assert tuple(game.score for game in pair.games) == games
    assert pair.net == net
    points = winners.count("b") + 0.5 * winners.count("t")
    assert pair.weighted == (points, float(len(winners)))
    orders = [game.was_first for game in pair.games]
    assert orders == ([False, True] if len(games) == 2 else [None] * len(games))


def test_battles_are_the_judgments_once_more() -> None:
    battles, reading = read_all(ARENA_HARD_BATTLES, BATTLES)
    assert {row.against for row in battles} == {"gpt-4-0314"}
    assert reading.expected == {"": 500}
    for model in MODELS:
        rows, _ = read_all(ARENA_HARD_JUDGMENTS, OLD / f"{model}.jsonl")
        of = {row.item: row for row in rows}
        mine = [row for row in battles if row.model == model]
        assert len(mine) == len(rows) - 1  # one has no label at all
        for row in mine:
            assert row.scores[WEIGHTED] == of[row.item].scores[WEIGHTED]
            assert row.scores["net_win"] == of[row.item].scores["net_win"]
            assert len(row.games) == 1 or row.games == of[row.item].games


def test_rows_of_other_sets_promise_no_number_of_questions(tmp_path: Path) -> None:
    raw = {**raws_of(NEW / "tiny-base.jsonl")[0], "uid": "my-1"}
    path = saved(tmp_path / "a.jsonl", [json.dumps(raw)])
    _, reading = read_all(ARENA_HARD_JUDGMENTS, path)
    assert reading.expected == {}
    assert (reading.named, reading.judge_named) == ("", "")


# Recognising


@pytest.mark.parametrize(("path", "importer"), FILES)
def test_each_file_is_known_by_its_content_alone(
    tmp_path: Path, path: Path, importer: Importer
) -> None:
    renamed = tmp_path / "anything.jsonl"
    shutil.copy(path, renamed)
    assert importer_of(renamed) is importer
    knowing = [one for one in IMPORTERS if one.recognises(glimpse(renamed))]
    assert [one for one in knowing if one not in {PLAIN_SCORES, PLAIN_OUTPUTS}] == [importer]


@pytest.mark.parametrize("importer", [ARENA_HARD_JUDGMENTS, ARENA_HARD_BATTLES])
@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"[1, 2]", b'{"a": 1}\n', b"a,b\n1,2\n", b"\x89PNG\r\n\x1a\n\x00", b"\xff"],
)
def test_another_file_is_refused_in_three_parts(
    tmp_path: Path, importer: Importer, content: bytes
) -> None:
    path = tmp_path / "other.jsonl"
    path.write_bytes(content)
    assert isinstance(read_or_refused(importer, path), Problem)


# Damage


@pytest.mark.parametrize(("path", "importer"), FILES)
def test_a_file_that_was_cut(tmp_path: Path, path: Path, importer: Importer) -> None:
    raw = path.read_bytes()
    cut = tmp_path / "cut.jsonl"
    cut.write_bytes(raw[:-20])
    whole, _ = read_all(importer, path)
    rows, reading = read_all(importer, cut)
    assert len(whole) - 1 <= len(rows) <= len(whole)
    assert reading.left.counts == {CUT: 1}
    for k in range(0, len(raw), 499):
        cut.write_bytes(raw[:k])
        read_or_refused(importer, cut)


@pytest.mark.parametrize(("path", "importer"), FILES)
def test_hostile_values_are_faults_of_their_row(
    tmp_path: Path, path: Path, importer: Importer
) -> None:
    raw = raws_of(path)[1]
    texts = [*mutated(raw), *mutated(raw, BREAKING), *without(raw)]
    rows, reading = read_all(importer, saved(tmp_path / "hostile.jsonl", texts))
    assert len(texts) > 100
    if importer is ARENA_HARD_JUDGMENTS:
        assert len(rows) == len(texts) - reading.left.total
    else:  # rows that follow each other about one question are one
        assert 1 < len(rows) <= len(texts) - reading.left.total


def test_battles_beside_the_judgments_that_they_were_made_of_count_no_game_twice() -> None:
    told = {"kind": "imported", "name": "x", "models": {"tuned": MODELS[1], "base": MODELS[0]}}
    both = Imported.model_validate({**told, "from": "."})
    results = read_results(both, FIXTURES / "v0.1", digest_file)
    alone = Imported.model_validate({**told, "from": "model_judgment"})
    plain = read_results(alone, FIXTURES / "v0.1", digest_file)
    assert not results.integrity.repeated
    assert results.integrity.items == plain.integrity.items
    assert results.integrity.judges == plain.integrity.judges
    for arm in ("tuned", "base"):
        assert any("battles.jsonl: it holds the games" in n for n in results.arms[arm].origin.notes)
        assert not any("battles" in name for name in results.arms[arm].origin.files)
