"""What `plan` says: reused, will run and why, blocked and why; items, tokens, time, power; fast."""

import json
import re
from typing import Any

import pytest

from tests.builds.workshop import (
    GENERAL_ROWS,
    SAMPLE,
    TEST_ROWS,
    Workshop,
    orders,
)


def lines(out: str) -> dict[str, str]:
    """What is said of each step, by its id."""
    found: dict[str, str] = {}
    for line in out.splitlines():
        match = re.fullmatch(
            r"((?:train|ask|judge|rate|import) .+?)\.* ((?:reused|will run|waits|blocked).*)", line
        )
        if match:
            found[match[1]] = match[2]
    return found


def test_before_the_first_build_everything_is_to_be_done(workshop: Workshop) -> None:
    ran = workshop.plan()
    assert ran.code == 0
    assert ran.err == ""
    said = lines(ran.out)
    assert list(said) == [
        "train seed 1",
        "ask extraction tuned seed 1",
        "ask extraction base",
        "ask general tuned seed 1",
        "ask general base",
        "ask seen-vs-unseen tuned seed 1",
        "ask seen-vs-unseen base",
    ]
    assert said["train seed 1"] == "will run: not done yet"
    assert said["ask extraction base"] == (
        f"will run: not done yet, {TEST_ROWS} items, at most {48 * TEST_ROWS:,} new tokens"
    )
    assert said["ask extraction tuned seed 1"].startswith(
        f"will run: not done yet; after train seed 1, {TEST_ROWS} items, "
    )
    assert said["ask general base"] == f"will run: not done yet, {GENERAL_ROWS} items"
    assert said["ask seen-vs-unseen base"] == f"will run: not done yet, {2 * SAMPLE} items"
    assert "0 steps reused, 10 will run, 0 blocked; time unknown for 10 steps" in ran.out
    assert "power of extraction.field_accuracy: " in ran.out
    assert workshop.calls() == []


@pytest.mark.parametrize(
    ("old", "new", "step", "reason"),
    [
        ("learning_rate: 2e-4", "learning_rate: 0.0003", "train seed 1", "training.learning_rate 0.0002 -> 0.0003"),
        ("epochs: 2,", "epochs: 3,", "train seed 1", "training.epochs 2.0 -> 3.0"),
        ("r: 8", "r: 16", "train seed 1", "adapter.r 8 -> 16"),
        ("method: lora", "method: dora", "train seed 1", "adapter.method lora -> dora"),
        ("fraction: 0.2", "fraction: 0.4", "train seed 1", "select changed; train changed"),
        (
            "max_new_tokens: 48",
            "max_new_tokens: 64",
            "ask extraction base",
            "generation.decoding.max_new_tokens 48 -> 64",
        ),
        ("sample: 6", "sample: 8", "ask seen-vs-unseen base", "overfitting.sample 6 -> 8; 4 of 16 items"),
        (
            "base_model: {path: org/base}",
            "base_model: {path: org/base, chat_template_kwargs: {enable_thinking: false}}",
            "ask general base",
            "base_model.chat_template_kwargs.enable_thinking unset -> false",
        ),
    ],
)  # fmt: skip
def test_a_change_is_named_with_its_old_and_new_value(
    built: Workshop, old: str, new: str, step: str, reason: str
) -> None:
    built.change(old, new)
    said = lines(built.plan().out)[step]
    assert said.startswith("will run: ")
    assert reason in said


def test_a_changed_row_is_one_item(built: Workshop) -> None:
    path = built.folder / "data/test.jsonl"
    rows = path.read_text().splitlines(keepends=True)
    rows[7] = rows[7].replace("please", "thank you")
    path.write_text("".join(rows))
    said = lines(built.plan().out)
    assert said["ask extraction base"].startswith(
        f"will run: test changed; 1 of {TEST_ROWS} items, at most 48 new tokens, about "
    )
    assert said["ask general base"] == "reused"


def test_after_a_build_everything_is_reused(built: Workshop) -> None:
    out = built.plan().out
    assert set(lines(out).values()) == {"reused"}
    assert "10 steps reused, 0 will run, 0 blocked; nothing to run; money: none\n" in out
    assert "from an earlier build" in out


# Blocked


BLOCKED = {
    "ask programs tuned": (
        "    - {kind: code, name: programs, dataset: test, tests: tests}\n",
        "generated code",
    ),
}


@pytest.mark.parametrize("step", BLOCKED)
def test_a_layer_that_is_not_built_yet_is_blocked_and_says_so(
    workshop: Workshop, step: str
) -> None:
    layer, word = BLOCKED[step]
    workshop.change("report: {formats", layer + "report: {formats")
    ran = workshop.plan()
    assert ran.code == 0, ran.err
    said = lines(ran.out)[step]
    assert said.startswith("blocked: ")
    assert "not built in this version" in said
    assert word in said
    assert "10 will run, 2 blocked" in ran.out
    built = workshop.build()
    assert built.code == 3
    assert f"blocked  {step}: " in built.out
    report = workshop.report()
    assert {s.id: s.outcome for s in report.steps}[step] == "blocked"
    assert report.findings  # the rest was done


def test_what_reads_a_dataset_that_only_build_fetches_waits_for_it(workshop: Workshop) -> None:
    workshop.change(
        "  general: {role: test, path: data/general.jsonl,",
        "  general: {role: test, path: 'hub:nobody/nothing', split: test, expect: {rows: 100},",
    )
    ran = workshop.plan()
    assert ran.code == 0, ran.err
    said = lines(ran.out)
    for step in ("ask general tuned", "ask general base"):
        assert said[step] == "waits for the hub: `build` fetches nobody/nothing"
    assert "waits for the hub: `build` fetches nobody/nothing (100 rows expected)" in ran.out
    assert "8 will run, 2 wait for the hub, 0 blocked; time unknown for 10 steps " in ran.out
    assert "unknown for the 2 steps waiting for the hub" in ran.out
    asked = json.loads(workshop.plan("--json").out)["steps"]
    assert [one["status"] for one in asked if "general" in one["id"]] == ["waits", "waits"]
    assert said["ask extraction base"].startswith("will run")
    assert workshop.rows("SELECT * FROM steps") == []


def test_what_needs_a_model_that_only_build_fetches_waits_for_it(workshop: Workshop) -> None:
    text = (workshop.folder / "spec.yaml").read_text()
    start, end = text.index("engine:\n"), text.index("evaluation:\n")
    workshop.write("spec.yaml", text[:start] + "engine: {kind: local}\n" + text[end:])
    ran = workshop.plan()
    assert ran.code == 0, ran.err
    said = lines(ran.out)
    assert len(said) == 7
    for step in said.values():
        assert step == "waits for the hub: `build` fetches org/base"
    assert "0 will run, 8 wait for the hub, 0 blocked; time unknown for 8 steps " in ran.out


def test_what_a_build_could_not_do_either_is_blocked_whatever_waits(workshop: Workshop) -> None:
    """A machine that cannot do it, a file that is not there: fetching changes neither."""
    workshop.change("train: {path: data/train.jsonl,", "train: {path: 'hub:nobody/nothing',")
    workshop.change("method: lora", "method: qlora")
    text = (workshop.folder / "spec.yaml").read_text()
    start, end = text.index("engine:\n"), text.index("evaluation:\n")
    workshop.write("spec.yaml", text[:start] + "engine: {kind: local, device: cpu}\n" + text[end:])
    said = lines(workshop.plan().out)
    assert said["train seed 1"].startswith("blocked: qlora cannot be trained on a CPU")
    assert said["ask extraction tuned"].startswith("blocked: its training is blocked: qlora")
    assert said["ask extraction base"].startswith("blocked: ") or (
        said["ask extraction base"] == "waits for the hub: `build` fetches org/base"
    )


def test_worked_examples_from_a_dataset_that_only_build_fetches_are_waited_for(
    workshop: Workshop,
) -> None:
    workshop.change("train: {path: data/train.jsonl,", "train: {path: 'hub:nobody/nothing',")
    workshop.change(
        "evaluation:\n",
        "arms: {prompted: {of: base, shots: {from: train, n: 2}}}\nevaluation:\n",
    )
    workshop.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, prompted]\n")
    ran = workshop.plan()
    assert ran.code == 0, ran.both
    said = lines(ran.out)
    assert said["ask extraction prompted"] == "waits for the hub: `build` fetches nobody/nothing"
    assert said["ask extraction base"].startswith("will run: ")


def test_qlora_on_a_cpu_is_blocked_with_the_reason(workshop: Workshop) -> None:
    workshop.change("{method: lora, r: 8}", "{method: qlora, r: 8}")
    ran = workshop.plan()
    assert ran.code == 0, ran.err
    said = lines(ran.out)
    assert said["train seed 1"].startswith("blocked: qlora ")
    assert said["ask extraction tuned seed 1"].startswith(
        "blocked: its training is blocked: qlora "
    )
    assert said["ask extraction base"].startswith("will run")


@pytest.fixture
def with_files(workshop: Workshop) -> Workshop:
    """Real models in place of simulated ones; nobody loads them."""
    text = (workshop.folder / "spec.yaml").read_text()
    start, end = text.index("engine:\n"), text.index("evaluation:\n")
    text = text[:start] + "engine: {kind: local}\n" + text[end:]
    workshop.write("spec.yaml", text.replace("org/base", "./model"))
    header = json.dumps({"w": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    workshop.write("model/config.json", '{"model_type": "llama"}')
    path = workshop.folder / "model/model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    return workshop


def test_a_gpu_that_is_not_there_blocks_what_was_to_run_on_it(with_files: Workshop) -> None:
    said = lines(with_files.plan().out)
    assert said["ask general base"].startswith("will run: ")
    with_files.change("engine: {kind: local}", "engine: {kind: local, device: cuda}")
    reason = "blocked: engine.device is cuda, and this machine shows no GPU"
    said = lines(with_files.plan().out)
    assert said["ask general base"] == said["train seed 1"] == reason
    # One arm alone may have an engine of its own.
    with_files.change("engine: {kind: local, device: cuda}", "engine: {kind: local}")
    with_files.change(
        "evaluation:\n",
        "arms:\n  fast: {of: base, engine: {kind: local, device: cuda}}\nevaluation:\n",
    )
    with_files.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, fast]\n")
    ran = with_files.plan()
    assert ran.code == 0, ran.err
    said = lines(ran.out)
    assert said["ask extraction fast"] == reason
    assert said["ask extraction base"].startswith("will run: ")


def test_an_arm_whose_weights_need_a_package_that_is_not_here_is_blocked(
    with_files: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalreport.engines.quantized.find_spec", lambda _: None)
    with_files.change(
        "evaluation:\n", "arms:\n  packed: {of: base, quantization: nf4}\nevaluation:\n"
    )
    with_files.change("name: extraction\n", "name: extraction\n      arms: [tuned, base, packed]\n")
    said = lines(with_files.plan().out)
    assert said["ask extraction packed"] == (
        "blocked: nf4 needs the package bitsandbytes: pip install 'evalreport[qlora]'"
    )
    assert said["ask extraction base"].startswith("will run: ")


def test_a_server_is_asked_for_text_and_for_no_likelihood(with_files: Workshop) -> None:
    with_files.change("{method: lora, r: 8}", "{method: none}")
    with_files.change(
        "engine: {kind: local}", "engine: {kind: openai, base_url: 'http://localhost:1', model: m}"
    )
    text = (with_files.folder / "spec.yaml").read_text()
    training, rest = text.index("training:"), text.index("engine:")
    with_files.write("spec.yaml", text[:training] + text[rest:])
    with_files.change("  guards:", "  #")
    with_files.change("  primary:", "  #")
    ran = with_files.plan()
    assert ran.code == 0, ran.err
    said = lines(ran.out)
    assert said["ask extraction base"].startswith("will run: not done yet, ")
    assert "ask general base" not in said, "no likelihood is known of what a server serves"
    assert re.search(r"\n  m \(base\): \d+ calls, at most [\d,]+ tokens sent", ran.out)


# Money


def test_money_is_the_time_of_what_would_run_at_its_price(built: Workshop) -> None:
    built.change(
        "report: {formats", "cost: {currency: EUR, gpu_hour: 3600, gpus: 2}\nreport: {formats"
    )
    assert "; nothing to run; money: none\n" in built.plan().out
    built.change("learning_rate: 2e-4", "learning_rate: 3e-4")
    ran = built.plan()
    assert re.search(r"; about \S+ m?s; money: about \d+\.\d+ EUR of machine time\n", ran.out)
    said = json.loads(built.plan("--json").out)
    seconds = sum(step["seconds"] for step in said["steps"] if step["status"] == "will_run")
    assert said["money"] == {"amount": pytest.approx(2 * seconds), "currency": "EUR"}


def test_money_is_unknown_as_long_as_the_time_is(workshop: Workshop) -> None:
    workshop.change("report: {formats", "cost: {gpu_hour: 2.5, limit: 1}\nreport: {formats")
    assert "; money: unknown as long as the time is\n" in workshop.plan().out
    ran = workshop.build()
    assert ran.code == 0
    assert (
        "warning: cost.limit is 1.00 USD, and the cost of this build is not known (unknown as long "
        "as the time is): it stops between steps when 1.00 USD of machine time is spent\n"
    ) in ran.err


def test_a_build_that_would_cost_more_than_it_may_is_refused(built: Workshop) -> None:
    built.change("report: {formats", "cost: {gpu_hour: 36000, limit: 0.001}\nreport: {formats")
    assert built.build().code == 0, "what is paid for is only rendered"
    built.change("learning_rate: 2e-4", "learning_rate: 3e-4")
    before = built.lines()
    ran = built.build()
    assert ran.code == 4
    last = ran.err.splitlines()[-3:]
    assert last[0] == "cost.limit"
    assert re.fullmatch(
        r"  this build would cost about \S+ USD, and 0\.001 USD is allowed", last[1]
    )
    assert built.lines() == before


def test_what_is_known_of_the_cost_is_told_with_what_is_not(built: Workshop) -> None:
    """One step has a pace, and the others none: the sum is a lower bound."""
    built.change("report: {formats", "cost: {gpu_hour: 3600, limit: 0.000001}\nreport: {formats")
    built.change("learning_rate: 2e-4", "learning_rate: 3e-4")
    built.change("name: general, dataset", "name: renamed, dataset")
    built.change("layer: general, metric", "layer: renamed, metric")
    ran = built.plan()
    assert re.search(
        r"; money: at least about \S+ USD of machine time; the time of 1 step is unknown\n", ran.out
    )
    assert "one build may spend 0.000001 USD of machine time (cost.limit)\n" in ran.out
    said = json.loads(built.plan("--json").out)["money"]
    assert said["at_least"] is True
    assert said["not_in_it"] == ["the time of 1 step is unknown"]
    ran = built.build()
    assert ran.code == 4
    assert "would cost at least about" in ran.err


def test_judging_is_priced_before_it_runs(built: Workshop) -> None:
    built.change("report: {formats", "cost: {gpu_hour: 3600}\nreport: {formats")
    built.change(
        "    - {kind: overfitting",
        "    - {kind: judge, name: blind, on: extraction, judges: [{model: m, price: "
        "{input_per_million: 0.25, output_per_million: 2.0}}, {model: free}]}\n    - {kind: overfitting",
    )
    out = built.plan().out
    # 44 items in both orders less those that tie unasked, 20 twice, 20 controls, 10 canaries
    called = re.search(
        r"\n  m: (\d+) calls, at most ([\d,]+) tokens sent and ([\d,]+) tokens written, "
        r"at most (\d+\.\d+) USD\n",
        out,
    )
    assert called is not None
    calls, sent, written = (int(called[i].replace(",", "")) for i in (1, 2, 3))
    assert calls <= 44 * 2 + 20 + 20 + 10
    assert written == calls * 1024
    assert abs(float(called[4]) - (sent * 0.25 + written * 2.0) / 1e6) < 0.006
    assert f"\n  free: {calls} calls, " in out
    assert f"{called[4]} USD of calls; " in out
    assert "; free is not in it: no price is declared for it\n" in out


# JSON


def test_json_says_the_same(built: Workshop) -> None:
    built.change("learning_rate: 2e-4", "learning_rate: 3e-4")
    ran = built.plan("--json")
    assert ran.code == 0
    said: dict[str, Any] = json.loads(ran.out)
    assert set(said) == {
        "name", "datasets", "unasked_arms", "steps", "destinations", "money", "power"
    }  # fmt: skip
    assert said["destinations"] == []
    assert said["datasets"]["test"] == {"n": TEST_ROWS, "origin": "data/test.jsonl", "notes": []}
    assert said["unasked_arms"] == []
    assert said["money"] == {"not_estimable": "no price is known for any step"}
    assert said["name"] == "orders"
    steps = {step["id"]: step for step in said["steps"]}
    assert set(steps["train seed 1"]) == {
        "id", "kind", "key", "status", "reason", "items", "missing", "new_tokens", "seconds",
    }  # fmt: skip
    assert steps["train seed 1"]["status"] == "will_run"
    assert steps["train seed 1"]["reason"] == "training.learning_rate 0.0002 -> 0.0003"
    tuned = steps["ask extraction tuned seed 1"]
    assert (tuned["items"], tuned["missing"], tuned["new_tokens"]) == (
        TEST_ROWS,
        TEST_ROWS,
        48 * TEST_ROWS,
    )
    base = steps["ask extraction base"]
    assert (base["status"], base["reason"], base["missing"]) == ("reused", "", 0)
    power = said["power"]
    assert power["finding"] == "extraction.field_accuracy"
    assert power["n"] == TEST_ROWS
    assert power["spread_source"] == "an earlier build"
    assert power["decision"] == "go"


# The gate


def test_an_evaluation_that_cannot_answer_is_refused_before_anything_runs(
    workshop: Workshop,
) -> None:
    workshop.write("data/test.jsonl", orders(0, 8, "test"))
    workshop.change("sample: 6", "sample: 4")
    planned = workshop.plan()
    assert planned.code == 0
    assert planned.out.rstrip().endswith(": stop")
    ran = workshop.build()
    assert ran.code == 4
    assert "Traceback" not in ran.err
    last = ran.err.splitlines()[-3:]
    assert last[0] == "extraction.field_accuracy"
    assert last[1].startswith("  this evaluation cannot answer its question: ")
    assert last[2] == (
        "  add items, ask for a larger gain, or pass --accept-underpowered "
        "(accept_underpowered=True in Python)"
    )
    assert workshop.lines() == 0
    accepted = workshop.build("--accept-underpowered")
    assert accepted.code == 0, accepted.err
    # What is there is rendered without being asked again.
    assert workshop.build().code == 0


def test_between_once_and_twice_the_gain_it_warns(workshop: Workshop) -> None:
    workshop.change("gain_at_least: 0.2", "gain_at_least: 0.1")
    ran = workshop.build()
    assert ran.code == 0, ran.err
    assert "warning: power of extraction.field_accuracy: " in ran.err


def test_the_data_stand_first_with_the_shares_of_their_split(workshop: Workshop) -> None:
    said = [line for line in workshop.plan().out.splitlines() if line.startswith("data ")]
    assert [line.split(".")[0] for line in said] == [
        "data train",
        "data select",
        "data test",
        "data general",
    ]
    assert re.search(r"select was cut from train by hash of `template`: \d+ \(", said[1])
    assert said[2].endswith(f"{TEST_ROWS} items for test, data/test.jsonl")
    workshop.change("engine:", "arms: {spare: {of: base, dtype: float32}}\nengine:")
    assert "arm spare is declared, and no layer asks it" in workshop.plan().out


def test_data_that_cannot_be_reached_are_counted_as_expected(workshop: Workshop) -> None:
    workshop.change(
        "test: {path: data/test.jsonl}", "test: {path: 'hub:a/b', split: test, expect: {rows: 70}}"
    )
    (said,) = [line for line in workshop.plan().out.splitlines() if line.startswith("data test")]
    assert "waits for the hub: `build` fetches a/b" in said
    assert said.endswith("(70 rows expected)")


def test_a_users_function_is_run_by_a_build_and_never_by_a_plan(workshop: Workshop) -> None:
    module = "open('ran', 'w').close()\ndef same(answer, reference, row):\n    return 1.0\n"
    (workshop.folder / "my_metric.py").write_text(module)
    workshop.change(
        "metrics: [json_valid, field_accuracy]",
        "metrics: [field_accuracy, {metric: function, function: 'my_metric:gone'}]",
    )
    assert workshop.plan().code == 0
    assert not (workshop.folder / "ran").exists()
    ran = workshop.build()
    assert ran.code == 2
    assert "function: my_metric:gone" in ran.err
    assert workshop.calls() == []
