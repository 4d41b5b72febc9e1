"""What is registered: the declaration before the first scored output, and who was scored."""

from dataclasses import replace

from evalreport.digest import digest_of
from evalreport.plan.declared import declared_block
from evalreport.plan.model import Given, Plan
from evalreport.records import Base, Corpus, Registration, ResponseKey, ScoredArm
from evalreport.run.asking import Asking
from evalreport.run.jobs import Declaration
from evalreport.run.place import Place, Seen
from evalreport.spec.asked import datasets_of, exports
from evalreport.spec.models import Spec
from evalreport.store.registry import Outputs


def declaration_of(
    spec: Spec, plan: Plan, place: Place, asking: list[Asking]
) -> Declaration | None:
    """What the spec declares, when outputs that it speaks about will be scored."""
    evaluation = spec.evaluation
    targets = (evaluation.primary, *evaluation.co_primary, *evaluation.guards)
    named = {target.layer for target in (*targets, *evaluation.secondary) if target is not None}
    # What judges and people say is about answers: it is declared before there are any.
    read = {above for one in evaluation.layers if one.name in named for above in one.layers()}
    layers = named | read
    scored = any(one.step.layer in layers for one in asking)
    if plan.declared_subject is None or not place.declare or not scored or place.over_limit:
        return None
    primaries = {t.layer for t in (evaluation.primary, *evaluation.co_primary) if t is not None}
    deciding = {
        name
        for one in evaluation.layers
        if one.name in primaries
        for name in (one.name, *one.layers())
    }
    declared = declared_block(spec)
    return Declaration(
        subject=plan.declared_subject,
        digest=digest_of("declared", declared),
        body=declared,
        spec=spec.name,
        layers=tuple(sorted(layers)),
        deciding=tuple(sorted(deciding)),
    )


def note_outputs(declaration: Declaration | None, place: Place, asking: list[Asking]) -> None:
    """Remember which outputs a declaration is about, before any of them is asked for."""
    if declaration is not None:
        outputs = Outputs.of(*_trained(declaration, asking))
        place.store.registry.note_outputs(declaration.subject, declaration.digest, outputs)


def _trained(
    declaration: Declaration, asking: list[Asking]
) -> tuple[list[ResponseKey], list[ResponseKey]]:
    """The outputs of what was trained that a declaration speaks about: deciding, and others."""
    decide: list[ResponseKey] = []
    rest: list[ResponseKey] = []
    for one in asking:
        if one.step.layer in declaration.layers and not isinstance(one.step.subject, Base):
            (decide if one.step.layer in declaration.deciding else rest).extend(one.keys)
    return decide, rest


def registered(
    plan: Plan, place: Place, seen: Seen, declaration: Declaration | None, asking: list[Asking]
) -> Registration | None:
    """What was declared and when: it counts from the first output that it speaks about.

    Whoever asks registers first. A registration that is younger than the outputs of tuned that it
    speaks about was made anew (an earlier one was lost), and says since when there are outputs;
    where there is none at all although there are outputs, none is made up.
    """
    if declaration is None:
        return plan.registration
    scored = any(
        block.responses for asked, block in seen.blocks.items() if asked.layer in declaration.layers
    )
    registry = place.store.registry
    decide, rest = _trained(declaration, asking)
    outputs = Outputs.of(decide, rest)
    found = registry.registration(declaration.subject, outputs)
    if not scored or found is None:
        return found
    declaration.register(place.store)
    found = registry.registration(declaration.subject, outputs)
    if found is None:
        raise AssertionError("a registration that was just written is there")
    since = min(one[3] for one in (*found.bodies, *found.beside))
    for keys, known in ((decide, found.first_scored_at), (rest, since)):
        first = place.store.first_answered(keys)
        if first is not None and first < known:
            return replace(found, scored_before=first)
    return found


def scored_arms(
    given: Given, plan: Plan, place: Place, seen: Seen
) -> tuple[tuple[ScoredArm, ...], tuple[ScoredArm, ...]]:
    """Every trained arm that was ever scored on the primary's data, this build's included.

    What was made of tuned (merged, packed) is tuned, and the base is no choice.

    Returns:
        Those on this data, and those that builds of this spec scored on other data.
    """
    primary = given.spec.evaluation.primary
    if primary is None:
        return (), ()
    layer = next(one for one in given.spec.evaluation.layers if one.name == primary.layer)
    corpora = [given.inputs.corpora.get(name) for name in datasets_of(given.spec, layer)]
    digests = [corpus.digest for corpus in corpora if isinstance(corpus, Corpus)]
    if not digests or len(digests) < len(corpora):
        return (), ()
    data = digest_of("scored", list(digests))
    arms: dict[str, set[str]] = {}
    items = 0
    for asked, block in seen.blocks.items():
        if (
            asked.layer not in (layer.name, *layer.layers())
            or not block.responses
            or block.weights is None
        ):
            continue
        arm = plan.arms[asked.arm]
        if asked.arm in exports(given.spec) or all(
            isinstance(one.subject, Base) for one in arm.replicates
        ):
            continue
        weights = block.weights
        arms.setdefault(asked.arm, set()).add(weights.adapter_digest or weights.base_digest)
        items = max(items, len(block.ids))
    name = given.spec.name
    if place.declare:
        scored = {arm: frozenset(who) for arm, who in arms.items()}
        place.store.registry.add_scored(data, name, scored, items)
    return place.store.registry.scored(data), place.store.registry.scored_elsewhere(data, name)
