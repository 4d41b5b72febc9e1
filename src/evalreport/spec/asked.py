"""Which arms are compared, which a layer asks, and which endpoints: as said, or as compared."""

from collections.abc import Iterator

from evalreport.engines.api.endpoint import EndpointOptions
from evalreport.engines.openai import OpenAIEngine
from evalreport.layers.generation import Generation
from evalreport.layers.human import Human
from evalreport.layers.imported import Imported
from evalreport.layers.judge import Judge
from evalreport.layers.multiple_choice import MultipleChoice
from evalreport.layers.overfitting import Overfitting
from evalreport.layers.perplexity import Perplexity
from evalreport.layers.recorded import Recorded
from evalreport.layers.table import AnyLayer
from evalreport.spec.models import Spec
from evalreport.training.options import Existing


def has_tuned(spec: Spec) -> bool:
    """Whether there is a tuned model: trained here, an adapter that exists, or a finished one.

    What others trained and published is not here.
    """
    return spec.trains_here or isinstance(spec.adapter, Existing) or "tuned" in spec.arms


def loads_models(spec: Spec) -> bool:
    """Whether any model is needed: what others measured needs none, nor a download of one."""
    if spec.trains_here or isinstance(spec.adapter, Existing):
        return True
    arms = {arm for layer in spec.evaluation.layers if _asks(layer) for arm in layer.arms}
    return any(not is_served(spec, arm) for arm in arms)


def _asks(layer: AnyLayer) -> bool:
    return not isinstance(layer, Recorded | Imported)


def is_served(spec: Spec, arm: str) -> bool:
    """Whether an arm answers behind an endpoint, so that its weights are neither here nor seen."""
    options = spec.arms.get(arm)
    own = options.engine if options is not None else None
    if own is not None:
        return own.kind == "openai"
    has_weights = spec.trains_here or isinstance(spec.adapter, Existing)
    return spec.engine.kind == "openai" and not has_weights


def served_arms(spec: Spec) -> Iterator[tuple[str, OpenAIEngine]]:
    """Every arm that answers behind an endpoint, its own or the spec's."""
    asked = (arm for layer in spec.evaluation.layers for arm in layer.arms)
    for arm in dict.fromkeys((*spec.arms, *asked)):
        own = spec.arms[arm].engine if arm in spec.arms else None
        engine = spec.engine if own is None else own
        if isinstance(engine, OpenAIEngine) and is_served(spec, arm):
            yield arm, engine


def endpoints_of(spec: Spec) -> Iterator[EndpointOptions]:
    """Every endpoint that a spec asks: arms, and judges."""
    for _, engine in served_arms(spec):
        yield engine
    for layer in spec.evaluation.layers:
        if isinstance(layer, Judge):
            yield from layer.judges


def datasets_of(spec: Spec, layer: AnyLayer) -> tuple[str, ...]:
    """The datasets that a layer's findings are about: its own, or those whose answers it reads."""
    own = layer.datasets()
    if own:
        return own
    above = {one.name: one for one in spec.evaluation.layers}
    return tuple(
        name for read in layer.layers() if read in above for name in above[read].datasets()
    )


def judged_pairs(spec: Spec, layer: Judge | Human) -> tuple[tuple[str, str], ...]:
    """The pairs of arms that a layer has compared, candidate first: as declared, or all of them.

    Tuned against base comes first, then what `comparisons` names, then the others.
    """
    arms = layer.arms
    wanted = [("tuned", "base"), *spec.comparisons]
    if layer.pairs == "all":
        wanted += [(one, other) for i, one in enumerate(arms) for other in arms[i + 1 :]]
    pairs: dict[frozenset[str], tuple[str, str]] = {}
    for pair in wanted:
        if {*pair} <= {*arms}:
            pairs.setdefault(frozenset(pair), pair)
    return tuple(pairs.values())


def exports(spec: Spec) -> tuple[str, ...]:
    """The arms that are finished models made of tuned: merged here, or merged or packed elsewhere.

    An arm that is also asked in another way than tuned (its own prompt) is a variant, no export.
    """
    return tuple(
        name
        for name, arm in spec.arms.items()
        if arm.of == "tuned"
        and (arm.merged or arm.model is not None)
        and arm.system is None
        and arm.shots is None
    )


def compared_pairs(spec: Spec) -> tuple[tuple[str, str], ...]:
    """Pairs beside tuned against base: as declared, and each export against tuned and base.

    Where an export answers in another precision than base, analysis takes a base of its own
    precision in its place, if a layer asked one.
    """
    listed = {frozenset(pair) for pair in spec.comparisons}
    implied = ((name, other) for name in exports(spec) for other in ("tuned", "base"))
    return (*spec.comparisons, *(pair for pair in implied if frozenset(pair) not in listed))


def asked_arms(spec: Spec, layer: AnyLayer) -> tuple[str, ...]:
    """The arms that a layer asks, tuned and base first.

    A layer that names its `arms` asks those. One that does not asks tuned (if there is one) and
    base, every arm under `comparisons`, every export of tuned, and the arms of requirements on it;
    one that reads another layer's responses asks the arms of that layer. Of what an endpoint serves
    no likelihood is known, and the layers that rest on one leave it out. Overfitting is about
    tuned with base as its control, recorded numbers have the arms that they have, and imported ones
    those of their files.
    """
    if isinstance(layer, Imported):
        return layer.told_arms
    if "arms" in layer.model_fields_set or isinstance(layer, Overfitting | Recorded):
        return layer.arms
    for above in spec.evaluation.layers:
        if above.name in layer.layers() and not above.layers():
            return asked_arms(spec, above)
    compared = [name for pair in compared_pairs(spec) for name in pair]
    required = [one.arm for one in spec.evaluation.requirements if one.layer == layer.name]
    elsewhere = layer.imported if isinstance(layer, Generation) else {}
    implied = [
        name for name in layer.arms if name != "tuned" or has_tuned(spec) or name in elsewhere
    ]
    asked = dict.fromkeys((*implied, *compared, *required, *elsewhere))
    if not isinstance(layer, Perplexity | MultipleChoice):
        return tuple(asked)
    return tuple(arm for arm in asked if not is_served(spec, arm))


def with_asked_arms(spec: Spec) -> Spec:
    """The same spec, in which every layer names the arms that it asks."""
    layers = tuple(
        layer.model_copy(update={"arms": asked_arms(spec, layer)})
        for layer in spec.evaluation.layers
    )
    evaluation = spec.evaluation.model_copy(update={"layers": layers})
    return spec.model_copy(update={"evaluation": evaluation})


def key_variables(spec: Spec) -> tuple[str, ...]:
    """The variables in which a spec says that keys stand, each once, in its order."""
    return tuple(dict.fromkeys(_key_variables(spec.model_dump())))


def _key_variables(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, one in value.items():
            if name == "api_key_env" and isinstance(one, str):
                yield one
            else:
                yield from _key_variables(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _key_variables(one)
