"""The child process that reads one stranger's file: limits first, then the file on standard input.

It is started by `cop.files.extract` with an empty environment. Before it looks at the file it gives up memory,
time, file size and open files beyond its limits, and an audit hook refuses the network, other programs and any
file but Python's own. The hook does not hold against machine code, so it is a second wall, not the first: the
first is that every reader is written in Python over expat and zlib.

The outcome goes to standard output as one JSON object.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from types import FrameType
from typing import Any, BinaryIO

from cop.files.archives import open_archive
from cop.files.hidden import hidden_in_office
from cop.files.kinds import Kind
from cop.files.outcome import (
    DAMAGED,
    READY,
    SCANNED,
    TOO_SLOW,
    ExtractedText,
    HiddenContent,
    Limits,
    not_searchable,
)
from cop.files.problems import Unreadable
from cop.files.readers import docx, odf, pdf, plain, xlsx
from cop.files.readers.gather import MAX_TEXT, Enough, Gatherer, Reading, join_hyphenated, tidy

TOO_BIG = (
    "The file needs too much memory to read, so its text cannot be searched. It can still be downloaded."
)
EMPTY = "The file holds no text, so it cannot be searched. It can still be downloaded."
CUT = f"Only the first {MAX_TEXT:,} characters can be searched."
PARTLY = "Only part of the file could be read and can be searched."

_LAST_WORDS = 3
"""Seconds of processor or wall-clock time left to report after time ran out."""
_FORBIDDEN = (
    "socket.",
    "subprocess.",
    "os.",
    "shutil.",
    "ctypes.",
    "pty.",
    "webbrowser.",
    "urllib.",
    "tempfile.",
)
_NEEDED = frozenset({"os.listdir", "os.scandir"})
_WRITES = frozenset("wax+")


class OutOfTime(BaseException):
    """Time is up. Not an `Exception`, because readers catch those to get over damage."""


def confine(limits: Limits) -> None:
    """Give up everything beyond the limits, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + _LAST_WORDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits.output, limits.output))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.open_files, limits.open_files))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGXCPU, _time_is_up)
    signal.signal(signal.SIGALRM, _time_is_up)
    signal.setitimer(signal.ITIMER_REAL, limits.seconds)
    sys.addaudithook(_guard(tuple({sys.prefix, sys.base_prefix, *filter(None, sys.path)})))


def _time_is_up(_signal: int, _frame: FrameType | None) -> None:
    # A second alarm ends the process, so that none outlives a parent that was killed.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, _LAST_WORDS)
    raise OutOfTime


def _guard(readable: tuple[str, ...]) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode = arguments[0], arguments[1]
            if isinstance(path, int):
                return
            if not str(path).startswith(readable) or (mode is not None and _WRITES.intersection(mode)):
                raise PermissionError("the reader may not open other files")
        elif event.startswith(_FORBIDDEN) and event not in _NEEDED:
            raise PermissionError(f"the reader may not use {event}")

    return hook


def read_file(stream: BinaryIO, kind: Kind) -> ExtractedText:
    """Read one file; whatever is wrong with it becomes a reason, never an error."""
    hidden = HiddenContent()
    gatherer = Gatherer()
    note: str | None = None
    reading = Reading()
    try:
        if kind is Kind.PDF:
            document = pdf.open_pdf(stream)
            hidden = pdf.hidden(document)
            reading = pdf.read(document, gatherer)
        elif kind.is_plain_text:
            reading = _PLAIN_READERS[kind](stream, gatherer)
        else:
            archive = open_archive(stream)
            hidden = hidden_in_office(archive, kind)
            reading = _OFFICE_READERS[kind](archive, gatherer)
    except Enough:
        note = CUT
    except Unreadable as problem:
        note = str(problem)
    except OutOfTime:
        note = TOO_SLOW
    except MemoryError:
        note = TOO_BIG
    except Exception:
        note = DAMAGED
    return _outcome(kind, gatherer.text(), reading, note, hidden)


def _outcome(
    kind: Kind, raw: str, reading: Reading, note: str | None, hidden: HiddenContent
) -> ExtractedText:
    if reading.scanned and note is None:
        found = not_searchable(SCANNED, hidden)
        return replace(found, pages=reading.pages, title=reading.title, scanned=True)
    text = tidy(raw, compatibility=kind is Kind.PDF)
    if kind is Kind.PDF:
        text = join_hyphenated(text)
    if not text:
        return replace(not_searchable(note or EMPTY, hidden), pages=reading.pages, title=reading.title)
    reason = reading.note if note is None else CUT if note == CUT else PARTLY
    return ExtractedText("searchable", reason, text[:MAX_TEXT], reading.pages, reading.title, hidden)


_PLAIN_READERS: dict[Kind, Callable[[BinaryIO, Gatherer], Reading]] = {
    Kind.CSV: plain.read_csv,
    Kind.MARKDOWN: plain.read_markdown,
    Kind.TEXT: plain.read_text,
}
_OFFICE_READERS: dict[Kind, Callable[[zipfile.ZipFile, Gatherer], Reading]] = {
    Kind.DOCX: docx.read,
    Kind.XLSX: xlsx.read,
    Kind.ODT: odf.read,
    Kind.ODS: odf.read,
}


def main(arguments: list[str]) -> None:
    """Read standard input as the kind named first, within the limits that follow as JSON; print the outcome."""
    kind = Kind(arguments[0])
    confine(Limits(**json.loads(arguments[1])))
    sys.stdout.buffer.write(READY)
    sys.stdout.buffer.flush()
    try:
        with open(0, "rb", closefd=False) as stream:
            outcome = read_file(stream, kind)
    except OutOfTime:
        outcome = not_searchable(TOO_SLOW)
    signal.setitimer(signal.ITIMER_REAL, _LAST_WORDS)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    sys.stdout.buffer.write(json.dumps(asdict(outcome), ensure_ascii=False).encode("utf-8", "replace"))
    sys.stdout.buffer.flush()
