"""Drafts to items: answers, ids, parts of numeric columns, weights, and the corpus's digest."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from evalreport.digest import canonical, digest_of
from evalreport.numbers import count_text, number_text
from evalreport.records import Chat, Corpus, Item, Prompt, Role
from evalreport.sources.answers import Question, right_choices
from evalreport.sources.dataset import Dataset
from evalreport.sources.faults import Faults
from evalreport.sources.recipe import Draft
from evalreport.sources.splits import point
from evalreport.values import Json

_ID_LENGTH: Final = 16


def answered(drafts: Sequence[Draft], faults: Faults) -> tuple[str, ...]:
    """Settles which choice is right in drafts that have choices; notes on how answers were read."""
    asked = [draft for draft in drafts if draft.choices]
    if not asked:
        return ()
    questions = [Question(draft.where, draft.choices, draft.answer) for draft in asked]
    indexes, notes = right_choices(questions, faults)
    for draft, index in zip(asked, indexes, strict=False):
        draft.right = index
        draft.reference = draft.choices[index]
    return notes


def weighted(drafts: Sequence[Draft], dataset: Dataset) -> tuple[list[Draft], str]:
    """Drafts as often as their weight says, and a sentence on it.

    Weight 2.5 is two copies of every row and a third of every second one; weight 0.5 keeps every
    second one. Which, a hash of the row decides, so that it is the same tomorrow.
    """
    if dataset.weight is None or dataset.weight == 1:
        return [*drafts], ""
    whole, part = divmod(dataset.weight, 1)
    copies = [
        draft
        for draft in drafts
        for _ in range(int(whole) + (point(f"weight {_content(draft)}") < part))
    ]
    note = (
        f"{dataset.path} has weight {number_text(dataset.weight)}: its "
        f"{count_text(len(drafts), 'row')} stand for {count_text(len(copies))}."
    )
    return copies, note


def corpus(
    name: str,
    role: Role,
    drafts: Sequence[Draft],
    dataset: Dataset,
    faults: Faults,
    *,
    origin: str,
    notes: Iterable[str],
) -> Corpus:
    """The corpus of a dataset's drafts.

    Its digest covers what a model can see (prompts, references, choices and answers, rephrased
    prompts) and the ids, but neither columns that no template uses nor clusters, groups and
    subgroups, which only the analysis reads. In training data the order counts, since training
    sees rows in an order; elsewhere it does not.
    """
    parts, part_notes = _parts(drafts, dataset)
    seen: dict[str, str] = {}
    repeats: Counter[str] = Counter()
    items: list[Item] = []
    identities: list[Json] = []
    for draft, subgroups in zip(drafts, parts, strict=True):
        content = _content(draft)
        stem = draft.id if draft.id is not None else content[:_ID_LENGTH]
        number = repeats[stem] + 1
        if number > 1 and draft.id is not None and seen[stem] != draft.where:
            what = f"the id `{stem:.60}` stands already at {seen[stem]}"
            faults.add(draft.where, what, f"`id: {dataset.id}` needs a column that names each row")
            continue
        key = stem if number == 1 else f"{stem}#{number}"
        while key in seen:  # a declared id may look like the repeat of another
            number += 1
            key = f"{stem}#{number}"
        repeats[stem] = number
        seen[key] = draft.where
        identities.append([key, content, _plain(draft.rephrased)])
        items.append(
            Item(
                id=key,
                prompt=draft.prompt,
                then=draft.then,
                reference=draft.reference,
                references_before=draft.references_before,
                choices=draft.choices,
                answer=draft.right,
                cluster=draft.cluster,
                group=draft.group,
                subgroups=subgroups,
                rephrased=draft.rephrased,
                row=draft.row,
                line=draft.line,
            )
        )
    if role is not Role.TRAIN:
        identities.sort(key=canonical)
    return Corpus(
        name=name,
        role=role,
        items=tuple(items),
        digest=digest_of("corpus", identities),
        origin=origin,
        notes=(*notes, *part_notes),
    )


def _parts(
    drafts: Sequence[Draft], dataset: Dataset
) -> tuple[list[tuple[tuple[str, str], ...]], list[str]]:
    """Each draft's subgroups as (column, value), and notes on columns that were cut into parts."""
    columns: list[list[tuple[str, str]]] = []
    notes: list[str] = []
    for index, subgroup in enumerate(dataset.subgroups):
        values = [draft.subgroups[index] for draft in drafts]
        if subgroup.bins is not None and not subgroup.known_late:
            numbers = [value for value in values if isinstance(value, float)]
            labels = quantile_labels(numbers, subgroup.bins)
            got = len({*labels})
            if got < subgroup.bins:
                notes.append(
                    f"{subgroup.by} makes {count_text(got, 'part')}, not the {subgroup.bins} asked "
                    "for: equal values stay together."
                )
            columns.append([(subgroup.by, label) for label in labels])
        elif not subgroup.known_late:
            columns.append([(subgroup.by, str(value)) for value in values])
    return [tuple(pairs) for pairs in zip(*columns, strict=True)] or [()] * len(drafts), notes


def quantile_labels(numbers: Sequence[float], parts: int) -> list[str]:
    """Cuts numbers into parts of about equal size; each number's part, as `lowest to highest`.

    A cut lies between two different numbers, as near to the quantile as that allows; so there may
    be fewer parts, of less equal sizes.
    """
    ordered = sorted(numbers)
    borders = [i for i in range(1, len(ordered)) if ordered[i - 1] < ordered[i]]
    wanted = [k * len(ordered) / parts for k in range(1, parts)] if borders else []
    chosen = {min(borders, key=lambda border: (abs(border - at), border)) for at in wanted}
    cuts = [ordered[border - 1] for border in sorted(chosen)]
    part = [bisect_left(cuts, number) for number in numbers]
    ends: dict[int, tuple[float, float]] = {}
    for index, number in zip(part, numbers, strict=True):
        low, high = ends.get(index, (number, number))
        ends[index] = (min(low, number), max(high, number))
    labels = {index: _range(low, high, number_text) for index, (low, high) in ends.items()}
    if len({*labels.values()}) < len(labels):  # too close together for rounded numbers
        labels = {index: _range(low, high, repr) for index, (low, high) in ends.items()}
    return [labels[index] for index in part]


def _range(low: float, high: float, show: Callable[[float], str]) -> str:
    return show(low) if low == high else f"{show(low)} to {show(high)}"


def _content(draft: Draft) -> str:
    several: list[Json] = []
    if draft.then or draft.references_before:
        several = [[*draft.then], [*draft.references_before]]
    plain = _plain(draft.prompt)
    return digest_of("item", plain, draft.reference, [*draft.choices], draft.right, *several)


def _plain(prompt: Prompt | None) -> Json:
    if prompt is None:
        return None
    if isinstance(prompt, Chat):
        return [[turn.role, turn.content] for turn in prompt.messages]
    return prompt.text
