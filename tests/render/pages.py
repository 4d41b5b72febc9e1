"""Reading rendered pages back: a strict parser of HTML, and the parts of it that tests ask for."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img"}
INLINE = {"data", "span", "b", "code", "strong"}


@dataclass
class Element:
    """One element with its attributes, the text inside it and its ancestors' tags."""

    tag: str
    attributes: dict[str, str | None]
    ancestors: tuple[str, ...]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """A page parsed with every tag closed in order; anything else is an error."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    prose: str = ""  # all text of the body outside drawings

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs), tuple(e.tag for e in self.open))
        assert len(element.attributes) == len(attrs), f"an attribute twice in {tag}: {attrs}"
        self.elements.append(element)
        if tag not in INLINE:
            self.handle_data(" ")
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, dict(attrs), tuple(e.tag for e in self.open)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data
        tags = {element.tag for element in self.open}
        if "body" in tags and "svg" not in tags:
            self.prose += data

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def all(self, tag: str, **attributes: str) -> list[Element]:
        """Elements with a tag and attribute values (`class_` asks for one of the classes)."""
        wanted = attributes.pop("class_", None)
        return [
            e
            for e in self.elements
            if e.tag == tag
            and all(e.attributes.get(k) == v for k, v in attributes.items())
            and (wanted is None or wanted in (e.attributes.get("class") or "").split())
        ]


def read_page(html: str) -> Page:
    """The page, when every tag is closed in order."""
    page = Page()
    page.feed(html)
    page.close()
    assert not page.open, f"not closed: {[e.tag for e in page.open]}"
    return page
