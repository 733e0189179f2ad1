"""Text of an XLSX: the cells of its visible sheets row by row, and the text boxes on them.

Read as streams. A date is stored as a number of days with a date format; it comes out as 2026-03-31, because
that is what people search for. Formats are those of ECMA-376 part 1, 18.8.30.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cop.files.package import main_part, open_part, relationships
from cop.files.problems import Unreadable
from cop.files.readers.gather import Gatherer, Reading
from cop.files.readers.properties import title_of
from cop.files.xmlstream import END, START, TEXT, Event, events, text_of, without

_BUILT_IN_DATES = frozenset({*range(14, 23), *range(27, 37), *range(50, 59)})
_NOT_THE_FORMAT = re.compile(r'"[^"]{0,200}"|\\.|\[[^\]]{0,50}\]')
_DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
_DAY_ZERO_1904 = datetime(1904, 1, 1, tzinfo=UTC)
_LAST_DAY = 2_950_000
_PHONETIC = frozenset({"x:rPh"})
MAX_SHARED = 50_000_000
"""Characters of the table of shared strings that are held in memory."""
TOO_LARGE = "The spreadsheet is too large to be read for search. It can still be downloaded."


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of the workbook: its name, its part, and whether people see it."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets in order, and the day that dates are counted from."""

    sheets: tuple[Sheet, ...]
    day_zero: datetime


def workbook(archive: zipfile.ZipFile) -> Workbook:
    """Read the workbook part; raise `Unreadable` if it is damaged."""
    main = main_part(archive)
    parts = {each.id: each.target for each in relationships(archive, main) if not each.external}
    found: list[Sheet] = []
    day_zero = _DAY_ZERO
    with archive.open(main) as stream:
        for what, name, attributes in events(stream):
            if what == START and name == "x:sheet":
                visible = attributes.get("state", "visible") == "visible"
                found.append(
                    Sheet(attributes.get("name", ""), parts.get(attributes.get("r:id", ""), ""), visible)
                )
            elif what == START and name == "x:workbookPr" and attributes.get("date1904") in ("1", "true"):
                day_zero = _DAY_ZERO_1904
    return Workbook(tuple(found), day_zero)


def read(archive: zipfile.ZipFile, gatherer: Gatherer) -> Reading:
    """Gather the text of the visible sheets; the title is the one in the workbook's properties."""
    book = workbook(archive)
    by_kind = {
        each.kind: each.target for each in relationships(archive, main_part(archive)) if not each.external
    }
    shared = _shared_strings(archive, by_kind.get("sharedStrings", ""))
    dates = _date_styles(archive, by_kind.get("styles", ""))
    for sheet in book.sheets:
        stream = open_part(archive, sheet.part)
        if not sheet.visible or stream is None:
            continue
        gatherer.add(f"\n{sheet.name}\n")
        with stream:
            _Cells(gatherer, shared, dates, book.day_zero).gather(without(events(stream), _PHONETIC))
        for related in relationships(archive, sheet.part):
            drawing = open_part(archive, related.target) if related.kind == "drawing" else None
            if drawing is not None:
                with drawing:
                    gatherer.add("\n" + "\n".join(text_of(events(drawing), "a:t")) + "\n")
    return Reading(title=title_of(archive))


def _shared_strings(archive: zipfile.ZipFile, part: str) -> list[str]:
    found: list[str] = []
    stream = open_part(archive, part)
    if stream is None:
        return found
    pieces: list[str] = []
    taking = False
    length = 0
    with stream:
        for what, name, _ in without(events(stream), _PHONETIC):
            if what == TEXT:
                if taking:
                    length += len(name)
                    pieces.append(name)
                if length > MAX_SHARED:
                    raise Unreadable(TOO_LARGE)
            elif name == "x:t":
                taking = what == START
            elif name == "x:si" and what == END:
                found.append("".join(pieces))
                pieces.clear()
    return found


def _date_styles(archive: zipfile.ZipFile, part: str) -> frozenset[int]:
    """The cell styles that show a number as a date."""
    stream = open_part(archive, part)
    if stream is None:
        return frozenset()
    formats = set(_BUILT_IN_DATES)
    found: set[int] = set()
    index = -1
    in_cells = False
    with stream:
        for what, name, attributes in events(stream):
            if name == "x:cellXfs":
                in_cells = what == START
            elif what != START:
                continue
            elif name == "x:numFmt":
                code = _NOT_THE_FORMAT.sub("", attributes.get("formatCode", "")[:300]).lower()
                if "y" in code or "d" in code or "mmm" in code:
                    formats.add(_whole(attributes.get("numFmtId"), -1))
            elif name == "x:xf" and in_cells:
                index += 1
                if _whole(attributes.get("numFmtId"), 0) in formats:
                    found.add(index)
    return frozenset(found)


class _Cells:
    """Turns the stream of one sheet into rows of text."""

    def __init__(
        self, gatherer: Gatherer, shared: list[str], dates: frozenset[int], day_zero: datetime
    ) -> None:
        self._out = gatherer
        self._shared = shared
        self._dates = dates
        self._day_zero = day_zero
        self._type = "n"
        self._style = 0
        self._value: list[str] = []
        self._taking = False

    def gather(self, steps: Iterator[Event]) -> None:
        for what, name, attributes in steps:
            if what == TEXT:
                if self._taking:
                    self._value.append(name)
            elif name in ("x:v", "x:t"):
                self._taking = what == START
            elif name == "x:c":
                if what == START:
                    self._type = attributes.get("t", "n")
                    self._style = _whole(attributes.get("s"), 0)
                    self._value.clear()
                elif self._value:
                    self._out.add(self._shown("".join(self._value)) + "\t")
            elif name == "x:row" and what == END:
                self._out.add("\n")

    def _shown(self, value: str) -> str:
        if self._type == "s":
            index = _whole(value, -1)
            return self._shared[index] if 0 <= index < len(self._shared) else ""
        if self._type == "b":
            return "TRUE" if value == "1" else "FALSE"
        if self._type == "n" and self._style in self._dates:
            return self._date(value)
        return value

    def _date(self, value: str) -> str:
        try:
            days = float(value[:30])
        except ValueError:
            return value
        if not 0 < days < _LAST_DAY:
            return value
        return (self._day_zero + timedelta(days=int(days))).date().isoformat()


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text and len(text) < 10 and text.isascii() and text.isdecimal() else otherwise
