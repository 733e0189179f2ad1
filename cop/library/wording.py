"""An asset's facts in words: sizes, types, the line over a title. Pages, lists and search results share them."""

from __future__ import annotations

from datetime import date, datetime

from cop.accounts.lineage import Body
from cop.files.kinds import Kind
from cop.files.wording import file_words as file_words
from cop.files.wording import size_words as size_words
from cop.library.vocabulary import KINDS, NO_REGIME, REGIMES
from cop.web.dates import in_london

STATE_WORDS = {
    "draft": "Draft",
    "published": "Published",
    "superseded": "Superseded",
    "withdrawn": "Withdrawn",
}
STATE_KINDS = {"draft": "warm", "published": "leaf", "superseded": "warm", "withdrawn": "rose"}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip


def download_words(kind: Kind, size: int) -> str:
    """The label of the download button: "Download Word document (DOCX), 84 kB"."""
    return f"Download {kind.label}, {size_words(size)}"


def regime_words(regime: str | None) -> str:
    """The legal regime, empty where there is none to speak of."""
    return "" if regime is None or regime == NO_REGIME else REGIMES[regime]


def kind_line(kind: str, regime: str | None) -> str:
    """What stands over a title: "Specification · Procurement Act 2023"."""
    return " · ".join(filter(None, (KINDS[kind], regime_words(regime))))


def month(day: date) -> str:
    """A month with its year: "October 2026"."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def date_words(moment: date | datetime) -> str:
    """A day as it stands on a record, never relative, so that a printed page stays right: "23 November 2026"."""
    day = in_london(moment)
    return f"{day.day} {month(day)}"


def documents(count: int) -> str:
    """ "1 document", "1,204 documents"."""
    return "1 document" if count == 1 else f"{count:,} documents"


def is_overdue(review_date: date | None, today: date) -> bool:
    """Whether nobody has looked at it by the day on which somebody should have."""
    return review_date is not None and review_date < today


def overdue_words(review_date: date | None, today: date) -> str:
    """What lists say of a document that nobody has reviewed in time; empty for any other."""
    if review_date is None or not is_overdue(review_date, today):
        return ""
    return f"Past its review date, {date_words(review_date)}"


def citation(title: str, number: int, published_at: datetime | None, by: Body | None, address: str) -> str:
    """How to name this version in a report or a tender: who, what, which version, when and where."""
    who = f"{by.name}, " if by is not None else ""
    when = f", {date_words(published_at)}" if published_at is not None else ""
    return f"{who}“{title}”, version {number}{when}, {address}"
