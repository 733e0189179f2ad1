"""Uploads are looked at by a scanner before anybody sees them, and bounded by quotas, with words beside the field."""

from __future__ import annotations

import dataclasses
import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from cop.app import build_worker, create_app
from cop.files import quota
from cop.files.scanner import PIECE, Scanner, ScannerDown
from cop.files.store import FileStore
from cop.kernel.db import Database
from cop.settings import Settings
from tests.build.clamd import SIGNATURE, Clamd
from tests.build.community import Community
from tests.build.library import TYPED
from tests.build.pages import Visitor
from tests.build.teams import Teams


@pytest.fixture
def clamd() -> Iterator[Clamd]:
    made = Clamd()
    yield made
    made.close()


@pytest.fixture
def no_limits() -> Iterator[None]:
    """Limits belong to the process: afterwards there are none."""
    yield
    quota.in_force.person_day = quota.in_force.organisation = quota.in_force.server = 0


class World:
    """A server with these settings, a team and its lead."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self.db, self.settings = db, settings
        self.app: Flask = create_app(settings, db)
        self.community = Community(db)
        self.lead = self.community.person()
        self.team_id = Teams(db).team(self.lead)
        self.visitor = Visitor(self.app).sign_in_as(self.community, self.lead)

    def upload(self, content: bytes, *, status: int = 303, key: str = "k" * 20) -> str:
        """Upload a text as the lead; return the page, or where it leads."""
        visitor = self.visitor
        fields = {**TYPED, "owner": str(self.lead.person_id), "key": key}
        answer = visitor.post(
            f"/teams/{self.team_id}/library/new",
            status=status,
            **fields,
            file=(io.BytesIO(content), "words.txt"),
        )
        return answer.headers["Location"] if status == 303 else answer.text


@pytest.fixture
def world(sqlite_db: Database, make_settings: Callable[[str], Settings]) -> Callable[..., World]:
    """Makes a server with changed settings."""

    def make(**changes: object) -> World:
        settings = dataclasses.replace(make_settings(sqlite_db.url), demo=True, **changes)  # type: ignore[arg-type]
        return World(sqlite_db, settings)

    return make


def test_the_protocol_over_tcp_and_a_socket_in_the_file_system(clamd: Clamd, tmp_path: Path) -> None:
    local = Clamd(Path("/tmp") / f"{tmp_path.name[:20]}.clamd")
    try:
        for server in (clamd, local):
            scanner = Scanner(server.address, seconds=5)
            scanner.ping()
            assert scanner.scan(io.BytesIO(b"")).clean
            large = b"x" * (PIECE * 3 + 17)
            assert scanner.scan(io.BytesIO(large)).clean
            assert server.scanned[-1] == large, "the pieces are not the file"
            assert scanner.scan(io.BytesIO(b"a" + SIGNATURE)).found == "Tests.Signature-1"
            too_large = scanner.scan(io.BytesIO(bytes(server.limit + 5 * PIECE)))
            assert too_large.too_large
            assert not too_large.clean
    finally:
        local.close()
        Path(local.address.removeprefix("unix://")).unlink()


def test_no_answer_is_not_a_clean_one(clamd: Clamd) -> None:
    clamd.delay = 1.0
    with pytest.raises(ScannerDown, match=r"within 0\.3 seconds"):
        Scanner(clamd.address, seconds=0.3).scan(io.BytesIO(b"Words."))
    clamd.delay, clamd.nonsense = 0.0, True
    for ask in (
        lambda: Scanner(clamd.address, 5).scan(io.BytesIO(b"Words.")),
        Scanner(clamd.address, 5).ping,
    ):
        with pytest.raises(ScannerDown, match=r"PONG|what"):
            ask()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    with pytest.raises(ScannerDown):
        Scanner(f"tcp://127.0.0.1:{free}", 5).ping()
    with pytest.raises(ScannerDown):
        Scanner("unix:///nowhere/clamd.ctl", 5).ping()


def test_what_is_harmful_is_refused_beside_the_field_and_never_kept(
    clamd: Clamd, world: Callable[..., World]
) -> None:
    made = world(clamd=clamd.address)
    page = made.upload(b"Words and " + SIGNATURE, status=422)
    assert "can harm computers, so it was not taken in" in page
    assert 'id="file-error"' in page
    assert TYPED["summary"] in page
    assert list(FileStore(made.settings.var / "files").kept(-10.0)) == []
    assert made.upload(b"Words.").startswith("/library/")
    assert clamd.scanned[-1] == b"Words."


def test_while_the_scanner_is_down_uploads_are_refused(clamd: Clamd, world: Callable[..., World]) -> None:
    made = world(clamd=clamd.address)
    clamd.nonsense = True
    page = made.upload(b"Words.", status=422)
    assert "We cannot check files for viruses just now" in page
    assert TYPED["summary"] in page
    clamd.nonsense = False
    made.upload(b"Words.")


def test_or_they_are_held_until_it_answers(clamd: Clamd, world: Callable[..., World]) -> None:
    made = world(clamd=clamd.address, clamd_down="wait", clamd_seconds=5)
    clamd.nonsense = True
    clean, harmful = made.upload(b"Words.", key="a" * 20), made.upload(SIGNATURE, key="b" * 20)
    worker = build_worker(made.settings, made.db)
    worker.drain()
    for address in (clean, harmful):
        page = made.visitor.get(f"{address}/download/1", status=409)
        assert "still being checked for viruses" in page.text
    clamd.nonsense = False
    _make_due(made.db)
    worker.drain()
    sent = made.visitor.get(f"{clean}/download/1", check=False)
    assert sent.data == b"Words."
    sent.close()
    made.visitor.get(f"{harmful}/download/1", status=404)
    assert "it was removed" in made.visitor.get(harmful).text


def _make_due(db: Database) -> None:
    with db.transaction(write=True) as tx:
        tx.rows(text("UPDATE delivery SET not_before = '2020-01-01 00:00:00.000000'"))


@pytest.mark.usefixtures("no_limits")
@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ({"upload_person": 2500}, "You have uploaded as much as one person can in a day"),
        ({"upload_organisation": 2500}, "Your organisation has used up"),
        ({"upload_server": 2500}, "There is no room for more files here"),
    ],
)
def test_too_much_is_refused_beside_the_field(
    limits: dict[str, int], words: str, world: Callable[..., World]
) -> None:
    made = world(**limits)
    made.upload(b"a" * 1200, key="a" * 20)
    made.upload(b"b" * 1200, key="b" * 20)
    page = made.upload(b"c" * 1200, key="c" * 20, status=422)
    assert words in page
    assert TYPED["summary"] in page
    made.upload(b"d" * 90, key="d" * 20)


@pytest.mark.usefixtures("no_limits")
def test_the_quota_of_one_is_not_spent_by_another(world: Callable[..., World]) -> None:
    made = world(upload_person=1500, upload_organisation=4000)
    made.upload(b"a" * 1200, key="a" * 20)
    colleague = made.community.person()
    Teams(made.db).join(made.team_id, colleague)
    made.visitor = Visitor(made.app).sign_in_as(made.community, colleague)
    made.upload(b"b" * 1200, key="b" * 20)
    made.upload(b"c" * 1200, key="c" * 20, status=422)
