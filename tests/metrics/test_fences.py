import pytest

from evalreport.metrics.fences import fenced_blocks, strip_reasoning


@pytest.mark.parametrize(
    ("text", "blocks"),
    [
        ("```\na\n```", [("", "a")]),
        ("x\n```JSON\n{}\n```\ny\n~~~ sql\nselect\n~~~", [("json", "{}"), ("sql", "select")]),
        ("```python title=x\na\n\nb\n```", [("python", "a\n\nb")]),
        ("````\n```\ninner\n```\n````", [("", "```\ninner\n```")]),
        ("```\r\na\r\n```\r\n", [("", "a")]),
        ("1. item\n   ```\n   a\n   ```", [("", "   a")]),
        ("```json\n{", [("json", "{")]),
        ("```\n~~~\n```", [("", "~~~")]),
        ("``` a`b\nno fence", []),
        ("`a`", []),
        ("", []),
        ("```\n```", [("", "")]),
        ("```\na\n``` not the end\n```", [("", "a\n``` not the end")]),
    ],
)
def test_fenced_blocks(text: str, blocks: list[tuple[str, str]]) -> None:
    assert fenced_blocks(text) == blocks


def test_a_megabyte_of_fence_marks_is_read() -> None:
    assert fenced_blocks("`" * 1_000_000) == [("", "")]
    assert fenced_blocks("```" + "a" * 1_000_000 + "`") == []
    assert len(fenced_blocks("```\n" * 250_000)) == 125_000


@pytest.mark.parametrize(
    ("text", "rest", "blocks"),
    [
        ("plain answer ", "plain answer ", 0),
        ("<think>a\nb</think>\n\nAnswer", "Answer", 1),
        ("<THINK>a</Think>Answer", "Answer", 1),
        ("<think>never closed", "", 1),
        ("begun in the prompt</think>\nAnswer", "Answer", 1),
        ("A<think>x</think>B<think>y</think>C", "ABC", 2),
        ("A <think>x", "A", 1),
        ("<think>a <think> b</think>Answer", "Answer", 1),
        ("<think>a</think>Answer</think>", "Answer</think>", 1),
        ("<think></think>", "", 1),
        ("<thinking>kept</thinking>", "<thinking>kept</thinking>", 0),
        ("</think><think>x</think>Answer", "Answer", 2),
        ("", "", 0),
    ],
)
def test_reasoning_is_removed_and_counted(text: str, rest: str, blocks: int) -> None:
    assert strip_reasoning(text) == (rest, blocks)


def test_a_megabyte_of_tags() -> None:
    assert strip_reasoning("<think>" * 150_000) == ("", 1)
    assert strip_reasoning("<think></think>" * 70_000) == ("", 70_000)
