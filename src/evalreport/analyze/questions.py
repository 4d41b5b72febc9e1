"""Questions: which comparisons the spec declares or implies, and on what terms."""

from collections.abc import Iterable, Iterator, Sequence

from evalreport.analyze.comparable import Asked, held, is_quantised, precisions
from evalreport.analyze.finding import Question
from evalreport.analyze.findings import Finding, FindingRole
from evalreport.analyze.terms import Declaration, Terms
from evalreport.layers.table import AnyLayer
from evalreport.metrics.base import Column, Scale
from evalreport.spec.asked import datasets_of, exports
from evalreport.spec.evaluation import Primary, Target
from evalreport.spec.models import Spec

IMPLIED = ("tuned", "base")
_TUNED, _BASE = IMPLIED


def terms_of(spec: Spec) -> Terms:
    """The declared terms on which everything is decided."""
    return Terms(
        alpha=spec.evaluation.alpha,
        power=spec.evaluation.power,
        midp=spec.evaluation.test == "midp",
        simulated=spec.engine.kind == "fake",
    )


def pairs_of(layer: AnyLayer, spec: Spec, asked: Asked) -> list[tuple[str, str]]:
    """Tuned against base, then every comparison beside it whose arms the layer asks.

    What is implied of an export is its difference from the base that `base_beside` finds.
    """
    wanted = dict.fromkeys([IMPLIED, *spec.comparisons])
    is_guarded = any(guard.layer == layer.name for guard in spec.evaluation.guards)
    for arm in exports(spec):
        beside = base_beside(arm, layer, spec, asked)
        for other in (_TUNED, beside):
            # A guard is about what ships, not about the base: it needs this way round.
            if (other, arm) not in wanted or (other == beside and is_guarded):
                wanted[arm, other] = None
    return [pair for pair in wanted if all(arm in layer.arms for arm in pair)]


def base_beside(arm: str, layer: AnyLayer, spec: Spec, asked: Asked) -> str:
    """The base against which an export shows what training did: one in exactly its precision.

    `base` answers in the precision of tuned. Where the export answers in another, the difference
    from `base` is that of training and of precision together, and another arm of the base may
    tell them apart. Without one that this layer asked, it is `base`.
    """
    own = precisions(layer.name, arm, asked)
    named = [_BASE, *(name for name in layer.arms if _is_plain_base(name, spec))]
    same = (name for name in named if own and precisions(layer.name, name, asked) == own)
    return next(same, _BASE)


def _is_plain_base(name: str, spec: Spec) -> bool:
    options = spec.arms.get(name)
    return (
        options is not None
        and options.of == "base"
        and options.system is None
        and options.shots is None
    )


def doubt_about(pair: tuple[str, str], layer: AnyLayer, asked: Asked) -> str:
    """Why what a pair retains may be owed to precision; empty where that cannot be.

    A model gains by being held in full, and such a gain hides what training lost.
    """
    mine, theirs = (held(layer.name, arm, asked) for arm in pair)
    if is_quantised(layer.name, pair[0], asked) or not is_quantised(layer.name, pair[1], asked):
        return ""
    return (
        f"{pair[1]} was held in {', '.join(theirs)} and {pair[0]} in {', '.join(mine)}, which may "
        f"hide what training lost; no base in the precision of {pair[0]} was asked"
    )


def primaries_of(spec: Spec) -> Iterator[Primary]:
    """The primary and what must be better beside it."""
    if spec.evaluation.primary is not None:
        yield spec.evaluation.primary
    yield from spec.evaluation.co_primary


def declarations(spec: Spec) -> Iterator[tuple[Target, Declaration]]:
    """Everything declared about tuned against base, in the order in which it decides."""
    for primary in primaries_of(spec):
        yield (
            primary,
            Declaration(FindingRole.PRIMARY, gain_at_least=primary.gain_at_least),
        )
    for guard in spec.evaluation.guards:
        yield guard, Declaration(FindingRole.GUARD, lose_at_most=guard.lose_at_most)
    for target in spec.evaluation.secondary:
        yield target, Declaration(FindingRole.SECONDARY)


def first_declared(
    spec: Spec, layer: AnyLayer, columns: Sequence[Column], places: Iterable[int]
) -> int | None:
    """Of some places among the columns of a layer the one whose metric decides first.

    Of one metric the declared field comes first, then the whole answer; of undeclared metrics the
    first. None where no place is given.
    """
    named = [
        (target.metric, target.field)
        for target, _ in declarations(spec)
        if target.layer == layer.name
    ]
    metrics = [metric for metric, _ in named]

    def rank(place: int) -> tuple[int, bool, bool]:
        metric, field = columns[place].metric, columns[place].field
        decides = metrics.index(metric) if metric in metrics else len(metrics)
        return decides, (metric, field) not in named, field is not None

    return min(places, key=rank, default=None)


def declaration_of(
    spec: Spec, layer: AnyLayer, column: Column, pair: tuple[str, str], asked: Asked
) -> Declaration:
    """What was declared about one column; comparisons of other arms are exploratory.

    A guard holds for what ships as it does for tuned: its margin stands beside the export's
    comparison with the base, which decides nothing about tuned.
    """
    if pair != IMPLIED:
        arm, reference = pair
        if arm not in exports(spec) or reference != base_beside(arm, layer, spec, asked):
            return Declaration()
        margins = (
            guard.lose_at_most
            for guard in spec.evaluation.guards
            if (guard.layer, guard.metric, guard.field) == (layer.name, column.metric, column.field)
        )
        return Declaration(lose_at_most=next(margins, None))
    return next(
        (
            declared
            for target, declared in declarations(spec)
            if (target.layer, target.metric, target.field)
            == (layer.name, column.metric, column.field)
        ),
        Declaration(),
    )


def unanswered(
    spec: Spec, findings: Sequence[Finding]
) -> Iterator[tuple[Question, Column, AnyLayer]]:
    """Declared questions without a finding: their layer gave no scores, or not this one."""
    found = {finding.id for finding in findings}
    layers = {layer.name: layer for layer in spec.evaluation.layers}
    guarded = {(f.arms[0], f.layer, f.metric, f.field) for f in findings if f.is_guard_of_export}
    for target, declared in declarations(spec):
        if target.finding in found:
            continue
        layer = layers[target.layer]
        dataset = next(iter(datasets_of(spec, layer)), "")
        question = Question(layer.name, dataset, *IMPLIED, None, declared)
        yield question, _column_of(layer, target), layer
    for arm in exports(spec):
        for guard in spec.evaluation.guards:
            if (arm, guard.layer, guard.metric, guard.field) in guarded:
                continue
            layer = layers[guard.layer]
            dataset = next(iter(datasets_of(spec, layer)), "")
            held = Declaration(lose_at_most=guard.lose_at_most)
            question = Question(layer.name, dataset, arm, _BASE, None, held)
            yield question, _column_of(layer, guard), layer


def _column_of(layer: AnyLayer, target: Target) -> Column:
    """The column of a metric that nobody scored; its unit is known only where no items are."""
    columns = (column for scorer in layer.scorers(()) for column in scorer.columns)
    return next(
        (c for c in columns if (c.metric, c.field) == (target.metric, target.field)),
        Column(target.metric, "", higher_is_better=True, scale=Scale.MEAN, field=target.field),
    )
