"""The push against a hub on the loopback: one commit, made once, whatever happens on the way."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import ModelCard, parse_eval_result_entries, snapshot_download
from huggingface_hub.repocard_data import model_index_to_eval_results

from evalreport.engines.model_digests import adapter_digest
from evalreport.publish.record import Published, Record
from evalreport.report.load import load_report
from tests.publish.loopback import TOKEN, Fault, Hub, Repo
from tests.publish.test_dry_run import FILES
from tests.publish.world import BASE, BOARD, EVAL_YAML, REPO, SENTINELS, TASK, World
from tests.reports import changed

COMMIT = "POST /api/models/org/orders/commit/main"
PUBLIC = {"tags": ["benchmark:official"], "eval.yaml": EVAL_YAML}


def front_matter(world: World) -> dict[str, Any]:
    """As the hub's own library finds it."""
    card = ModelCard(world.files["README.md"].decode())
    matter: dict[str, Any] = yaml.safe_load(card.content.split("---\n")[1])
    return matter


@pytest.fixture(autouse=True)
def public_test_set(hub: Hub) -> None:
    """The guard's test set is a benchmark of this hub."""
    hub.datasets[BOARD] = dict(PUBLIC)


def test_everything_arrives_in_one_commit_and_reads_as_it_should(
    world: World, tmp_path: Path
) -> None:
    code, out, err = world.publish("--push")
    assert code == 0, err
    repo = world.hub.repos[REPO]
    assert (repo.private, len(repo.commits)) == (True, 2)
    assert repo.messages[-1] == "evalreport: orders, better (full)"
    assert sorted(repo.files) == sorted([".gitattributes", *FILES])
    assert f"published 8 files in one commit, {repo.head[:12]}\n{world.hub.url}/org/orders\n" in out
    assert "a reader sees the card with its verdict (better (full))" in out
    assert "listed   accuracy of general" in out
    place = Path(
        snapshot_download(REPO, endpoint=world.hub.url, token=TOKEN, cache_dir=tmp_path / "cache")
    )
    card = ModelCard.load(place / "README.md")
    assert card.data.base_model == BASE
    name, (result,) = model_index_to_eval_results(front_matter(world)["model-index"])
    assert name == "orders"
    assert (result.dataset_type, result.metric_value) == (BOARD, 0.655)
    report = load_report(place / "report.json")
    assert report.examples_shown == "ids"
    assert (report.reproduce.spec_path, report.reproduce.command) == (
        "spec.yaml",
        "evalreport build spec.yaml",
    )
    assert (place / "spec.yaml").read_text() == world.load().reproduce.spec_yaml
    assert adapter_digest(place) == adapter_digest(world.folder / "adapter")


def test_no_row_no_state_and_no_token_leaves(world: World) -> None:
    world.publish("--push")
    for text in (*SENTINELS, "statecanary", TOKEN, str(world.folder)):
        assert text.encode() not in world.left, text
    assert b"order-0417" in world.left
    record = (world.folder / ".evalreport/published.jsonl").read_text()
    assert TOKEN not in record
    assert record.count('"state":"done"') == 1


def test_rows_leave_when_they_are_told_to(world: World) -> None:
    world.asked(examples="full")
    world.publish("--push")
    assert b"blue cable" in world.left
    assert b"blue cable" not in world.files["README.md"]  # the card has a rule of its own


def test_what_is_there_already_is_not_published_again(world: World) -> None:
    world.publish("--push")
    repo, sent = world.hub.repos[REPO], len(world.hub.requests)
    code, out, _ = world.publish("--push")
    assert (code, len(repo.commits)) == (0, 2)
    assert f"nothing to publish: already there at {repo.head[:12]}" in out
    assert [one for one in world.hub.requests[sent:] if "commit" in one or "PUT" in one] == []


def test_only_what_changed_is_sent_and_what_was_ours_goes(world: World) -> None:
    world.asked(benchmarks=(TASK,))
    world.publish("--push")
    entry = ".eval_results/mina-okafor--short-questions.yaml"
    assert entry in world.files
    world.asked(benchmarks=())
    code, _, err = world.publish("--push")
    assert code == 0
    assert f"removes   {entry} (published from here" in err
    assert "replaces  README.md (published from here)" in err
    assert entry not in world.files
    assert world.hub.count("PUT /lfs/") == 1


def test_files_of_others_are_neither_replaced_unasked_nor_removed(world: World) -> None:
    repo = world.hub.repos[REPO] = Repo(private=False)
    repo.add({**repo.files, "README.md": b"theirs", "notes.txt": b"theirs"}, "by hand")
    code, _, err = world.publish("--push")
    assert code == 2
    assert "it holds README.md, not published from here" in err
    assert "--replace does it" in err
    assert "the repository is public and stays so" in err
    assert len(repo.commits) == 2
    code, _, err = world.publish("--push", "--replace")
    assert code == 0
    assert "replaces  README.md (not published from here)" in err
    assert repo.files["notes.txt"] == b"theirs"
    assert repo.files["README.md"].startswith(b"---\n")


def test_a_commit_in_between_is_not_written_over(world: World) -> None:
    def intrude() -> None:
        repo = world.hub.repos[REPO]
        repo.add({**repo.files, "theirs.txt": b"x"}, "in between")

    world.hub.before_commit = intrude
    code, _, err = world.publish("--push")
    assert code == 2
    assert "somebody else changed the repository meanwhile, while committing" in err
    assert "README.md" not in world.files
    assert world.publish("--push")[0] == 0
    assert {"README.md", "theirs.txt"} <= {*world.files}
    assert world.hub.count("PUT /lfs/") == 1


@pytest.mark.parametrize(
    ("request_line", "fault", "words"),
    [
        ("GET /api/whoami", 401, "the hub does not know this token"),
        ("GET /api/whoami", "drop", "the hub cannot be reached"),
        ("POST /api/repos/create", 403, "this token may not do that, while making the repository"),
        (
            "POST /api/repos/create",
            404,
            "there is no such repository, or this token may not see it",
        ),
        ("GET /api/models/org/orders", 429, "the hub takes no more requests now"),
        ("PUT /lfs", 403, "this token may not do that, while uploading"),
        (COMMIT, 403, "this token may not do that, while committing"),
        (COMMIT, 400, "the hub refused it (status 400), while committing"),
        ("validate-yaml", 500, "the hub failed (status 500), while having the card checked"),
    ],
)
def test_what_goes_wrong_is_told_in_three_parts_and_the_same_command_goes_on(
    world: World, request_line: str, fault: Fault, words: str
) -> None:
    world.hub.fail(request_line, fault)
    code, out, err = world.publish("--push")
    assert (code, out) == (2, "")
    assert words in err
    where, what, hint = err.rstrip().splitlines()[-3:]
    assert where in {"org/orders", world.hub.url}
    assert what.startswith("  ")
    assert hint.startswith("  ")
    assert "Traceback" not in err
    if request_line.startswith("PUT") or request_line == COMMIT:
        assert world.publish("--push")[0] == 0
        assert len(world.hub.repos[REPO].commits) == 2


@pytest.mark.parametrize("fault", [503, "drop", "lose"])
def test_a_commit_whose_answer_is_lost_is_made_once(world: World, fault: Fault) -> None:
    world.hub.fail(COMMIT, fault)
    code, out, _ = world.publish("--push")
    assert code == 0
    assert "published 8 files in one commit" in out
    assert len(world.hub.repos[REPO].commits) == 2
    assert world.hub.count("PUT /lfs/") == 1


@pytest.mark.parametrize("point", ["publish-begun", "publish-uploaded", "publish-committed"])
def test_a_killed_push_goes_on(world: World, point: str) -> None:
    environment = {**os.environ, "EVALREPORT_DIE_AT": point, "HF_HUB_DISABLE_XET": "1"}
    killed = subprocess.run(
        [sys.executable, "-m", "evalreport", "publish", "reports/orders", "--push"],
        env=environment,
        check=False,
        capture_output=True,
    )
    assert killed.returncode == -9, killed.stderr.decode()
    before = world.hub.count("PUT /lfs/")
    code, out, _ = world.publish("--push")
    repo = world.hub.repos[REPO]
    assert (code, len(repo.commits)) == (0, 2)
    assert world.hub.count("PUT /lfs/") == 1
    assert before == (point != "publish-begun")
    is_done = point == "publish-committed"
    assert ("nothing to publish: already there" in out) is is_done
    assert sorted(repo.files) == sorted([".gitattributes", *FILES])


@pytest.mark.parametrize("writes", [0, 1])
def test_a_disk_that_fills_up_is_told_and_nothing_is_sent_twice(
    world: World, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    left, add = iter(range(writes)), Record.add

    def full(record: Record, one: Published) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        add(record, one)

    with monkeypatch.context() as patch:
        patch.setattr(Record, "add", full)
        code, _, err = world.publish("--push")
    assert code == 2
    assert "cannot be noted here (No space left on device)" in err
    assert ("nothing was sent" in err) is (writes == 0)
    assert world.hub.count("PUT /lfs/") == writes
    assert world.publish("--push")[0] == 0
    assert world.hub.count("PUT /lfs/") == 1


def test_without_a_token_nothing_is_asked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", "nowhere")
    code, _, err = world.publish("--push")
    assert code == 2
    assert "there is no token for the hub" in err
    assert "hf auth login" in err
    assert world.hub.requests == []
    login = world.folder / "hf-home/token"
    login.parent.mkdir()
    login.write_text(TOKEN + "\n")
    assert world.publish("--push")[0] == 0


# What the hub says


def test_the_hubs_own_check_stops_it_before_anything_is_uploaded(world: World) -> None:
    world.hub.card_errors = ['"license" must be one of [mit]', '"base_model" is odd']
    code, _, err = world.publish("--push")
    assert code == 2
    assert 'README.md: front matter\n  the hub refuses it: "license" must be one of [mit]' in err
    assert "2 problems" in err
    assert "nothing was uploaded" in err
    assert world.hub.count("create|preupload|PUT|commit") == 0


def test_the_hubs_warnings_are_shown_and_stop_nothing(world: World) -> None:
    world.hub.card_warnings = ["empty or missing\nyaml metadata"]
    code, _, err = world.publish("--push")
    assert code == 0
    assert "the hub warns of the card: empty or missing yaml metadata" in err


def test_a_benchmarks_number_goes_to_its_leaderboard_with_what_it_is(world: World) -> None:
    world.asked(benchmarks=(TASK,))
    code, out, _ = world.publish("--push")
    assert code == 0
    text = world.files[".eval_results/mina-okafor--short-questions.yaml"]
    (entry,) = parse_eval_result_entries(yaml.safe_load(text))
    assert (entry.dataset_id, entry.task_id, entry.value) == (BOARD, "all", 0.655)
    assert (entry.verify_token, entry.date) == (None, "2026-11-21T09:12:44Z")
    assert entry.source_url is None  # the address of a hub that is not the public one
    assert world.hub.url.encode() not in text
    assert entry.notes is not None
    for words in ("n = 440", "95 % interval ", "not verified by anybody else", "SHA-256"):
        assert words in entry.notes
    card = ModelCard(world.files["README.md"].decode())
    assert "model-index" not in front_matter(world)
    assert "accuracy of general stands in .eval_results, as" in card.text.replace("\\", "")
    assert "as the authors' own number, not verified" in out


def test_a_leaderboard_in_percent_gets_percent(world: World) -> None:
    world.asked(benchmarks=(TASK.model_copy(update={"percent": True}),))
    world.publish("--push")
    (entry,) = yaml.safe_load(world.files[".eval_results/mina-okafor--short-questions.yaml"])
    assert entry["value"] == 65.5


@pytest.mark.parametrize(
    ("says", "where", "words"),
    [
        ({}, "model-index", f"{BOARD} is no benchmark on the hub"),
        ({"tags": ["benchmark:official"]}, "model-index", "is no benchmark on the hub"),
        (
            {**PUBLIC, "eval.yaml": "tasks: [{id: other}]"},
            "model-index",
            f"{BOARD} has no task all; it has other",
        ),
        ({**PUBLIC, "eval.yaml": "]["}, "model-index", "has no task all; it has none"),
        ({**PUBLIC, "private": True}, "text", f"{BOARD} is private on the hub"),
        (None, "text", f"{BOARD} cannot be found on the hub"),
    ],
)
def test_the_hub_decides_where_a_number_stands(
    world: World, says: dict[str, Any] | None, where: str, words: str
) -> None:
    world.asked(benchmarks=(TASK,))
    if says is None:
        del world.hub.datasets[BOARD]
    else:
        world.hub.datasets[BOARD] = says
    code, _, err = world.publish("--push")
    assert code == 0
    (line,) = [one for one in err.splitlines() if one.startswith("  accuracy of general:")]
    assert words in line
    assert "the hub is asked" not in line
    assert not any(path.startswith(".eval_results") for path in world.files)
    assert ("model-index" in front_matter(world)) is (where == "model-index")


@pytest.mark.parametrize(("split", "is_board"), [("test", True), ("train", False)])
def test_a_task_is_about_one_split(world: World, split: str, is_board: bool) -> None:
    report = world.load()
    data = report.datasets["general"].model_copy(update={"split": split})
    world.change(changed(report, datasets={**report.datasets, "general": data}))
    world.asked(benchmarks=(TASK,))
    _, _, err = world.publish("--push")
    assert any(path.startswith(".eval_results") for path in world.files) is is_board
    assert ("task all is about split test, and this was train" in err) is not is_board
