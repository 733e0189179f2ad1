"""The restore drill: a backup brings back the same server, on either kind of database, also from under load."""

from __future__ import annotations

import dataclasses
import io
import json
import random
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import MetaData, create_engine, insert, select, text

from cop.app import create_app, open_finder
from cop.cli import main
from cop.files.models import StoredFileRow
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM
from cop.kernel.audit import verify
from cop.kernel.db import Base, Database
from cop.mail import links
from cop.mail import service as mail
from cop.migrate import current, migrate, newest, revisions
from cop.operations import archive, restore
from cop.operations.archive import Damaged, Head
from cop.operations.backup import LEFT_OUT, Made, WontOverwrite, backup
from cop.operations.restore import WontRestore
from cop.operations.rows import as_table, shapes
from cop.settings import Settings
from tests.build.community import Community
from tests.build.crowd import Crowd
from tests.build.databases import Maker
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.build.processes import Processes
from tests.build.reckoning import check_documents, check_files, check_posts
from tests.build.teams import Teams
from tests.integration.test_migrations import demo_rows

__all__ = ["demo_rows"]

OPPOSITE = {"sqlite": "postgresql", "postgresql": "sqlite"}
SECRET = b"a key that only this test has, and long enough"


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest) -> Maker:
    """Makes databases of the kind that is restored into: with `maker` there are four ways."""
    made: Maker = request.getfixturevalue(f"{request.param}_maker")
    return made


@pytest.fixture
def opposite(request: pytest.FixtureRequest, maker: Maker) -> Maker:
    """Makes databases of the other kind than `maker`."""
    made: Maker = request.getfixturevalue(f"{OPPOSITE[maker.name]}_maker")
    return made


@pytest.fixture
def small(sqlite_maker: Maker, make_settings: Callable[[str], Settings]) -> Iterator[str]:
    """Somebody with a session and three documents, in SQLite: where the kind and the rest do not matter."""
    url = sqlite_maker.fresh()
    db = Database.open(url)
    library, community = Library(create_app(make_settings(url), db), db), Community(db)
    lead = community.person()
    community.session(lead)
    for number in range(3):
        library.published(lead, content=f"Document {number}".encode())
    db.dispose()
    yield url
    sqlite_maker.drop(url)


@pytest.fixture
def filled(
    maker: Maker, make_settings: Callable[[str], Settings], demo_rows: Callable[[str], None]
) -> Iterator[str]:
    """A database that holds the demonstration; its files lie in COP_VAR of the test's settings."""
    url = maker.fresh()
    demo_rows(url)
    yield url
    maker.drop(url)


def take(url: str, files: Path, target: Path, secret: bytes | None = None) -> Made:
    """Take a backup."""
    with closing(Opened(url)) as opened:
        return backup(opened.db, FileStore(files), target=target, secret=secret, environ={})


class Opened:
    """A database that is closed at the end of a block."""

    def __init__(self, url: str) -> None:
        self.db = Database.open(url)

    def close(self) -> None:
        """Close it."""
        self.db.dispose()


def test_a_restored_server_is_the_same_on_either_database(
    filled: str, other: Maker, make_settings: Callable[[str], Settings], tmp_path: Path
) -> None:
    files = tmp_path / "var" / "files"
    first = take(filled, files, tmp_path / "first", SECRET)
    assert first.files > 10
    assert not first.missing
    assert not first.damaged
    url = other.empty()
    found = restore.restore(url, FileStore(tmp_path / "new" / "files"), source=first.path, secret=SECRET)
    assert current(url) == newest()
    assert (found.rows, found.files) == (first.rows, first.files)
    second = take(url, tmp_path / "new" / "files", tmp_path / "second")
    assert second.content == first.content, "the second backup holds something else than the first"
    db = Database.open(url)
    settings = dataclasses.replace(make_settings(url), var=tmp_path / "new", demo=True)
    app = create_app(settings, db)
    with db.transaction(write=False) as tx:
        audit = verify(tx)
        assert audit.broken_at is None
        assert audit.checked > 100
        for table in Base.metadata.sorted_tables:
            filled_table = tx.rows(select(table).limit(1)).first() is not None
            assert (
                filled_table
                or table.name in LEFT_OUT | {"sign_in_failure", "delivery"}
                or _was_empty(filled, table.name)
            )
    # Life goes on: the next row gets the next id, on PostgreSQL too.
    community = Community(db)
    lead = community.person(email="somebody.new@testshire.example")
    team_id = Teams(db).team(lead)
    assert Visitor(app).sign_in_as(community, lead).get(f"/teams/{team_id}").status_code == 200
    db.dispose()
    other.drop(url)


def _was_empty(url: str, name: str) -> bool:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first()
    engine.dispose()
    return found is None


def test_sessions_stay_behind(small: str, sqlite_maker: Maker, tmp_path: Path) -> None:
    with closing(Opened(small)) as opened, opened.db.transaction(write=True) as tx:
        mail_id = mail.queue(SYSTEM, tx=tx, purpose="sign-in", subject_id=1)
        links.mint(tx, mail_id=mail_id, lives=timedelta(hours=1))
    made = take(small, tmp_path / "var" / "files", tmp_path / "backup")
    url = sqlite_maker.empty()
    restore.restore(url, FileStore(tmp_path / "new"), source=made.path)
    for table in ("login_session", "mail_token"):
        assert not _was_empty(small, table)
        assert _was_empty(url, table)
    sqlite_maker.drop(url)


def test_what_backups_of_before_held_is_forgotten(
    small: str, sqlite_maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("cop.operations.backup.LEFT_OUT", frozenset({"kept_text"}))
        made = take(small, tmp_path / "var" / "files", tmp_path / "older")
    url = sqlite_maker.empty()
    restore.restore(url, FileStore(tmp_path / "new"), source=made.path)
    assert not _was_empty(small, "login_session")
    assert _was_empty(url, "login_session")


def test_what_the_scanner_has_not_seen_is_opened_for_nobody_after_a_restore(
    small: str, sqlite_maker: Maker, tmp_path: Path
) -> None:
    store = FileStore(tmp_path / "var" / "files")
    with closing(Opened(small)) as opened, opened.db.transaction(write=False) as tx:
        hashes = list(tx.session.scalars(select(StoredFileRow.sha256).order_by(StoredFileRow.id)))
    held, free = hashes[0], hashes[1]
    _hold(store, held)
    made = take(small, tmp_path / "var" / "files", tmp_path / "held")
    restored = FileStore(tmp_path / "new" / "files")
    restore.restore(sqlite_maker.empty(), restored, source=made.path)
    assert restored.is_held(held)
    assert not restored.is_held(free)


def _hold(store: FileStore, sha256: str) -> None:
    """As if it had come in while the scanner was down."""
    with store.open(sha256) as stream:
        data = stream.read()
    store.remove(sha256)
    store.keep(store.spool(io.BytesIO(data), len(data)), held=True)


def test_ids_of_what_is_gone_are_not_given_again(postgresql_maker: Maker, tmp_path: Path) -> None:
    url, new = postgresql_maker.fresh(), postgresql_maker.empty()
    with closing(Opened(url)) as opened, opened.db.transaction(write=True) as tx:
        for _ in range(3):
            tx.rows(text("INSERT INTO sign_in_failure (key, at) VALUES ('x', now())"))
        tx.rows(text("DELETE FROM sign_in_failure"))
    made = take(url, tmp_path / "files", tmp_path / "backup")
    restore.restore(new, FileStore(tmp_path / "new"), source=made.path)
    with closing(Opened(new)) as opened, opened.db.transaction(write=True) as tx:
        given = tx.rows(
            text("INSERT INTO sign_in_failure (key, at) VALUES ('x', now()) RETURNING id")
        ).scalar_one()
    assert given == 4
    for each in (url, new):
        postgresql_maker.drop(each)


def test_a_backup_of_an_older_version_is_restored_and_brought_up(
    filled: str, opposite: Maker, tmp_path: Path
) -> None:
    before = take(filled, tmp_path / "var" / "files", tmp_path / "now")
    older = revisions()[-2]
    migrate(filled, older)
    old = MetaData()
    engine = create_engine(filled)
    old.reflect(engine)
    engine.dispose()
    with closing(Opened(filled)) as opened:
        made = backup(
            opened.db,
            FileStore(tmp_path / "var" / "files"),
            target=tmp_path / "old",
            environ={},
            metadata=old,
        )
    url = opposite.empty()
    found = restore.restore(url, FileStore(tmp_path / "new"), source=made.path)
    assert found.head.revision == older
    assert current(url) == newest()
    with closing(Opened(url)) as opened, opened.db.transaction(write=False) as tx:
        assert verify(tx).broken_at is None
    assert before.rows >= made.rows > 0
    opposite.drop(url)


def _archive_of(head: Head, rows: dict[str, bytes], target: Path) -> Path:
    """An archive of our own making, whole in itself."""
    tally = archive.Tally()
    with tarfile.open(target, "w") as tar:
        tally.parts[archive.HEAD] = archive.add_note(tar, archive.HEAD, head.as_json())
        for number, shape in enumerate(head.shapes, start=1):
            digest = archive.RowDigest()
            if lines := rows.get(shape.name):
                digest.add(lines)
                name = archive.rows_part(number, shape.name, 1)
                tally.parts[name] = archive.add_bytes(tar, name, archive.gzip.compress(lines, mtime=0))
            tally.tables[shape.name] = digest.result()
        archive.add_note(tar, archive.MANIFEST, tally.as_json(missing=[], damaged=[]))
    return target


def _head(revision: str) -> Head:
    return Head("2026-11-26", "9.9", revision, "sqlite", tuple(shapes(Base.metadata)), {}, {})


def test_what_cannot_be_restored_says_why_and_changes_nothing(maker: Maker, tmp_path: Path) -> None:
    url, store = maker.empty(), FileStore(tmp_path / "files")
    newer = _archive_of(_head("9999"), {}, tmp_path / "newer")
    with pytest.raises(WontRestore, match=r"newer program.*Install CoP 9\.9 or newer"):
        restore.restore(url, store, source=newer)
    assert current(url) is None
    orphan = (
        json.dumps(
            {
                "id": 1,
                "event_id": 7,
                "consumer": "x",
                "not_before": "2026-11-26T12:00:00Z",
                "attempts": 0,
                "parked": False,
            }
        ).encode()
        + b"\n"
    )
    broken = _archive_of(_head(newest()), {"delivery": orphan}, tmp_path / "orphan")
    with pytest.raises(WontRestore, match="refer to rows that the backup does not hold"):
        restore.restore(url, store, source=broken)
    assert _was_empty(url, "delivery")
    whole = _archive_of(_head(newest()), {}, tmp_path / "whole")
    restore.restore(url, store, source=whole)
    with closing(Opened(url)) as opened:
        Community(opened.db).person()
    with pytest.raises(WontRestore, match=r"not empty.*never writes over"):
        restore.restore(url, store, source=whole)
    assert not _was_empty(url, "person")
    maker.drop(url)


def test_rows_that_refer_to_each_other_and_to_later_rows_come_back(maker: Maker, tmp_path: Path) -> None:
    """A post may quote one with a higher number once threads were merged."""
    url, new = maker.fresh(), maker.empty()
    with closing(Opened(url)) as opened:
        teams = Teams(opened.db)
        lead = Community(opened.db).person()
        teams.thread(lead, teams.team(lead), "First", "Second")

        with opened.db.transaction(write=True) as tx:
            tx.rows(text("UPDATE post SET quote_id = 2 WHERE id = 1"))
    made = take(url, tmp_path / "files", tmp_path / "backup")
    restore.restore(new, FileStore(tmp_path / "new"), source=made.path)
    assert take(new, tmp_path / "new", tmp_path / "again").content == made.content
    for each in (url, new):
        maker.drop(each)


def test_a_database_of_something_else_is_left_alone(maker: Maker, tmp_path: Path) -> None:
    url = maker.empty()
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE accounts_of_somebody (id INTEGER)"))
    engine.dispose()
    whole = _archive_of(_head(newest()), {}, tmp_path / "whole")
    with pytest.raises(WontRestore, match="belongs to something else"):
        restore.restore(url, FileStore(tmp_path / "files"), source=whole)
    assert current(url) is None
    maker.drop(url)


def test_a_damaged_backup_is_refused_before_anything_is_touched(
    small: str, sqlite_maker: Maker, tmp_path: Path
) -> None:
    made = take(small, tmp_path / "var" / "files", tmp_path / "backup")
    data = made.path.read_bytes()
    rng, url = random.Random(5), sqlite_maker.empty()
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        places = [member.offset_data + rng.randrange(member.size) for member in tar]
    for place in rng.sample(places, 12):
        flipped = bytearray(data)
        flipped[place] ^= 1 << rng.randrange(8)
        made.path.write_bytes(bytes(flipped))
        with pytest.raises(Damaged):
            restore.restore(url, FileStore(tmp_path / "new"), source=made.path)
    assert current(url) is None


def test_files_that_the_store_lost_are_named_and_the_rest_is_backed_up(
    small: str, sqlite_maker: Maker, tmp_path: Path
) -> None:
    files = tmp_path / "var" / "files"
    kept = sorted(FileStore(files).kept(-10.0))
    place = files / kept[0][:2] / kept[0][2:4] / kept[0]
    place.unlink()
    rotten = files / kept[1][:2] / kept[1][2:4] / kept[1]
    rotten.chmod(0o600)
    rotten.write_bytes(b"rotten")
    made = take(small, files, tmp_path / "backup")
    assert made.missing == (kept[0],)
    assert made.damaged == (kept[1],)
    url = sqlite_maker.empty()
    found = restore.restore(url, FileStore(tmp_path / "new"), source=made.path)
    assert found.files == made.files
    sqlite_maker.drop(url)


def test_nothing_is_left_of_a_backup_that_failed(
    small: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there").write_text("a backup")
    with pytest.raises(WontOverwrite):
        take(small, tmp_path / "var" / "files", tmp_path / "there")
    assert (tmp_path / "there").read_text() == "a backup"

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive, "add_bytes", full)
    with pytest.raises(OSError, match="No space"):
        take(small, tmp_path / "var" / "files", tmp_path / "backup")
    assert not list(tmp_path.glob("backup*"))


def test_the_commands(filled: str, opposite: Maker, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(SECRET)
    basis = {
        "COP_DEMO": "1",
        "COP_VAR": str(tmp_path / "var"),
        "COP_SMTP_URL": "smtp://someone:hush@localhost",
        "COP_MAIL_FROM": "cop@demo.example",
        "COP_DATABASE_URL": filled,
    }

    def run(*arguments: str, **settings: str) -> Result:
        return CliRunner(env={**basis, **settings}).invoke(main, list(arguments))

    target = str(tmp_path / "sealed")
    made = run("backup", target, COP_BACKUP_KEY_FILE=str(key))
    assert made.exit_code == 0, made.output
    assert ", encrypted." in made.output
    assert b"COP_" not in Path(target).read_bytes()[100:]
    assert json.loads((tmp_path / "var" / "last-backup.json").read_text())["path"] == target
    content = made.output.split("Contents: ")[1].strip()
    looked = run("restore", "--look", target)
    assert looked.exit_code == 1
    assert "encrypted. Say with --key-file" in looked.output
    looked = run("restore", "--look", target, "--key-file", str(key))
    assert "COP_SMTP_URL=smtp://someone:hush@localhost" in looked.output
    url, var = opposite.empty(), str(tmp_path / "new")
    back = run("restore", target, "--key-file", str(key), COP_DATABASE_URL=url, COP_VAR=var)
    assert back.exit_code == 0, back.output
    assert "hush" not in back.output
    checked = run("search", "verify", COP_DATABASE_URL=url, COP_VAR=var)
    assert checked.exit_code == 0, checked.output
    again = run("backup", str(tmp_path), COP_DATABASE_URL=url, COP_VAR=var)
    assert content in again.output
    assert "not encrypted" in again.output
    plain = next(tmp_path.glob("cop-*.backup"))
    assert b"hush" not in plain.read_bytes()
    assert plain.stat().st_mode & 0o777 == 0o600
    refused = run("restore", str(plain), COP_DATABASE_URL=url, COP_VAR=var)
    assert refused.exit_code == 1
    assert "not empty" in refused.output
    opposite.drop(url)


def test_a_server_that_was_only_migrated_is_as_good_as_empty(
    filled: str, opposite: Maker, tmp_path: Path
) -> None:
    made = take(filled, tmp_path / "var" / "files", tmp_path / "backup")
    url = opposite.empty()
    env = {"COP_DEMO": "1", "COP_VAR": str(tmp_path / "new"), "COP_DATABASE_URL": url}
    assert CliRunner(env=env).invoke(main, ["migrate"]).exit_code == 0
    restore.restore(url, FileStore(tmp_path / "new" / "files"), source=made.path)
    assert take(url, tmp_path / "new" / "files", tmp_path / "again").content == made.content
    opposite.drop(url)


# Whoever is cut off in the middle of a request leaves a socket to the garbage collector, in the library that sent it.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
def test_nothing_acknowledged_before_a_backup_under_load_is_missing(
    db: Database, opposite: Maker, community: Community, tmp_path: Path
) -> None:
    processes = Processes(tmp_path / "var", db.url)
    open_finder(processes.settings)
    lead, *others = [community.person() for _ in range(4)]
    teams = Teams(db)
    team_id = teams.team(lead, members=[(person, "member", "finance") for person in others])
    thread_id = teams.thread(lead, team_id)
    people = {community.session(person)[0]: person for person in (lead, *others)}
    crowd = Crowd(processes, team_id, thread_id, people, 100_000)
    try:
        processes.start_worker()
        processes.start_web()
        crowd.start()
        crowd.wait_for(60)
        replies, uploads, published = list(crowd.replies), dict(crowd.uploads), set(crowd.published)
        began = time.monotonic()
        made = processes.run("backup", str(tmp_path / "backup"))
        took, meanwhile = time.monotonic() - began, crowd.count
        crowd.finish(at_once=True)
    finally:
        crowd.finish(at_once=True)
        processes.stop()
    assert made.returncode == 0, made.stdout + made.stderr
    assert meanwhile > len(replies) + len(uploads) + len(published), f"nobody wrote during {took:.1f} s"
    url, files = opposite.empty(), tmp_path / "new" / "files"
    restore.restore(url, FileStore(files), source=tmp_path / "backup")
    with closing(Opened(url)) as opened:
        check_posts(opened.db, thread_id, replies)
        check_documents(opened.db, uploads, published)
    again = take(url, files, tmp_path / "again")
    assert f"Contents: {again.content}" in made.stdout, "the second backup is not equal"
    with closing(Opened(url)) as opened:
        check_files(opened.db, FileStore(files))
    opposite.drop(url)


def test_a_snapshot_sees_one_moment(db: Database) -> None:
    event = as_table(next(shape for shape in shapes(Base.metadata) if shape.name == "sign_in_failure"))
    with db.snapshot() as tx:
        assert tx.rows(select(event)).all() == []
        with db.transaction(write=True) as writing:
            writing.rows(insert(event), {"id": 1, "key": "x", "at": writing.now()})
        assert tx.rows(select(event)).all() == []
    with db.snapshot() as tx:
        assert len(tx.rows(select(event)).all()) == 1
