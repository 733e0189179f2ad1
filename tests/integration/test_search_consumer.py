"""The index follows the database: by events, exactly once in effect, and comparably."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.events import DeliveryRow, record
from cop.kernel.outbox import drain_once
from cop.kernel.usage import Usage
from cop.search import cli, consumer, tallies
from cop.search.backend import Busy, Deadline
from cop.search.models import SearchTallyRow
from cop.search.queries import Finder
from cop.search.query import parse
from cop.search.whoosh_backend import WhooshBackend
from tests.build.search_notes import NoteElsewhere, Notes, registry

STRANGER = frozenset({"public"})


@pytest.fixture
def finder(tmp_path: Path) -> Finder:
    """Search over notes, subscribed to their events."""
    made = Finder(WhooshBackend(tmp_path / "index"), registry())
    consumer.subscribe_to_sources(made.registry)
    return made


@pytest.fixture
def notes(db: Database) -> Notes:
    """Writes notes."""
    return Notes(db)


def drain(db: Database, finder: Finder) -> None:
    drained = consumer.consumer(finder.backend, finder.registry)
    while drain_once(db, drained):
        pass


def found(finder: Finder, typed: str) -> list[int]:
    ranked = finder.backend.search(parse(typed), STRANGER, deadline=Deadline.after(60), limit=100)
    return sorted(number for _, number in ranked.keys)


def agrees(db: Database, finder: Finder) -> consumer.Difference:
    return consumer.verify(db, backend=finder.backend, registry=finder.registry)


def test_events_bring_the_index_up_to_date(db: Database, finder: Finder, notes: Notes) -> None:
    notes.write(1, "fleet")
    notes.write(2, "fleet")
    drain(db, finder)
    assert found(finder, "fleet") == [1, 2]
    notes.write(1, "van")
    notes.remove(2)
    drain(db, finder)
    assert found(finder, "fleet") == []
    assert found(finder, "van") == [1]
    assert not agrees(db, finder)
    with db.transaction(write=False) as tx:
        assert tx.session.scalars(select(DeliveryRow.id)).all() == []


def test_a_crash_between_index_and_database_is_made_good(
    db: Database, finder: Finder, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index is written, then the worker dies before the deliveries are deleted; they come again."""
    notes.write(1, "fleet")
    with monkeypatch.context() as patched:
        patched.setattr("cop.kernel.outbox._done", _die)
        with pytest.raises(SystemExit):
            drain(db, finder)
    assert found(finder, "fleet") == [1]
    before = finder.backend.generation()
    with db.transaction(write=True) as tx:
        tx.session.query(DeliveryRow).update({"not_before": tx.now()})
    drain(db, finder)
    assert finder.backend.generation() == before
    assert not agrees(db, finder)


def _die(*_: object) -> None:
    raise SystemExit(9)


def test_a_late_event_cannot_bring_back_what_is_gone(db: Database, finder: Finder, notes: Notes) -> None:
    """Rows are read when the event is consumed, so two events in the wrong order do no harm."""
    notes.write(1, "fleet")
    notes.remove(1)
    drain(db, finder)
    assert found(finder, "fleet") == []
    assert finder.backend.fingerprints() == {}


def test_events_of_others_are_left_alone(db: Database, finder: Finder, notes: Notes) -> None:
    with db.transaction(write=True) as tx:
        record(tx, SYSTEM, NoteElsewhere(5))
        assert tx.session.scalars(select(DeliveryRow.id)).all() == []


def test_a_batch_behind_a_rebuild_waits(
    db: Database, finder: Finder, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.write(1, "fleet")
    real, tries = finder.backend.write, []

    def busy_twice(*args: Any) -> int:
        tries.append(1)
        if len(tries) < 3:
            raise Busy("The search index is being rebuilt.")
        return real(*args)

    monkeypatch.setattr(finder.backend, "write", busy_twice)
    drain(db, finder)
    assert len(tries) == 3
    assert found(finder, "fleet") == [1]


def test_verify_names_every_difference(db: Database, finder: Finder, notes: Notes) -> None:
    for number in (1, 2, 3):
        notes.write(number, "fleet")
    drain(db, finder)
    notes.write(2, "changed")
    notes.remove(3)
    notes.write(4, "new")
    difference = agrees(db, finder)
    assert difference.checked == 3
    assert difference.missing == [("note", 4)]
    assert difference.outdated == [("note", 2)]
    assert difference.left_over == [("note", 3)]
    assert consumer.rebuild(db, backend=finder.backend, registry=finder.registry) == 3
    assert not agrees(db, finder)
    drain(db, finder)
    assert not agrees(db, finder)


def test_the_commands(db: Database, finder: Finder, notes: Notes) -> None:
    notes.write(1, "fleet")

    @contextmanager
    def opened() -> Any:
        yield db, finder

    commands, run = cli.group(opened), CliRunner()
    before = run.invoke(commands, ["verify"])
    assert before.exit_code == 1
    assert "1 missing: note 1" in before.output
    assert "1 documents written" in run.invoke(commands, ["rebuild"]).output
    after = run.invoke(commands, ["verify"])
    assert (after.exit_code, after.output) == (0, "1 documents should be found.\nThe index agrees.\n")


def test_searches_in_vain_are_tallied_by_day(
    db: Database, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = Usage()
    monkeypatch.setattr(tallies, "usage", usage)
    tallies.register_tallies()
    note: Callable[[str], None] = lambda typed: tallies.note_miss(parse(typed))  # noqa: E731 - said thrice
    note("Zebra quagga")
    note('quagga "zebra"')
    usage.flush(db)
    note("zebra quagga")
    tallies.note_stopped()
    usage.flush(db)
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(
            select(SearchTallyRow.kind, SearchTallyRow.words, SearchTallyRow.times).order_by(
                SearchTallyRow.kind
            )
        ).all()
    assert [tuple(row) for row in rows] == [("miss", "quagga zebra", 3), ("stopped", "", 1)]


def test_nonsense_does_not_fill_the_disk(db: Database, notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = Usage()
    monkeypatch.setattr(tallies, "usage", usage)
    monkeypatch.setattr(tallies, "MOST_A_DAY", 3)
    tallies.register_tallies()
    for words in (("ape", "bear"), ("bear", "cat", "dog", "emu"), ("fox", "ape")):
        for typed in words:
            tallies.note_miss(parse(typed))
        usage.flush(db)
    with db.transaction(write=False) as tx:
        rows = tx.session.execute(select(SearchTallyRow.words, SearchTallyRow.times)).all()
    assert sorted(tuple(row) for row in rows) == [("ape", 2), ("bear", 2), ("cat", 1)]
