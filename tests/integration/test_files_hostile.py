"""Every hostile upload is refused in plain words, or read within limits and inert. Nothing else happens."""

from __future__ import annotations

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cop.files import intake
from cop.files.delivery import download_headers
from cop.files.extract import GRACE, extract
from cop.files.intake import Received
from cop.files.names import NAME_LENGTH
from cop.files.outcome import Limits
from cop.files.store import LOCK, FileStore
from cop.kernel.errors import Invalid
from tests.data.hostile_files import FAMILIES, Hostile, every

LIMITS = Limits(seconds=4)
UPLOAD_LIMIT = 50_000_000
INERT_TYPES = ("application/", "text/plain", "text/csv", "text/markdown")


def test_there_are_two_hundred_of_them_and_each_is_different() -> None:
    found = Counter(each.name for each in every())
    assert found.total() >= 200
    assert max(found.values()) == 1


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.__name__)
def test_hostile_uploads_are_refused_or_inert(
    family: Callable[[], Iterator[Hostile]], tmp_path: Path, subtests: pytest.Subtests
) -> None:
    for number, hostile in enumerate(family()):
        with subtests.test(msg=ascii(hostile.name)):
            judge(hostile, tmp_path / str(number))


def judge(hostile: Hostile, folder: Path) -> None:
    store = FileStore(folder)
    refusal: Invalid | None = None
    received: Received | None = None
    try:
        received = intake.receive(
            store, io.BytesIO(hostile.data), filename=hostile.filename, limit=UPLOAD_LIMIT
        )
    except Invalid as error:
        refusal = error
    if received is None:
        assert refusal is not None
        assert hostile.fate in ("refused", "either"), refusal.message
        refused_plainly(refusal, folder)
    else:
        assert hostile.fate in ("inert", "either"), f"accepted as {received.kind}"
        sent_inert(received, folder)
        read_within_limits(store, received)


def stored(folder: Path) -> list[Path]:
    """Every file in the store but its lock."""
    return [path for path in folder.rglob("*") if path.is_file() and path.name != LOCK]


def refused_plainly(refusal: Invalid, folder: Path) -> None:
    assert refusal.field == "file"
    assert refusal.message[0].isupper()
    assert refusal.message.endswith(".")
    assert "invalid" not in refusal.message.lower()
    assert stored(folder) == [], "a refused file was left behind"


def sent_inert(received: Received, folder: Path) -> None:
    kept = stored(folder)
    assert len(kept) == 1
    assert kept[0].stat().st_mode & 0o333 == 0, "a kept file can be run or changed"
    headers = download_headers(
        received.filename, received.kind, received.spooled.size, received.spooled.sha256
    )
    assert headers["Content-Type"].startswith(INERT_TYPES)
    assert headers["Content-Disposition"].startswith("attachment;")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert len(received.filename) <= NAME_LENGTH
    assert received.filename.endswith(f".{received.kind.extension}")
    assert received.filename.isprintable()


def read_within_limits(store: FileStore, received: Received) -> None:
    started = time.monotonic()
    with store.open(received.spooled.sha256) as stream:
        outcome = extract(stream, received.kind, LIMITS)
    assert time.monotonic() - started <= LIMITS.seconds + GRACE + 2
    assert outcome.status in ("searchable", "not_searchable")
    assert bool(outcome.text) == (outcome.status == "searchable")
    assert outcome.status == "searchable" or (outcome.reason or "").endswith(".")
    assert "\0" not in outcome.text
    assert "root:x:0" not in outcome.text, "an external entity was read"
