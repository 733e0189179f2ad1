"""Text of a DOCX: body, tables, text boxes, headers, footers, footnotes and endnotes.

What is not the document's own text is left out: deleted and moved-away text, comments, field codes, hidden text,
and the fallback copy of a drawing. It is read as a stream, because a tree of a large document takes a gigabyte.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping

from cop.files.package import main_part, open_part, relationships
from cop.files.readers.gather import Gatherer, Reading
from cop.files.readers.properties import title_of
from cop.files.xmlstream import START, TEXT, Event, events, without

_SKIPPED = frozenset({"mc:Fallback", "w:del", "w:moveFrom", "w:delText", "w:instrText"})
_TAKEN = frozenset({"w:t", "m:t", "a:t"})
_BREAKS = {"w:tab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-", "w:ptab": "\t"}
_PARAGRAPHS = frozenset({"w:p", "a:p"})
_ASIDE = "w:txbxContent"
AROUND = ("header", "footer", "footnotes", "endnotes")
"""Kinds of relationship that lead to text outside the body."""
_OFF = frozenset({"0", "false", "off"})


def read(archive: zipfile.ZipFile, gatherer: Gatherer) -> Reading:
    """Gather the text of a DOCX; the title is the one in its properties."""
    main = main_part(archive)
    with archive.open(main) as part:
        _Text(gatherer).gather(events(part))
    seen: set[str] = set()
    for related in sorted(relationships(archive, main), key=lambda each: (each.kind, each.target)):
        stream = None if related.external else open_part(archive, related.target)
        if related.kind not in AROUND or stream is None:
            continue
        around = Gatherer()
        with stream:
            _Text(around).gather(events(stream))
        # The first, even and ordinary header usually say the same: once is enough for search.
        text = around.text().strip()
        if text and text not in seen:
            seen.add(text)
            gatherer.add(f"\n{text}\n")
    return Reading(title=title_of(archive))


class _Text:
    """Where the stream is: in a run, in a text, in a cell."""

    def __init__(self, gatherer: Gatherer) -> None:
        self._out = gatherer
        self._taking = False
        self._vanished = False
        self._in_run = False
        self._cells = 0

    def gather(self, steps: Iterator[Event]) -> None:
        for what, name, attributes in without(steps, _SKIPPED):
            if what == TEXT:
                if self._taking and not self._vanished:
                    self._out.add(name)
            elif what == START:
                self._start(name, attributes)
            else:
                self._end(name)

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in _TAKEN:
            self._taking = True
        elif name == "w:r":
            self._in_run, self._vanished = True, False
        elif name == "w:tc":
            self._cells += 1
        elif name == _ASIDE:
            self._out.begin_aside()
        elif self._in_run and name in _BREAKS:
            # A w:tab outside a run defines a tab stop; only one inside a run is a character.
            self._out.add(_BREAKS[name] if name == "w:noBreakHyphen" or not self._cells else " ")
        elif self._in_run and name == "w:vanish":
            self._vanished = is_on(attributes)

    def _end(self, name: str) -> None:
        if name in _TAKEN:
            self._taking = False
        elif name == "w:r":
            self._in_run, self._vanished = False, False
        elif name in _PARAGRAPHS:
            self._out.add(" " if self._cells else "\n")
        elif name == "w:tc":
            self._cells -= 1
            self._out.add("\t")
        elif name == "w:tr":
            self._out.add("\n")
        elif name == _ASIDE:
            self._out.end_aside()


def is_on(attributes: Mapping[str, str]) -> bool:
    """Whether a formatting switch such as w:vanish is on: it is unless its value says otherwise."""
    return attributes.get("w:val", "true") not in _OFF
