"""From a file to a spec: everything in the language, identity, and files that cannot be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from evalreport.errors import SpecError
from evalreport.layers.generation import Generation
from evalreport.layers.recorded import Recorded
from evalreport.metrics.json_validity import JsonSchema
from evalreport.spec.claims import (
    ClaimedExistence,
    ClaimedFinding,
    ClaimedRule,
    ClaimedSum,
    ClaimedValue,
)
from evalreport.spec.load import MOST_BYTES, load_spec
from evalreport.spec.places import show_problems

from .conftest import GOOD, Printed

HERE = Path(__file__).parent


@pytest.fixture
def everything(folder: Path) -> Path:
    """A spec with every section and every kind that the language shows."""
    Path("runs/last-week").mkdir(parents=True)
    Path("runs/last-week/adapter_config.json").write_text("{}")
    Path("runs/trainer_state.json").write_text("{}")
    path = folder / "spec.yaml"
    path.write_text((HERE / "everything.yaml").read_text())
    return path


def test_the_whole_language_is_read(everything: Path) -> None:
    spec = load_spec(everything).spec
    assert [layer.kind for layer in spec.evaluation.layers] == [
        "perplexity", "generation", "multiple_choice", "judge", "overfitting",
        "recorded", "recorded", "recorded", "multiple_choice",
    ]  # fmt: skip
    assert spec.base_model.revision == "12e4567"  # half a commit, and no number
    assert spec.base_model.chat_template_kwargs == {"enable_thinking": False}
    assert spec.to_train is not None
    assert spec.to_train.learning_rate == 0.0002
    assert spec.arms["base-prompted"].shots is not None
    assert spec.arms["base-prompted"].shots.from_dataset == "train"
    assert spec.comparisons == (("tuned", "base-prompted"), ("tuned", "previous"))
    kinds = {type(claim.asserts) for claim in spec.claims}
    assert kinds == {
        ClaimedValue, ClaimedFinding, ClaimedSum, ClaimedRule, ClaimedExistence, str,
    }  # fmt: skip
    traits = spec.evaluation.layers[6]
    assert isinstance(traits, Recorded)
    assert traits.rows[0].model_extra == {"base-4bit": 4.94, "tuned": 2.07}
    assert spec.cost.electricity is not None
    assert (spec.cost.electricity.watts, spec.cost.electricity.per_kwh) == (800, 0.3)
    assert spec.publish is not None
    assert (spec.report.examples, spec.report.card_examples) == ("full", "ids")


def test_only_comments_order_and_spelling_may_change_without_a_new_digest(folder: Path) -> None:
    def digest(text: str) -> str:
        Path("spec.yaml").write_text(text)
        return load_spec(Path("spec.yaml")).digest

    first = digest(GOOD)
    assert digest("# a comment\n" + GOOD) == first
    assert digest(GOOD.replace("epochs: 2\n", "epochs: 2.0\n")) == first
    assert digest(GOOD.replace("2e-4", "0.0002")) == first
    moved = GOOD.replace("name: orders\n", "") + "name: orders\n"
    assert digest(moved) == first
    assert digest(GOOD.replace("2e-4", "3e-4")) != first
    assert digest(GOOD.replace("revision: 0123456", "revision: 123456")) != first


def test_positions_outlive_the_loading(folder: Path) -> None:
    Path("spec.yaml").write_text(GOOD)
    positions = load_spec(Path("spec.yaml"), ["adapter.r=4"]).positions
    assert positions.where(("training", "epochs")) == "spec.yaml:23:11  training.epochs"
    assert positions.where(("evaluation", "layers", 1, "dataset")) == (
        "spec.yaml:48:55  evaluation.layers.general.dataset"
    )
    assert positions.where(("adapter", "r")) == "--set adapter.r=4  adapter.r"
    assert positions.where(("training", "warmup")) == "spec.yaml:21:1  training.warmup"


def test_many_mistakes_come_together_in_order(folder: Path) -> None:
    text = (HERE / "many.yaml").read_text()
    Path("many.yaml").write_text(text)
    with pytest.raises(SpecError) as caught:
        load_spec(Path("many.yaml"))
    assert show_problems(caught.value.problems) + "\n" == (HERE / "many.txt").read_text()


def test_the_error_as_text_has_the_three_parts_of_each_problem(folder: Path) -> None:
    Path("spec.yaml").write_text(GOOD.replace("keep: best", "keep: bset"))
    with pytest.raises(SpecError) as caught:
        load_spec(Path("spec.yaml"))
    assert str(caught.value) == (
        'spec.yaml:26:9  training.keep\n  "bset" is none of best, last\n  did you mean best?'
    )
    assert caught.value.exit_code == 2


def unreadable(name: str) -> tuple[str, str, str]:
    with pytest.raises(SpecError) as caught:
        load_spec(Path(name))
    (problem,) = caught.value.problems
    return problem.where, problem.what, problem.hint


def test_files_that_cannot_be_read(folder: Path) -> None:
    Path("spec.yaml").write_text(GOOD)
    Path("latin.yaml").write_bytes(b"evalreport: 1\nname: caf\xe9\n")
    Path("wide.yaml").write_bytes("evalreport: 1".encode("utf-16"))
    Path("wider.yaml").write_bytes("evalreport: 1".encode("utf-32"))
    Path("large.yaml").write_bytes(b"#" * (MOST_BYTES + 1))
    Path("list.yaml").write_text("- evalreport: 1\n")
    assert unreadable("spce.yaml") == (
        "spce.yaml", "there is no such file", "did you mean spec.yaml?",
    )  # fmt: skip
    assert unreadable("x/spec.yaml") == (
        "x/spec.yaml", "there is no such file", "the folder x is not there either",
    )  # fmt: skip
    assert unreadable("data") == ("data", "this is a folder", "name the file: data/spec.yaml")
    assert unreadable("latin.yaml") == (
        "latin.yaml:2", "byte 23 (0xe9) is not UTF-8", "save the file as UTF-8",
    )  # fmt: skip
    assert unreadable("wide.yaml") == ("wide.yaml", "the text is UTF-16", "save it as UTF-8")
    assert unreadable("wider.yaml") == ("wider.yaml", "the text is UTF-32", "save it as UTF-8")
    assert unreadable("large.yaml") == (
        "large.yaml", "larger than 1,024 KiB", "data belong in files that the spec names",
    )  # fmt: skip
    assert unreadable("list.yaml") == (
        "list.yaml:1:1", "a spec is a mapping of keys and values", "begin with evalreport: 1",
    )  # fmt: skip
    assert unreadable("list.yaml/spec.yaml") == (
        "list.yaml/spec.yaml", "cannot be read: Not a directory", "check the path and its rights",
    )  # fmt: skip
    assert unreadable("a\0b") == (
        "a\0b", "cannot be read: embedded null byte", "check the path and its rights",
    )  # fmt: skip


def test_a_byte_order_mark_is_no_mistake(folder: Path) -> None:
    Path("spec.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert load_spec(Path("spec.yaml")).spec.name == "orders"


def test_paths_are_relative_to_the_spec(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    (folder / "spec.yaml").write_text(GOOD)
    os.chdir(tmp_path_factory.mktemp("elsewhere"))
    loaded = load_spec(folder / "spec.yaml")
    assert loaded.folder == folder


def test_schema_files_become_part_of_the_spec(folder: Path) -> None:
    text = GOOD.replace("field_accuracy]", "field_accuracy, {metric: json_schema, schema: s.json}]")
    Path("spec.yaml").write_text(text)
    Path("s.json").write_text('{"type": "object"}')
    loaded = load_spec(Path("spec.yaml"))
    layer = loaded.spec.evaluation.layers[0]
    assert isinstance(layer, Generation)
    metric = layer.metrics[2]
    assert isinstance(metric, JsonSchema)
    assert metric.definition == {"type": "object"}
    Path("s.json").write_text('{"type": "array"}')
    assert load_spec(Path("spec.yaml")).digest != loaded.digest


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "s.json: not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("[1]", "s.json: not a JSON Schema: it is not an object"),
        ("[" * 100_000, "s.json: not JSON: maximum recursion depth exceeded while decoding a JSON array from a unicode string"),
    ],
)  # fmt: skip
def test_schema_files_that_are_none(folder: Path, content: str, what: str) -> None:
    text = GOOD.replace("field_accuracy]", "field_accuracy, {metric: json_schema, schema: s.json}]")
    Path("spec.yaml").write_text(text)
    Path("s.json").write_text(content)
    with pytest.raises(SpecError) as caught:
        load_spec(Path("spec.yaml"))
    (problem,) = caught.value.problems
    assert problem.where == "spec.yaml:47:75  evaluation.layers.extraction.metrics[2].schema"
    assert problem.what == what


def test_a_schema_file_with_a_wrong_schema(folder: Path, printed: Printed) -> None:
    Path("s.json").write_text(json.dumps({"type": "objekt"}))
    text = GOOD.replace("field_accuracy]", "field_accuracy, {metric: json_schema, schema: s.json}]")
    assert "not a JSON Schema: 'objekt' is not valid" in printed(text)


def test_simulated_models_need_no_files(printed: Printed) -> None:
    text = GOOD.replace("path: org/model", "path: ./nowhere") + "engine: {kind: fake}\n"
    assert printed(text) == ""


HEAVY = ("torch", "transformers", "datasets", "scipy", "jsonschema", "openai", "pyarrow", "rich")


def test_checking_a_spec_imports_nothing_heavy(folder: Path) -> None:
    Path("spec.yaml").write_text(GOOD)
    code = (
        "import sys; from pathlib import Path; from evalreport.spec.load import load_spec;"
        "load_spec(Path('spec.yaml')); print(*sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in ran.stdout.split()}.isdisjoint(HEAVY)
