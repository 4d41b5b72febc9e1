from contextlib import suppress
from pathlib import Path

import gguf
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalreport.engines.gguf_header import FILE_TYPES, TENSOR_TYPES, read_header
from evalreport.errors import DataError


def write(path: Path) -> Path:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(512)
    writer.add_block_count(3)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_1)
    writer.add_chat_template("{{ messages }}")
    writer.add_token_list(["a", "bcd", "<|end|>"])
    writer.add_array("some.numbers", [1, 2, 3, 4])
    writer.add_bool("some.flag", val=True)
    writer.add_float32("some.float", 0.5)
    writer.add_tensor("token_embd.weight", np.zeros((4, 8), dtype=np.float32))
    writer.add_tensor("output_norm.weight", np.zeros(8, dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def test_reads_what_the_gguf_package_wrote(tmp_path: Path) -> None:
    header = read_header(write(tmp_path / "m.gguf"))
    assert header.architecture == "llama"
    assert header.size("context_length") == 512
    assert header.size("block_count") == 3
    assert header.size("embedding_length") is None
    assert header.values["tokenizer.chat_template"] == "{{ messages }}"
    assert header.values["some.flag"] is True
    assert header.values["some.float"] == 0.5
    assert header.lengths["tokenizer.ggml.tokens"] == 3
    assert header.lengths["some.numbers"] == 4
    assert header.tensors == {"token_embd.weight": 32, "output_norm.weight": 8}
    assert header.packed_as == "Q4_1"


@given(cut=st.integers(min_value=0, max_value=700), flip=st.integers(min_value=0, max_value=699))
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_is_an_error_and_never_a_crash(tmp_path: Path, cut: int, flip: int) -> None:
    whole = write(tmp_path / "whole.gguf").read_bytes()
    damaged = bytearray(whole[: max(cut, 1)])
    damaged[flip % len(damaged)] ^= 0xFF
    path = tmp_path / "damaged.gguf"
    path.write_bytes(damaged)
    with suppress(DataError):  # any other error fails the test
        read_header(path)


def test_an_empty_or_missing_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "empty.gguf").touch()
    for name in ("empty.gguf", "missing.gguf"):
        with pytest.raises(DataError, match=name):
            read_header(tmp_path / name)


def test_tables_are_those_of_the_gguf_package() -> None:
    names = {kind.value: kind.name for kind in gguf.GGMLQuantizationType}
    assert all(names[number] == name for number, name in TENSOR_TYPES.items())
    for number, name in FILE_TYPES.items():
        declared = gguf.LlamaFileType(number).name
        assert declared.removeprefix("MOSTLY_").removeprefix("ALL_") == name
