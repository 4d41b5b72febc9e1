"""The rating steps of a run: files of people's pages are read, and held against the answers.

Nobody is asked here. What people have not said yet is waited for, and the report is written with
what is there.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from evalreport.evidence import BlockId
from evalreport.importers.ratings import read_ratings
from evalreport.layers.answers import Answers, alike_of
from evalreport.layers.human import Human
from evalreport.layers.human.assignment import assigned
from evalreport.layers.human.tasks import Known, known_comparisons
from evalreport.numbers import count_text
from evalreport.plan.judged_answers import texts_of
from evalreport.plan.model import Given, Plan
from evalreport.plan.rate_steps import HOW, rated_items, rated_layer
from evalreport.records import (
    Blocked,
    Done,
    Failure,
    Item,
    Itemised,
    Outcome,
    Pending,
    Step,
    StepKind,
)
from evalreport.records.ratings import PeopleLayer, Progress, Ratings
from evalreport.run.place import Place, Seen
from evalreport.spec.asked import judged_pairs


def rate_layers(
    given: Given, plan: Plan, place: Place, seen: Seen, blocks: Mapping[BlockId, Itemised]
) -> dict[str, PeopleLayer]:
    """What people said of the answers of every layer that they look at, as far as it came back.

    Args:
        given: What the plan was made from.
        plan: Says which layers are rated.
        place: Files are relative to the folder of its spec.
        seen: Gets the outcome of each step.
        blocks: What the arms answered, here or elsewhere.

    Raises:
        DataError: A file of ratings is not about these answers, or is none.
    """
    layers = {layer.name: layer for layer in given.spec.evaluation.layers}
    said: dict[str, PeopleLayer] = {}
    for planned in plan.steps:
        step = planned.step
        layer = layers.get(step.layer or "")
        if not isinstance(layer, Human) or step.kind is not StepKind.RATE:
            continue
        if step.id in seen.outcomes:
            continue
        items, answers = _answered(given, layer, blocks)
        if not answers.pairs:
            seen.outcomes[step.id] = Blocked(reason=_no_answers(layer, step, seen))
            continue
        known = known_comparisons(layer, items, answers)
        files = [place.spec_folder / one for one in layer.ratings or ()]
        ratings = read_ratings(files, layer, known) if files else Ratings()
        said[layer.name] = _people(layer, items, answers, known, ratings)
        seen.outcomes[step.id] = _outcome(layer, said[layer.name])
    return said


def _answered(
    given: Given, layer: Human, blocks: Mapping[BlockId, Itemised]
) -> tuple[tuple[Item, ...], Answers]:
    """The items, and what the arms that are compared answered to them."""
    on = rated_layer(given.spec, layer)
    texts = {
        (place.arm, place.seed): texts_of(on, block.responses)
        for place, block in blocks.items()
        if place.layer == on.name and place.part == "main" and place.arm in layer.arms
    }
    arms = {arm for (arm, _), answered in texts.items() if answered}
    pairs = tuple(pair for pair in judged_pairs(given.spec, layer) if {*pair} <= arms)
    return rated_items(given, layer, on), Answers(texts, pairs)


def _no_answers(layer: Human, step: Step, seen: Seen) -> str:
    """Why there is nothing to rate."""
    for needed in step.needs:
        outcome = seen.outcomes.get(needed)
        if isinstance(outcome, Failure | Blocked):
            return f"{needed} did not finish: {outcome.reason}"
    return f"the arms of {layer.on} gave no two answers to compare"


def _people(
    layer: Human,
    items: Sequence[Item],
    answers: Answers,
    known: Sequence[Known],
    ratings: Ratings,
) -> PeopleLayer:
    pages = assigned(layer, [*dict.fromkeys(one.item for one in known)])
    planned = Counter(item for page in pages for item in page)
    return PeopleLayer(
        layer=layer.name,
        items=tuple(item.id for item in items),
        pairs=answers.pairs,
        seeds={pair: answers.runs(pair) for pair in answers.pairs},
        planned=dict(planned),
        progress=_progress(known, planned, ratings),
        raters=ratings.raters,
        verdicts=ratings.verdicts,
        alike=alike_of(items, answers),
        lengths={
            place: {item: len(text) for item, text in texts.items()}
            for place, texts in answers.texts.items()
        },
        unanswered={
            place: frozenset(item.id for item in items if item.id not in texts)
            for place, texts in answers.texts.items()
        },
    )


def _progress(known: Sequence[Known], planned: Mapping[str, int], ratings: Ratings) -> Progress:
    """How many comparisons people have come to; of one that stands for several pairs, once."""
    voices: Counter[tuple[str, tuple[str, str], int | None]] = Counter()
    skips: Counter[tuple[str, tuple[str, str], int | None]] = Counter()
    for one in ratings.verdicts:
        (skips if one.verdict is None else voices)[one.item, one.pair, one.seed] += 1
    places = [(one.item, one.stands_for[0].pair, one.stands_for[0].seed) for one in known]
    return Progress(
        comparisons=len(known),
        rated=sum(voices[place] > 0 for place in places),
        skipped=sum(voices[place] == 0 < skips[place] for place in places),
        complete=sum(voices[place] + skips[place] >= planned[place[0]] for place in places),
    )


def _outcome(layer: Human, said: PeopleLayer) -> Outcome:
    progress = said.progress
    if progress.is_finished:
        return Done(reused=True, seconds=0.0)
    total = count_text(progress.comparisons, "comparison")
    if not layer.ratings:
        return Pending(waits_for=f"people: none of {total} is rated; {HOW}")
    verb = "is" if progress.rated == 1 else "are"
    parts = [f"{count_text(progress.rated)} of {total} {verb} rated"]
    if progress.skipped:
        was = "was" if progress.skipped == 1 else "were"
        parts.append(f"{count_text(progress.skipped)} {was} skipped")
    open_ones = progress.rated + progress.skipped - progress.complete
    if open_ones > 0:
        parts.append(f"{count_text(open_ones)} of these by fewer people than were to")
    return Pending(waits_for=f"people: {', '.join(parts)}")
