"""The bottom of the house on both databases: who may write, what is committed, when effects run, what time it is."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from cop.accounts.models import OrganisationRow, PersonRow
from cop.kernel import checkpoint, constraints
from cop.kernel.access import SYSTEM
from cop.kernel.clock import db_now, shifted_for_tests_only
from cop.kernel.db import Database, Tx
from cop.kernel.errors import Conflict, Invalid
from cop.kernel.events import Event, EventRow, how_many, record
from tests.build.community import Community
from tests.build.databases import PostgresqlMaker, SqliteMaker
from tests.build.servers import until


@dataclass(frozen=True, slots=True)
class KettleBoiled(Event):
    """Something only the tests know."""

    cups: int
    kind: str = "green"


def _organisation(tx: Tx, name: str = "A", gss: str | None = None) -> None:
    row = {"kind": "council", "name": name, "official_name": name, "gss_code": gss}
    tx.session.execute(insert(OrganisationRow), row)


def _names(db: Database) -> list[str]:
    with db.transaction(write=False) as tx:
        return list(tx.session.scalars(select(OrganisationRow.name).order_by(OrganisationRow.name)))


def test_a_reader_cannot_write(db: Database) -> None:
    with pytest.raises(DBAPIError, match=r"readonly|read-only"), db.transaction(write=False) as tx:
        _organisation(tx)
    assert _names(db) == []


def test_a_reader_cannot_record_nor_have_effects(db: Database) -> None:
    with db.transaction(write=False) as tx:
        with pytest.raises(RuntimeError, match="write transaction"):
            record(tx, SYSTEM, KettleBoiled(1))
        with pytest.raises(RuntimeError, match="no effects"):
            tx.after_commit(lambda: None)


def test_what_raises_leaves_nothing_behind(db: Database) -> None:
    ran: list[str] = []

    def fail() -> None:
        with db.transaction(write=True) as tx:
            _organisation(tx)
            record(tx, SYSTEM, KettleBoiled(1))
            tx.after_commit(lambda: ran.append("effect"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (_names(db), ran) == ([], [])


def test_effects_run_after_the_commit_and_cannot_undo_it(db: Database) -> None:
    seen: list[list[str]] = []

    def broken() -> None:
        raise RuntimeError("the socket is gone")

    with db.transaction(write=True) as tx:
        _organisation(tx)
        tx.after_commit(broken)
        tx.after_commit(lambda: seen.append(_names(db)))
    assert seen == [["A"]], "the effect saw what was committed, although the one before it failed"


def test_a_savepoint_released_inside_a_failure_runs_no_effect(db: Database) -> None:
    ran: list[str] = []

    def fail() -> None:
        with db.transaction(write=True) as tx:
            with tx.session.begin_nested():
                _organisation(tx)
                tx.after_commit(lambda: ran.append("effect"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (_names(db), ran) == ([], [])


def test_a_broken_constraint_becomes_its_domain_error(db: Database, community: Community) -> None:
    community.person(email="ann@testshire.example")
    with pytest.raises(Invalid, match="already has an account") as refusal:
        community.person(email="ann@testshire.example")
    assert refusal.value.field == "email"


def test_a_constraint_nobody_gave_a_meaning_stays_a_fault(db: Database) -> None:
    with db.transaction(write=True) as tx:
        _organisation(tx, gss="E1")
    typed = "a" + " canary"
    with pytest.raises(IntegrityError) as caught, db.transaction(write=True) as tx:
        _organisation(tx, typed, gss="E1")
    shown = "".join(traceback.format_exception(caught.value))
    assert "IntegrityError" in shown
    assert typed not in shown, "errors are logged and shown, and must not quote what was typed"


def test_a_row_the_database_refuses_is_not_quoted(db: Database) -> None:
    typed = "a" + " canary"
    row = {"kind": None, "name": typed, "official_name": typed}
    with pytest.raises(DBAPIError) as caught, db.transaction(write=True) as tx:
        tx.session.execute(insert(OrganisationRow), row)
    assert typed not in "".join(traceback.format_exception(caught.value))


def test_a_reference_that_leads_nowhere_is_a_conflict(db: Database) -> None:
    row = {"name": "A", "email": "a@b.example", "job": "", "function": "it", "organisation_id": 999}
    with pytest.raises(Conflict, match="has changed"), db.transaction(write=True) as tx:
        tx.session.execute(insert(PersonRow), {**row, "created_at": tx.now()})


def test_a_unique_index_over_an_expression_is_known_by_its_name(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with db.transaction(write=True) as tx:
        tx.session.execute(text("CREATE UNIQUE INDEX uq_loud_name ON organisation (upper(name))"))
        _organisation(tx, "A")
    monkeypatch.setitem(constraints._meanings, "uq_loud_name", Conflict("That name is taken."))
    with pytest.raises(Conflict, match="taken"), db.transaction(write=True) as tx:
        _organisation(tx, "a")


def test_who_waits_for_each_other_is_told_to_try_again(postgresql_maker: PostgresqlMaker) -> None:
    """SQLite has one writer, so nobody can."""
    url = postgresql_maker.fresh()
    database = Database.open(url)
    with database.transaction(write=True) as tx:
        _organisation(tx, "A")
        _organisation(tx, "B")
    both_hold_one = threading.Barrier(2)
    refused: list[Conflict] = []

    def touch(first: str, second: str) -> None:
        rename = text("UPDATE organisation SET region = 'X' WHERE name = :name")
        try:
            with database.transaction(write=True) as tx:
                tx.session.execute(rename, {"name": first})
                both_hold_one.wait(10)
                tx.session.execute(rename, {"name": second})
        except Conflict as error:
            refused.append(error)

    threads = [threading.Thread(target=touch, args=pair) for pair in (("A", "B"), ("B", "A"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    database.dispose()
    postgresql_maker.drop(url)
    assert [error.message for error in refused] == [
        "Somebody else changed this at the same moment. Try again."
    ]


def test_times_are_aware_utc_and_naive_ones_are_refused(db: Database) -> None:
    with db.transaction(write=True) as tx:
        now = tx.now()
        assert now.tzinfo is UTC or now.utcoffset() == timedelta(0)
        assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
        assert tx.now() == now, "one unit of work has one time"
        with pytest.raises(StatementError, match="naive"):
            tx.session.execute(select(EventRow).where(EventRow.at < datetime(2026, 1, 1)))  # noqa: DTZ001


def test_the_database_clock_can_be_shifted_by_tests(db: Database) -> None:
    with db.transaction(write=False) as tx:
        plain = tx.session.execute(select(db_now())).scalar_one()
        with shifted_for_tests_only(3600):
            later = tx.session.execute(select(db_now())).scalar_one()
    assert timedelta(minutes=59) < later - plain < timedelta(minutes=61)


def test_the_event_log_is_append_only_in_the_database_itself(db: Database) -> None:
    with db.transaction(write=True) as tx:
        record(tx, SYSTEM, KettleBoiled(2))
    for statement in ("UPDATE event SET kind = 'x'", "DELETE FROM event"):
        with pytest.raises(DBAPIError, match="append-only"), db.transaction(write=True) as tx:
            tx.session.execute(text(statement))
    with db.transaction(write=False) as tx:
        assert tx.session.execute(select(EventRow.kind, EventRow.payload)).one() == (
            "KettleBoiled",
            '{"cups":2,"kind":"green"}',
        )


def test_an_event_that_commits_late_is_counted(postgresql_maker: PostgresqlMaker) -> None:
    """On PostgreSQL a lower id can commit after a higher one was read; SQLite has one writer."""
    url = postgresql_maker.fresh()
    database = Database.open(url)

    def count() -> int:
        with database.transaction(write=False) as tx:
            return how_many(tx, [KettleBoiled])

    with database.transaction(write=True) as slow:
        record(slow, SYSTEM, KettleBoiled(1))
        with database.transaction(write=True) as quick:
            record(quick, SYSTEM, KettleBoiled(2))
        assert count() == 1
    assert count() == 2
    database.dispose()
    postgresql_maker.drop(url)


def test_an_event_holds_facts_and_nothing_else(db: Database) -> None:
    with pytest.raises(TypeError, match="id or a fact"), db.transaction(write=True) as tx:
        record(tx, SYSTEM, KettleBoiled(["much", "personal", "text"]))  # type: ignore[arg-type]


def test_sixteen_writers_at_once_all_get_through(db: Database) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            for turn in range(10):
                with db.transaction(write=True) as tx:
                    tx.session.execute(select(OrganisationRow.id)).all()
                    _organisation(tx, f"{number:02}-{turn}")
                    record(tx, SYSTEM, KettleBoiled(turn))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert len(_names(db)) == 160


def _write_both_and_fail(tx: Tx) -> None:
    tx.rows(insert(OrganisationRow), {"kind": "council", "name": "never", "official_name": "n"})
    tx.session.add(OrganisationRow(kind="council", name="never either", official_name="n"))
    tx.session.flush()
    raise Conflict("no")


def test_statements_about_columns_see_what_the_session_still_holds(db: Database) -> None:
    with db.transaction(write=True) as tx:
        tx.session.add(OrganisationRow(kind="council", name="held", official_name="held"))
        assert tx.rows(select(OrganisationRow.name)).scalars().all() == ["held"]
        tx.rows(insert(OrganisationRow), {"kind": "council", "name": "by columns", "official_name": "b"})
        assert tx.session.query(OrganisationRow).count() == 2
    assert _names(db) == ["by columns", "held"]
    with pytest.raises(Conflict), db.transaction(write=True) as tx:
        _write_both_and_fail(tx)
    assert _names(db) == ["by columns", "held"]


def _in_the_file(url: str, copy: Path) -> int:
    """How many organisations the database file holds without its write-ahead log."""
    shutil.copy(url.removeprefix("sqlite:///"), copy)
    with closing(sqlite3.connect(copy)) as connection:
        found: int = connection.execute("SELECT count(*) FROM organisation").fetchone()[0]
    return found


def test_the_log_is_emptied_beside_the_requests(sqlite_maker: SqliteMaker, tmp_path: Path) -> None:
    url = sqlite_maker.fresh()
    db = Database.open(url)
    with db.transaction(write=False) as reader:
        assert reader.rows(select(OrganisationRow.id)).all() == []
        for number in range(checkpoint.EVERY_COMMITS - 1):
            with db.transaction(write=True) as tx:
                _organisation(tx, f"{number:04}")
        assert _in_the_file(url, tmp_path / "before.db") == 0
        assert "checkpoint" not in {thread.name for thread in threading.enumerate()}
        assert reader.rows(select(OrganisationRow.id)).all() == [], "a reader is not disturbed"
    for number in range(2_000):
        with db.transaction(write=True) as tx:
            _organisation(tx, f"later {number:04}")
    until(lambda: _in_the_file(url, tmp_path / "after.db") > 0, 10, "something to be moved into the file")
    # 2,000 commits of some pages each: without a new beginning the log would hold them all.
    assert Path(url.removeprefix("sqlite:///") + "-wal").stat().st_size < 2_000 * 4_096
    db.dispose()
    assert "checkpoint" not in {thread.name for thread in threading.enumerate()}
    assert _in_the_file(url, tmp_path / "closed.db") == checkpoint.EVERY_COMMITS - 1 + 2_000


def test_emptying_the_log_fails_without_ending_and_makes_no_database(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "gone.db"
    emptier = checkpoint.Checkpointer(path, nullcontext)
    for _ in range(2):
        caplog.clear()
        for _ in range(checkpoint.EVERY_COMMITS):
            emptier.committed()
        until(lambda: "could not be emptied" in caplog.text, 10, "the failure to be logged")
    emptier.close()
    assert not path.exists()


def test_a_caught_failure_does_not_commit_what_came_after_it(db: Database) -> None:
    with db.transaction(write=True) as tx:
        _organisation(tx, "first", gss="E1")

    def hide_the_failure() -> None:
        with db.transaction(write=True) as tx:
            tx.rows(insert(OrganisationRow), {"kind": "council", "name": "before", "official_name": "b"})
            tx.session.add(OrganisationRow(kind="council", name="b", official_name="b", gss_code="E1"))
            with suppress(IntegrityError):
                tx.session.flush()
            tx.rows(insert(OrganisationRow), {"kind": "council", "name": "after", "official_name": "a"})

    with pytest.raises(RuntimeError, match="rolled back"):
        hide_the_failure()
    assert _names(db) == ["first"]


def test_statements_about_columns_belong_to_the_sessions_savepoint(db: Database) -> None:
    with db.transaction(write=True) as tx:
        _organisation(tx, "first", gss="E1")
        with suppress(IntegrityError), tx.session.begin_nested():
            tx.rows(insert(OrganisationRow), {"kind": "council", "name": "inside", "official_name": "i"})
            tx.session.add(OrganisationRow(kind="council", name="b", official_name="b", gss_code="E1"))
            tx.session.flush()
        tx.rows(insert(OrganisationRow), {"kind": "council", "name": "outside", "official_name": "o"})
    assert _names(db) == ["first", "outside"]


OTHER_PROCESS = """
import sys, time
from cop.kernel.db import Database
from sqlalchemy import text
db = Database.open(sys.argv[1])
with db.transaction(write=True) as tx:
    tx.session.execute(text("INSERT INTO organisation (kind, name, official_name) VALUES ('council','other','o')"))
    print("inside", flush=True)
    time.sleep(0.7)
db.dispose()
"""


def test_writers_in_two_processes_wait_for_each_other(db: Database) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OTHER_PROCESS, db.url], stdout=subprocess.PIPE, cwd=Path.cwd(), text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "inside"
        started = time.monotonic()
        with db.transaction(write=True) as tx:
            waited = time.monotonic() - started
            _organisation(tx, "mine")
    assert _names(db) == ["mine", "other"]
    if db.is_sqlite:
        assert waited > 0.3, "on SQLite the second writer waits at the lock"
