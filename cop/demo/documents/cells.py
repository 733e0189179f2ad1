"""A small workbook: sheets of cells that hold a value and, where it is worked out, the formula beside it.

Both are written into the file, so that a spreadsheet program recalculates and everything else (a preview, a search
index, a screen reader's quick look) reads the number without having to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

Value = str | int | float


@dataclass(frozen=True)
class Cell:
    """One cell. `look` is title, text, note, head, input, number, money, pence or percent."""

    value: Value
    look: str = "text"
    formula: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A sheet: name, widths of its columns in centimetres, rows of cells (None for an empty one)."""

    name: str
    widths: tuple[float, ...]
    rows: tuple[tuple[Cell | None, ...], ...]
    header_row: int | None = None


@dataclass(frozen=True)
class Workbook:
    """Sheets in order."""

    sheets: tuple[Sheet, ...]


def head(*words: str) -> tuple[Cell, ...]:
    """A row of column headings."""
    return tuple(Cell(word, "head") for word in words)


def prose(title: str, lines: Sequence[str]) -> Sheet:
    """A first sheet of sentences, one to a row, for people who want to be told what they have opened."""
    rows = [(Cell(title, "title"),), *((Cell(line),) for line in lines)]
    return Sheet("Read me", (22.0,), tuple(rows))
