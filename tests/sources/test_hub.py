"""Hub datasets: fetched by the real client libraries from a loopback hub, then read offline."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evalreport.records import Corpus, Unreachable
from evalreport.sources import Dataset
from evalreport.sources.acquire import acquire
from evalreport.sources.hub import cached, fetch
from tests.sources.given import dataset, problem, write_rows
from tests.sources.loopback_hub import SHA, Hub, serving

ROOT = Path(__file__).parents[2]
CARD = """---
license: mit
configs:
- config_name: default
  data_files: [{split: train, path: data/train.jsonl}, {split: test, path: data/test.jsonl}]
- config_name: few
  data_files: [{split: train, path: data/test.jsonl}]
---
# Orders
"""
QA = {"prompt": "{{ q }}", "completion": "{{ a }}"}


def declared(**keys: Any) -> dict[str, Any]:
    return {"path": "acme/orders", **QA, **keys}


def parquet(folder: Path) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "q": ["x", "y"],
            "n": [1.5, None],
            "day": pa.array([0, 1], pa.date32()),
            "image": [b"\0", b"\1"],
        }
    )
    pq.write_table(table, folder / "x.parquet")
    return (folder / "x.parquet").read_bytes()


@dataclass
class Fetched:
    """What one process fetched, and what it asked the hub for."""

    answers: list[dict[str, Any]]
    hub: Hub
    cache: Path


def fetched(
    cache: Path, home: Path, url: str, *specs: dict[str, Any], **environment: str
) -> list[dict[str, Any]]:
    quiet = {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
    quiet |= {"HF_HUB_OFFLINE": "0"}  # whatever the machine says
    # The working directory holds a folder named like the dataset: it must not stand in for it.
    (home / "acme" / "orders").mkdir(parents=True, exist_ok=True)
    (home / "acme" / "orders" / "train.jsonl").write_text('{"q": "local", "a": "local"}\n')
    done = subprocess.run(
        [sys.executable, "-m", "tests.sources.fetch_once", str(cache), *map(json.dumps, specs)],
        capture_output=True,
        text=True,
        check=True,
        cwd=home,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", **quiet, **environment},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Fetched:
    folder = tmp_path_factory.mktemp("hub")
    hub = Hub(
        "acme/orders",
        {
            "README.md": CARD.encode(),
            "data/train.jsonl": '{"q": "ä", "a": 1}\n{"q": "b", "a": 2}\n'.encode(),
            "data/test.jsonl": b'{"q": "c", "a": 3}\n',
        },
    )
    with serving(hub) as url:
        answers = fetched(
            folder / "cache",
            folder / "home",
            url,
            declared(split="train"),
            declared(split="train"),
            declared(split="test", revision=SHA),
            declared(config="few"),
            declared(),
            declared(split="nope"),
            declared(config="nope", split="train"),
            declared(split="train", revision="gone", expect={"rows": 7}),
            declared(path="acme/other", split="train"),
        )
    return Fetched(answers, hub, folder / "cache")


def test_a_split_is_fetched_at_a_commit(run: Fetched) -> None:
    manifest = run.answers[0]["manifest"]
    assert {key: manifest[key] for key in ("id", "config", "split", "revision", "sha", "rows")} == {
        "id": "acme/orders",
        "config": None,
        "split": "train",
        "revision": None,
        "sha": SHA,
        "rows": 2,
    }
    assert run.answers[1] == run.answers[0]
    asked = [one for one in run.hub.requests if "/resolve/" in one]
    assert all(f"/resolve/{SHA}/" in one for one in asked)
    assert (
        sum(one == f"GET /datasets/acme/orders/resolve/{SHA}/data/train.jsonl" for one in asked)
        == 1
    )


def test_what_the_hub_has_not_is_a_reason_and_no_exception(run: Fetched) -> None:
    reasons = [answer.get("reason", "") for answer in run.answers]
    assert "it has the splits train, test: say which with `split:`" in reasons[4]
    assert 'Unknown split "nope"' in reasons[5]
    assert "nope" in reasons[6]
    assert reasons[7] == "acme/orders: the hub does not know this revision"
    assert run.answers[7]["rows"] == 7
    assert (
        reasons[8] == "acme/other: the hub does not know it, or does not show it without HF_TOKEN"
    )


def test_nothing_is_counted_or_reported_about_the_user(run: Fetched) -> None:
    assert not [one for one in run.hub.requests if "telemetry" in one]
    assert not [
        one for one in run.hub.requests if one.startswith("POST") and "paths-info" not in one
    ]


def test_the_cache_is_read_without_network_or_library(run: Fetched, tmp_path: Path) -> None:
    train = dataset(**declared(split="train"))
    corpora = acquire({"train": train}, tmp_path, run.cache)
    made = corpora["train"]
    assert isinstance(made, Corpus)
    assert [(one.row, one.line) for one in made.items] == [
        ({"q": "ä", "a": 1}, 1),
        ({"q": "b", "a": 2}, 2),
    ]
    assert made.origin == f"hub:acme/orders@{SHA[:12]} (train)"
    write_rows(tmp_path / "same.jsonl", [{"q": "ä", "a": 1}, {"q": "b", "a": 2}])
    same = acquire({"train": dataset(path="same.jsonl", **QA)}, tmp_path, run.cache)["train"]
    assert isinstance(same, Corpus)
    assert same.digest == made.digest


def test_the_only_split_of_a_config_needs_no_name(run: Fetched) -> None:
    manifest = run.answers[3]["manifest"]
    assert (manifest["config"], manifest["split"], manifest["rows"]) == ("few", "train", 1)


def test_typed_columns_become_json(tmp_path: Path) -> None:
    hub = Hub("acme/tables", {"data/train-00000-of-00001.parquet": parquet(tmp_path)})
    spec = {"path": "hub:acme/tables", "role": "test", "prompt": "{{ q }}: {{ n }}"}
    with serving(hub) as url:
        (answer,) = fetched(tmp_path / "cache", tmp_path, url, spec)
    assert "manifest" in answer, answer
    made = acquire({"tables": dataset(**spec)}, tmp_path, tmp_path / "cache")["tables"]
    assert isinstance(made, Corpus)
    assert made.items[1].row == {"q": "y", "n": None, "day": "1970-01-02"}
    assert made.notes == ("The columns `image` hold bytes and were not read.",)
    assert made.origin == f"hub:acme/tables@{SHA[:12]} (train)"


def test_a_broken_row_names_dataset_and_row(run: Fetched, tmp_path: Path) -> None:
    wrong = problem_of(
        dataset(**declared(split="test", revision=SHA, completion="{{ b }}")), tmp_path, run.cache
    )
    assert wrong == f"hub:acme/orders@{SHA[:12]} (test) row 1"


def problem_of(given: Dataset, folder: Path, cache: Path) -> str:
    (folder / "cache").symlink_to(cache)
    return problem(folder, train=given).where


def test_a_damaged_copy_is_no_copy(run: Fetched, tmp_path: Path) -> None:
    train = dataset(**declared(split="train"))
    found = cached(train, run.cache)
    assert found is not None
    before = found.path.read_text()
    found.path.write_text(before.replace("1", "2"))
    try:
        assert cached(train, run.cache) is None
        lost = acquire({"train": train}, tmp_path, run.cache)["train"]
        assert isinstance(lost, Unreachable)
    finally:
        found.path.write_text(before)
    (run.cache / "unrelated").mkdir(exist_ok=True)
    assert cached(train, run.cache) == found


def test_other_options_are_another_copy(run: Fetched) -> None:
    for keys in (
        {"split": "test"},
        {"split": "train", "config": "x"},
        {"split": "train", "revision": "v2"},
    ):
        assert cached(dataset(**declared(**keys)), run.cache) is None


def test_a_plan_fetches_nothing_and_counts_what_is_expected(tmp_path: Path) -> None:
    corpora = acquire(
        {
            "train": dataset(**declared(split="train", expect={"rows": 1000})),
            "select": dataset(from_="train", fraction=0.1),
            "test": dataset(from_="train", n=50),
            "other": dataset(**declared(split="test", role="test")),
        },
        tmp_path,
        tmp_path / "cache",
    )
    rows = {
        name: one.expected_rows for name, one in corpora.items() if isinstance(one, Unreachable)
    }
    assert rows == {"train": 850, "select": 100, "test": 50, "other": None}
    assert not (tmp_path / "cache").exists()


def test_no_network_is_a_reason(tmp_path: Path) -> None:
    one = declared(split="train", expect={"rows": 5})
    (refused,) = fetched(tmp_path / "cache", tmp_path, "http://127.0.0.1:9", one)
    assert refused["rows"] == 5
    assert "cannot be fetched" in refused["reason"]
    (offline,) = fetched(
        tmp_path / "cache", tmp_path, "http://127.0.0.1:9", one, HF_HUB_OFFLINE="1"
    )
    assert "HF_HUB_OFFLINE forbids to fetch it" in offline["reason"]


def test_a_copy_that_is_here_needs_no_hub(run: Fetched) -> None:
    found = fetch("train", dataset(**declared(split="train")), run.cache)
    assert not isinstance(found, Unreachable)
    assert found.manifest.rows == 2
