"""Migrations: one line of them, up, down and up again with data, ending in exactly what the models say."""

from __future__ import annotations

import dataclasses
import io
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, create_engine, select, text
from sqlalchemy.exc import DBAPIError

from cop.accounts import domains, half_way, joining, kept_texts, merging, second_step, sessions
from cop.accounts import service as accounts
from cop.accounts.register.reader import english_register
from cop.accounts.sessions import actor_of
from cop.app import create_app
from cop.demo.start import load_once
from cop.files.intake import receive
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.audit import extend_chain
from cop.kernel.constraints import registered
from cop.kernel.db import Base, Database, Tx
from cop.library import hearing, reviews
from cop.library import queries as library
from cop.mail import links
from cop.mail import service as mail
from cop.migrate import _config, current, migrate, newest
from cop.notifications import service as notices
from cop.notifications.queries import Preferences
from cop.paths import MIGRATIONS
from cop.settings import Settings
from cop.teams import calendar_address
from cop.threads import drafts, queries, reports, splitting
from cop.threads import service as discussions
from cop.threads.attachments import New
from cop.threads.models import PostRow, ThreadRow, ThreadSummaryRow
from cop.threads.texts import written
from tests.build.community import Community
from tests.build.databases import Maker

Rows = dict[str, list[dict[str, Any]]]
# Counters and throttles, which the demonstration does not need; and pictures, which older tables cannot hold.
MAY_BE_EMPTY = {
    "delivery",
    "sign_in_failure",
    "asset_download",
    "search_tally",
    "asset_comparison",
    "picture",
}


@pytest.fixture
def empty(maker: Maker) -> Iterator[str]:
    url = maker.empty()
    yield url
    maker.drop(url)


def contents(url: str) -> Rows:
    """Every row of every table, as the database has it."""
    engine = create_engine(url)
    try:
        metadata = MetaData()
        metadata.reflect(engine)
        with engine.connect() as connection:
            return {
                name: sorted((dict(row) for row in connection.execute(select(table)).mappings()), key=repr)
                for name, table in metadata.tables.items()
                if name != "alembic_version"
            }
    finally:
        engine.dispose()


def lost(before: Rows, kept: Rows) -> list[str]:
    """The tables of `kept` whose rows are not those of before, in the columns that both have."""
    found = []
    for name, rows in kept.items():
        columns = rows[0].keys() if rows else set()
        was = [{key: value for key, value in row.items() if key in columns} for row in before[name]]
        if sorted(was, key=repr) != sorted(rows, key=repr):
            found.append(name)
    return found


def test_a_row_or_a_value_that_a_step_loses_is_noticed() -> None:
    before = {"team": [{"id": 1, "name": "A", "added": None}, {"id": 2, "name": "B", "added": None}]}
    assert lost(before, {"team": [{"id": 1, "name": "A"}, {"id": 2, "name": "B"}]}) == []
    assert lost(before, {"team": [{"id": 1, "name": "A"}]}) == ["team"]
    assert lost(before, {"team": [{"id": 1, "name": "A"}, {"id": 2, "name": ""}]}) == ["team"]
    assert lost(before, {"team": []}) == ["team"]


def test_there_is_one_line_of_migrations_and_its_end_is_written_down() -> None:
    steps = ScriptDirectory.from_config(_config())
    assert len(steps.get_heads()) == 1, "two people added a migration at once: put one behind the other"
    assert (MIGRATIONS / "versions" / ".current-head").read_text().strip() == newest()


def test_the_migrations_end_in_what_the_models_say(
    maker: Maker, make_settings: Callable[[str], Settings]
) -> None:
    url = maker.fresh()
    db = Database.open(url)
    create_app(make_settings(url), db)
    with db.writes.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    db.dispose()
    maker.drop(url)
    assert differences == []


def test_every_constraint_has_a_name() -> None:
    nameless = [
        f"{table.name}: {constraint}"
        for table in Base.metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]
    assert not nameless


def test_every_meaning_belongs_to_a_constraint_that_exists(make_settings: Callable[[str], Settings]) -> None:
    names = {str(item.name) for table in Base.metadata.tables.values() for item in table.constraints}
    names |= {str(index.name) for table in Base.metadata.tables.values() for index in table.indexes}
    assert registered() <= names


def test_each_step_goes_up_down_and_up_again(empty: str) -> None:
    steps = [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]
    for number, revision in enumerate(steps):
        migrate(empty, revision)
        assert current(empty) == revision
        migrate(empty, steps[number - 1] if number else "base")
        migrate(empty, revision)
    migrate(empty, "base")
    assert contents(empty) == {}
    migrate(empty)
    assert current(empty) == newest()


def test_down_and_up_with_data_keeps_what_the_older_tables_hold(
    maker: Maker, demo_rows: Callable[[str], None]
) -> None:
    url = maker.fresh()
    demo_rows(url)
    before = contents(url)
    empty = {name for name, rows in before.items() if not rows}
    assert empty <= MAY_BE_EMPTY, f"the demonstration leaves these tables untested: {empty - MAY_BE_EMPTY}"
    steps = [step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()]
    for revision in steps[1:]:
        migrate(url, revision)
        assert lost(before, contents(url)) == [], f"going down to {revision}"
    migrate(url)
    after = contents(url)
    assert set(after) == set(before)
    oldest = steps[-1]
    assert oldest == "0001"
    for name in ("event", "event_link"):
        assert after[name] == before[name]
    maker.drop(url)


def test_going_back_before_pictures_takes_them_and_nothing_else(maker: Maker) -> None:
    """The older tables know eight kinds of document: a picture cannot stay, what else a post carried is kept."""
    url = maker.fresh()
    engine = create_engine(url)
    with engine.begin() as connection:
        for number, kind in enumerate(("text", "png"), 1):
            connection.execute(
                text(
                    "INSERT INTO stored_file (id, sha256, size, kind, media_type, filename, created_at) "
                    "VALUES (:id, :sha, 1, :kind, 'x/y', 'a.b', '2026-11-01 09:00:00')"
                ),
                {"id": number, "sha": str(number) * 64, "kind": kind},
            )
            connection.execute(
                text(
                    "INSERT INTO file_text (file_id, status, text, findings, extractor_version, scanned) "
                    "VALUES (:id, 'pending', '', '{}', 0, false)"
                ),
                {"id": number},
            )
        connection.execute(text("INSERT INTO picture (file_id, width, height) VALUES (2, 5, 5)"))
    engine.dispose()
    script = ScriptDirectory.from_config(_config()).get_revision("0030")
    migrate(url, str(script.down_revision))
    assert [row["kind"] for row in contents(url)["stored_file"]] == ["text"]
    assert [row["file_id"] for row in contents(url)["file_text"]] == [1]
    migrate(url)
    assert contents(url)["picture"] == []
    maker.drop(url)


def people_who_published(url: str) -> None:
    """Three people and their memberships, and what each of them owns or made, in the tables of before."""
    then, joined, vested = "2022-06-01 09:00:00", "2020-01-01 09:00:00", "2023-04-01 00:00:00"
    engine = create_engine(url)
    with engine.begin() as connection:

        def put(table: str, **values: Any) -> None:
            columns = ", ".join(values)
            marks = ", ".join(f":{name}" for name in values)
            connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({marks})"), values)

        for number in (1, 2, 3):
            put("organisation", id=number, kind="council", name=f"Council {number}", official_name="Council")
        for number, present in ((1, 2), (2, 2), (3, 3)):
            put(
                "person",
                id=number,
                email=f"p{number}@example.org",
                name="A",
                job="",
                function="legal",
                organisation_id=present,
                created_at=joined,
            )
        for person, of, since, until in (
            (1, 1, joined, vested), (1, 2, vested, None), (2, 2, vested, None), (3, 3, joined, None),
        ):  # fmt: skip
            put("membership", person_id=person, organisation_id=of, since=since, until=until)
        file = {"sha256": "a" * 64, "size": 1, "kind": "text", "media_type": "x/y", "filename": "a.b"}
        put("stored_file", id=1, created_at=then, **file)
        # Owner, maker, when the first version was published, and the newest.
        for number, (owner, maker_id, first, newest_at) in enumerate(
            ((1, 3, then, then), (None, 1, then, then), (2, 3, then, then), (1, 3, then, "2024-06-01 09:00:00"),
             (1, 1, None, None)),
            start=1,
        ):  # fmt: skip
            shared = {
                "title": "T",
                "summary": "S",
                "audience": "public",
                "status": "published" if first else "draft",
                "revision": 1,
                "created_by": maker_id,
                "created_at": then,
                "withdrawn_reason": "",
            }
            more = {"kind": "guide", "category": "Workforce", "owner_id": owner, "version": 1}
            put("asset", id=number, published_at=newest_at, **more, **shared)
            put("asset_version", asset_id=number, number=1, file_id=1, note="", published_at=first, **shared)
    engine.dispose()


def test_who_published_is_whom_its_owner_acted_for_then(maker: Maker) -> None:
    """Up: the membership of that day, of the owner or else the maker, or else the present one; nothing for a draft."""
    url = maker.fresh()
    migrate(url, "0030")
    people_who_published(url)
    before = contents(url)
    migrate(url)
    published = {row["id"]: row["organisation_id"] for row in contents(url)["asset"]}
    # The third's owner acted for nobody yet; of the fourth the first version counts; the last is a draft.
    assert published == {1: 1, 2: 1, 3: 2, 4: 1, 5: None}
    migrate(url, "0030")
    assert contents(url)["asset"] == before["asset"]
    maker.drop(url)


def leave_traces(tx: Tx, store: FileStore) -> None:
    """What people leave in threads beside posts, by somebody on the team of the first one."""
    thread_id, author_id = tx.rows(select(ThreadRow.id, ThreadRow.created_by).order_by(ThreadRow.id)).first()
    author = actor_of(tx, author_id)
    typed = drafts.Typed(body="Half a thought")
    drafts.save(author, tx=tx, kind="reply", subject_id=thread_id, typed=typed)
    first = tx.rows(select(PostRow.id).where(PostRow.thread_id == thread_id).order_by(PostRow.id)).scalar()
    discussions.react(author, tx=tx, post_id=first, kind="agree", on=True)
    moderate(tx, thread_id)
    document = receive(store, io.BytesIO(b"Words."), filename="words.txt", limit=1_000)
    body = written("See the file.")
    discussions.reply(author, tx=tx, thread_id=thread_id, body=body, files=[New(document, "")])
    part(tx, thread_id, author)
    assert tx.session.scalars(select(ThreadSummaryRow.source)).first(), "the demonstration sums threads up"


def part(tx: Tx, thread_id: int, author: Actor) -> None:
    """The thread is split."""
    facilitator = replace(SYSTEM, person_id=author.person_id)
    thread = queries.thread(facilitator, tx=tx, thread_id=thread_id)
    numbers = splitting.from_on(facilitator, tx=tx, thread=thread, number=2)[:2]
    splitting.split(facilitator, tx=tx, thread_id=thread_id, numbers=numbers, title="A thing apart")


def moderate(tx: Tx, thread_id: int) -> None:
    """A post is reported, hidden and shown again."""
    post_id = tx.rows(
        select(PostRow.id).where(PostRow.thread_id == thread_id, PostRow.deleted_at.is_(None))
    ).scalar()
    version = tx.rows(select(PostRow.version).where(PostRow.id == post_id)).scalar_one()
    reports.report(SYSTEM, tx=tx, post_id=post_id, reason="abuse", words="It is rude")
    moderator = replace(SYSTEM, person_id=tx.rows(select(ThreadRow.created_by)).scalar())
    for kind in ("hide", "show"):
        reports.decide(moderator, tx=tx, post_id=post_id, kind=kind, reason="So", version=version)


@pytest.fixture
def demo_rows(make_settings: Callable[[str], Settings]) -> Callable[[str], None]:
    """Fill a migrated database with the whole demonstration, read, indexed and chained."""

    def fill(url: str) -> None:
        settings = dataclasses.replace(make_settings(url), demo=True)
        db = Database.open(url)
        with db.transaction(write=True) as tx:
            accounts.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
        assert load_once(db, settings)
        community = Community(db)
        person = community.person()
        community.session(person)
        with db.transaction(write=True) as tx:
            mail_id = mail.queue(SYSTEM, tx=tx, purpose="test", subject_id=1)
            links.mint(tx, mail_id=mail_id, lives=timedelta(hours=1))
            assert person.person_id is not None
            notices.tell(SYSTEM, tx=tx, kind="test", subject_id=1, person_ids=[person.person_id])
            notices.make_digest(SYSTEM, tx=tx, person_id=person.person_id)
            second_step.begin(person, tx=tx)
            secret = second_step.secret_to_scan(person, tx=tx, key="key") or ""
            second_step.confirm(person, tx=tx, key="key", code=pyotp.TOTP(secret).at(tx.now()))
            half_way.begin(tx, person_id=person.person_id, by_link=False)
            kept_texts.keep(tx, email="new@testshire.gov.uk", text="[]")
            # What began before the second step was set up has ended with it.
            sessions.create(tx, person_id=person.person_id, lifetime=60)
            notices.choose(person, tx=tx, preferences=Preferences())
            here = person.organisation_id or 0
            domains.add(SYSTEM, tx=tx, organisation_id=here, domain="testshire.gov.uk")
            asked = joining.Asked("new@testshire.gov.uk", "Given Arrival", "Buyer", "legal", here)
            joining.ask(SYSTEM, tx=tx, asked=asked)
            public = next(iter(library.newest_public(SYSTEM, tx=tx))).id
            hearing.follow(person, tx=tx, asset_id=public)
            looked = {"person_id": person.person_id, "at": tx.now(), "note": "Still right."}
            reviews.load_review(SYSTEM, tx=tx, asset_id=public, until=date(2028, 1, 1), **looked)
            hearing.ask(SYSTEM, tx=tx, asset_id=public, email="reader@testshire.example")
            leave_traces(tx, FileStore(settings.var / "files"))
            calendar_address.make(person, tx=tx)
            twin = accounts.add_person(
                SYSTEM,
                tx=tx,
                email="twin@testshire.example",
                name="Twin",
                organisation_id=here,
                function="legal",
            )
            merging.ask(SYSTEM, tx=tx, kept_id=person.person_id, closed_id=twin)
        while extend_chain(db):
            pass
        db.dispose()

    return fill


BROKEN = '''"""Fails halfway, as a full disk or a row nobody thought of would make it."""

import sqlalchemy as sa
from alembic import op

revision = "9999_broken"
down_revision = "{head}"


def upgrade() -> None:
    op.create_table("half_done", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO organisation (kind, name, official_name) VALUES ('council', 'half', 'half')")
    op.execute("INSERT INTO nowhere VALUES (1)")


def downgrade() -> None:
    op.drop_table("half_done")
'''


def test_a_migration_that_fails_leaves_nothing_and_can_be_run_again(
    empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = newest()
    copied = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, copied, ignore=shutil.ignore_patterns("__pycache__"))
    migrate(empty)
    before = contents(empty)
    broken = copied / "versions" / "9999_broken.py"
    broken.write_text(BROKEN.format(head=head))
    monkeypatch.setattr("cop.migrate.MIGRATIONS", copied)
    for _ in range(2):
        with pytest.raises(DBAPIError, match="nowhere"):
            migrate(empty)
        assert current(empty) == head
        assert contents(empty) == before, "a table or a row of the failed step stayed"
    broken.write_text(broken.read_text().replace('    op.execute("INSERT INTO nowhere VALUES (1)")\n', ""))
    migrate(empty)
    assert "half_done" in contents(empty)


def test_two_migrations_at_once_run_one_after_the_other(empty: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(migrate, empty) for _ in range(2)]:
            done.result(timeout=60)
    assert current(empty) == newest()
