"""How the entries under `datasets:` depend on each other: roles, inheritance, what contradicts.

`select` and `test` take over from the training data what they do not declare, so that a prompt is
written once and training and evaluation cannot drift apart. A dataset cut `from` another one holds
its rows and so takes over everything that describes them. An own file takes over how rows become
items, unless it declares another kind of item: then only `chat`, which is a fact about the model.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias

from evalreport.records import Role
from evalreport.sources.dataset import CONTENT, Dataset, contradictions
from evalreport.sources.names import suggestion

Entry: TypeAlias = Dataset | tuple[Dataset, ...]
Loc: TypeAlias = tuple[str | int, ...]

_IMPLIED: Final = {role.value: role for role in Role}
_DESCRIBES_ROWS: Final = (
    "id",
    "cluster_by",
    "group_by",
    "subgroups",
    "rephrased",
    "labelled_by",
    "generated_by",
    "augmented",
    "license",
    "changes",
)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something wrong between entries: where (keys below `datasets`), what, and what next."""

    loc: Loc
    what: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset with all that it takes over from others.

    `parts` are the files of a list, or the one dataset; a dataset cut from a list has the list's
    parts, in the same order. `parent` is the dataset from which it is cut.
    """

    name: str
    role: Role
    parts: tuple[Dataset, ...]
    parent: str | None = None

    @property
    def cut(self) -> Dataset:
        """The declaration that says how much is cut off (for a dataset with a parent)."""
        return self.parts[0]


def resolve(
    datasets: Mapping[str, Entry],
) -> tuple[dict[str, Source], tuple[Contradiction, ...]]:
    """Every dataset with what it inherits, and all that contradicts.

    Returns:
        The sources, in the order of declaration (without those that contradict too much to be
        resolved), and the contradictions; nothing may be read unless there are none.
    """
    wrong: list[Contradiction] = []
    roles = {name: _role(name, entry, wrong) for name, entry in datasets.items()}
    for name, entry in datasets.items():
        wrong += _listing(name, entry, roles[name])
        cutting = _cutting(name, entry, datasets, roles[name])
        wrong += cutting
        if cutting:
            roles[name] = None  # what it would inherit from is not known
    teacher = next((name for name, role in roles.items() if role is Role.TRAIN), None)
    sources: dict[str, Source] = {}
    models: dict[str, str | None] = {}
    for name, entry in datasets.items():
        role = roles[name]
        if role is None:
            continue
        parent = None if isinstance(entry, tuple) else entry.from_dataset
        models[name] = parent or (None if role is Role.TRAIN else teacher)
        parts, odd = _inherited(entry, datasets, models[name], teacher)
        wrong += [replace(one, loc=(name, *one.loc)) for one in odd]
        if parts:
            sources[name] = Source(name, role, parts, parent)
    incomplete = {name: _completeness(one, datasets[name]) for name, one in sources.items()}
    for name, found in incomplete.items():
        # What is taken over incomplete is said once, where it was left out.
        above = {one.what for one in incomplete.get(models[name] or "", ())}
        wrong += [one for one in found if one.what not in above]
    wrong += _shares(sources) + _groupings(sources, datasets)
    return sources, tuple(wrong)


def _parts(entry: Entry) -> tuple[Dataset, ...]:
    return entry if isinstance(entry, tuple) else (entry,)


def _role(name: str, entry: Entry, wrong: list[Contradiction]) -> Role | None:
    implied = _IMPLIED.get(name)
    declared = {part.role for part in _parts(entry) if part.role is not None}
    if implied is not None and declared - {implied}:
        wrong.append(
            Contradiction(
                (name, "role"),
                f"a dataset named `{name}` cannot have another role",
                f"drop `role`, or call the dataset something other than `{name}`",
            )
        )
    if implied is None and len(declared) != 1:
        wrong.append(
            Contradiction(
                (name,),
                f"the dataset `{name}` needs one `role`",
                "write `role: train`, `role: select` or `role: test`",
            )
        )
        return None
    return implied or next(iter(declared))


def _listing(name: str, entry: Entry, role: Role | None) -> list[Contradiction]:
    if isinstance(entry, Dataset):
        if entry.weight is None:
            return []
        return [
            Contradiction(
                (name, "weight"),
                "`weight` is for the entries of a list: alone, nothing is weighed against it",
                "drop it, or make the dataset a list",
            )
        ]
    wrong: list[Contradiction] = []
    if role is not Role.TRAIN:
        wrong.append(
            Contradiction(
                (name,),
                "only training data may be a list",
                "declare one dataset for each file: each is reported by itself",
            )
        )
    if not entry:
        wrong.append(Contradiction((name,), "the list is empty", "give at least one `path`"))
    wrong += [
        Contradiction((name, index, "from"), "an entry of a list has a `path`, not a `from`")
        for index, part in enumerate(entry)
        if part.from_dataset is not None
    ]
    wrong += [
        Contradiction(
            (name, index, "subgroups"),
            "training data is not reported by subgroup",
            "declare `subgroups` on the dataset that is cut from it or tested on",
        )
        for index, part in enumerate(entry)
        if part.subgroups
    ]
    return wrong


def _cutting(
    name: str, entry: Entry, datasets: Mapping[str, Entry], role: Role | None
) -> list[Contradiction]:
    if isinstance(entry, tuple) or entry.from_dataset is None:
        return []
    parent, loc = entry.from_dataset, (name, "from")
    if role is Role.TRAIN:
        what = "a dataset cut `from` another one is for `select` or `test`; the rest trains"
        return [Contradiction(loc, what, "drop this dataset, or give it a `path`")]
    if parent == name or parent not in datasets:
        others = [other for other in datasets if other != name]
        what = f"there is no other dataset `{parent}`"
        return [Contradiction(loc, what, suggestion(parent, others))]
    upper = datasets[parent]
    if isinstance(upper, Dataset) and upper.from_dataset is not None:
        what = f"`{parent}` is itself cut from `{upper.from_dataset}`"
        return [Contradiction(loc, what, f"write `from: {upper.from_dataset}`")]
    return []


def _inherited(
    entry: Entry, datasets: Mapping[str, Entry], model: str | None, teacher: str | None
) -> tuple[tuple[Dataset, ...], list[Contradiction]]:
    """An entry's parts with what they take over from the dataset named `model`.

    Rows cut from a test set are what that test set says, and so may have it from the teacher.
    """
    if isinstance(entry, tuple) or model is None:
        return _parts(entry), []
    upper = _parts(datasets[model])
    if entry.from_dataset is not None:
        if model != teacher and not any(part.role is Role.TRAIN for part in upper):
            upper, _ = _inherited(datasets[model], datasets, teacher, teacher)
        return tuple(_overlaid(entry, part, same_rows=True) for part in upper), []
    overlaid = [_overlaid(entry, part, same_rows=False) for part in upper]
    if any(one != overlaid[0] for one in overlaid):
        return (), [
            Contradiction(
                (),
                f"the entries of `{model}` differ in their templates: which are meant here?",
                "declare the templates of this dataset (prompt, completion, ...)",
            )
        ]
    return tuple(overlaid[:1]), []


def _overlaid(own: Dataset, upper: Dataset, *, same_rows: bool) -> Dataset:
    has, taken = own.declared, [*(_DESCRIBES_ROWS if same_rows else ())]
    kind = own.kind or upper.kind
    if kind is not None and kind == upper.kind:
        taken += [*CONTENT[kind], "system"]
        fields = {**upper.fields, **own.fields}
    else:
        fields = own.fields
    if kind != "text":
        taken.append("chat")
    update: dict[str, Any] = {
        key: getattr(upper, key) for key in taken if key in upper.declared and key not in has
    }
    if fields:
        update["fields"] = fields
    return own.model_copy(update=update) if update else own


def _completeness(source: Source, entry: Entry) -> list[Contradiction]:
    wrong: list[Contradiction] = []
    for index, part in enumerate(source.parts):
        loc: Loc = (source.name, index) if isinstance(entry, tuple) else (source.name,)
        hint = "part of this is taken over from another dataset: declare it here too"
        wrong += [Contradiction(loc, what, hint) for what in contradictions(part)]
        if part.kind is None:
            hint = 'such as `prompt: "{{ question }}"` with `completion: "{{ answer }}"`'
            what = "nothing says what a row is: a prompt, messages, a text or a question"
            wrong.append(Contradiction(loc, what, hint))
        elif part.kind == "turns":
            wrong += [replace(one, loc=(*loc, *one.loc)) for one in _asked_in_turns(source, part)]
        elif part.kind == "prompt":
            missing = (
                "prompt"
                if part.prompt is None
                else "completion"
                if not part.completion and source.role is Role.TRAIN
                else None
            )
            if missing:
                what = f"`{missing}` is missing"
                wrong.append(Contradiction(loc, what, f'write `{missing}: "{{{{ column }}}}"`'))
    return [*dict.fromkeys(wrong)]


def _asked_in_turns(source: Source, part: Dataset) -> list[Contradiction]:
    """What turns that the model answers itself must be."""
    if part.turns is None:
        what = "`references` are right answers to `turns`, and `turns` is missing"
        hint = 'write `turns: "{{ column }}"`; the right answer to a `prompt` is its `completion`'
        return [Contradiction((), what, hint)]
    if source.role is not Role.TEST:
        what = "the model answers `turns` itself, so that nothing can be learned or chosen by them"
        hint = "use `messages`, which hold the answers; `turns` are for `role: test`"
        return [Contradiction(("turns",), what, hint)]
    return []


def _shares(sources: Mapping[str, Source]) -> list[Contradiction]:
    wrong: list[Contradiction] = []
    for parent in sources:
        cuts = [source for source in sources.values() if source.parent == parent]
        total = sum(source.cut.fraction or 0 for source in cuts)
        if total >= 1 - 1e-9:
            what = f"{_and(cuts)} together take {total:g} of `{parent}`: nothing is left of it"
            wrong.append(
                Contradiction((cuts[-1].name, "fraction"), what, "lower one of the fractions")
            )
    return wrong


def _groupings(sources: Mapping[str, Source], datasets: Mapping[str, Entry]) -> list[Contradiction]:
    wrong: list[Contradiction] = []
    for parent in sources:
        cuts = [source for source in sources.values() if source.parent == parent]
        family = [*_parts(datasets[parent]), *(source.cut for source in cuts)]
        columns = {one.group_by for one in family if one.group_by is not None}
        if cuts and len(columns) > 1:
            named = " and ".join(f"`{column}`" for column in sorted(columns))
            what = f"`{parent}` and what is cut from it are grouped by {named}: only one can hold"
            wrong.append(Contradiction((cuts[-1].name, "group_by"), what, "name one column"))
    return wrong


def _and(sources: Sequence[Source]) -> str:
    return " and ".join(f"`{source.name}`" for source in sources)
