"""A name with a line break behind it is no name: the hub's own check would be of another one."""

import pytest

from evalreport.hub_rules import is_dataset_id, is_hub_id, is_language, validate_front_matter


@pytest.mark.parametrize("end", ["\n", "\n---", " "])
def test_nothing_stands_behind_a_name(end: str) -> None:
    assert is_hub_id("org/name")
    assert is_dataset_id("org/name")
    assert is_language("en")
    assert not is_hub_id(f"org/name{end}")
    assert not is_dataset_id(f"org/name{end}")
    assert not is_language(f"en{end}")
    assert validate_front_matter({"library_name": "peft"}) == []
    assert validate_front_matter({"library_name": f"peft{end}"}) != []
