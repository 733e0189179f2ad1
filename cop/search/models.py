"""What people searched for in vain, and how often a search ran out of time: facts of use, by day.

Nobody's name is beside it. It shows what the library lacks and whether the engine keeps up.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cop.kernel.db import Base

WORDS_LENGTH = 80
KIND_LENGTH = 16


class SearchTallyRow(Base):
    """How many times on a day a search found nothing ("miss", with its words) or was stopped ("stopped")."""

    __tablename__ = "search_tally"
    __table_args__ = (
        UniqueConstraint("kind", "day", "words", name="uq_search_tally_kind_day_words"),
        CheckConstraint("kind IN ('miss', 'stopped')", name="kind"),
        CheckConstraint("times >= 1", name="times"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(KIND_LENGTH))
    day: Mapped[date]
    words: Mapped[str] = mapped_column(String(WORDS_LENGTH))
    times: Mapped[int]
