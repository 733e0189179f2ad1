"""A full disk, on a real small file system: reading goes on, whoever writes is told, and nothing breaks."""

from __future__ import annotations

import errno
import io
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cop.app import build_worker, create_app, open_finder
from cop.files.store import FileStore
from cop.kernel import outbox
from cop.kernel.audit import verify
from cop.kernel.db import Database
from cop.kernel.room import is_no_room
from cop.operations.backup import backup
from cop.search import consumer
from cop.settings import Settings
from tests.build.community import Community
from tests.build.databases import SqliteMaker
from tests.build.library import TYPED
from tests.build.pages import Visitor
from tests.build.teams import Teams

SIZE_MB = 6


class SmallDisk:
    """A file system of a few megabytes, which a ballast fills to its last block."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self._ballast = place / "ballast"

    def fill(self) -> None:
        """Leave no block free."""
        with self._ballast.open("ab", buffering=0) as ballast:
            while True:
                try:
                    ballast.write(bytes(4096))
                except OSError as error:
                    if error.errno == errno.ENOSPC:
                        return
                    raise

    def make_room(self) -> None:
        """Somebody clears up."""
        self._ballast.unlink()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A small disk; it needs the right to mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", f"size={SIZE_MB}m", "tmpfs", str(place)]
    if mount is None or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here: that takes root")
    yield SmallDisk(place)
    subprocess.run(["umount", "-l", str(place)], check=True)


class World:
    """A server whose database and files lie on the small disk."""

    def __init__(self, disk: SmallDisk, maker: SqliteMaker, make_settings: Callable[[str], Settings]) -> None:
        made = maker.fresh().removeprefix("sqlite:///")
        shutil.copy(made, disk.place / "cop.db")
        url = f"sqlite:///{disk.place / 'cop.db'}"
        settings = make_settings(url)
        self.settings = Settings.from_env(
            {
                "COP_VAR": str(disk.place / "var"),
                "COP_DATABASE_URL": url,
                "COP_SECRET": settings.secret,
                "COP_PUBLIC_URL": "http://localhost",
                "COP_RATE_LIMIT": "100000",
                "COP_DEMO": "1",
            }
        )
        self.db = Database.open(url)
        self.app = create_app(self.settings, self.db)
        community = Community(self.db)
        self.lead = community.person()
        self.team_id = Teams(self.db).team(self.lead)
        self.thread_id = Teams(self.db).thread(self.lead, self.team_id)
        self.visitor = Visitor(self.app).sign_in_as(community, self.lead)


@pytest.fixture
def world(
    disk: SmallDisk, sqlite_maker: SqliteMaker, make_settings: Callable[[str], Settings]
) -> Iterator[World]:
    made = World(disk, sqlite_maker, make_settings)
    yield made
    made.db.dispose()


def whole(db: Database) -> bool:
    """Whether SQLite and the event log find nothing wrong."""
    with db.transaction(write=False) as tx:
        checked = tx.rows(text("PRAGMA integrity_check")).scalar_one()
        return checked == "ok" and verify(tx).broken_at is None


def test_reading_goes_on_and_what_was_typed_is_kept(disk: SmallDisk, world: World) -> None:
    address = f"/threads/{world.thread_id}"
    world.visitor.get(address)
    disk.fill()
    typed = "What I had typed for an hour. " * 150
    refused = None
    for number in range(200):
        # The log has some blocks of its own left over.
        refused = _try(world, address, typed, number)
        if refused:
            break
    assert refused, "the disk never became full"
    assert "no room left on the server" in refused
    assert refused.count("What I had typed for an hour.") >= 150
    assert "Send it again" in refused
    for path in ("/", "/library", "/teams", f"/teams/{world.team_id}", address, "/search?q=agency", "/inbox"):
        assert world.visitor.get(path).status_code == 200
    upload = world.visitor.post(
        f"/teams/{world.team_id}/library/new",
        status=503,
        **{**TYPED, "owner": str(world.lead.person_id), "key": "k" * 24},
        file=(io.BytesIO(b"Words. " * 9000), "words.txt"),
    )
    assert "no room left on the server" in upload.text
    assert TYPED["summary"] in upload.text
    with pytest.raises(OSError, match="No space"):
        backup(world.db, FileStore(world.settings.var / "files"), target=disk.place / "backup", environ={})
    assert not list(disk.place.glob("backup*"))
    disk.make_room()
    again = world.visitor.post(address, body=typed, key="key-afterwards-0123456789012345")
    assert again.status_code == 303
    world.visitor.post(
        f"/teams/{world.team_id}/library/new",
        **{**TYPED, "owner": str(world.lead.person_id), "key": "k" * 24},
        file=(io.BytesIO(b"Words. " * 9000), "words.txt"),
    )
    assert whole(world.db)
    assert not list((world.settings.var / "files" / "incoming").iterdir())


def _try(world: World, address: str, typed: str, number: int) -> str | None:
    """Post; return the page that refused it, or None where it was saved."""
    response = world.visitor._client.post(
        address,
        data={"csrf_token": world.visitor._token, "body": typed, "key": f"key-{number:030d}"},
        **world.visitor._options,
    )
    if response.status_code == 303:
        return None
    assert response.status_code == 503, response.text[:500]
    assert response.headers["Retry-After"] == "120"
    world.visitor._look(response, check=True)
    return str(response.text)


def test_json_is_told_as_json(disk: SmallDisk, world: World) -> None:
    address = f"/threads/{world.thread_id}"
    world.visitor.get(address)
    disk.fill()
    for number in range(200):
        response = world.visitor._client.post(
            address,
            data={"csrf_token": world.visitor._token, "body": "x" * 5000, "key": f"key-{number:030d}"},
            headers={"Accept": "application/json"},
            **world.visitor._options,
        )
        if response.status_code != 303:
            break
    assert response.status_code == 503
    assert response.get_json()["code"] == "no_room"


def test_the_worker_waits_and_goes_on(disk: SmallDisk, world: World) -> None:
    """It may end meanwhile, with the status that its supervisor takes for "start me again"; here we are that."""
    statuses: list[int] = []
    ended = threading.Event()
    workers = []

    def supervise() -> None:
        while not ended.is_set():
            worker = build_worker(world.settings, world.db)
            workers.append(worker)
            statuses.append(worker.run())
            time.sleep(0.1)

    for number in range(20):
        Teams(world.db).thread(world.lead, world.team_id, f"Thread {number}", title=f"Thread {number}")
    disk.fill()
    thread = threading.Thread(target=supervise)
    thread.start()
    try:
        time.sleep(5)
        assert thread.is_alive()
        disk.make_room()
        deadline = time.monotonic() + 60
        while any(due for due, _ in outbox.waiting(world.db).values()):
            assert time.monotonic() < deadline, outbox.waiting(world.db)
            time.sleep(0.2)
    finally:
        ended.set()
        for worker in workers:
            worker.stop.set()
        thread.join(30)
    assert set(statuses) <= {0, 75}
    assert not any(parked for _, parked in outbox.waiting(world.db).values())
    finder = open_finder(world.settings)
    assert not consumer.verify(world.db, backend=finder.backend, registry=finder.registry)
    assert whole(world.db)


def test_what_is_no_full_disk_is_not_taken_for_one() -> None:
    assert is_no_room(OSError(errno.ENOSPC, "No space left on device"))
    assert not is_no_room(OSError(errno.EACCES, "Permission denied"))
    assert not is_no_room(ValueError("full"))
    with pytest.raises(RuntimeError) as outer:
        _wrapped()
    assert is_no_room(outer.value)


def _wrapped() -> None:
    try:
        raise OSError(errno.EDQUOT, "Disk quota exceeded")
    except OSError as inner:
        raise RuntimeError("wrapped") from inner
