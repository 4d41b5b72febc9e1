"""A spec whose own engine is an endpoint: its key is found, and its calls have their price."""

from pathlib import Path

import pytest

from tests.builds.judging import KEY_VARIABLE, SERVED
from tests.builds.workshop import TEST_ROWS, Workshop
from tests.engines.api.scripted_server import ScriptedServer, says


def test_the_engine_of_all_arms_has_its_key_and_its_price(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a-key-of-some-length")
    price = "{input_per_million: 100000, output_per_million: 200000}"
    with ScriptedServer([says("{}")]) as server:
        spec = SERVED.replace(
            "model: small}", f"model: small, api_key_env: {KEY_VARIABLE}, price: {price}}}"
        )
        workshop = Workshop.made(tmp_path / "w", spec.replace("URL", server.url))
        assert f"with the key in {KEY_VARIABLE}" in workshop.plan().out
        ran = workshop.build()
        assert ran.code == 0, ran.both
        assert server.seen[0].headers["authorization"] == "Bearer a-key-of-some-length"
    cost = workshop.report().cost
    assert cost is not None
    amounts = {line.name: line.amount for line in cost.lines}
    for arm in ("base", "prompted"):  # 10 tokens sent and 5 written a call
        assert amounts[f"answers of {arm}, from small"] == pytest.approx(2.0 * TEST_ROWS)
    assert "answers of hosted, from big" in amounts
