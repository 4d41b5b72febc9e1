"""The judging steps of a run: what the arms answered is put to judges, and what they said is read.

Replies are read anew each time: a reading that was mended needs no call to be paid again.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evalreport.evidence import BlockId
from evalreport.layers.answers import Answers, alike_of, outputs_of, references_of
from evalreport.layers.generation import Generation
from evalreport.layers.judge import Judge, JudgeModel
from evalreport.layers.judge.progress import Alike, Progress, judge_key, progress_of
from evalreport.layers.judge.puts import JudgeCall, Unit
from evalreport.layers.judge.said import compared, rated
from evalreport.numbers import count_text
from evalreport.plan.judge_steps import judged_items, put_to_judges, sequential_plan
from evalreport.plan.judged_answers import texts_of
from evalreport.plan.model import Given, Plan
from evalreport.records import (
    Blocked,
    Comparison,
    Done,
    Failure,
    Item,
    Itemised,
    JudgedLayer,
    JudgeUse,
    Preference,
    RatedAnswer,
    Rating,
    Response,
    ResponseKey,
    SequentialPlan,
    Step,
    StepKind,
)
from evalreport.records.steps import REACHED
from evalreport.run.calling import spent_since
from evalreport.run.jobs import Declaration
from evalreport.run.judge_job import Answered, JudgeJob
from evalreport.run.launch import launch
from evalreport.run.place import Place, Seen, recorded
from evalreport.run.spending import counted
from evalreport.spec.asked import judged_pairs
from evalreport.store.store import Store

_NEVER: Final = Failure(reason="it was never asked")


@dataclass(frozen=True, slots=True)
class _Judging:
    """One layer while it is judged.

    Attributes:
        layer: How.
        step: Its step.
        items: What was answered.
        answers: By the arms.
        alike: By pair and seed, items whose two answers are one text.
        units: Everything that each judge may be asked, in order.
        sequential: When to stop, where that was declared.
    """

    layer: Judge
    step: Step
    items: tuple[Item, ...]
    answers: Answers
    alike: Alike
    units: tuple[Unit, ...]
    sequential: SequentialPlan | None

    def keys(self, judge: JudgeModel) -> dict[ResponseKey, JudgeCall]:
        """All calls of a judge by the keys of its answers."""
        return {judge_key(judge, call): call for unit in self.units for call in unit.calls}

    def progress(self, store: Store) -> Progress:
        """What of it is answered."""
        return progress_of(
            self.layer,
            self.units,
            self.sequential,
            self.alike,
            lambda keys: store.responses(keys).found,
            store.answered,
            store.failures,
        )


def judge_layers(
    given: Given,
    plan: Plan,
    place: Place,
    seen: Seen,
    blocks: Mapping[BlockId, Itemised],
    declaration: Declaration | None,
) -> dict[str, JudgedLayer]:
    """Put everything to the judges that they have not said yet, and read all that they said.

    Args:
        given: What the plan was made from.
        plan: Says which layers are judged.
        place: With the store.
        seen: Gets the outcome of each step.
        blocks: What the arms answered, here or elsewhere.
        declaration: Registered before the first call, where the spec declares something.

    Raises:
        KeyboardInterrupt: Stopped by the user.
        EvalReportError: The store cannot be written.
    """
    layers = {layer.name: layer for layer in given.spec.evaluation.layers}
    judged: dict[str, JudgedLayer] = {}
    for planned in plan.steps:
        step = planned.step
        layer = layers.get(step.layer or "")
        if step.kind is not StepKind.JUDGE or not isinstance(layer, Judge):
            continue
        if step.id in seen.outcomes:
            continue
        on = layers[layer.on]
        assert isinstance(on, Generation)  # noqa: S101 (the spec was checked)
        begun = _begin(given, layer, step, on, blocks)
        if begun is None:
            seen.outcomes[step.id] = Blocked(reason=_no_answers(layer, step, seen))
            continue
        _drop_damaged(begun, place, seen)
        failure = _ask(begun, place, declaration)
        judged[layer.name] = _read(begun, place, seen, failure)
        _finish(given, begun, place, seen, judged[layer.name], failure)
    return judged


def _begin(
    given: Given, layer: Judge, step: Step, on: Generation, blocks: Mapping[BlockId, Itemised]
) -> _Judging | None:
    """What is put to the judges; None where there is nothing."""
    texts = {
        (place.arm, place.seed): texts_of(on, block.responses)
        for place, block in blocks.items()
        if place.layer == on.name and place.part == "main" and place.arm in layer.arms
    }
    arms = {arm for (arm, _), said in texts.items() if said}
    pairs = tuple(pair for pair in judged_pairs(given.spec, layer) if {*pair} <= arms)
    if not (pairs if layer.compares else arms):
        return None
    items = judged_items(given, layer, on)
    answers = Answers(texts, pairs)
    sequential = sequential_plan(given.spec, layer, len(items))
    units = put_to_judges(layer, items, answers, sequential)
    return _Judging(layer, step, items, answers, alike_of(items, answers), units, sequential)


def _no_answers(layer: Judge, step: Step, seen: Seen) -> str:
    """Why there is nothing to judge."""
    for needed in step.needs:
        outcome = seen.outcomes.get(needed)
        if isinstance(outcome, Failure | Blocked):
            return f"{needed} did not finish: {outcome.reason}"
    return f"the arms of {layer.on} gave no two answers to compare"


def _drop_damaged(begun: _Judging, place: Place, seen: Seen) -> None:
    """Find replies that were damaged, so that they are asked for again and not only missed."""
    for judge in begun.layer.judges:
        damaged = place.store.responses(begun.keys(judge)).damaged
        seen.damaged += damaged
        for entry in damaged:
            place.say(f"damaged, and asked again: {entry}")


def _ask(begun: _Judging, place: Place, declaration: Declaration | None) -> Failure | None:
    """Have the missing calls made by a child; why it ended early, when it did."""
    if place.over_limit is not None or not begun.progress(place.store).is_open:
        return None
    before = place.store.attempts.last()
    job = JudgeJob(
        store=place.store.folder,
        step=begun.step.id,
        layer=begun.layer,
        items=begun.items,
        answers=tuple(
            Answered(arm=arm, seed=seed, texts=texts)
            for (arm, seed), texts in begun.answers.texts.items()
        ),
        pairs=begun.answers.pairs,
        sequential=begun.sequential,
        declaration=declaration,
        money_left=place.spending.left if place.spending is not None else None,
    )
    with counted(place.spending, StepKind.JUDGE):
        failure = launch(job, place.store.folder, lock=place.lock)
    if failure is not None:
        place.say(f"judging failed: {failure.reason}")
    if place.spending is not None:
        for judge in begun.layer.judges:
            place.spending.add(spent_since(before, judge, place.store))
    return failure


def _read(begun: _Judging, place: Place, seen: Seen, failure: Failure | None) -> JudgedLayer:
    """All that was said, call by call, up to where a sequential plan stops."""
    said: dict[str, dict[ResponseKey, Response]] = {}
    failures: dict[ResponseKey, Failure] = {}
    for judge in begun.layer.judges:
        keys = begun.keys(judge)
        stored = place.store.responses(keys)
        seen.damaged += stored.damaged
        said[judge.called] = dict(stored.found)
        lost = [key for key in keys if key not in stored.found]
        failures |= place.store.failures(lost)
        if failure is not None:
            failures = {key: failures.get(key, failure) for key in lost} | failures
    progress = begun.progress(place.store)
    # Of a plan that was broken off, what was put to the judges before that.
    put = progress.units[: progress.reached]
    if progress.waits:
        put = _touched(begun, put, place)
    comparisons: list[Comparison] = []
    ratings: list[RatedAnswer] = []
    for unit in put:
        for judge in begun.layer.judges:
            for call in unit.calls:
                key = judge_key(judge, call)
                reply = said[judge.called].get(key) or failures.get(key, _NEVER)
                comparisons += compared(judge.called, call, key, reply)
                ratings += rated(judge.called, call, reply)
    looks = () if begun.sequential is None else tuple(_looks(put))
    order = tuple(name for unit in put for name in unit.items)
    reached = frozenset(order)
    items = tuple(item for item in begun.items if item.id in reached)
    return JudgedLayer(
        layer=begun.layer.name,
        judges=tuple(judge.called for judge in begun.layer.judges),
        items=tuple(item.id for item in items),
        planned=len(begun.items),
        sequential=begun.sequential,
        pairs=begun.answers.pairs,
        seeds={pair: begun.answers.runs(pair) for pair in begun.answers.pairs},
        orders=begun.layer.orders,
        comparisons=tuple(comparisons),
        ratings=tuple(ratings),
        alike=begun.alike,
        lengths={
            place_: {item: len(text) for item, text in texts.items()}
            for place_, texts in begun.answers.texts.items()
        },
        unanswered={
            place_: frozenset(item.id for item in begun.items if item.id not in texts)
            for place_, texts in begun.answers.texts.items()
        },
        outputs=outputs_of(items, begun.answers),
        references=references_of(items),
        uses=tuple(_use(put, judge, said[judge.called], place) for judge in begun.layer.judges),
        stopped=progress.decision,
        looks=looks,
        order=order,
    )


def _touched(begun: _Judging, units: tuple[Unit, ...], place: Place) -> tuple[Unit, ...]:
    """The units without the last where that is waited for and nothing of it was ever tried."""
    last = units[-1:]
    keys = [
        judge_key(one, call) for unit in last for one in begun.layer.judges for call in unit.calls
    ]
    store = place.store
    is_new = bool(keys) and not store.answered(keys) and not store.failures(keys)
    return units[:-1] if is_new and len(units) > 1 else units


def _looks(units: Sequence[Unit]) -> Iterator[int]:
    """How many items were judged at each look."""
    items = 0
    for unit in units:
        items += len(unit.items)
        yield items


def _use(
    put: Sequence[Unit],
    judge: JudgeModel,
    said: Mapping[ResponseKey, Response],
    place: Place,
) -> JudgeUse:
    keys = dict.fromkeys(judge_key(judge, call) for unit in put for call in unit.calls)
    found = (said[key] for key in keys if key in said)
    replies = [reply for reply in found if isinstance(reply, Preference | Rating)]
    served = [reply.served for reply in replies]
    tally = place.store.attempts.of(keys)
    versions = Counter(
        " ".join(part for part in (one.model, one.fingerprint) if part) for one in served
    )
    return JudgeUse(
        judge=judge.called,
        calls=len(replies),
        unread=sum(bool(reply.unread) for reply in replies),
        failed=len(keys) - len(replies),
        prompt_tokens=sum(one.prompt_tokens or 0 for one in served),
        tokens=sum(one.tokens or 0 for one in served),
        uncounted=sum(one.prompt_tokens is None or one.tokens is None for one in served),
        attempts=tally.attempts,
        possibly_paid=tally.possibly_paid,
        versions=dict(sorted(versions.items())),
        structured=sum(one.is_structured for one in served),
        seconds=sum(one.seconds for one in served),
    )


def _finish(
    given: Given,
    begun: _Judging,
    place: Place,
    seen: Seen,
    judged: JudgedLayer,
    failure: Failure | None,
) -> None:
    """The outcome of the step: done when every call that the plan wanted has an answer."""
    step = begun.step
    verdicts: Sequence[Comparison | RatedAnswer] = (*judged.comparisons, *judged.ratings)
    lost = [what for one in verdicts if isinstance(what := _what(one), Failure)]
    if lost:
        first = min(lost, key=lambda one: one.is_final)  # what may still be answered comes first
        counted = f"{len(lost)} of {count_text(len(verdicts), 'judgment')}"
        over = place.over_limit or (first.reason if first.reason.startswith(REACHED) else None)
        if over is not None:
            seen.outcomes[step.id] = Blocked(reason=f"{counted} were not asked for: {over}")
        else:
            then = _then(begun, place)
            seen.outcomes[step.id] = Failure(reason=f"{counted} are missing: {first.reason}{then}")
        return
    if begun.progress(place.store).waits:
        why = place.over_limit or (failure.reason if failure is not None else None)
        reason = f"judging ended before it could stop: {why or 'not all was asked'}"
        seen.outcomes[step.id] = (
            Failure(reason=reason) if place.over_limit is None else Blocked(reason=reason)
        )
        return
    reused = place.store.step(step.key) is not None
    seconds = sum(use.seconds for use in judged.uses)
    done = Done(reused=reused, seconds=seconds)
    seen.outcomes[step.id] = done
    if not reused:
        finished = recorded(given, step, place)
        place.store.finish(finished.model_copy(update={"done": done}))


def _then(begun: _Judging, place: Place) -> str:
    """What missing judgments mean for a plan that may stop; empty where there is none."""
    if begun.sequential is None:
        return ""
    if begun.progress(place.store).waits:
        return "; judging waits for them, since they could decide whether to go on"
    return "; judging went on without them"


def _what(one: Comparison | RatedAnswer) -> object:
    return one.verdict if isinstance(one, Comparison) else one.ratings
