"""Card and leaderboards before anything is paid for: what the hub would refuse, or nobody find."""

from collections.abc import Iterator

from evalreport.hub_rules import is_hub_id, is_language
from evalreport.sources import resolve
from evalreport.spec.asked import datasets_of
from evalreport.spec.checks.names import Names, layers_by_name, metrics_of, no_such_layer
from evalreport.spec.evaluation import Evaluation
from evalreport.spec.models import BenchmarkTask
from evalreport.spec.nearest import did_you_mean
from evalreport.spec.places import Complaint
from evalreport.spec.placing import hub_id_of
from evalreport.spec.validate import Standing


def check_card(standing: Standing) -> Iterator[Complaint]:
    """Languages that are codes, and a base with a public name where the model is published."""
    spec = standing.spec
    language = spec.about.language
    if standing.is_whole("about", "language"):
        codes = language.split(",") if isinstance(language, str) else language
        for at, code in enumerate(code.strip() for code in codes):
            if not is_language(code):
                yield Complaint(
                    ("about", "language", *(() if isinstance(language, str) else (at,))),
                    f"{code} is not a language code, and the hub would refuse the model card",
                    "write its code, such as en, it or zh-Hant",
                )
    yield from _check_repo(standing)
    base = spec.base_model
    if spec.publish is None or base.hub_id is not None or not standing.is_whole("base_model"):
        return
    if base.name is None or not is_hub_id(base.path.removeprefix("hub:")):
        why = (
            "which model it is was not said"
            if base.name is None
            else f"{base.path} is not the id of a model on the hub, which refuses local paths"
        )
        yield Complaint(
            ("publish",),
            f"the model card could not name its base: {why}",
            "add base_model.hub_id: org/name, which these weights have in public",
            at_key=True,
        )


def _check_repo(standing: Standing) -> Iterator[Complaint]:
    """A name that the hub takes, and a seed that is trained."""
    publish, training = standing.spec.publish, standing.spec.to_train
    if publish is None:
        return
    if not is_hub_id(publish.repo):
        yield Complaint(
            ("publish", "repo"),
            f"{publish.repo} cannot be the name of a repository on the hub",
            "letters, digits, -, _ and . in both parts; no -- or .., no file's ending",
        )
    seeds = training.seeds if training is not None else ()
    if publish.seed is not None and standing.is_whole("training") and publish.seed not in seeds:
        known = ", ".join(map(str, seeds))
        yield Complaint(
            ("publish", "seed"),
            f"seed {publish.seed} is not trained",
            f"name one of training.seeds: {known}" if known else "remove it: nothing is trained",
        )


def check_benchmarks(standing: Standing, names: Names) -> Iterator[Complaint]:
    """Numbers for leaderboards: measured, declared, and of the test set that the hub has.

    A metric that was not declared could be the best of many, and a leaderboard would not know.
    """
    publish = standing.spec.publish
    if publish is None:
        return
    sources, _ = resolve(standing.spec.datasets)
    layers = layers_by_name(standing, names)
    seen: dict[tuple[str, str], str] = {}
    for i, one in enumerate(publish.benchmarks):
        at = standing.written(("publish", "benchmarks", i))
        yield from no_such_layer(names, one.layer, (*at, "layer"))
        if one.layer not in layers:
            continue
        where, layer = layers[one.layer]
        metrics = metrics_of(standing, where, layer)
        if metrics is not None and one.metric not in metrics:
            hint = did_you_mean(one.metric, metrics, what="metrics")
            what = f"layer {one.layer} does not measure {one.metric}"
            yield Complaint((*at, "metric"), what, hint)
            continue
        if standing.is_whole("evaluation") and not _is_declared(one, standing.spec.evaluation):
            yield Complaint(
                (*at, "metric"),
                f"{one.metric} of {one.layer} is not declared beforehand, and could be the best "
                "of many",
                f"add {{layer: {one.layer}, metric: {one.metric}}} to evaluation.secondary",
            )
        dataset = next(iter(datasets_of(standing.spec, layer)), "")
        if standing.is_whole("datasets") and hub_id_of(sources.get(dataset)) != one.dataset:
            source = sources.get(dataset)
            path = source.parts[0].path if source and source.parent is None else None
            of = f"{dataset} ({path})" if path else dataset or "no dataset"
            yield Complaint(
                (*at, "dataset"),
                f"{one.layer} is measured on {of}, not on {one.dataset} as the hub has it",
                f"take the test set from there: path: hub:{one.dataset}, or remove this entry",
            )
        task = (one.dataset, one.task_id)
        if task in seen:
            what = f"task {one.task_id} of {one.dataset} has a number already: {seen[task]}"
            yield Complaint(at, what, "a leaderboard takes one number a task: keep one of them")
        seen.setdefault(task, f"{one.metric} of {one.layer}")


def _is_declared(one: BenchmarkTask, asked: Evaluation) -> bool:
    primary = () if asked.primary is None else (asked.primary,)
    targets = (*primary, *asked.co_primary, *asked.guards, *asked.secondary)
    return any((t.layer, t.metric, t.field) == (one.layer, one.metric, None) for t in targets)
