"""What items.jsonl holds gives exactly the findings that the evidence gave."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from evalreport.analyze.comparisons import compare
from evalreport.errors import DataError
from evalreport.plan.judge_steps import sequential_plan
from evalreport.records import Item, Quantization
from evalreport.report.items import item_lines
from evalreport.report.model import ExamplesShown
from evalreport.report.read_items import read_items
from evalreport.versions import UPGRADE
from tests.analyze.evidence import GUARD, TEST, World, world
from tests.analyze.judging.crowds import people_layer, with_crowd
from tests.analyze.judging.judges import judged_layer, layer_of, with_judge
from tests.analyze.layers import Asked, choice, error, items, loss, qa, text

_LABELS = ("red", "green", "blue")
_BINS = {"train": {"path": "t.jsonl", "prompt": "{{ q }}", "completion": "{{ a }}"}}
_BY_LENGTH = {
    **_BINS,
    "test": {**TEST, "subgroups": ["kind", {"by": "prompt_tokens", "bins": 2}]},
}


def _codes(draw: random.Random, letters: str, n: int = 60) -> str:
    return "".join(draw.choice(letters) for _ in range(n))


def _corpus(draw: random.Random, of: tuple[Item, ...], metric: dict[str, object]) -> Asked:
    right = [item.reference or "" for item in of]
    return Asked(
        {"kind": "generation", "name": "qa", "dataset": "test", "metrics": [metric]},
        of,
        {
            "tuned": [[text(draw.choice((one, one, "red", "?"))) for one in right]],
            "base": [[text(draw.choice(_LABELS)) for _ in right]],
        },
    )


def _seen(draw: random.Random) -> list[Asked]:
    options = {"kind": "overfitting", "name": "seen", "unseen": "test", "sample": 20}

    def part(name: str) -> Asked:
        asked = loss(
            [draw.uniform(1, 2) for _ in range(20)],
            [draw.uniform(1.5, 2.5) for _ in range(20)],
            of=items(20, prefix=name, clusters=[f"g{i // 3}" for i in range(20)]),
            name="seen",
        )
        return replace(asked, options=options, part=name)

    return [part("seen"), part("unseen")]


def _sequential(draw: random.Random) -> World:
    """Judging stopped at forty of a hundred items."""
    judged = judged_layer(
        _codes(draw, "+++-=?", 40), stopped="candidate wins", looks=(20, 40), planned=100
    )
    made = with_judge(judged)
    evaluation = made.spec.evaluation.model_copy(update={"stopping": "sequential"})
    spec = made.spec.model_copy(update={"evaluation": evaluation})
    plan = sequential_plan(spec, layer_of(judged), 100)
    stopped = {"ab": replace(judged, sequential=plan)}
    return replace(made, spec=spec).with_evidence(judged=stopped)


def _worlds() -> dict[str, World]:
    draw = random.Random(8)
    n = 60
    families = [f"family {i % 9}" for i in range(n)]
    some = [None if i % 5 == 0 else f"family {i % 9}" for i in range(n)]
    groups = [{"kind": "ab"[i % 2], "rare": "x" if i < 4 else "y"} for i in range(n)]
    of = items(n, clusters=families, subgroups=groups)
    labels = [draw.choice(_LABELS) for _ in range(n)]
    loss_primary = {"layer": "qa", "metric": "nll", "gain_at_least": 0.1}
    far = {"layer": "qa", "metric": "absolute_error", "gain_at_least": 0.5}
    f1 = {"layer": "qa", "metric": "macro_f1", "gain_at_least": 0.05}
    bleu = {"layer": "qa", "metric": "bleu", "gain_at_least": 5.0}
    shipped = qa(
        [_codes(draw, "0111"), _codes(draw, "011")],
        _codes(draw, "001"),
        of=of,
        others={"shipped": [_codes(draw, "011?"), _codes(draw, "011-")]},
    )
    lengths = Asked(
        {"kind": "generation", "name": "qa", "dataset": "test", "metrics": ["exact_match"]},
        of,
        {
            arm: [
                [text(draw.choice(("right", "wrong")), prompt_tokens=10 + i % 30) for i in range(n)]
            ]
            for arm in ("tuned", "base")
        },
    )
    return {
        "binary, unread, unanswered": world(
            qa(_codes(draw, "0111?-"), _codes(draw, "0011?"), of=of),
            choice(_codes(draw, "011"), _codes(draw, "011")),
            guards=[GUARD],
        ),
        "some in clusters": world(
            qa(_codes(draw, "0111"), _codes(draw, "01"), of=items(n, clusters=some))
        ),
        "judged": with_judge(judged_layer(_codes(draw, "++-=1?"))),
        "judged in calls": with_judge(
            judged_layer(_codes(draw, "++-=1"), per_call=4), comparisons_per_call=4
        ),
        "judged sequential": _sequential(draw),
        "people": with_crowd(
            people_layer(_codes(draw, "++-=s.a"), _codes(draw, "++-=s.")),
            judged_layer(_codes(draw, "++-=1")),
            raters=2,
        ),
        "people decide": with_crowd(people_layer(_codes(draw, "++-=s"))),
        "seeds": world(
            qa([_codes(draw, "0111"), _codes(draw, "01"), "-" * n, _codes(draw, "011")], "01" * 30),
            seeds=(1, 2, 3, 4),
        ),
        "mean": world(
            error(
                [draw.gauss(2, 1) ** 2 for _ in range(n)],
                [draw.gauss(2, 2) ** 2 for _ in range(n)],
                name="qa",
                of=items(n, reference="0", clusters=families),
            ),
            primary=far,
        ),
        "ratio": world(
            loss([draw.uniform(1, 3) for _ in range(n)], [2.0] * n, name="qa", of=of),
            primary=loss_primary,
        ),
        "corpus": world(
            _corpus(
                draw,
                items(n, reference=labels, clusters=families),
                {
                    "metric": "macro_f1",
                    "labels": [*_LABELS],
                    "ordered": True,
                    "per_class": True,
                },
            ),
            primary=f1,
        ),
        "bleu": world(_corpus(draw, items(n, reference=labels), {"metric": "bleu"}), primary=bleu),
        "export": world(
            shipped,
            seeds=(1, 2),
            primary=None,
            seeded=("shipped",),
            evaluation={
                "requirements": [
                    {"layer": "qa", "metric": "exact_match", "arm": "tuned", "value_at_least": 0.3}
                ]
            },
            more={"arms": {"shipped": {"of": "tuned", "merged": True}}},
        ),
        "finished export, other precision": world(
            qa(
                [_codes(draw, "011"), _codes(draw, "01")],
                _codes(draw, "001"),
                others={"shipped": _codes(draw, "011-")},
            ),
            choice("1" * 40 + "0" * 20, "1" * 30 + "0" * 30),
            guards=[{"layer": "qa", "metric": "exact_match", "lose_at_most": 0.1}],
            primary={"layer": "general", "metric": "accuracy", "gain_at_least": 0.1},
            seeds=(1, 2),
            held={"tuned": Quantization.NF4, "base": Quantization.NF4},
            more={"arms": {"shipped": {"of": "tuned", "model": "org/x"}}},
        ),
        "blocked": world(
            qa(_codes(draw, "011"), _codes(draw, "01")),
            primary={"layer": "qa", "metric": "exact_match", "gain_at_least": 0.1},
            guards=[GUARD],
            blocked={("general", "tuned"): "no room", ("general", "base"): "no room"},
            evaluation={
                "layers": [
                    {
                        "kind": "generation",
                        "name": "qa",
                        "dataset": "test",
                        "metrics": ["exact_match"],
                    },
                    {"kind": "multiple_choice", "name": "general", "dataset": "general"},
                ]
            },
        ),
        "by length": world(lengths, datasets=_BY_LENGTH),
        "leaked": world(
            qa(_codes(draw, "0111"), _codes(draw, "01"), of=of),
            train=[*items(5), *items(3, prefix="t")],
        ),
        "gaps": world(qa(_codes(draw, "011"), _codes(draw, "01")), *_seen(draw)),
    }


WORLDS = _worlds()


def _written(made: World, path: Path, shown: ExamplesShown) -> Path:
    lines = item_lines(made.observed.basis, made.findings.same_outputs, shown=shown, sealed={})
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("shown", ["full", "ids", "none"])
@pytest.mark.parametrize("name", WORLDS)
def test_the_file_gives_the_findings_of_the_evidence(
    name: str, shown: ExamplesShown, tmp_path: Path
) -> None:
    made = WORLDS[name]
    read = read_items(_written(made, tmp_path / "items.jsonl", shown), made.spec)
    assert compare(made.spec, read.basis) == compare(made.spec, made.observed.basis)
    assert read.same_outputs == made.findings.same_outputs
    assert not read.miscounted


def test_the_worlds_hold_what_they_are_for() -> None:
    """That the comparisons above are about something."""
    said = {name: made.findings for name, made in WORLDS.items()}
    assert said["by length"].findings[1].subgroup is not None
    assert any(o.clean_findings for o in said["leaked"].overlaps)
    assert [gap.name for gap in said["gaps"].gaps] == ["gap"]
    assert {m.name for m in said["export"].measurements} == {"exact_match", "agreement_with_tuned"}
    assert any(f.excluded for f in said["binary, unread, unanswered"].findings)
    assert all(f.n == 0 for f in said["blocked"].findings if f.layer == "general")
    assert said["judged sequential"].findings[1].stopped
    assert said["people"].findings[1].excluded
    assert len(said["seeds"].findings[0].per_seed or ()) == 3
    assert {f.field for f in said["corpus"].findings} >= {"quadratic_kappa", "recall.red"}


# What no build writes


def _edited(tmp_path: Path, place: int, **changes: object) -> tuple[Path, World]:
    made = WORLDS["binary, unread, unanswered"]
    path = _written(made, tmp_path / "items.jsonl", "full")
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[place] = json.dumps(json.loads(lines[place]) | changes)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path, made


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"scores": {"tuned": [[0.5]], "base": [[1]]}}, "exact_match is 0.5, which it cannot be"),
        ({"scores": {"tuned": [["1"]], "base": [[1]]}}, "exact_match is '1', which is no score"),
        ({"scores": {"tuned": [[[1, 2]]], "base": [[1]]}}, "which is no score of it"),
        ({"scores": {"base": [[1]]}}, "`scores` of tuned has not 1 lists"),
        ({"scores": {"tuned": [[]], "base": [[1]]}, "states": {}}, "there is no exact_match"),
        ({"states": {"tuned": ["x"]}}, "`states` has not 1 of the letters"),
        ({"states": {"tuned": ["f"]}, "scores": {"tuned": [[1]], "base": [[1]]}}, "said to have"),
        ({"item": 5}, "`item` is no text"),
        ({"cluster": 5}, "`cluster` is no text"),
        ({"layer": "other"}, "the first line names no other"),
        ({"scores": []}, "`scores` is no object"),
    ],
)
def test_what_no_build_writes_is_named_with_its_line(
    tmp_path: Path, changes: dict[str, object], what: str
) -> None:
    path, made = _edited(tmp_path, 3, **changes)
    with pytest.raises(DataError) as caught:
        read_items(path, made.spec)
    assert what in str(caught.value)
    assert f"{path}:4" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "it has no head"),
        ('{"layer": "qa", "item": "q1"}\n', "an earlier version"),
        ('{"items": "2"}\n', "2 is no version of items.jsonl"),
        ('{"items": 1}\n', "layers: Field required"),
        ("[1]\n", "this is not a JSON object"),
        ('{"items": NaN}\n', "NaN is no number"),
        ("\udcff", "this is not UTF-8"),
    ],
)
def test_a_file_that_is_none_says_what_to_do(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "items.jsonl"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError) as caught:
        read_items(path, WORLDS["mean"].spec)
    assert what in str(caught.value)
    assert "build" in str(caught.value)


def test_newer_items_want_a_newer_program(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    path.write_text('{"items": 2, "rows": []}\n')
    with pytest.raises(DataError) as caught:
        read_items(path, WORLDS["mean"].spec)
    (problem,) = caught.value.problems
    assert problem.where == f"{path}:1"
    assert problem.what.startswith("it is of version 2 of items.jsonl; evalreport ")
    assert problem.what.endswith(" reads version 1")
    assert problem.hint == UPGRADE


def test_a_head_that_contradicts_itself_is_no_traceback(tmp_path: Path) -> None:
    made = WORLDS["seeds"]
    path = _written(made, tmp_path / "items.jsonl", "full")
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    head = json.loads(first)
    head["layers"]["qa"]["arms"]["tuned"] = [7]
    path.write_text("\n".join([json.dumps(head), *rest]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match="name other seeds of tuned in qa"):
        read_items(path, made.spec)


@pytest.mark.parametrize(
    ("world_name", "plan", "what"),
    [
        ("judged sequential", None, "ab has no rule of when judging stops"),
        ("judged", "of another", "ab has a rule of when judging stops"),
        ("judged sequential", {"alpha": 0.5}, "ab stops at another alpha"),
        ("judged sequential", {"planned": 5}, "ab has more items than there were to judge"),
        ("judged sequential", {"cap": 99}, "ab stops by another win rate or cap"),
        ("judged sequential", {"win_rate": 0.7}, "ab stops by another win rate or cap"),
    ],
)
def test_when_judging_stopped_is_as_the_spec_declares_it(
    tmp_path: Path, world_name: str, plan: object, what: str
) -> None:
    made = WORLDS[world_name]
    path = _written(made, tmp_path / "items.jsonl", "full")
    first, *rest = path.read_text(encoding="utf-8").splitlines()
    head = json.loads(first)
    table = WORLDS["judged sequential"].observed.basis.tables["ab"]
    assert table.sequential is not None
    own = table.sequential.model_dump(mode="json")
    head["layers"]["ab"]["sequential"] = (
        None if plan is None else own | (plan if isinstance(plan, dict) else {})
    )
    path.write_text("\n".join([json.dumps(head), *rest]) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=what):
        read_items(path, made.spec)
