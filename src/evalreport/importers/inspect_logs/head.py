"""What an Inspect log says of itself beside its samples: task, scorers, settings, own numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Self

from evalreport.importers.base import Facts, ToolFigure
from evalreport.importers.inspect_logs.scorers import (
    VALUES,
    Declared,
    bare,
    declared_of,
    unique_name,
)
from evalreport.importers.inspect_logs.scores import COLLECT, Scores
from evalreport.importers.inspect_logs.values import SCALAR, named, short, short_digest
from evalreport.importers.reading import count_of, list_of, number_of, object_of, text_of
from evalreport.importers.verdicts import name_of
from evalreport.values import Json

_ERRORS: Final = frozenset({"stderr", "bootstrap_stderr"})
_NOT_OF_ANSWERS: Final = frozenset(
    {
        "max_retries", "timeout", "attempt_timeout", "stream_idle_timeout", "max_connections",
        "adaptive_connections", "extra_headers", "cache", "cache_prompt", "batch", "logprobs",
        "top_logprobs", "prompt_logprobs", "fallback_models", "fail_on_refusal",
    }
)  # fmt: skip
_PRECISION: Final = (
    "dtype", "torch_dtype", "quantization", "load_in_4bit", "load_in_8bit", "kv_cache_dtype",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The log without its samples.

    Attributes:
        status: How it ended; `started` where it did not.
        eval: What was asked for.
        plan: Solvers and settings.
        results: What Inspect computed; empty where it computed nothing.
        is_invalidated: Whether somebody marked samples as invalid.
        was_retuned: Whether settings were changed while it ran.
    """

    status: str
    eval: Mapping[str, Json]
    plan: Mapping[str, Json]
    results: Mapping[str, Json]
    is_invalidated: bool
    was_retuned: bool

    @classmethod
    def of(cls, values: Mapping[str, Json]) -> Self:
        """From the log's own keys."""
        return cls(
            status=text_of(values.get("status")),
            eval=object_of(values.get("eval")),
            plan=object_of(values.get("plan")),
            results=object_of(values.get("results")),
            is_invalidated=values.get("invalidated") is True,
            was_retuned=values.get("config_updates") is True,
        )

    @property
    def task(self) -> str:
        """The name of the task."""
        task = text_of(self.eval.get("task"))
        return named(task) if task else ""

    @property
    def config(self) -> Mapping[str, Json]:
        """How it was run."""
        return object_of(self.eval.get("config"))

    @property
    def epochs(self) -> int:
        """How often each item was asked."""
        return count_of(self.config.get("epochs")) or 1

    @property
    def planned(self) -> int | None:
        """Items that were to be asked."""
        dataset = object_of(self.eval.get("dataset"))
        named = len(list_of(dataset.get("sample_ids")))
        if named or self.config.get("limit") is not None:
            return named or None
        return count_of(dataset.get("samples"))

    def scorers(self) -> dict[str, Declared]:
        """Scorers by the names that scores have."""
        found: dict[str, Declared] = {}
        for one in map(object_of, list_of(self.eval.get("scorers"))):
            metrics = one.get("metrics") or self.eval.get("metrics")
            name = unique_name(named(bare(one.get("name"))), found)
            found[name] = declared_of(
                metrics, one.get("options"), names_graders=self._names_graders(one)
            )
        for one in map(object_of, list_of(self.results.get("scores"))):
            key = text_of(one.get("name"))
            name = named(text_of(one.get("scorer")) or key)
            if name not in found:
                metrics = list(object_of(one.get("metrics")).values())
                keyed: Json = {key: metrics}
                is_plain = named(key) == name
                found[name] = declared_of(
                    metrics if is_plain else keyed, one.get("params"), names_graders=True
                )
        return found

    def _names_graders(self, scorer: Mapping[str, Json]) -> bool:
        options = object_of(scorer.get("options"))
        roles = object_of(self.eval.get("model_roles"))
        is_graded = "model_graded" in text_of(scorer.get("name"))
        return not is_graded or bool(options.get("model") or roles.get("grader"))

    def facts(self, scorer: str, declared: Declared | None) -> Facts:
        """How the scores of one scorer were measured."""
        return Facts(
            decoding=self._decoding(),
            scorer=self._scorer(scorer, declared),
            template=self._template(),
            precision=", ".join(
                f"{key} {short(value)}"
                for key, value in object_of(self.eval.get("model_args")).items()
                if key in _PRECISION and not _is_unset(value)
            ),
        )

    def _decoding(self) -> str:
        """What was set for generation: the plan goes before the model's own settings."""
        mine = object_of(self.eval.get("model_generate_config"))
        settings = {**mine, **object_of(self.plan.get("config"))}
        kept = {k: v for k, v in settings.items() if k not in _NOT_OF_ANSWERS and v is not None}
        tokens = kept.pop("max_tokens", None)
        parts = [f"{key} {short(value)}" for key, value in sorted(kept.items())]
        if tokens is not None:
            parts.append(f"at most {short(tokens)} tokens")
        return ", ".join(parts)

    def _scorer(self, scorer: str, declared: Declared | None) -> str:
        version = self.eval.get("task_version")
        parts = [f"Inspect {short(scorer)}", f"task {short(self.task)} {short(version)}"]
        if declared and declared.settings:
            parts.append(f"options {declared.settings}")
        roles = object_of(self.eval.get("model_roles"))
        if roles:
            parts.append(f"models of roles {short_digest(roles)}")
        return ", ".join(parts)

    def _template(self) -> str:
        """The solvers with what they were given; what a version writes as empty is left out."""
        steps = [object_of(one) for one in list_of(self.plan.get("steps"))]
        if not steps:
            return ""
        whole: list[Json] = []
        for step in steps:
            params = object_of(step.get("params"))
            told = {k: v for k, v in params.items() if not _is_unset(v)}
            whole.append([text_of(step.get("solver")), told])
        names = ", ".join(short(text_of(step.get("solver"))) for step in steps[:6])
        return f"{names} ({short_digest(whole)})"

    def figures(self, scores: Scores) -> Iterator[ToolFigure]:
        """Inspect's own numbers.

        What is computed over epochs as if they were items, or over lists, is none of items.
        """
        if self.config.get("epochs_reducer") == [] and self.epochs > 1:
            return
        for one in map(object_of, list_of(self.results.get("scores"))):
            scorer, key = named(text_of(one.get("scorer"))), named(text_of(one.get("name")))
            reducer = name_of(one.get("reducer"))
            metrics = list(map(object_of, object_of(one.get("metrics")).values()))
            value = next((m for m in metrics if bare(m.get("name")) in VALUES), None)
            number = number_of(value.get("value")) if value else None
            if number is None or reducer == COLLECT:
                continue
            error = next((m for m in metrics if bare(m.get("name")) in _ERRORS), {})
            n = count_of(one.get("scored_samples"))
            is_known = n is not None and n > 1  # of one item, Inspect writes 0 for "not known"
            cluster = text_of(object_of(error.get("params")).get("cluster"))
            note = f"the standard error is that of clusters by {short(cluster)}" if cluster else ""
            yield ToolFigure(
                part=part_of(self, scorer),
                metric=scores.name(scorer, SCALAR if key == scorer else key, reducer),
                value=number,
                se=number_of(error.get("value")) if is_known else None,
                n=n,
                note=note,
            )


def part_of(head: Head, scorer: str) -> str:
    """What a measurement is called: task and scorer."""
    return f"{head.task} {scorer}"


def _is_unset(value: Json) -> bool:
    return value is None or value is False or value in ({}, [])
