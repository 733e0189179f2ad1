"""The store keeps each content once, whole or not at all, read-only."""

from __future__ import annotations

import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from cop.files.intake import receive
from cop.files.kinds import Kind
from cop.files.store import LOCK, FileStore
from cop.kernel.errors import Invalid, NotFound

DATA = b"words " * 100_000
HASH = hashlib.sha256(DATA).hexdigest()


def files(folder: Path) -> list[str]:
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return [name for name in found if name != LOCK]


def kept_long_ago(store: FileStore, folder: Path) -> None:
    """One file that looks abandoned."""
    store.keep(store.spool(io.BytesIO(DATA), len(DATA)))
    os.utime(folder / files(folder)[0], (1, 1))


def in_between(store: FileStore, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Thread:
    """Let another thread do something after a stale file was looked at, just before it is deleted."""
    another = Thread(target=act)

    def remove(sha256: str) -> None:
        another.start()
        another.join(0.3)
        FileStore.remove(store, sha256)

    monkeypatch.setattr(store, "remove", remove)
    return another


def test_what_was_spooled_and_kept_comes_back_byte_for_byte(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    spooled = store.spool(io.BytesIO(DATA), len(DATA))
    assert (spooled.sha256, spooled.size) == (HASH, len(DATA))
    assert not store.exists(HASH)
    store.keep(spooled)
    assert files(tmp_path) == [f"{HASH[:2]}/{HASH[2:4]}/{HASH}"]
    with store.open(HASH) as stream:
        assert stream.read() == DATA
    assert (tmp_path / HASH[:2] / HASH[2:4] / HASH).stat().st_mode & 0o777 == 0o440


def test_the_same_content_twice_is_stored_once_and_renewed(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.keep(store.spool(io.BytesIO(DATA), len(DATA)))
    os.utime(tmp_path / files(tmp_path)[0], (1, 1))
    assert list(store.kept(3600)) == [HASH]
    store.keep(store.spool(io.BytesIO(DATA), len(DATA)))
    assert len(files(tmp_path)) == 1
    assert list(store.kept(3600)) == [], "a file that was kept again must not look abandoned"


def test_content_that_came_in_again_is_not_removed(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    store.keep(store.spool(io.BytesIO(DATA), len(DATA)))
    os.utime(tmp_path / files(tmp_path)[0], (1, 1))
    assert list(store.kept(3600)) == [HASH]
    store.keep(store.spool(io.BytesIO(DATA), len(DATA)))
    assert not store.remove_stale(HASH, 3600)
    os.utime(tmp_path / files(tmp_path)[0], (1, 1))
    assert store.remove_stale(HASH, 3600)
    assert not store.remove_stale(HASH, 3600)
    assert files(tmp_path) == []


def test_a_file_that_is_named_again_is_renewed(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    assert not store.renew(HASH)
    kept_long_ago(store, tmp_path)
    assert store.renew(HASH)
    assert list(store.kept(3600)) == []


def test_content_that_comes_in_again_while_it_is_being_removed_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path)
    kept_long_ago(store, tmp_path)
    again = store.spool(io.BytesIO(DATA), len(DATA))
    another = in_between(store, monkeypatch, lambda: store.keep(again))
    store.remove_stale(HASH, 3600)
    another.join()
    assert store.exists(HASH)


def test_nobody_is_told_that_a_file_is_there_while_it_is_being_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = FileStore(tmp_path)
    kept_long_ago(store, tmp_path)
    told: list[bool] = []
    another = in_between(store, monkeypatch, lambda: told.append(store.renew(HASH)))
    store.remove_stale(HASH, 3600)
    another.join()
    assert told == [store.exists(HASH)]


@pytest.mark.parametrize("walk", ["iterdir", "glob"])
def test_a_file_that_goes_while_the_folder_is_walked_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, walk: str
) -> None:
    store = FileStore(tmp_path)
    kept_long_ago(store, tmp_path)
    real = getattr(Path, walk)

    def with_one_that_went(self: Path, *pattern: str) -> Iterator[Path]:
        yield self / ("0" * 64)
        yield from real(self, *pattern)

    monkeypatch.setattr(Path, walk, with_one_that_went)
    assert store.sweep(3600) == 0
    assert list(store.kept(3600)) == [HASH]


def test_too_long_a_stream_is_refused_early_and_leaves_nothing(tmp_path: Path) -> None:
    class Endless:
        given = 0

        def read(self, size: int, /) -> bytes:
            self.given += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(Invalid, match="too large") as refusal:
        FileStore(tmp_path).spool(stream, 1_000_000)
    assert refusal.value.message == "The file is too large. Choose a file of 1 MB or less."
    assert stream.given < 2_000_000
    assert files(tmp_path) == []


def test_a_stream_that_breaks_leaves_nothing(tmp_path: Path) -> None:
    class Broken:
        def read(self, size: int, /) -> bytes:
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        FileStore(tmp_path).spool(Broken(), 10)
    assert files(tmp_path) == []


def test_sweep_removes_what_a_crash_left_and_nothing_younger(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    old = store.spool(io.BytesIO(b"old"), 10)
    young = store.spool(io.BytesIO(b"young"), 10)
    long_ago = time.time() - 7200
    os.utime(old.path, (long_ago, long_ago))
    assert store.sweep(3600) == 1
    assert not old.path.exists()
    store.keep(young)
    assert store.exists(young.sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "AB" * 32, "g" * 64, "a" * 63, "/" * 64])
def test_only_a_hash_ever_becomes_a_path(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        FileStore(tmp_path).open(name)


def test_a_hash_that_is_not_kept_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        FileStore(tmp_path).open("0" * 64)


def test_intake_keeps_a_sound_file_under_a_clean_name(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    received = receive(store, io.BytesIO(b"# Lessons\n"), filename="../a:b.md", limit=100)
    assert (received.kind, received.filename) == (Kind.MARKDOWN, "a-b.md")
    assert store.exists(received.spooled.sha256)


def test_intake_leaves_nothing_of_a_file_it_refuses(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        receive(FileStore(tmp_path), io.BytesIO(b"MZ\0"), filename="a.pdf", limit=100)
    assert files(tmp_path) == []
