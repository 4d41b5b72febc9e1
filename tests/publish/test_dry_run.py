"""The dry run: everything that would leave is shown, nothing leaves, and what is wrong is named."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from evalreport.cli import main
from evalreport.publish.leaks import known_here, leaks
from evalreport.publish.model import text_file
from evalreport.render.pictures import NotDrawn, drawer, pngs_of, svgs_of
from evalreport.spec.load import load_spec
from tests.conftest import require_or_skip
from tests.docs.blocks import blocks, matches
from tests.publish.loopback import TOKEN
from tests.publish.world import BOARD, SENTINELS, SPEC, TASK, World, write_adapter
from tests.reports import changed

FILES = [
    "README.md", "adapter_config.json", "adapter_model.safetensors", "report.html", "report.json",
    "report.md", "spec.lock.yaml", "spec.yaml",
]  # fmt: skip


def test_it_shows_every_file_and_asks_nobody(world: World) -> None:
    code, out, _ = world.publish()
    assert code == 0
    assert world.hub.requests == []
    for name in FILES:
        assert f"\n  {name} " in out
    for words in (
        f"to        {world.hub.url}/org/orders (made private, where it is not there yet)",
        "verdict   better (full)",
        "ships     the adapter, digest ",
        "accuracy of general: model-index (mina-okafor/short-questions is on the hub",
        "field_accuracy of extraction: only in the text: its test set is a local file",
        "of 3 examples the texts are left out, in every file: publish.examples is ids",
        "adapter_config.json: base_model_name_or_path is HuggingFaceTB/SmolLM2-135M-Instruct (it",
        "the report names its spec and lock as they are called there: spec.yaml, spec.lock.yaml",
        "optimizer.pt (beside the weights): nothing that loads the weights reads it",
        "items.jsonl: publish.items is not set",
        "this was a dry run: nothing left this machine; --push does it",
    ):
        assert words in out, words
    assert str(world.folder) not in out


def test_the_page_shows_a_dry_run_as_it_is(world: World) -> None:
    (shown,) = [one.text for one in blocks("how-to/publish.md") if one.text.startswith("to  ")]
    _, out, _ = world.publish()
    printed = out.replace(world.hub.url, "https://huggingface.co")
    assert matches(shown, printed), printed


def test_for_programs_it_says_the_same(world: World) -> None:
    _, out, _ = world.publish("--json")
    said = json.loads(out)
    assert [one["path"] for one in said["files"]] == FILES
    assert (said["pushed"], said["repo"], said["private"]) == (False, "org/orders", True)
    spec = SPEC.encode()
    (one,) = [one for one in said["files"] if one["path"] == "spec.yaml"]
    assert (one["bytes"], one["sha256"]) == (len(spec), hashlib.sha256(spec).hexdigest())
    assert {one["where"] for one in said["numbers"]} == {"model-index", "text"}


def test_a_leaderboard_is_planned_and_the_hub_will_be_asked(world: World) -> None:
    world.asked(benchmarks=(TASK,))
    _, out, _ = world.publish()
    assert f"accuracy of general: .eval_results ({BOARD}, task all); the hub is asked" in out
    assert ".eval_results/mina-okafor--short-questions.yaml" in out


def test_of_several_seeds_the_first_ships_and_that_is_said(world: World) -> None:
    report = world.load()
    tuned = report.arms["tuned"]
    digests = {**tuned.adapter_digests, "2": "b" * 64, "3": "c" * 64}
    world.change(
        changed(
            report,
            arms={**report.arms, "tuned": tuned.model_copy(update={"adapter_digests": digests})},
        )
    )
    _, out, _ = world.publish()
    assert (
        "ships     the adapter of training seed 1 (of 1, 2, 3; the first: choosing by the test "
        "would flatter it), digest " in out
    )
    world.asked(seed=2)
    assert "and the report is about bbbbbbbbbbbb" in world.publish()[2]
    world.asked(seed=7)
    assert "seed 7 was not trained\n  name one of 1, 2, 3" in world.publish()[2]


def test_pictures_are_drawn_again_and_what_lies_there_stays(world: World) -> None:
    require_or_skip(bool(drawer()), "vl-convert is not installed (the extra charts)")
    figures = world.report.with_name("figures")
    figures.mkdir()
    (figures / "spare.png").write_bytes(b"png")
    _, out, _ = world.publish()
    assert "figures/spare.png: no text that leaves shows it" in out
    drawn = pngs_of(svgs_of(world.load()))
    assert not isinstance(drawn, NotDrawn)
    assert len(drawn) == 4
    for name, png in drawn.items():  # each with what nobody drew behind its end
        (world.report.parent / name).write_bytes(png + TOKEN.encode() + b" /home/mina/customers")
    code, out, err = world.publish("--json")
    assert code == 0, err
    leaving = {one["path"]: one["sha256"] for one in json.loads(out)["files"]}
    for name, png in drawn.items():
        assert leaving[name] == hashlib.sha256(png).hexdigest()
    (figures / "flips-dark.png").write_bytes(b"of another report")
    assert "figures/flips-light.png: no text that leaves shows it" in world.publish()[1]


def test_no_text_decides_which_files_leave(world: World) -> None:
    about = world.load().about.model_copy(update={"intended_use": "see (figures/evil.png)"})
    world.change(changed(world.load(), about=about))
    code, out, err = world.publish()
    assert code == 0, err
    assert "figures/" not in out


def test_a_simulation_is_one_problem(world: World) -> None:
    (world.folder / "adapter").rename(world.folder / "elsewhere")
    world.change(changed(world.load(), simulated=True))
    _, _, err = world.publish()
    assert err.count("its models are simulated") == 1
    assert "weights" not in err
    assert "problems" not in err


def test_what_may_be_a_path_is_told_and_stops_nothing(world: World) -> None:
    given = world.load().reproduce
    spec = SPEC.replace("path: data/test.jsonl", "path: /mnt/acme/test.jsonl")
    told = given.model_copy(update={"spec_yaml": spec})
    world.change(changed(world.load(), reproduce=told))
    code, out, _ = world.publish()
    assert code == 0
    assert "look at\n  spec.yaml names /mnt/acme/test.jsonl: a path of this machine, if" in out


def test_a_password_in_the_address_is_neither_shown_nor_kept(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://alice:s3cretpw12345@127.0.0.1:9/hub")
    code, out, err = world.publish()
    assert code == 2
    assert "HF_ENDPOINT\n  a user or a password stands in this address" in err
    assert "s3cret" not in out + err


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"simulated": True}, "its models are simulated: there is nothing to publish"),
        ({"smoke": True}, "it is of a smoke test, which counts for nothing"),
        (
            {"publish": None},
            "reports/orders/report.json\n  the spec that it was built from does not say where it",
        ),
    ],
)
def test_what_is_no_result_is_not_published(
    world: World, changes: dict[str, Any], words: str
) -> None:
    world.change(changed(world.load(), **changes))
    code, _, err = world.publish()
    assert code == 2
    assert words in err


def test_all_that_is_wrong_comes_at_once(world: World) -> None:
    report = world.load()
    base = report.arms["base"].model_copy(update={"hub_id": None})
    world.change(changed(report, arms={**report.arms, "base": base}))
    world.report.with_name("spec.lock.yaml").write_text("lock: 1\nspec: another\n")
    world.report.with_name("items.jsonl").write_text('{"items": 1, "sealed": {"name": "x"}}\n')
    _, _, err = world.publish()
    for words in (
        "the report gives its base no public name",
        "it is not of this report: it locks another spec",
        "not as the build wrote it beside items.jsonl",
        "3 problems",
    ):
        assert words in err


def test_weights_that_were_changed_do_not_leave(world: World) -> None:
    weights = world.folder / "adapter/adapter_model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    code, _, err = world.publish()
    assert code == 2
    assert "and the report is about" in err
    weights.unlink()
    assert "the weights cannot be read" in world.publish()[2]
    weights.parent.rename(world.folder / "elsewhere")
    assert "is not on this machine" in world.publish()[2]


def test_a_config_that_names_its_base_leaves_as_it_is(world: World, tmp_path: Path) -> None:
    (world.folder / "adapter").rename(world.folder / "old")
    write_adapter(world.folder / "adapter", "HuggingFaceTB/SmolLM2-135M-Instruct")
    _, out, _ = world.publish()
    assert "how the adapter is put on its base (as it was trained)" in out
    assert "base_model_name_or_path" not in out


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"key {TOKEN}", "it holds the value of HF_TOKEN"),
        ("hf_0123456789abcdefghij0123", "it holds a token of Hugging Face"),
        ("sk-proj-abcdefghijklmnop0123", "it holds a key as OpenAI and others give"),
        ("ghp_0123456789abcdefghij0123", "it holds a token of GitHub"),
        ("AKIAABCDEFGHIJKLMNOP", "it holds a key of AWS"),
        ("-----BEGIN RSA PRIVATE KEY-----", "it holds a private key"),
        ("see /home/mina/models/base", "a path into somebody's home (/home/mina)"),
        (r"see C:\Users\mina\base", "a path into somebody's home"),
        ("/srv/orders/secret", "it holds a path of this machine (/srv/orders)"),
    ],
)
def test_keys_and_places_are_found_with_their_line_and_not_shown(text: str, words: str) -> None:
    known = known_here({"HF_TOKEN": TOKEN, "SHORT_KEY": "word"}, None, Path("/srv/orders"))
    file = text_file("a.md", f"first word\n{text}\n", origin="", why="")
    (problem,) = leaks(file, known)
    assert problem.where == "a.md:2"
    assert words in problem.what
    assert TOKEN not in str(problem)
    assert "AKIAABCDEFGHIJKLMNOP" not in str(problem)


def test_links_and_words_are_no_places() -> None:
    text = "see https://example.org/home/mina/x, and/or; sk-learn, hf_hub, /srv/orderstwo"
    known = known_here({}, None, Path("/srv/orders"))
    assert [*leaks(text_file("a.md", text, origin="", why=""), known)] == []


def test_what_must_not_leave_stops_it_before_anything_is_sent(world: World) -> None:
    about = world.load().about.model_copy(update={"intended_use": f"{TOKEN} {world.folder}/x"})
    world.change(changed(world.load(), about=about))
    code, _, err = world.publish("--push")
    assert code == 2
    assert "report.json:" in err
    assert "it holds the value of HF_TOKEN" in err
    assert "it holds a path of this machine" in err
    assert TOKEN not in err
    assert world.hub.count("POST|PUT") == 0


def test_a_secret_inside_of_weights_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = (world.folder / "adapter/adapter_model.safetensors").read_bytes()
    monkeypatch.setenv("SOME_API_KEY", weights[8:40].decode())
    _, _, err = world.publish()
    assert "adapter_model.safetensors\n  it holds the value of SOME_API_KEY" in err


def test_a_key_of_a_variable_that_the_spec_names_is_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUDGE_LOGIN", "Zx81-Spectrum")
    judge = "{kind: judge, name: ab, on: asked, judges: [{model: m, base_url: 'https://a.b/v1', "
    layers = (
        "[{kind: generation, name: asked, dataset: test, metrics: [exact_match]}, "
        f"{judge}api_key_env: JUDGE_LOGIN}}]}}] # Zx81-Spectrum"
    )
    spec = SPEC.replace("[{kind: perplexity, name: loss, dataset: test}]", layers)
    told = world.load().reproduce.model_copy(update={"spec_yaml": spec})
    world.change(changed(world.load(), reproduce=told))
    code, _, err = world.publish()
    assert code == 2
    assert "spec.yaml:8\n  it holds the value of JUDGE_LOGIN" in err
    assert "Zx81" not in err


def test_rows_leave_only_where_both_report_and_publish_say_so(world: World) -> None:
    assert any(text in world.report.read_text() for text in SENTINELS)
    world.asked(examples="full")
    _, out, _ = world.publish()
    assert "rows      of single test rows: texts too" in out
    world.asked(examples="none")
    assert "the texts and ids are left out, in every file" in world.publish()[1]


def test_a_spec_stands_for_its_report_while_it_is_the_one_that_was_built(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = world.folder / "spec.yaml"
    spec.write_text(SPEC)
    (world.folder / "base").mkdir()
    (world.folder / "data").mkdir()
    (world.folder / "data/test.jsonl").write_text('{"q": "a", "a": "b"}\n')
    digest = load_spec(spec).digest
    world.change(changed(world.load(), spec_digest=digest))
    lock = world.report.with_name("spec.lock.yaml")
    lock.write_text(f"lock: 1\nspec: {digest}\n")
    assert main(["publish", "spec.yaml"]) == 0
    assert "this was a dry run" in capsys.readouterr().out
    spec.write_text(SPEC.replace("org/orders", "org/others"))
    assert main(["publish", "spec.yaml"]) == 2
    assert "it has changed since its report was built" in capsys.readouterr().err
    world.report.unlink()
    assert main(["publish", "spec.yaml"]) == 2
    assert "this spec has no report yet" in capsys.readouterr().err


def test_a_path_that_is_none(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", "nowhere.yaml"]) == 2
    assert "name a spec that was built" in capsys.readouterr().err
