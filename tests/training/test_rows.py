"""Rows: the same tokens as trl's own preparation, and counts that add up."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalreport.engines.prompts import Codec, codec_of
from evalreport.errors import DataError
from evalreport.records import Chat, Item, Message, Raw, RowCounts
from evalreport.training.rows import (
    IGNORED,
    Row,
    count_rows,
    kept_rows,
    row_checks,
    tokenise,
)
from tests.tiny import tiny_tokenizer
from tests.training.toys import items

pytestmark = pytest.mark.torch


@pytest.fixture(scope="module")
def codec() -> Codec:
    return codec_of(tiny_tokenizer())


def one(item: Item, codec: Codec, **kwargs: Any) -> Row:
    chosen = {"template_kwargs": {}, "loss_on": "completion", **kwargs}
    (row,) = tokenise([item], codec, **chosen)
    return row


def test_a_conversation_is_learned_up_to_its_end_of_turn(codec: Codec) -> None:
    item = Item(
        id="a",
        prompt=Chat(
            messages=(
                Message(role="system", content="Be brief."),
                Message(role="user", content="two pizzas"),
            )
        ),
        reference="yes",
    )
    row = one(item, codec)
    decode = codec.tokenizer.decode
    learned = [label for label in row.labels if label != IGNORED]
    assert decode(list(row.ids)) == (
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\ntwo pizzas<|im_end|>\n"
        "<|im_start|>assistant\nyes<|im_end|>"
    )
    assert decode(learned) == "yes<|im_end|>"
    assert row.is_prefix
    assert row.ends_turn
    whole = one(item, codec, loss_on="all")
    assert whole.labels == whole.ids == row.ids


def test_raw_text_is_closed_once(codec: Codec) -> None:
    for reference in (" pizza", " pizza<|im_end|>"):
        row = one(Item(id="a", prompt=Raw(text="order two"), reference=reference), codec)
        assert codec.tokenizer.decode(list(row.ids)) == "order two pizza<|im_end|>"
        assert row.ends_turn


def test_a_token_that_merges_over_the_border_is_counted_and_learned(codec: Codec) -> None:
    (merged,) = codec.tokenizer(" the", add_special_tokens=False)["input_ids"]
    row = one(Item(id="a", prompt=Raw(text="sum t"), reference="he"), codec)
    assert not row.is_prefix
    assert merged in row.labels


def test_a_template_that_leaves_the_turn_open_is_counted() -> None:
    tokenizer = tiny_tokenizer("{% for m in messages %}{{ m['content'] }} {% endfor %}")
    tokenizer.eos_token = "<|endoftext|>"
    rows = tokenise(items(3), codec_of(tokenizer), template_kwargs={}, loss_on="completion")
    counts = count_rows(rows, 100)
    assert counts.without_end_of_turn == 3
    checks = {check.name: check for check in row_checks(counts)}
    assert checks["end_of_turn_learned"].status == "failed"
    assert "3 of 3" in checks["end_of_turn_learned"].text


def test_a_refused_conversation_names_its_row() -> None:
    tokenizer = tiny_tokenizer("{{ raise_exception('no system role') }}")
    with pytest.raises(DataError, match=r"line 1, item item-0\n.*no system role"):
        tokenise(items(2), codec_of(tokenizer), template_kwargs={}, loss_on="completion")
    (problem,) = _problems_without_completion(codec_of(tiny_tokenizer()))
    assert problem.startswith("item bare\n")


def _problems_without_completion(codec: Codec) -> list[str]:
    with pytest.raises(DataError) as caught:
        one(Item(id="bare", prompt=Raw(text="a")), codec)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("most", [64, 30, 22])
def test_rows_are_those_of_trl_s_own_preparation(tiny: Path, tmp_path: Path, most: int) -> None:
    """The second implementation is trl's, from message lists; it learns what follows the turn's
    end too, which no generation reaches, and is otherwise the same.
    """
    import warnings

    from datasets import Dataset, disable_progress_bars
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from trl import SFTConfig, SFTTrainer

    disable_progress_bars()
    tokenizer = AutoTokenizer.from_pretrained(tiny)
    source = [
        item.model_copy(
            update={
                "prompt": Chat(messages=(Message(role="user", content="the quick fox " * at),)),
                "reference": "order two " * (at % 4 + 1),
            }
        )
        for at, item in enumerate(items(12))
    ]
    rows = tokenise(source, codec_of(tokenizer), template_kwargs={}, loss_on="completion")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(tiny),
            args=SFTConfig(
                output_dir=str(tmp_path),
                use_cpu=True,
                bf16=False,
                max_length=most,
                report_to="none",
            ),
            train_dataset=Dataset.from_list(
                [
                    {
                        "prompt": [m.model_dump() for m in item.prompt.messages],
                        "completion": [{"role": "assistant", "content": item.reference}],
                    }
                    for item in source
                    if isinstance(item.prompt, Chat)
                ]
            ),
            processing_class=tokenizer,
        )
    newline = tokenizer("\n")["input_ids"]
    trl_rows = [(tuple(row["input_ids"]), tuple(row["labels"])) for row in trainer.train_dataset]
    ours = [
        ((*row.ids, *newline)[:most], (*row.labels, *newline)[:most])
        for row in kept_rows(rows, most + len(newline))
    ]
    ours = [pair for pair in ours if any(label != IGNORED for label in pair[1])]
    assert trl_rows == ours
    assert len(ours) < 12 or most == 64


ROWS = st.lists(
    st.tuples(st.integers(1, 30), st.integers(0, 30), st.booleans(), st.booleans()), max_size=20
).map(
    lambda drawn: [
        Row(
            item=str(at),
            ids=tuple(range(prompt + completion)),
            labels=(IGNORED,) * prompt + tuple(range(prompt, prompt + completion)),
            is_prefix=is_prefix,
            ends_turn=ends_turn,
        )
        for at, (prompt, completion, is_prefix, ends_turn) in enumerate(drawn)
    ]
)


@given(rows=ROWS, most=st.integers(1, 40))
def test_no_row_and_no_token_disappears_without_a_number(rows: list[Row], most: int) -> None:
    counts = count_rows(rows, most)
    kept = kept_rows(rows, most)
    assert counts.rows == len(rows) == len(kept) + counts.dropped
    assert counts.tokens + counts.tokens_lost == sum(len(row.ids) for row in rows)
    assert counts.tokens == sum(len(row.ids) for row in kept)
    assert all(len(row.ids) <= most for row in kept)
    assert counts.loss_tokens <= counts.tokens
    assert counts.truncated == sum(len(row.ids) > most for row in rows)
    assert counts.prefix_mismatches == sum(not row.is_prefix for row in rows)


@pytest.mark.parametrize(
    ("change", "failed"),
    [
        ({}, []),
        ({"prefix_mismatches": 1}, []),
        ({"prefix_mismatches": 2}, ["prompt_is_prefix"]),
        ({"without_end_of_turn": 100}, ["end_of_turn_learned"]),
        ({"truncated": 20, "dropped": 3, "tokens_lost": 50}, []),
        ({"truncated": 21, "dropped": 3, "tokens_lost": 50}, ["truncation"]),
    ],
)
def test_checks(change: dict[str, int], failed: list[str]) -> None:
    counts = RowCounts(rows=100, truncated=0, dropped=0, tokens=900, tokens_lost=0)
    checks = row_checks(counts.model_copy(update=change))
    assert [check.name for check in checks if check.status == "failed"] == failed
