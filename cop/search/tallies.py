"""What search writes to the database: tallies of searches that found nothing or ran out of time.

They are facts of use: the page notes them in memory, a short write adds them up, a crash may lose the last few.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects import postgresql, sqlite

from cop.kernel.db import Tx
from cop.kernel.usage import Key, usage
from cop.search.models import WORDS_LENGTH, SearchTallyRow
from cop.search.query import Clause, Phrase, Prefix, Query

MISS = "search_miss"
MOST_A_DAY = 1_000
"""Different searches in vain that are kept for a day: whoever types nonsense all night must not fill the disk."""
STOPPED = "search_stopped"


def note_miss(query: Query) -> None:
    """Note that nothing was found, by the words as understood, so that spellings and order fold together."""
    words = " ".join(sorted(_words(clause) for clause in query.wanted))
    usage.note(MISS, words[:WORDS_LENGTH])


def note_stopped() -> None:
    """Note that a search ran out of time."""
    usage.note(STOPPED, "")


def _words(clause: Clause) -> str:
    if isinstance(clause, Phrase):
        return " ".join(clause.words)
    return clause.letters + "*" if isinstance(clause, Prefix) else clause.word


def register_tallies() -> None:
    """Say who writes the notes down; called once when a web process is put together."""
    usage.register(MISS, lambda tx, notes: _add(tx, "miss", notes))
    usage.register(STOPPED, lambda tx, notes: _add(tx, "stopped", notes))


def _add(tx: Tx, kind: str, notes: Mapping[Key, int]) -> None:
    day = tx.now().date()
    of_today = (SearchTallyRow.kind == kind, SearchTallyRow.day == day)
    known = set(tx.session.scalars(select(SearchTallyRow.words).where(*of_today)))
    fresh = [key[0] for key in notes if key[0] not in known][: max(0, MOST_A_DAY - len(known))]
    kept = known.union(fresh)
    rows = [
        {"kind": kind, "day": day, "words": key[0], "times": times}
        for key, times in notes.items()
        if key[0] in kept
    ]
    if not rows:
        return
    insert = sqlite.insert if tx.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = insert(SearchTallyRow)
    added: ColumnElement[int] = SearchTallyRow.times + statement.excluded.times
    tx.session.execute(
        statement.on_conflict_do_update(index_elements=["kind", "day", "words"], set_={"times": added}), rows
    )
