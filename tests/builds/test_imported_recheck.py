"""recheck of what was built from every tool's files: items.jsonl alone gives the report again."""

import shutil
from pathlib import Path

import pytest

from tests.builds.test_imported import report_of, run

FIXTURES = Path(__file__).parent.parent / "importers" / "fixtures"
ALPACA = "alpaca_eval/results"
ARENA = "arena_hard/v2/model_judgment/stand-in-judge"
BOARD = "weighted_stand_in/leaderboard.csv"
MT = "fastchat/mt_bench/model_judgment"
LM = "lm_eval/plain"
PAIR = "models: {tuned: tiny-tuned, base: tiny-base}"

# By name, the keys of a layer beside its kind and name.
LAYERS = {
    "alpaca_eval": f"from: {{tuned: {ALPACA}/tiny-tuned, base: {ALPACA}/tiny-base}}",
    "alpaca_eval-totals": f"from: {{tuned: {ALPACA}/tiny-tuned/{BOARD}, "
    f"base: {ALPACA}/tiny-base/{BOARD}}}, {PAIR}",
    "arena_hard": f"from: {{tuned: {ARENA}/tiny-tuned.jsonl, base: {ARENA}/tiny-base.jsonl}}, "
    "part: [hard_prompt, creative_writing]",
    "arena_hard-battles": f"from: arena_hard/v0.1/arena_hard_battles.jsonl, {PAIR}",
    "arena_hard-old": f"from: arena_hard/v0.1, {PAIR}",
    "fastchat-single": f"from: {MT}/stand-in-judge_single.jsonl, {PAIR}",
    "fastchat-pair": f"from: {MT}/stand-in-judge_pair.jsonl, {PAIR}",
    "fastchat-baseline": f"from: fastchat/mt_bench/against_baseline, {PAIR}",
    "fastchat-people": f"from: fastchat/human_judgments.jsonl, {PAIR}",
    "lighteval": "from: {tuned: lighteval/toy-a-good.parquet, base: lighteval/toy-a-poor.parquet}",
    "lighteval-totals": "from: {tuned: lighteval/results-good.json, "
    "base: lighteval/results-poor.json}",
    "lm_eval": f"from: {{tuned: {LM}/models__tuned, base: {LM}/models__base}}, part: tiny_choice",
    "lm_eval-text": f"from: {{tuned: {LM}/models__tuned, base: {LM}/models__base}}, part: tiny_text",
    "inspect": "from: {tuned: inspect_logs/capitals-good.eval, "
    "base: inspect_logs/capitals-poor.eval}",
    "inspect-phrases": "from: {tuned: inspect_logs/phrases-good.eval, "
    "base: inspect_logs/phrases-poor.eval}, part: phrases rating",
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_report_of_a_tools_files_is_what_its_items_give(name: str, tmp_path: Path) -> None:
    shutil.copytree(FIXTURES, tmp_path, dirs_exist_ok=True)
    (tmp_path / "spec.yaml").write_text(
        "evalreport: 1\nname: others\nbase_model: {path: org/base}\n"
        f"evaluation:\n  layers:\n    - {{kind: imported, name: bench, {LAYERS[name]}}}\n"
        "report: {formats: [markdown]}\n",
        encoding="utf-8",
    )
    code, said = run(tmp_path, "build", "spec.yaml")
    assert code == 0, said
    assert report_of(tmp_path).findings
    for one in tmp_path.iterdir():  # nothing but the report is needed
        if one.name not in {"reports", "spec.yaml"}:
            shutil.rmtree(one)
    code, said = run(tmp_path, "recheck", "reports/others")
    assert code == 0, said
    assert "the report says what its items give" in said
