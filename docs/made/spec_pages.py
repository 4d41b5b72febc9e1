"""The reference of the spec language, from its JSON Schema: a page a block, an anchor a key."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from docs.made import examples
from docs.made.markdown import code, flow, key, plain, slug
from docs.made.schema_words import Schema, is_optional, words

from evalreport.spec.schema import json_schema

FOLDER: Final = "reference/spec"
METRICS: Final = "reference/metrics.md"
_LAYERS: Final = "layers"
_TAGS: Final = ("kind", "method", "metric")
_TOGETHER: Final = {  # small blocks that share a page
    "comparisons": "arms",
    "publish": "report",
}
_ON_ITS_OWN_PAGE: Final = {"Reads": "layers/imported"}
_NAMED: Final = "Any other key is the name of an arm, and holds its number."
_NOT_BUILT: Final = ("benchmark", "code", "scorer")


@dataclass(frozen=True, slots=True)
class Section:
    """A definition on a page.

    Attributes:
        name: Of the definition.
        place: Where it stands in a spec, such as `training.early_stopping`.
    """

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the reference.

    Attributes:
        address: Below the folder, without its ending.
        title: Its heading.
        sections: What it tells, in its order.
    """

    address: str
    title: str
    sections: list[Section] = field(default_factory=list)


class Reference:
    """The schema, dealt out to pages: each definition stands on one of them."""

    def __init__(self) -> None:
        """Deal it out."""
        schema: Any = json_schema(marked=True)
        self.top: Mapping[str, Schema] = schema["properties"]
        self.required: Sequence[str] = schema["required"]
        self.definitions: Mapping[str, Schema] = schema["$defs"]
        self.pages: dict[str, Page] = {}
        self.homes: dict[str, str] = {}
        self.places: dict[str, str] = {}
        self._deal()

    def tag(self, name: str) -> tuple[str, str] | None:
        """The key and value by which a definition is known among its kind."""
        held = self.definitions[name].get("properties", {})
        return next(((t, str(held[t]["const"])) for t in _TAGS if "const" in held.get(t, {})), None)

    def anchor(self, name: str) -> str:
        """Of a definition, on its page."""
        tag = self.tag(name)
        return slug(tag[1]) if tag else slug(name)

    def link(self, name: str, page: str) -> str:
        """To a definition, from a page."""
        definition = self.definitions[name]
        if "enum" in definition:
            return words(definition, lambda other: self.link(other, page))
        tag = self.tag(name)
        home = self.homes[name]
        if home == METRICS:
            target = f"{'../' * page.count('/')}../metrics.md#{self.anchor(name)}"
        else:
            up = "../" * page.count("/")
            target = f"{'' if home == page else f'{up}{home}.md'}#{self.anchor(name)}"
        label = code(tag[1]) if tag else self.form(name) or "mapping"
        return f"[{label}]({target})"

    def form(self, name: str) -> str:
        """Of several mappings that may stand in one place, how to tell this one; else nothing."""
        alike = [one for one in self.sections if one.place == self.places[name]]
        if self.tag(name) is not None or len(alike) < 2 or self.homes[name] == METRICS:
            return ""
        return code(f"{{{next(iter(self.definitions[name]['properties']))}: ...}}")

    @property
    def sections(self) -> Iterator[Section]:
        """All of them, page by page."""
        return (section for page in self.pages.values() for section in page.sections)

    def _deal(self) -> None:
        tops: dict[str, list[str]] = {}
        for key_, part in self.top.items():
            if _references(part):
                tops.setdefault(_TOGETHER.get(key_, key_), []).append(key_)
        tops.setdefault("arms", []).append("comparisons")
        for address, keys in tops.items():
            self.pages[address] = Page(address, " and ".join(map(code, keys)))
        for name in self._layers():
            tag = self.tag(name)
            kind = tag[1] if tag else name
            address = f"{_LAYERS}/{'not_built' if kind in _NOT_BUILT else kind}"
            self.pages.setdefault(address, Page(address, f"Layer {code(kind)}"))
            self._home(name, address, kind)
        for name, address in _ON_ITS_OWN_PAGE.items():
            self._home(name, address, "from")
        for name in self.definitions:
            if (self.tag(name) or ("", ""))[0] == "metric":
                self.homes[name] = METRICS
        for address, keys in tops.items():
            for key_ in keys:
                self._follow(self.top[key_], address, key_)
        for address in [one for one in self.pages if one.startswith(_LAYERS)]:
            for section in list(self.pages[address].sections):
                self._follow_keys(section.name, address, section.place)

    def _layers(self) -> list[str]:
        layers = self.definitions["Evaluation"]["properties"]["layers"]["items"]["oneOf"]
        return [part["$ref"].rpartition("/")[2] for part in layers]

    def _home(self, name: str, address: str, place: str) -> None:
        self.homes[name], self.places[name] = address, place
        self.pages[address].sections.append(Section(name, place))

    def _follow(self, part: Schema, address: str, place: str) -> None:
        for name in _references(part):
            if name in self.homes or name == "JsonValue" or "enum" in self.definitions[name]:
                continue
            self._home(name, address, place)
            self._follow_keys(name, address, place)

    def _follow_keys(self, name: str, address: str, place: str) -> None:
        for key_, part in self.definitions[name].get("properties", {}).items():
            self._follow(part, address, f"{place}.{key_}")
        for part in _of_named(self.definitions[name]):
            self._follow(part, address, f"{place}.ARM")


def pages() -> Iterator[tuple[str, str]]:
    """Every page of the reference: its address and its Markdown."""
    reference = Reference()
    yield f"{FOLDER}/index.md", _index(reference)
    for page in reference.pages.values():
        yield f"{FOLDER}/{page.address}.md", _page(reference, page)


def section_of_metric(reference: Reference, tag: str) -> str:
    """What the metrics' page says of one: what it is, and its options."""
    name = next(n for n in reference.definitions if reference.tag(n) == ("metric", tag))
    keys = _keys(reference, name, "metrics", but=("metric",))
    return f"{reference.definitions[name]['description']}\n\n{keys}"


def _index(reference: Reference) -> str:
    lines = [
        "# The spec\n",
        (
            "A spec is one YAML file. These are its blocks; each has a page with all of its keys,"
            " made from the same schema that `check` applies and `evalreport schema` prints for "
            "editors. A key that no page names is an error, with the nearest right one.\n"
        ),
    ]
    homes = {_TOGETHER.get(k, k): k for k in reference.top}
    for key_, part in reference.top.items():
        home = _TOGETHER.get(key_, key_)
        about = "required" if key_ in reference.required else "optional"
        link = f" [Its keys]({home}.md)." if home in homes and home in reference.pages else ""
        lines.append(key(key_, slug(key_), about, f"{part['description']}{link}"))
    lines.append("\n## Layers\n")
    lines.append("Entries of `evaluation.layers`, by their `kind`.\n")
    for name in reference._layers():  # noqa: SLF001 - its own module
        tag = reference.tag(name)
        said = reference.definitions[name]["description"]
        if tag is not None:
            lines.append(f"- {reference.link(name, 'index')}: {_first_sentence(said)}")
    shown = examples.of_block("evalreport")
    lines += ["\n## A whole one\n", "The spec of the quickstart, whose report is committed:\n"]
    text = (examples.ROOT / "specs/quickstart/spec.yaml").read_text(encoding="utf-8")
    assert shown is not None  # noqa: S101 - the quickstart has a first line
    lines.append(f"```yaml\n{text.rstrip()}\n```\n")
    return "\n".join(lines)


def _page(reference: Reference, page: Page) -> str:
    lines = [f"# {page.title}\n"]
    for top in page.title.replace("`", "").split(" and "):
        if top in reference.top:
            lines += _top(reference, page, top)
    if page.address == f"{_LAYERS}/not_built":
        lines = [
            "# Layers that are not built yet\n",
            (
                "A spec may name them; `plan` says that their steps are blocked, and a report "
                "lists them among what was not measured.\n"
            ),
        ]
    for section in page.sections:
        lines += _section(reference, page, section)
    return "\n".join(lines)


def _top(reference: Reference, page: Page, top: str) -> Iterator[str]:
    part = reference.top[top]
    said = words(part, lambda name: reference.link(name, page.address))
    need = "Required." if top in reference.required else "Optional."
    yield f"{part['description']} {need}\n"
    yield f"It holds: {said}.\n"
    shown = examples.of_block(top)
    if shown is not None:
        yield _example(*shown, page.address)


def _section(reference: Reference, page: Page, section: Section) -> Iterator[str]:
    definition = reference.definitions[section.name]
    tag = reference.tag(section.name)
    if tag is not None:
        title = code(f"{tag[0]}: {tag[1]}")
    elif reference.form(section.name):
        title = f"{code(section.place)} as {reference.form(section.name)}"
    else:
        title = "Keys" if section.place in reference.top else code(section.place)
    if page.address.startswith(_LAYERS) and tag is not None and tag[0] == "kind":
        layer = examples.of_layer(tag[1])
        if len(page.sections) and page.sections[0] is section and "not_built" not in page.address:
            yield f"{definition['description']}\n"
            if layer is not None:
                yield _example(*layer, page.address)
            yield f"## Keys {{ #{reference.anchor(section.name)} }}\n"
            yield _keys(reference, section.name, page.address)
            return
    yield f"## {title} {{ #{reference.anchor(section.name)} }}\n"
    yield f"{definition['description']}\n"
    yield _keys(reference, section.name, page.address)


def _example(text: str, where: str, address: str) -> str:
    up = "../" * (address.count("/") + 3)
    link = f"[{where}]({up}{where})" if where.startswith("specs/") else f"`{where}`"
    return f"From {link}:\n\n```yaml\n{text}\n```\n"


def _keys(reference: Reference, name: str, page: str, but: Sequence[str] = ()) -> str:
    definition = reference.definitions[name]
    required = definition.get("required", ())
    lines = []
    for key_, part in definition.get("properties", {}).items():
        if key_ in but:
            continue
        said = words(part, lambda other: reference.link(other, page))
        meaning = part["description"]
        about = f"{said}{_need(key_, part, required)}"
        shown = examples.of_keys().get((name, key_))
        if shown is not None and "const" not in part:
            meaning = f"{meaning} Such as {code(shown)}."
        anchor = f"{reference.anchor(name)}.{slug(key_)}"
        lines.append(key(key_, anchor, about, meaning))
    for part in _of_named(definition):
        said = words(part, lambda other: reference.link(other, page))
        lines.append(key("ARM", f"{reference.anchor(name)}.arm-", said, _NAMED))
    return "\n".join(lines) if lines else "It has no keys of its own.\n"


def _of_named(definition: Schema) -> list[Schema]:
    """What stands under keys that are the user's own names, beside the known ones."""
    more = definition.get("additionalProperties")
    return [more] if isinstance(more, dict) else []


def _need(key_: str, part: Schema, required: Sequence[str]) -> str:
    if "const" in part:
        return ""
    if key_ in required:
        return ", required"
    default = part.get("default")
    if default is None:
        return "" if is_optional(part) else ", optional"
    if not default and isinstance(default, list | dict):
        return ""
    shown = flow(default)
    return f", default {code(shown)}" if len(shown) <= 60 else ""


def _references(part: Any) -> list[str]:
    """The definitions that a schema names, in their order."""
    if isinstance(part, dict):
        own = [part["$ref"].rpartition("/")[2]] if "$ref" in part else []
        return [*own, *(n for k, v in part.items() if k != "default" for n in _references(v))]
    if isinstance(part, list):
        return [name for one in part for name in _references(one)]
    return []


def _first_sentence(text: str) -> str:
    return plain(text.partition(". ")[0].rstrip(".").replace("`", "")) + "."
