"""XML as a stream of events in constant memory, with everything refused that XML can do to a reader.

A document type declaration is refused outright: that ends external entities and the billion laughs, and no
office format writes one. Depth is limited; nothing is ever kept as a tree. Names come out with the short
prefixes used below whatever prefixes the file uses, and strict OOXML looks like transitional.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import IO, Final, NamedTuple
from xml.parsers import expat

from cop.files.problems import DAMAGED, Unreadable

START: Final = 0
END: Final = 1
TEXT: Final = 2

MAX_DEPTH = 600
CHUNK = 1 << 18
DECLARES = (
    "The file holds a document type declaration, which can make a reader load other files. Save it again."
)

_OOXML = "http://schemas.openxmlformats.org/"
_STRICT = "http://purl.oclc.org/ooxml/"
_ODF = "urn:oasis:names:tc:opendocument:xmlns:"
_PREFIXES = {
    _OOXML + "wordprocessingml/2006/main": "w",
    _STRICT + "wordprocessingml/main": "w",
    _OOXML + "spreadsheetml/2006/main": "x",
    _STRICT + "spreadsheetml/main": "x",
    _OOXML + "drawingml/2006/main": "a",
    _STRICT + "drawingml/main": "a",
    _OOXML + "officeDocument/2006/math": "m",
    _STRICT + "officeDocument/math": "m",
    _OOXML + "officeDocument/2006/relationships": "r",
    _STRICT + "officeDocument/relationships": "r",
    _OOXML + "markup-compatibility/2006": "mc",
    _OOXML + "package/2006/relationships": "rel",
    _OOXML + "package/2006/content-types": "ct",
    _OOXML + "package/2006/metadata/core-properties": "cp",
    _OOXML + "officeDocument/2006/extended-properties": "ep",
    _STRICT + "officeDocument/extendedProperties": "ep",
    "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments": "tc",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://www.w3.org/1999/xlink": "xlink",
    _ODF + "office:1.0": "office",
    _ODF + "text:1.0": "text",
    _ODF + "table:1.0": "table",
    _ODF + "style:1.0": "style",
    _ODF + "drawing:1.0": "draw",
    _ODF + "meta:1.0": "meta",
    _ODF + "manifest:1.0": "manifest",
    _ODF + "svg-compatible:1.0": "svg",
}


class Event(NamedTuple):
    """One step through the document: `what` is START, END or TEXT; `name` is the tag, or the text itself."""

    what: int
    name: str
    attributes: dict[str, str]


class _Collector:
    """Gathers the parser's callbacks into a list that is emptied after each chunk."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.depth = 0
        self._names: dict[str, str] = {}

    def name(self, raw: str) -> str:
        known = self._names.get(raw)
        if known is None:
            uri, _, local = raw.rpartition(" ")
            prefix = _PREFIXES.get(uri, "other") if uri else ""
            known = f"{prefix}:{local}" if prefix else local
            if len(self._names) < 10_000:
                self._names[raw] = known
        return known

    def start(self, raw: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unreadable(DAMAGED)
        named = {self.name(key): value for key, value in attributes.items()} if attributes else attributes
        self.events.append(Event(START, self.name(raw), named))

    def end(self, raw: str) -> None:
        self.depth -= 1
        self.events.append(Event(END, self.name(raw), {}))

    def text(self, data: str) -> None:
        self.events.append(Event(TEXT, data, {}))

    def doctype(self, *_facts: object) -> None:
        raise Unreadable(DECLARES)


def events(stream: IO[bytes]) -> Iterator[Event]:
    """Yield the document's events; raise `Unreadable` when it is not sound XML or declares a document type."""
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    parser.StartDoctypeDeclHandler = collector.doctype
    parser.EntityDeclHandler = collector.doctype
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
            yield from collector.events
            collector.events.clear()
        parser.Parse(b"", True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Unreadable(DAMAGED) from error
    yield from collector.events


def without(steps: Iterator[Event], skipped: Collection[str]) -> Iterator[Event]:
    """Pass events on, leaving out every element named in `skipped` with all that is inside it."""
    depth = 0
    for step in steps:
        if depth:
            depth += (step.what == START) - (step.what == END)
        elif step.what == START and step.name in skipped:
            depth = 1
        else:
            yield step


def text_of(steps: Iterator[Event], tag: str) -> list[str]:
    """Return the text of every element called `tag`, each trimmed, empty ones left out."""
    found: list[str] = []
    parts: list[str] | None = None
    for step in steps:
        if step.what == START and step.name == tag:
            parts = []
        elif step.what == END and step.name == tag and parts is not None:
            found.append("".join(parts).strip())
            parts = None
        elif step.what == TEXT and parts is not None:
            parts.append(step.name)
    return [value for value in found if value]


def opens_soundly(head: bytes) -> None:
    """Judge the beginning of an XML part: raise `Unreadable` if it declares a document type before its root.

    Only the prolog matters, because that is the only place where a declaration may stand. A prolog that is
    longer than what is given is refused too: it would be a place to hide one.
    """
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.StartDoctypeDeclHandler = collector.doctype
    try:
        parser.Parse(head, False)
    except (expat.ExpatError, LookupError, ValueError) as error:
        if not collector.events:
            raise Unreadable(DAMAGED) from error
    if not collector.events:
        raise Unreadable(DAMAGED)
