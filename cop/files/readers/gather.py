"""Collecting a document's text piece by piece up to a limit, and tidying it for search."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_TEXT = 2_000_000
"""Characters kept of one file: some thousand pages."""

_SPACES = dict.fromkeys(map(ord, "\u00a0\u2007\u202f\u2002\u2003\u2009\u3000"), " ")
_NOTHING = dict.fromkeys(
    map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e")
)
_TABLE = _SPACES | _NOTHING | {code: None for code in range(32) if code not in b"\t\n\v\f\r"} | {127: None}
_WORD_END = re.compile(r"[^\W\d_]-$")


class Enough(Exception):
    """The limit is reached: what was gathered is used, the rest of the file is not read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader learnt beside the text it gathered; `note` tells people what could not be read.

    `scanned`: its pages are pictures, and what letters were gathered beside them are worth nothing.
    """

    title: str | None = None
    pages: int | None = None
    note: str | None = None
    scanned: bool = False


class Gatherer:
    """Text so far. An *aside* (a footnote, a text box) comes after the text, so that it splits no sentence."""

    def __init__(self, limit: int = MAX_TEXT) -> None:
        self._main: list[str] = []
        self._asides: list[str] = []
        self._stack: list[list[str]] = []
        self._room = limit

    def add(self, text: str) -> None:
        """Append text as it is; raise `Enough` once the limit is reached."""
        into = self._stack[-1] if self._stack else self._main
        into.append(text[: self._room])
        self._room -= len(text)
        if self._room <= 0:
            raise Enough

    def begin_aside(self) -> None:
        """From here on the text belongs to an aside."""
        self._stack.append([])

    def end_aside(self) -> None:
        """Back to the text around the aside; nothing happens if there is none."""
        if self._stack:
            self._asides.append("".join(self._stack.pop()))

    def text(self) -> str:
        """Everything gathered, asides last."""
        return "\n".join(["".join(self._main), *self._asides, *map("".join, self._stack)])


def tidy(text: str, *, compatibility: bool = False) -> str:
    """Return the text in composed form with plain spaces, no soft hyphens, no control characters.

    `compatibility` folds ligatures and the like as well (NFKC), which text from a PDF needs. Lines stay lines, a
    tab still parts the cells of a table, runs of blank lines become one.
    """
    if compatibility:
        # Whatever a PDF holds is drawn, so its soft hyphens are hyphens that people see ("16-24 years").
        text = text.replace("\u00ad", "-")
    whole = unicodedata.normalize("NFKC" if compatibility else "NFC", text.translate(_TABLE))
    whole = whole.encode("utf-8", "ignore").decode("utf-8")
    lines: list[str] = []
    for line in whole.splitlines():
        cells = (" ".join(cell.split()) for cell in line.split("\t"))
        tidied = "\t".join(cell for cell in cells if cell)
        if tidied or (lines and lines[-1]):
            lines.append(tidied)
    return "\n".join(lines).strip()


def join_hyphenated(text: str) -> str:
    """Join words that a line end broke: "procure-" + "ment".

    The hyphen stays where the same text writes the word with one in the middle of a line ("self-assessment"):
    the document itself is the only dictionary at hand.
    """
    lines = text.split("\n")
    if not any(line.endswith("-") for line in lines):
        return text
    words = {word.strip(".,;:()'\"").lower() for line in lines for word in line.split() if "-" in word[1:-1]}
    joined: list[str] = []
    for line in lines:
        last = joined[-1] if joined else ""
        if last and line[:1].islower() and _WORD_END.search(last[-2:]):
            first, _, rest = line.partition(" ")
            compound = f"{last.rsplit(None, 1)[-1]}{first}".strip(".,;:()'\"").lower()
            joined[-1] = (last if compound in words else last[:-1]) + first
            if rest:
                joined.append(rest)
        else:
            joined.append(line)
    return "\n".join(joined)
