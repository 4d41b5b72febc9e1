"""A GGUF file is parsed once while it is loaded, and everything is as before afterwards."""

import gc
from pathlib import Path

import gguf

from evalreport.engines.gguf_once import gguf_read_once
from tests.engines.test_gguf_header import write


def test_a_file_is_parsed_once_and_only_meanwhile(tmp_path: Path) -> None:
    path = str(write(tmp_path / "m.gguf"))
    reader, names = gguf.GGUFReader, gguf.get_tensor_name_map
    with gguf_read_once():
        first = gguf.GGUFReader(path)
        assert gguf.GGUFReader(path) is first
        assert gguf.GGUFReader(str(write(tmp_path / "other.gguf"))) is not first
        assert gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, 3).get_name("lm_head") == "output"
        assert not gc.isenabled()
    assert gc.isenabled()
    assert (gguf.GGUFReader, gguf.get_tensor_name_map) == (reader, names)
    assert gguf.GGUFReader(path) is not gguf.GGUFReader(path)
