"""Markdown read into a short list of blocks that every writer of files understands.

The sources use little: headings, paragraphs, lists without nesting, tables, quotes, bold, italic and code. Anything
else is refused by name, so that no writer can drop a piece of a document without somebody noticing.
"""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

import markdown
from defusedxml.ElementTree import fromstring

STYLES = {"strong": "bold", "em": "italic", "code": "code"}


@dataclass(frozen=True)
class Run:
    """A stretch of text in one style: `bold`, `italic`, `code` or plain."""

    text: str
    style: str | None = None


Line = tuple[Run, ...]


@dataclass(frozen=True)
class Heading:
    """A heading of level 1 (the document's title, once) to 3."""

    level: int
    line: Line


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; `quoted` when it stands in a block quote."""

    line: Line
    quoted: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list, numbered from 1 or with bullets."""

    items: tuple[Line, ...]
    numbered: bool


@dataclass(frozen=True)
class Grid:
    """A table. `head` is None where the Markdown's header row is empty: then the first column heads each row."""

    head: tuple[Line, ...] | None
    rows: tuple[tuple[Line, ...], ...]
    right: tuple[bool, ...]

    def shares(self) -> list[float]:
        """The share of the width each column should have, 0 to 1, from how much text it holds."""
        rows = [*([self.head] if self.head else []), *self.rows]
        weights = []
        for column in range(len(self.right)):
            lengths = [len(plain(row[column])) for row in rows]
            words = [len(word) for row in rows for word in plain(row[column]).split()]
            weights.append(max(max(words, default=1) + 2, min(60, max(lengths)), 6) ** 0.75)
        return [weight / sum(weights) for weight in weights]


Block = Heading | Paragraph | Bullets | Grid


def plain(line: Line) -> str:
    """The text of a line without its styles."""
    return "".join(run.text for run in line)


def read_blocks(text: str) -> list[Block]:
    """The blocks of a Markdown text. Raises ValueError naming the first element no writer knows."""
    html = markdown.markdown(text, extensions=["tables", "sane_lists"], output_format="xhtml")
    return [_block(element) for element in _unquoted(fromstring(f"<body>{html}</body>"))]


def _unquoted(body: Element) -> list[Element]:
    elements = []
    for element in body:
        if element.tag == "blockquote":
            for child in element:
                child.set("quoted", "yes")
                elements.append(child)
        else:
            elements.append(element)
    return elements


def _block(element: Element) -> Block:
    if element.tag in ("h1", "h2", "h3"):
        return Heading(int(element.tag[1]), _line(element))
    if element.tag == "p":
        return Paragraph(_line(element), quoted=element.get("quoted") == "yes")
    if element.tag in ("ul", "ol"):
        return Bullets(tuple(_line(item) for item in element), numbered=element.tag == "ol")
    if element.tag == "table":
        return _grid(element)
    raise ValueError(f"no writer knows <{element.tag}>")


def _grid(element: Element) -> Grid:
    head, body = element.find("thead/tr"), element.find("tbody")
    if head is None or body is None:
        raise ValueError("a table needs a header row and at least one row")
    first = tuple(_line(cell) for cell in head)
    return Grid(
        head=first if any(plain(line) for line in first) else None,
        rows=tuple(tuple(_line(cell) for cell in row) for row in body),
        right=tuple("right" in cell.get("style", "") for cell in head),
    )


def _line(element: Element, style: str | None = None) -> Line:
    runs = [Run(_spaced(element.text), style)] if element.text else []
    for child in element:
        if child.tag == "p":
            runs.extend(_line(child, style))
        elif child.tag in STYLES:
            runs.extend(_line(child, STYLES[child.tag]))
        else:
            raise ValueError(f"no writer knows <{child.tag}> inside a line")
        if child.tail and child.tail.strip():
            runs.append(Run(_spaced(child.tail), style))
        elif child.tail and child.tag in STYLES:
            runs.append(Run(" ", style))
    return tuple(run for run in runs if run.text)


def _spaced(text: str) -> str:
    return text.replace("\n", " ")
