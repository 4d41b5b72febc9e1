"""What `report: examples` keeps back stays out of every file that a build writes."""

import json
from pathlib import Path

import pytest

from tests.builds.workshop import SPEC, Workshop

ROWS = 24


def row(i: int, what: str) -> str:
    """A row in which every column holds something that must not get out."""
    return json.dumps(
        {
            "name": f"idcanary-{what}-{i}",
            "order": f"promptcanary {what} {i}: {2 + i % 7} figs for table {i}, please",
            "other": f"rephrasedcanary {what} {i}",
            "json": json.dumps({"item": f"answercanary-{i % 9}", "quantity": 2 + i % 7}),
            "template": f"clustercanary-{what}-{i // 2}",
            "q": f"promptcanary {what}: which one is number {i}?",
            "options": ["answercanary-a", "answercanary-b"],
            "index": i % 2,
        }
    )


TEXT = (
    SPEC.replace(
        'prompt: "{{ order }}", completion: "{{ json }}", group_by: template',
        'prompt: "{{ order }}", completion: "{{ json }}", id: name, rephrased: "{{ other }}", '
        "group_by: template",
    )
    .replace("test: {path: data/test.jsonl}", "test: {path: data/test.jsonl, id: name, CLUSTER}")
    .replace("CLUSTER", "cluster_by: template")
    .replace('answer: "{{ index }}"', 'answer: "{{ index }}", id: name')
    .replace("base: {right: 0.1}", "base: {right: 0.4, unparsable: 0.3}")
    .replace("formats: [markdown, html, model_card]", "formats: [markdown, html, model_card], KEEP")
)


def built(folder: Path, keep: str) -> dict[str, str]:
    """All files of a build, by name."""
    made = Workshop.made(folder, TEXT.replace("KEEP", keep))
    for what in ("train", "test", "general"):
        rows = [row(i, what) for i in range(ROWS)]
        if what == "train":  # a leak, so that pairs of items would be named
            leak = json.loads(row(0, "test")) | {"name": "idcanary-leak"}
            rows.append(json.dumps(leak))
        made.write(f"data/{what}.jsonl", "\n".join(rows) + "\n")
    ran = made.build("--accept-underpowered")
    assert ran.code == 0, ran.both
    return {file.name: file.read_text() for file in made.out.iterdir()}


@pytest.mark.parametrize(
    ("keep", "named", "hidden"),
    [
        ("examples: full, card_examples: full", ["id", "prompt", "answer", "cluster"], []),
        ("examples: ids", ["id"], ["prompt", "answer", "rephrased", "cluster"]),
        ("examples: ids, card_examples: full", ["id"], ["prompt", "answer", "rephrased"]),
        ("examples: none", [], ["id", "prompt", "answer", "rephrased", "cluster"]),
        (
            "examples: none, card_examples: full",
            [],
            ["id", "prompt", "answer", "rephrased", "cluster"],
        ),
    ],
)
def test_what_is_kept_back_stands_in_no_file(
    tmp_path: Path, keep: str, named: list[str], hidden: list[str]
) -> None:
    files = built(tmp_path, keep)
    assert set(files) == {
        *("report.json", "report.md", "report.html", "model_card.md", "items.jsonl"),
        "spec.lock.yaml",
    }
    for kind in named:
        assert any(f"{kind}canary" in text for text in files.values()), kind
    for name, text in files.items():
        for kind in hidden:
            assert f"{kind}canary" not in text, f"{kind} in {name}"


def test_the_card_alone_keeps_back_what_it_shall(tmp_path: Path) -> None:
    files = built(tmp_path, "examples: full, card_examples: none")
    assert "promptcanary" in files["report.html"]
    for kind in ("id", "prompt", "answer", "rephrased", "cluster"):
        assert f"{kind}canary" not in files["model_card.md"], kind


def test_what_stands_for_a_cluster_and_an_id_still_tells_them_apart(tmp_path: Path) -> None:
    kept = [
        json.loads(line)
        for line in built(tmp_path, "examples: none")["items.jsonl"].split("\n")[:-1]
    ]
    tests = [one for one in kept if one.get("layer") == "extraction"]
    assert len({one["item"] for one in tests}) == ROWS
    assert len({one["cluster"] for one in tests}) == ROWS // 2
