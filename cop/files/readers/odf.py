"""Text of ODT and ODS: one stream over content.xml, because building the tree takes a gigabyte for a large one.

Deleted text kept by change tracking, comments and hidden sheets are left out. Repeated cells and rows are read
once: a sheet says "repeat this 1,048,576 times" about its empty end.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from cop.files.package import open_part
from cop.files.readers.gather import Gatherer, Reading
from cop.files.readers.properties import properties, useful_title
from cop.files.xmlstream import END, START, TEXT, Event, events, without

_SKIPPED = frozenset(
    {
        "office:annotation",
        "office:annotation-end",
        "text:tracked-changes",
        "office:scripts",
        "text:note-citation",
    }
)
_PARAGRAPHS = frozenset({"text:p", "text:h"})
_ASIDES = frozenset({"text:note", "draw:text-box", "svg:title", "svg:desc"})
_AROUND = frozenset({"style:header", "style:footer", "style:header-left", "style:footer-left"})
_FIELDS = frozenset(
    {"text:page-number", "text:page-count", "text:sheet-name", "text:title", "text:date", "text:time"}
    | {"text:file-name"}
)
"""Fields of headers and footers: what stands in the file for them is a placeholder such as "???"."""
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_MOST_SPACES = 100


def read(archive: zipfile.ZipFile, gatherer: Gatherer) -> Reading:
    """Gather the text of an ODT or ODS; the title is the one in its properties."""
    body = _Text(gatherer)
    with archive.open("content.xml") as part:
        body.gather(without(events(part), _SKIPPED))
    # The headers of a spreadsheet are for printing: sheet name, date, page.
    styles = None if body.is_spreadsheet else open_part(archive, "styles.xml")
    if styles is not None:
        with styles:
            _Text(gatherer).gather(_only(without(events(styles), _SKIPPED | _FIELDS), _AROUND))
    titles = properties(archive, "meta.xml", {"dc:title"}).get("dc:title", [])
    return Reading(title=useful_title(titles[0]) if titles else None)


def _only(steps: Iterator[Event], wanted: frozenset[str]) -> Iterator[Event]:
    """Pass on only what stands inside the wanted elements."""
    depth = 0
    for step in steps:
        if depth:
            depth += (step.what == START) - (step.what == END)
            yield step
        elif step.what == START and step.name in wanted:
            depth = 1


class _Text:
    """Where the stream is: in a paragraph, in a cell, in a hidden sheet."""

    def __init__(self, gatherer: Gatherer) -> None:
        self._out = gatherer
        self._paragraphs = 0
        self._cells = 0
        self.is_spreadsheet = False
        self._style = ""
        self._hidden_styles: set[str] = set()
        self._hidden_tables: list[bool] = []

    def gather(self, steps: Iterator[Event]) -> None:
        for what, name, attributes in steps:
            if what == TEXT:
                if self._paragraphs and not self._is_hidden():
                    self._out.add(" ".join(name.split("\n")))
            elif what == START:
                self._start(name, attributes)
            else:
                self._end(name)

    def _is_hidden(self) -> bool:
        return any(self._hidden_tables)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _PARAGRAPHS:
            self._paragraphs += 1
        elif name == "text:s":
            self._out.add(" " * min(_number(attributes.get("text:c")), _MOST_SPACES))
        elif name in ("text:tab", "text:line-break"):
            self._out.add(" " if self._cells or name == "text:tab" else "\n")
        elif name in _CELLS:
            self._cells += 1
        elif name in _ASIDES:
            self._out.begin_aside()
            self._paragraphs += name.startswith("svg:")
        elif name == "office:spreadsheet":
            self.is_spreadsheet = True
        elif name == "style:style":
            self._style = attributes.get("style:name", "")
        elif name == "style:table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "table:table":
            self._hidden_tables.append(attributes.get("table:style-name", "") in self._hidden_styles)
            if self.is_spreadsheet and not self._is_hidden() and not self._cells:
                self._out.add(f"\n{attributes.get('table:name', '')}\n")

    def _end(self, name: str) -> None:
        if name in _PARAGRAPHS:
            self._paragraphs -= 1
            self._out.add(" " if self._cells else "\n")
        elif name in _CELLS:
            self._cells -= 1
            self._out.add("\t")
        elif name == "table:table-row":
            self._out.add("\n")
        elif name in _ASIDES:
            self._paragraphs -= name.startswith("svg:")
            self._out.end_aside()
        elif name == "table:table":
            self._hidden_tables.pop()


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 1
