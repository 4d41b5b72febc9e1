"""docs/evaluation-stack.md tells the truth: its names exist, its figures are computed again."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, get_args

import pytest
import yaml

from evalreport.command_line import parser
from evalreport.estimates import Estimate, Point
from evalreport.layers.base import Layer
from evalreport.layers.known_metrics import KNOWN
from evalreport.layers.table import AnyLayer
from evalreport.metrics import TEXT_METRICS
from evalreport.metrics.exact import TokenF1
from evalreport.metrics.loss import loss_scorers
from evalreport.numbers.measures import estimate, measure_of
from evalreport.records import Checkpoint, CurvePoint, TokenLoss, TrainingLog
from evalreport.rules.base import Remark, Status
from evalreport.rules.table import RULES
from evalreport.spec.load import load_spec
from evalreport.spec.schema import json_schema
from evalreport.stats import (
    binary_items,
    binary_power,
    cohens_kappa,
    smallest_detectable_binary,
    tango,
)
from evalreport.stats.power_binary import TYPICAL_DISAGREEMENT
from evalreport.verdict import Outcome
from tests.analyze.evidence import training, world
from tests.analyze.layers import qa
from tests.metrics.cases import answer, item, metric

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = (ROOT / "docs" / "evaluation-stack.md").read_text(encoding="utf-8")

# Of the article: how many lines it has, and those that ask for something.
LAST_LINE: Final = 187
ASKED: Final = frozenset(
    [
        *(*range(2, 10), 11, 12, 13, 14, 15, 16),  # the stack, perplexity
        *(48, *range(50, 60)),  # benchmarks
        *(*range(61, 66), *range(67, 73), 106),  # the task
        *(108, 109, *range(112, 116), 122, 123, *range(125, 130)),  # a judge
        *(131, 132, *range(134, 138), *range(139, 146), 181),  # overfitting
        *range(184, 188),  # its quiz
    ]
)
STATES: Final = {"built", "partly", "parsed", "yours", "differs"}
_BESIDES: Final = "differs, "

LISTS: Final[Mapping[str, list[float]]] = {
    "good model": [-0.10, -0.22, -0.05, -0.51, -0.30, -0.15, -0.08, -0.42],
    "bad model": [-2.10, -1.80, -3.05, -2.51, -1.90, -2.15, -2.80, -1.42],
    "every token certain": [0.0] * 4,
    "uniform over 32,000": [-math.log(32_000)] * 4,
}
GOLD: Final = "Paris is the capital of France"
EPOCHS: Final = range(1, 11)
TRAIN_LOSSES: Final = [2.5 * math.exp(-0.25 * e) + 0.3 for e in EPOCHS]
EVAL_LOSSES: Final = [
    2.6 * math.exp(-0.3 * e) + 0.8 if e <= 3 else 0.8 + 0.12 * (e - 3) ** 1.3 for e in EPOCHS
]


def sections() -> dict[str, str]:
    """The page by heading."""
    parts = re.split(r"^#+ (.+)$", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def tables(heading: str) -> list[list[list[str]]]:
    """The tables of a section: rows of cells, the header first."""
    found = re.findall(r"(?:^\|.*\|$\n?)+", sections()[heading], re.MULTILINE)
    return [
        [
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in table.strip().splitlines()
            if not re.fullmatch(r"[|\-]+", line)
        ]
        for table in found
    ]


def table(heading: str, index: int = 0) -> list[list[str]]:
    """The rows of one table, without its header."""
    return tables(heading)[index][1:]


CHECKLIST: Final = ["The stack", "Perplexity", "Benchmarks", "Your task", "A judge", "Overfitting"]


def checklist() -> Iterator[list[str]]:
    for heading in CHECKLIST:
        yield from table(heading)


def states_of(cell: str) -> frozenset[str]:
    """The states of a row: one, or `differs` before what keeps that from working."""
    rest = cell.removeprefix(_BESIDES)
    return frozenset({rest.partition(":")[0], *(["differs"] if rest != cell else [])})


# Names


@cache
def kinds() -> Mapping[str, type[Any]]:
    union = get_args(AnyLayer)[0]
    return {get_args(one.model_fields["kind"].annotation)[0]: one for one in get_args(union)}


def is_blocked(kind: type[Any]) -> bool:
    layer: Layer = kind.model_construct()
    return layer.blocked_reason() is not None


@cache
def metrics() -> frozenset[str]:
    own = {"gap", "regurgitation", "paraphrase_gap", "net_win"}
    of_loss = {column.metric for column in loss_scorers([])[0].columns}
    return frozenset({*TEXT_METRICS, *KNOWN, *own, *of_loss})


@cache
def spec_schema() -> Any:
    return json_schema()


def schema_has(path: str) -> bool:
    """Whether the spec language has such a key; names of datasets and arms are free."""
    schema = spec_schema()

    def alternatives(node: Any) -> Iterator[dict[str, Any]]:
        if "$ref" in node:
            yield from alternatives(schema["$defs"][node["$ref"].rpartition("/")[2]])
            return
        yield node
        for key in ("oneOf", "anyOf", "allOf"):
            for one in node.get(key, []):
                yield from alternatives(one)
        if isinstance(node.get("items"), dict):
            yield from alternatives(node["items"])

    nodes: list[dict[str, Any]] = [schema]
    for key in path.split("."):
        following = []
        for node in nodes:
            for one in alternatives(node):
                own = one.get("properties", {})
                if key in own:
                    following.append(own[key])
                    continue
                free = [v for k, v in one.get("patternProperties", {}).items() if re.match(k, key)]
                extra = one.get("additionalProperties")
                following += [*free, *([extra] if isinstance(extra, dict) else [])]
        nodes = following
    return bool(nodes)


def is_command(words: list[str]) -> bool:
    (commands,) = (one.choices for one in parser()._actions if isinstance(one.choices, dict))
    return len(words) > 1 and words[0] == "evalreport" and words[1] in commands


def is_known(name: str) -> bool:
    """Whether something of the product is called that."""
    key, _, value = name.partition(": ")
    if key == "kind":
        return value in kinds()
    if value:
        return key in TokenF1.model_fields and bool(
            metric({"metric": "token_f1", **yaml.safe_load(name)})
        )
    return (
        name in {rule.id for rule in RULES}
        or name in metrics()
        or name in {outcome.value for outcome in Outcome}
        or is_command(name.split())
        or schema_has(name)
        or (ROOT / name).is_file()
    )


NAMES: Final = sorted(set(re.findall(r"`([^`]+)`", PAGE)))


@pytest.mark.parametrize("name", NAMES)
def test_every_name_of_the_page_exists(name: str) -> None:
    assert is_known(name)


@pytest.mark.parametrize(
    "name", ["kind: opinion", "judge-lengthy", "evaluation.guards.lose", "datasets.test.sub", "f1", "evalreport conclude"]
)  # fmt: skip
def test_a_name_that_does_not_exist_is_found_out(name: str) -> None:
    assert not is_known(name)


def test_rules_and_kinds_are_named_in_plenty() -> None:
    assert len({rule.id for rule in RULES} & set(NAMES)) > 60
    assert {f"kind: {kind}" for kind in kinds()} <= set(NAMES)


# Lines and states


def lines_in(cell: str) -> list[int]:
    return [int(one) for one in re.findall(r"[0-9]+", cell)]


def test_every_line_that_asks_for_something_is_answered() -> None:
    rows = [*checklist(), *table("Its quiz"), *table("Where we differ")]
    cited = {line for row in rows for line in lines_in(row[0])}
    assert cited >= ASKED
    assert max(cited) <= LAST_LINE
    assert min(cited) >= 1
    assert {line for row in table("Its quiz") for line in lines_in(row[0])} == {*range(184, 188)}


def test_rows_have_their_cells_and_a_known_state() -> None:
    assert {
        row[0] for row in tables("The checklist of an article, and what covers it here")[0][1:]
    } == STATES
    for row in checklist():
        line, asked, covered, state = row
        assert lines_in(line)
        assert asked
        assert covered or state == "yours"
        assert states_of(state) <= STATES
        assert state.removeprefix(_BESIDES).startswith("partly: ") or ":" not in state


def test_what_differs_is_explained_and_what_is_explained_is_said_to_differ() -> None:
    explained = {line for row in table("Where we differ") for line in lines_in(row[0])}
    differing = [{*lines_in(row[0])} for row in checklist() if "differs" in states_of(row[3])]
    for lines in differing:
        assert explained & lines, lines
    assert set[int]().union(*differing) >= explained


def test_what_is_not_built_is_called_so() -> None:
    blocked = {f"kind: {name}" for name, kind in kinds().items() if is_blocked(kind)}
    intro = sections()["The checklist of an article, and what covers it here"]
    sentence = intro[intro.index("Not built are") :].split(". ")[0]
    assert set(re.findall(r"`(kind: \w+)`", sentence)) == blocked
    for row in checklist():
        if {*re.findall(r"`(kind: \w+)`", row[2])} & blocked:
            assert states_of(row[3]) & {"parsed", "partly"}, row


def test_every_link_leads_to_a_heading() -> None:
    headings = {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in sections()}
    targets = re.findall(r"\]\(#([^)]+)\)", PAGE)
    assert targets
    assert {*targets} <= headings


# The worked examples


def loss_of(log_probabilities: list[float]) -> TokenLoss:
    return TokenLoss(
        nats=-sum(log_probabilities),
        tokens=len(log_probabilities),
        bytes=4 * len(log_probabilities),
        greedy_tokens=0,
        prompt_tokens=1,
        seconds=0.0,
    )


def summed(*lists: list[float]) -> tuple[float, float, float]:
    """Nats, tokens and log-perplexity of several texts, by the scorer of the perplexity layer."""
    (scorer,) = loss_scorers([])
    place = {column.metric: i for i, column in enumerate(scorer.columns)}
    nats = tokens = 0.0
    logarithm = [0.0, 0.0]
    for one in lists:
        scores = scorer.score(item(), (loss_of(one),))
        assert isinstance(scores, tuple)
        loss, perplexity = scores[place["nll"]], scores[place["perplexity"]]
        assert isinstance(loss, tuple)
        assert isinstance(perplexity, tuple)
        nats, tokens = nats + loss[0], tokens + loss[1]
        logarithm = [logarithm[0] + perplexity[0], logarithm[1] + perplexity[1]]
    return nats, tokens, logarithm[0] / logarithm[1]


def as_shown(logarithm: float) -> str:
    point = Point(value=logarithm, no_interval="a worked example")
    shown = estimate(point, measure_of("perplexity", "nats/token"), "/x").value
    assert shown is not None
    return shown.text


def test_perplexities() -> None:
    texts = {name: [one] for name, one in LISTS.items()}
    texts["good and bad as two texts"] = [LISTS["good model"], LISTS["bad model"]]
    expected = []
    for name, several in texts.items():
        nats, tokens, logarithm = summed(*several)
        expected.append(
            [name, f"{tokens:.0f}", f"{nats / tokens:.4f}", f"{math.exp(logarithm):.2f}", as_shown(logarithm)]
        )  # fmt: skip
    assert table("1. Perplexity") == expected
    good, bad = summed(LISTS["good model"])[2], summed(LISTS["bad model"])[2]
    assert f"({(math.exp(good) + math.exp(bad)) / 2:.2f})" in sections()["1. Perplexity"]
    assert f"×{as_shown(bad - good)}." in sections()["1. Perplexity"]


def by_words(prediction: str) -> tuple[float, float, float]:
    """Precision, recall and F1 over lower-cased words, from their definition."""
    given, right = Counter(prediction.lower().split()), Counter(GOLD.lower().split())
    shared = sum(min(given[word], right[word]) for word in given)
    precision, recall = shared / sum(given.values()), shared / sum(right.values())
    return precision, recall, 2 * precision * recall / (precision + recall) if shared else 0.0


def test_token_f1() -> None:
    rows = table("2. Token F1")
    assert len(rows) == 4
    gold = item(GOLD)
    specs: list[Any] = [
        {"metric": "token_f1", "normalise": ["lower"]},
        "token_f1",
        "exact_match",
        "rouge_l",
    ]
    for row in rows:
        own = [metric(spec).prepare([gold]).score(gold, answer(row[0])) for spec in specs]
        scores = [*by_words(row[0]), *(one[0] for one in own if isinstance(one, tuple))]
        assert row[1:] == [f"{score:.2f}" for score in scores]
        assert row[3] == row[4]
    assert [row[3] for row in rows] == ["1.00", "0.29", "0.83", "0.00"]


def curve_of(chosen: str) -> tuple[Remark, ...]:
    """What all rules say of the curves, with the weights of the `best` or the `last` epoch."""
    best = 1 + EVAL_LOSSES.index(min(EVAL_LOSSES))
    points = tuple(
        CurvePoint(step=e, epoch=float(e), train_loss=mine, eval_loss=held)
        for e, mine, held in zip(EPOCHS, TRAIN_LOSSES, EVAL_LOSSES, strict=True)
    )
    kept = tuple(
        Checkpoint(name=name, step=step, epoch=float(step), digest="c" * 64, folder=name)
        for name, step in (("best", best), ("last", 10))
    )
    known = training(1)
    log = TrainingLog.model_validate(
        known.model_dump() | {"curve": points, "checkpoints": kept, "best_step": best, "steps": 10}
    )
    assert log.rows.rows == 400
    built = world(
        qa("1" * 40 + "0" * 20, "0" * 60), trainings={1: log}, checkpoints={"tuned": chosen}
    )
    return built.remarks


def test_loss_curves() -> None:
    best = EVAL_LOSSES.index(min(EVAL_LOSSES))
    marks = {best: "best", 9: "last"}
    assert table("3. Loss curves") == [
        [f"{e}", f"{mine:.4f}", f"{held:.4f}", f"{held - mine:+.4f}", marks.get(i, "")]
        for i, (e, mine, held) in enumerate(zip(EPOCHS, TRAIN_LOSSES, EVAL_LOSSES, strict=True))
    ]
    said = sections()["3. Loss curves"]
    assert f"The best is epoch {best + 1}, not 3" in said
    assert f"starts {EVAL_LOSSES[2] - EVAL_LOSSES[3]:.2f} lower" in said
    worse = EVAL_LOSSES[-1] - min(EVAL_LOSSES)
    assert f"is {worse:.4f} worse, a rise of {100 * worse / min(EVAL_LOSSES):.1f} %" in said


@pytest.mark.parametrize(("column", "chosen"), [(1, "last"), (2, "best")])
def test_what_the_rules_say_of_the_curves(column: int, chosen: str) -> None:
    rows = table("3. Loss curves", 1)
    assert {row[0] for row in rows} >= {
        "`eval-loss-diverging`",
        "`not-best-checkpoint`",
        "`train-val-gap`",
    }
    remarks = curve_of(chosen)
    for row in rows:
        (remark,) = [one for one in remarks if one.rule == row[0].strip("`")]
        words = {
            Status.BROKEN: f"broken, {remark.severity.value}",
            Status.NOT_APPLICABLE: "silent",
        }.get(remark.status, remark.status.value)
        assert row[column] == words, row
    (rise,) = [one for one in remarks if one.rule == "eval-loss-diverging"]
    assert "least at step 4 and rose by 150.6 % after it" in rise.text


def test_power() -> None:
    heading = "What so many items can show"
    rows, needed, shown = (table(heading, i) for i in range(3))
    assert f"if {100 * TYPICAL_DISAGREEMENT:.0f} % of the items change" in sections()[heading]
    for items, points in rows:
        least = smallest_detectable_binary(int(items), TYPICAL_DISAGREEMENT, power=0.8, alpha=0.05)
        assert isinstance(least, float)
        assert points == f"{100 * least:.1f}"
    for points, items in needed:
        wanted = binary_items(int(points) / 100, TYPICAL_DISAGREEMENT, power=0.8, alpha=0.05)
        assert items == f"{wanted:,}"
    assert "and 500 miss a true 5 points one time in four" in sections()["Where we differ"]
    assert binary_power(500, 0.05, TYPICAL_DISAGREEMENT, alpha=0.05) == pytest.approx(
        0.75, abs=0.02
    )
    for *counts, difference, interval in shown:
        total, won, lost = (int(one.replace(",", "")) for one in counts)
        assert won + lost == round(TYPICAL_DISAGREEMENT * total, 6)
        found = tango(won, lost, total, level=0.95)
        assert isinstance(found, Estimate)
        assert difference == f"{100 * found.value:.1f}"
        assert interval == f"{100 * found.low:+.1f} to {100 * found.high:+.1f}"


def test_agreement_is_not_kappa() -> None:
    for row in table("80 % agreement"):
        both_a, judge_a, people_a, both_b = map(int, row[:4])
        judge = [0] * (both_a + judge_a) + [1] * (people_a + both_b)
        people = [0] * both_a + [1] * judge_a + [0] * people_a + [1] * both_b
        assert (len(judge), both_a + both_b) == (100, 80)
        found = cohens_kappa(judge, people, level=0.95)
        assert isinstance(found, Estimate)
        assert row[4] == f"{found.value:.3f}"


def test_figures_in_sentences() -> None:
    spec = load_spec(ROOT / "specs" / "quickstart" / "spec.yaml").spec
    assert spec.to_train is not None
    assert spec.to_train.learning_rate == 5e-4
    (epochs,) = [rule for rule in RULES if rule.id == "epochs-high"]
    assert epochs.claim == "At most 3 epochs on fewer than 10,000 rows."
    assert epochs.severity.value == "note"
