"""Evidence made by hand: a few lines say what each arm answered, everything else is regular."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from evalreport.analyze.analyze import analyze
from evalreport.analyze.basis import Observed, observe
from evalreport.analyze.findings import Finding, Findings
from evalreport.digest import canonical, digest_of
from evalreport.evidence import BlockId, Evidence
from evalreport.plan.declared import declared_block
from evalreport.plan.model import Plan, PlannedStep
from evalreport.records import (
    Arm,
    Base,
    Blocked,
    Checkpoint,
    Corpora,
    Corpus,
    CurvePoint,
    Done,
    Dtype,
    Failure,
    Item,
    Itemised,
    Known,
    KnownCount,
    Lease,
    Machine,
    Outcome,
    PreflightLog,
    Protocol,
    Quantization,
    Registration,
    Replicate,
    Role,
    RowCounts,
    Step,
    StepKind,
    Trained,
    TrainingLog,
    Unreachable,
    Weights,
)
from evalreport.rules.base import Remark
from evalreport.rules.case import Case
from evalreport.rules.table import review
from evalreport.spec.models import Spec
from evalreport.values import Json
from evalreport.verdict import RuledClaim, Verdict, decide, rule_on_claims
from tests.analyze.layers import Answers, Asked, Options, items

# The whole


@dataclass(frozen=True)
class World:
    """A spec with the evidence for it, and everything that follows, each computed once."""

    spec: Spec
    evidence: Evidence

    @cached_property
    def observed(self) -> Observed:
        """The evidence in columns."""
        return observe(self.spec, self.evidence)

    @cached_property
    def findings(self) -> Findings:
        """What analysis gives."""
        return analyze(self.spec, self.evidence, self.observed)

    @property
    def case(self) -> Case:
        """What the rules see."""
        return Case(self.spec, self.evidence, self.findings)

    @cached_property
    def remarks(self) -> tuple[Remark, ...]:
        """What the rules say."""
        return review(self.case)

    @property
    def verdict(self) -> Verdict:
        """The verdict."""
        return decide(self.findings, self.remarks)

    @property
    def claims(self) -> tuple[RuledClaim, ...]:
        """The rulings."""
        return rule_on_claims(self.spec, self.findings, self.remarks)

    def finding(self, ident: str) -> Finding:
        """The finding of this id."""
        return next(f for f in self.findings.findings if f.id == ident)

    def said(self, rule: str) -> tuple[Remark, ...]:
        """All remarks of one rule."""
        return tuple(remark for remark in self.remarks if remark.rule == rule)

    def with_evidence(self, **changes: object) -> "World":
        """The same with other evidence."""
        changed = replace(self.evidence, **changes)  # type: ignore[arg-type]  # any field
        return World(self.spec, changed)


PRIMARY: Options = {"layer": "qa", "metric": "exact_match", "gain_at_least": 0.1}
GUARD: Options = {"layer": "general", "metric": "accuracy", "lose_at_most": 0.05}

TRAIN: Options = {
    "path": "train.jsonl",
    "prompt": "{{ q }}",
    "completion": "{{ a }}",
    "labelled_by": "people",
}
TEST: Options = {"path": "test.jsonl", "labelled_by": "people"}
GENERAL: Options = {
    "role": "test",
    "path": "general.jsonl",
    "question": "{{ q }}",
    "choices": "{{ options }}",
    "answer": "{{ index }}",
    "labelled_by": "people",
}


def world(
    *layers: Asked,
    primary: Options | None = PRIMARY,
    guards: Sequence[Options] = (),
    evaluation: Options | None = None,
    datasets: Options | None = None,
    roles: Mapping[str, Role] | None = None,
    train: Sequence[Item] | Unreachable | None = None,
    unreachable: Mapping[str, str] | None = None,
    seeds: Sequence[int] = (1,),
    trainings: Mapping[int, TrainingLog] | None = None,
    prompting: Mapping[str, str] | None = None,
    checkpoints: Mapping[str, str] | None = None,
    dtypes: Mapping[str, Dtype] | None = None,
    held: Mapping[str, Quantization] | None = None,
    seeded: Sequence[str] = (),
    blocked: Mapping[tuple[str, str], str] | None = None,
    unasked: Sequence[tuple[str, str]] = (),
    registration: Registration | None = None,
    environment: dict[str, Json] | None = None,
    more: Options | None = None,
    protocol: Mapping[str, Protocol] | None = None,
    nameless: Sequence[str] = (),
    preflights: Mapping[str, PreflightLog] | None = None,
) -> World:
    """A spec and evidence for it.

    Args:
        layers: What was asked and answered; several with one name are parts of one layer.
        primary: As in the spec; None declares nothing.
        guards: As in the spec.
        evaluation: Further keys of `evaluation:`.
        datasets: As in the spec; train, test and general by default.
        roles: Of datasets whose corpus shall have another role than test.
        train: Training items; none that meet the test items by default.
        unreachable: Datasets that could not be read, and why.
        seeds: Training seeds of the tuned arm.
        trainings: Logs by seed; plain ones by default, none when empty.
        prompting: What arms say that is their own.
        checkpoints: Which checkpoint of the training an arm is; `best` by default.
        dtypes: In what an arm answered; bfloat16 by default.
        held: How an arm's weights were held; not quantised by default.
        seeded: Arms beside tuned that have its training seeds.
        blocked: Why (layer, arm) could not be asked.
        unasked: Which (layer, arm) nobody planned to ask.
        registration: What was declared before; once by default.
        environment: Provenance.
        more: Further keys of the spec.
        protocol: How an arm was measured, where not as the others.
        nameless: Arms whose weights have no known digest.
        preflights: What was looked at before, by the id of the step.
    """
    given = {} if unreachable is None else unreachable
    options = {layer.name: layer.options for layer in layers}
    spec = Spec.model_validate(
        {
            "evalreport": 1,
            "name": "by-hand",
            "base_model": {"path": "./sim"},
            "engine": {"kind": "fake"},
            "adapter": {"method": "lora"},
            "training": {"seeds": [*seeds], "epochs": 1, "global_batch_size": 8, "keep": "best"},
            "datasets": datasets or {"train": TRAIN, "test": TEST, "general": GENERAL},
            "evaluation": {
                "primary": primary,
                "guards": [*guards],
                "layers": [*options.values()],
                **(evaluation or {}),
            },
            **(more or {}),
        }
    )
    names = dict.fromkeys(["base", "tuned", *(arm for layer in layers for arm in layer.answers)])
    arms = {
        name: Arm(
            name=name,
            replicates=_replicates(
                seeds,
                _BASE.model_copy(
                    update={
                        "dtype": (dtypes or {}).get(name, Dtype.BFLOAT16),
                        "quantization": (held or {}).get(name, Quantization.NONE),
                    }
                ),
                (checkpoints or {}).get(name, "best"),
                has_seeds=name.startswith("tuned") or name in seeded,
            ),
            prompting=(prompting or {}).get(name),
        )
        for name in names
    }
    blocks: dict[BlockId, Itemised] = {}
    planned = [PlannedStep(step=_preflight(one), status="will_run") for one in preflights or {}]
    outcomes: dict[str, Outcome] = {one.step.id: Done(reused=False, seconds=1.0) for one in planned}
    for asked in layers:
        for name, arm in arms.items():
            by_seed = asked.answers.get(name)
            if (asked.name, name) in unasked:
                continue
            why = (blocked or {}).get((asked.name, name))
            for i, replicate in enumerate(arm.replicates):
                step = _step(asked, name, replicate)
                planned.append(PlannedStep(step=step, status="will_run"))
                if by_seed is None or i >= len(by_seed) or why is not None:
                    outcomes[step.id] = Blocked(reason=why or "it could not be loaded")
                    continue
                outcomes[step.id] = Done(reused=False, seconds=1.0)
                place = BlockId(asked.name, name, replicate.seed, asked.part)
                blocks[place] = _block(asked, by_seed[i], name, replicate, protocol or {}, nameless)
    for name in dict.fromkeys(options):
        for arm_name in [] if any(a.name == name and a.answers for a in layers) else ["tuned"]:
            why = (blocked or {}).get((name, arm_name), "not built in this version")
            asked = next(a for a in layers if a.name == name)
            step = _step(asked, arm_name, Replicate(subject=_BASE))
            if step.id not in outcomes:
                planned.append(PlannedStep(step=step, status="blocked"))
            outcomes[step.id] = Blocked(reason=why)
    logs = {seed: training(seed) for seed in seeds} if trainings is None else trainings
    return World(
        spec,
        Evidence(
            plan=Plan(
                name="by-hand",
                steps=tuple(planned),
                arms=arms,
                blocked_arms={},
                asks={},
                power=None,
                registration=None,
                declared_subject=None,
            ),
            corpora=_corpora(layers, train, given, roles or {}),
            items={
                (asked.name, asked.part): asked.items
                for asked in layers
                if asked.items and asked.dataset not in given
            },
            outcomes=outcomes,
            blocks=blocks,
            trainings=dict(logs),
            registration=registration or declared(spec),
            environment=environment or {},
            machine=Machine(cores=2, memory_bytes=8 << 30, instruction_sets=()),
            preflights=preflights or {},
        ),
    )


def declared(*specs: Spec) -> Registration:
    """What these specs declare, one day after another."""
    bodies = [declared_block(spec) for spec in specs]
    digests = [digest_of("declared", body) for body in bodies]
    return Registration(
        declared_digest=digests[0],
        first_scored_at="2026-11-21T09:12:44Z",
        bodies=tuple(
            (digest, canonical(body), spec.name, f"2026-11-{21 + i}T09:12:44Z")
            for i, (digest, body, spec) in enumerate(zip(digests, bodies, specs, strict=True))
        ),
    )


_BASE = Base(model="./sim", dtype=Dtype.BFLOAT16)
PROTOCOL = Protocol(
    prompts=Known(known="p"),
    decoding=Known(known="d"),
    scorer=Known(known="s"),
    shots=KnownCount(known=0),
    template=Known(known="t"),
    precision=Known(known="bfloat16 none"),
)


def training(
    seed: int = 1,
    *,
    eval_losses: Sequence[float] = (1.0, 0.8, 0.7),
    train_losses: Sequence[float] | None = None,
    epochs: float = 1.0,
    rows: RowCounts | None = None,
    asked: dict[str, Json] | None = None,
    used: dict[str, Json] | None = None,
    best: int | None = None,
) -> TrainingLog:
    """A training with one evaluation every ten steps; checkpoints `best` and `last`."""
    count = 10 * max(1, len(eval_losses))
    falling = [1.6 - step / count for step in range(1, count + 1)]
    losses_by_step = list(train_losses) if train_losses is not None else falling
    best_step = best
    if best_step is None and eval_losses:
        best_step = 10 * (1 + min(range(len(eval_losses)), key=lambda i: eval_losses[i]))
    checkpoints = [("last", count)] + ([("best", best_step)] if best_step else [("best", count)])
    return TrainingLog(
        seed=seed,
        asked=asked or {"training.epochs": 1},
        used=used or asked or {"training.epochs": 1},
        curve=tuple(
            CurvePoint(
                step=step,
                epoch=epochs * step / count,
                train_loss=losses_by_step[step - 1],
                eval_loss=eval_losses[step // 10 - 1] if eval_losses and step % 10 == 0 else None,
            )
            for step in range(1, count + 1)
        ),
        checkpoints=tuple(
            Checkpoint(
                name=name, step=step, epoch=epochs * step / count, digest="c" * 64, folder=name
            )
            for name, step in checkpoints
        ),
        rows=rows or RowCounts(rows=400, truncated=0, dropped=0, tokens=40_000, tokens_lost=0),
        best_step=best_step,
        stopped_early=False,
        steps=count,
        seconds=60.0,
        tokens=40_000,
        trainable_parameters=1_000,
        total_parameters=100_000,
        peak_bytes=None,
    )


def _replicates(
    seeds: Sequence[int],
    base: Base,
    checkpoint: str,
    *,
    has_seeds: bool,
) -> tuple[Replicate, ...]:
    if not has_seeds:
        return (Replicate(subject=base),)
    return tuple(
        Replicate(
            seed=seed,
            subject=Trained(
                base=base,
                train_key=f"train-{seed}",
                seed=seed,
                checkpoint=checkpoint,
            ),
        )
        for seed in seeds
    )


def _preflight(name: str) -> Step:
    """The preflight step of this id: `preflight ARM[ seed N]`, or `preflight before training`."""
    arm = name.removeprefix("preflight ").partition(" ")[0]
    return Step(
        id=name,
        kind=StepKind.PREFLIGHT,
        revision=1,
        reads={},
        inputs={},
        key=f"key of {name}",
        arm=None if name.endswith("before training") else arm,
    )


def _step(asked: Asked, arm: str, replicate: Replicate) -> Step:
    return Step(
        id=f"ask {asked.name} {asked.part} {arm} seed {replicate.seed}",
        kind=StepKind.ASK,
        revision=1,
        reads={},
        inputs={},
        key="k",
        layer=asked.name,
        arm=arm,
        seed=replicate.seed,
        subject=replicate.subject,
        lease=Lease(
            engine="e", model="./sim", dtype=Dtype.BFLOAT16, quantization=Quantization.NONE
        ),
        items=len(asked.items),
    )


def _block(
    asked: Asked,
    answers: Answers,
    arm: str,
    replicate: Replicate,
    protocol: Mapping[str, Protocol],
    nameless: Sequence[str],
) -> Itemised:
    pairs = list(zip(asked.items, answers, strict=True))
    subject = replicate.subject
    held = subject if isinstance(subject, Base) else _BASE
    held = subject.base if isinstance(subject, Trained) else held
    return Itemised(
        arm=arm,
        seed=replicate.seed,
        ids=tuple(item.id for item in asked.items),
        responses={
            item.id: answer if isinstance(answer, tuple) else (answer,)
            for item, answer in pairs
            if not isinstance(answer, Failure)
        },
        failures={item.id: answer for item, answer in pairs if isinstance(answer, Failure)},
        protocol=protocol.get(arm, PROTOCOL),
        weights=None
        if arm in nameless
        else Weights(
            base_digest="b" * 64,
            adapter_digest=None if isinstance(subject, Base) else "a" * 64,
            dtype=held.dtype,
            quantization=held.quantization,
        ),
    )


def _corpora(
    layers: Sequence[Asked],
    train: Sequence[Item] | Unreachable | None,
    unreachable: Mapping[str, str],
    roles: Mapping[str, Role],
) -> Corpora:
    found: dict[str, Corpus | Unreachable] = {}
    if isinstance(train, Unreachable):
        found["train"] = train
    elif train is None or train:
        own = tuple(train) if train else items(20, prefix="t")
        found["train"] = Corpus("train", Role.TRAIN, own, "0" * 64, "train.jsonl")
    for asked in layers:
        name = asked.dataset
        if name in unreachable:
            found[name] = Unreachable(name=name, reason=unreachable[name])
        elif asked.items and name not in found:
            role = roles.get(name, Role.TEST)
            found[name] = Corpus(name, role, asked.items, "1" * 64, f"{name}.jsonl")
    return found
