"""The child process keeps its limits, and the worker stores what it brings, once."""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from sqlalchemy import select, update

from cop.files import extract as extracting
from cop.files import intake, queries, service, wiring
from cop.files.extract import ReaderBroken, extract
from cop.files.kinds import Kind
from cop.files.models import FileTextRow, StoredFileRow
from cop.files.outcome import GIVEN_UP, ExtractedText, HiddenContent, Limits, not_searchable
from cop.files.pending import extract_pending, extraction, sweep
from cop.files.store import FileStore
from cop.kernel.access import ANONYMOUS, SYSTEM
from cop.kernel.clock import shifted_for_tests_only
from cop.kernel.db import Base, Database
from cop.kernel.errors import Forbidden, NotFound
from cop.kernel.events import EventRow
from cop.kernel.outbox import MAX_ATTEMPTS, drain_once, retry, waiting
from tests.build.community import Community
from tests.build.queries import statements
from tests.data import sample_files as make


def read(data: bytes, kind: Kind, limits: Limits) -> ExtractedText:
    with tempfile.TemporaryFile() as stream:
        stream.write(data)
        stream.flush()
        return extract(stream, kind, limits)


ENDLESS = make.pdf("x", contents=make.stream(b"BT /F1 1 Tf " + b"(a) Tj " * 600_000 + b"ET", packed=True))


def test_time_is_bounded() -> None:
    started = time.monotonic()
    outcome = read(ENDLESS, Kind.PDF, Limits(seconds=1))
    assert time.monotonic() - started < 1 + extracting.GRACE
    assert outcome.status == "not_searchable"
    assert "too long" in (outcome.reason or "")


def _told_before(db: Database, file_id: int, **values: object) -> None:
    """What readers of before scans were recognised have left."""
    with db.transaction(write=True) as tx:
        row = update(FileTextRow).where(FileTextRow.file_id == file_id)
        tx.session.execute(row.values(extractor_version=1, scanned=False, **values))


def test_what_was_read_before_scans_were_recognised_is_read_again_once(
    tmp_path: Path, db: Database, community: Community
) -> None:
    store = FileStore(tmp_path)
    person = community.person()
    contents = {
        "scan": make.scan("", ""),
        "stray": make.scan("1", "2"),
        "gone": make.scan("", "", ""),
        "text": make.pdf("Terms of reference for the review of the agency contract"),
        "plain": b"x",
    }
    ids = {}
    for name, content in contents.items():
        filename = "x.txt" if name == "plain" else f"{name}.pdf"
        received = intake.receive(store, io.BytesIO(content), filename=filename, limit=10_000)
        with db.transaction(write=True) as tx:
            ids[name] = service.add_file(
                person, tx=tx, spooled=received.spooled, kind=received.kind, filename=filename
            )
        extract_pending(db, store, ids[name])
    _told_before(db, ids["scan"], status="not_searchable", reason="It was probably scanned.", pages=None)
    _told_before(db, ids["stray"], status="searchable", text="1\n2", pages=2, reason=None)
    _told_before(db, ids["gone"], status="not_searchable", reason="It was probably scanned.", pages=None)
    _told_before(db, ids["text"])
    _told_before(db, ids["plain"])
    with db.transaction(write=False) as tx:
        store.remove(queries.download_info(SYSTEM, tx=tx, file_id=ids["gone"]).sha256)
    chore = wiring.rereading(store)
    for _ in range(5):
        chore(db)
    with db.transaction(write=False) as tx:
        found = queries.text_states(SYSTEM, tx=tx, file_ids=ids.values())
        assert queries.one_to_read_again(SYSTEM, tx=tx) is None
        told = tx.session.scalars(select(EventRow.payload).where(EventRow.kind == "FileTextExtracted")).all()
    assert {name for name in ids if found[ids[name]].scanned} == {"scan", "stray"}
    assert found[ids["stray"]].status == "not_searchable"
    assert found[ids["scan"]].pages == 2
    assert found[ids["gone"]].reason == "It was probably scanned."
    assert found[ids["text"]].status == "searchable"
    assert len(told) == len(ids) + 2, "search is told of those two once more"


def test_memory_is_bounded() -> None:
    shared = "".join(f"<si><t>{n:0400x}</t></si>" for n in range(110_000))
    book = make.zipped(make.xlsx_parts() | {"xl/sharedStrings.xml": f'<sst xmlns="{make.X}">{shared}</sst>'})
    assert read(book, Kind.XLSX, Limits()).status == "searchable"
    assert "memory" in (read(book, Kind.XLSX, Limits(memory=80 << 20)).reason or "")


def test_output_is_bounded() -> None:
    outcome = read(b"words " * 100_000, Kind.TEXT, Limits(output=10_000))
    assert outcome.status == "not_searchable"
    assert outcome.text == ""


def test_a_reader_that_cannot_begin_is_the_machines_fault_and_not_the_files(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(extracting, "_START", "import sys; sys.exit(1)")
    with pytest.raises(ReaderBroken):
        read(b"words", Kind.TEXT, Limits())


@pytest.mark.parametrize(
    "crime",
    [
        "open('/etc/hostname').read()",
        "open('/var/lib/canary', 'w')",
        "__import__('os').open('/etc/hostname', 0)",
        "__import__('socket').socket()",
        "__import__('subprocess').run(['true'])",
        "__import__('os').system('true')",
        "__import__('os').fork()",
        "__import__('os').remove('/var/lib/does-not-exist')",
    ],
)
def test_the_reader_can_reach_nothing_but_its_own_file(crime: str) -> None:
    program = (
        "from cop.files.extract_child import confine; from cop.files.outcome import Limits; import socket, subprocess\n"
        f"confine(Limits())\ntry:\n    {crime}\nexcept PermissionError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
        env={"PYTHONPATH": "."},
    )
    assert done.stdout.startswith("the reader may not"), done.stderr


def test_the_reader_gets_no_secret_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COP_SECRET", "canary-in-the-environment")
    monkeypatch.setattr(
        extracting,
        "_START",
        "import json, os; print('ready'); print(json.dumps({{'status': 'searchable', 'reason': None, 'pages': None, "
        "'title': None, 'hidden': {{}}, 'scanned': False, 'text': repr(dict(os.environ)) + os.getcwd()}}))",
    )
    said = read(b"words", Kind.TEXT, Limits()).text
    assert said.startswith("{"), "the reader told nothing of its environment"
    assert "canary" not in said


@pytest.fixture
def tables(db: Database) -> Database:
    """The tables of files, where the migrations do not make them yet."""
    names = [Base.metadata.tables[row.__tablename__] for row in (StoredFileRow, FileTextRow)]
    Base.metadata.create_all(db.writes, tables=names)
    return db


def stored(db: Database, store: FileStore, data: bytes, name: str) -> int:
    received = intake.receive(store, io.BytesIO(data), filename=name, limit=1_000_000)
    person = Community(db).person()
    with db.transaction(write=True) as tx:
        return service.add_file(
            person, tx=tx, spooled=received.spooled, kind=received.kind, filename=received.filename
        )


def test_a_stored_file_is_read_by_the_worker_once(tables: Database, tmp_path: Path) -> None:
    db, store = tables, FileStore(tmp_path)
    wiring.register()
    file_id = stored(db, store, make.docx(make.paragraph("Bitumen and gritting")), "Roads.docx")
    with db.transaction(write=False) as tx:
        assert queries.text_state(ANONYMOUS, tx=tx, file_id=file_id).status == "pending"
        assert queries.searchable_texts(ANONYMOUS, tx=tx, file_ids=[file_id]) == {}
        info = queries.download_info(ANONYMOUS, tx=tx, file_id=file_id)
    assert (info.filename, info.kind, info.media_type) == ("Roads.docx", Kind.DOCX, Kind.DOCX.media_type)
    assert drain_once(db, extraction(store)) == 1
    assert drain_once(db, extraction(store)) == 0
    assert waiting(db).get("extract") is None
    assert extract_pending(db, store, file_id) is False
    with db.transaction(write=False) as tx, statements(db) as sent:
        state = queries.text_states(ANONYMOUS, tx=tx, file_ids=[file_id, 999])
        texts = queries.searchable_texts(ANONYMOUS, tx=tx, file_ids=[file_id, 999])
        assert len(set(sent)) == 2
    assert state[file_id].status == "searchable"
    assert texts == {file_id: "Bitumen and gritting"}
    with db.transaction(write=False) as tx:
        kinds = tx.session.scalars(select(EventRow.kind).where(EventRow.kind.like("File%"))).all()
    assert kinds == ["FileStored", "FileTextExtracted"]


def test_no_transaction_is_open_while_a_file_is_read(
    tables: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, store = tables, FileStore(tmp_path)
    file_id = stored(db, store, b"words", "a.txt")

    def reading(*_args: object) -> ExtractedText:
        with db.transaction(write=True) as tx:
            assert tx.write
        return not_searchable("It is only a test.")

    monkeypatch.setattr("cop.files.pending.extract", reading)
    assert extract_pending(db, store, file_id) is True
    with db.transaction(write=False) as tx:
        state = queries.text_state(SYSTEM, tx=tx, file_id=file_id)
    assert (state.status, state.reason) == ("not_searchable", "It is only a test.")


def test_what_was_read_is_not_said_of_another_file_that_was_given_the_number(
    tables: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, store = tables, FileStore(tmp_path)
    file_id = stored(db, store, b"the secret words", "a.txt")

    def reading(*_args: object) -> ExtractedText:
        # Meanwhile its owner takes it out, and somebody else's upload is given the number that is free.
        received = intake.receive(store, io.BytesIO(b"other words"), filename="b.txt", limit=1_000)
        store.keep(received.spooled)
        with db.transaction(write=True) as tx:
            sha256 = received.spooled.sha256
            other = update(StoredFileRow).where(StoredFileRow.id == file_id)
            tx.session.execute(other.values(sha256=sha256, filename="b.txt"))
        return ExtractedText("searchable", text="the secret words")

    with monkeypatch.context() as patch:
        patch.setattr("cop.files.pending.extract", reading)
        assert extract_pending(db, store, file_id) is False
    with db.transaction(write=False) as tx:
        assert queries.text_state(SYSTEM, tx=tx, file_id=file_id).status == "pending"
    assert extract_pending(db, store, file_id) is True
    with db.transaction(write=False) as tx:
        assert queries.searchable_texts(SYSTEM, tx=tx, file_ids=[file_id]) == {file_id: "other words"}


def test_a_file_whose_bytes_are_gone_is_tried_again_and_stays_pending(
    tables: Database, tmp_path: Path
) -> None:
    db, store = tables, FileStore(tmp_path)
    file_id = stored(db, store, b"words", "a.txt")
    with db.transaction(write=False) as tx:
        store.remove(queries.download_info(SYSTEM, tx=tx, file_id=file_id).sha256)
    with pytest.raises(NotFound):
        extract_pending(db, store, file_id)
    with db.transaction(write=False) as tx:
        assert queries.text_state(SYSTEM, tx=tx, file_id=file_id).status == "pending"


def broken(*_args: object) -> ExtractedText:
    raise ReaderBroken("the reader did not start")


def read_in_vain(db: Database, store: FileStore) -> None:
    """Try until the delivery is parked."""
    for hours in range(MAX_ATTEMPTS):
        with shifted_for_tests_only(hours * 3600):
            drain_once(db, extraction(store))


def test_a_file_that_is_given_up_is_not_searchable_and_says_so(
    tables: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, store = tables, FileStore(tmp_path)
    wiring.register()
    file_id = stored(db, store, b"Bitumen and gritting", "a.txt")
    monkeypatch.setattr("cop.files.pending.extract", broken)
    read_in_vain(db, store)
    assert waiting(db)["extract"] == (0, 1)
    with db.transaction(write=False) as tx:
        state = queries.text_state(SYSTEM, tx=tx, file_id=file_id)
        assert (state.status, state.reason) == ("not_searchable", GIVEN_UP)
        assert GIVEN_UP.startswith("We could not read this document")
        assert state.hidden == HiddenContent()
        kinds = tx.session.scalars(select(EventRow.kind).where(EventRow.kind.like("File%"))).all()
    assert kinds == ["FileStored", "FileTextExtracted"], "whoever owns it looks at it again"


def test_a_file_that_was_given_up_is_read_when_it_is_tried_again(
    tables: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, store = tables, FileStore(tmp_path)
    wiring.register()
    file_id = stored(db, store, b"Bitumen and gritting", "a.txt")
    monkeypatch.setattr("cop.files.pending.extract", broken)
    read_in_vain(db, store)
    retry(db)
    read_in_vain(db, store)
    with db.transaction(write=False) as tx:
        assert queries.text_state(SYSTEM, tx=tx, file_id=file_id).reason == GIVEN_UP, "given up a second time"
    retry(db)
    monkeypatch.undo()
    drain_once(db, extraction(store))
    with db.transaction(write=False) as tx:
        state = queries.text_state(SYSTEM, tx=tx, file_id=file_id)
        texts = queries.searchable_texts(SYSTEM, tx=tx, file_ids=[file_id])
    assert (state.status, state.reason) == ("searchable", None)
    assert texts == {file_id: "Bitumen and gritting"}
    assert extract_pending(db, store, file_id) is False


def test_what_was_read_is_never_given_up(tables: Database, tmp_path: Path) -> None:
    """A late or double delivery that is parked must not take a text away."""
    db, store = tables, FileStore(tmp_path)
    file_id = stored(db, store, b"words", "a.txt")
    for outcome in (ExtractedText("searchable", text="words"), not_searchable("It is only a test.")):
        with db.transaction(write=True) as tx:
            tx.session.execute(update(FileTextRow).values(status="pending", extractor_version=0))
            service.store_text(SYSTEM, tx=tx, file_id=file_id, outcome=outcome)
        with db.transaction(write=True) as tx:
            assert service.give_up(SYSTEM, tx=tx, file_id=file_id) is False
            assert service.give_up(SYSTEM, tx=tx, file_id=file_id + 1) is False
        with db.transaction(write=False) as tx:
            assert queries.text_state(SYSTEM, tx=tx, file_id=file_id).status == outcome.status
    with pytest.raises(Forbidden), db.transaction(write=True) as tx:
        service.give_up(ANONYMOUS, tx=tx, file_id=file_id)


def test_strangers_add_no_files_and_people_store_no_texts(tables: Database, tmp_path: Path) -> None:
    db, store = tables, FileStore(tmp_path)
    received = intake.receive(store, io.BytesIO(b"words"), filename="a.txt", limit=100)
    with pytest.raises(Forbidden, match="Sign in"), db.transaction(write=True) as tx:
        service.add_file(ANONYMOUS, tx=tx, spooled=received.spooled, kind=received.kind, filename="a.txt")
    file_id = stored(db, store, b"words", "a.txt")
    with pytest.raises(Forbidden), db.transaction(write=True) as tx:
        service.store_text(ANONYMOUS, tx=tx, file_id=file_id, outcome=not_searchable("No."))
    with pytest.raises(NotFound), db.transaction(write=False) as tx:
        queries.download_info(SYSTEM, tx=tx, file_id=file_id + 1)


def test_sweeping_removes_only_what_nobody_owns(tables: Database, tmp_path: Path) -> None:
    db, store = tables, FileStore(tmp_path)
    stored(db, store, b"owned", "a.txt")
    orphan = intake.receive(store, io.BytesIO(b"orphan"), filename="b.txt", limit=100).spooled
    assert sweep(db, store) == 0, "younger than a day"
    assert sweep(db, store, older_than=-1) == 1
    assert not store.exists(orphan.sha256)
