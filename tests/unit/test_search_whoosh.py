"""What is particular to Whoosh: its file format, merging, rebuilding beside readers, and the deadline."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from cop.search import whoosh_backend, whoosh_match
from cop.search.backend import Busy, Deadline, OutOfTime
from cop.search.document import Audience, Document
from cop.search.engine import FileStorage, SegmentReader
from cop.search.query import parse
from cop.search.whoosh_backend import MEMBERS, PUBLIC, WhooshBackend
from cop.search.whoosh_schema import SCHEMA, pack_positions, unpack_positions
from cop.search.whoosh_segment import Segment
from cop.search.whoosh_writer import LARGEST, LARGEST_LENGTH, Size, due_for_merging, open_index

DAY = datetime(2026, 11, 1, tzinfo=UTC)
STRANGER = frozenset({"public"})
MEMBER = frozenset({"public", "team:7"})


def document(number: int, body: str, audience: Audience | None = None) -> Document:
    return Document("asset", number, f"Title {number}", audience or Audience.public(), DAY, body=body)


def found(backend: WhooshBackend, typed: str, audiences: frozenset[str] = STRANGER) -> list[int]:
    ranked = backend.search(parse(typed), audiences, deadline=Deadline.after(60), limit=10_000)
    assert ranked.complete
    return sorted(number for _, number in ranked.keys)


@pytest.mark.parametrize("positions", [[0], [3, 65_535], [3, 65_536], list(range(70_000))])
def test_positions_survive_packing(positions: list[int]) -> None:
    assert list(unpack_positions(pack_positions(positions))) == positions


def test_our_reading_agrees_with_whooshs_own(tmp_path: Path) -> None:
    """More than a block of postings, weights that differ, are equal, and are one; positions short and long."""
    backend = WhooshBackend(tmp_path)
    bodies = [f"fleet word{number % 7} " + "fleet " * (number % 5) for number in range(1, 1_300)]
    bodies.append("begin " + "filler " * 59_000 + "fleet")
    backend.rebuild([document(number, body) for number, body in enumerate(bodies, start=1)])
    folder = tmp_path / "g-1" / PUBLIC
    (part,) = open_index(folder)._segments()
    ours, theirs = (
        Segment(FileStorage(str(folder)), part),
        SegmentReader(FileStorage(str(folder)), SCHEMA, part),
    )
    compared = 0
    for field, term in theirs.all_terms():
        matcher = theirs.postings(field, term)
        expected = []
        while matcher.is_active():
            expected.append((matcher.id(), matcher.weight(), matcher.value()))
            matcher.next()
        assert [row[0] for row in expected] == ours.docs(field, term)
        assert {row[0]: row[1] for row in expected} == ours.weights(field, term)
        assert ours.frequency(field, term) == len(expected)
        if field == "text":
            assert {row[0]: row[2] for row in expected} == ours.positions(term)
        compared += len(expected)
    assert compared > 5_000
    assert sorted(ours.vocabulary("word", b"word")) == [f"word{number}".encode() for number in range(7)]


def test_blocks_without_candidates_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backend = WhooshBackend(tmp_path)
    backend.rebuild(
        [document(number, "fleet" + (" rare" if number == 900 else "")) for number in range(1, 1_500)]
    )
    ((segment, _),) = backend._snapshot(PUBLIC).segments
    assert len(list(segment.blocks("text", b"fleet"))) == 3
    assert len(list(segment.blocks("text", b"fleet", among=[899]))) == 1
    assert list(segment.blocks("text", b"fleet", among=[])) == []
    assert found(backend, "rare fleet") == [900]


def test_small_commits_are_merged_and_nothing_is_lost(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    for number in range(1, 41):
        backend.write([document(number, f"fleet canary{number}")])
        if number % 5 == 0:
            backend.write([], [("asset", number - 2)])
    gone = {number - 2 for number in range(5, 41, 5)}
    left = [number for number in range(1, 41) if number not in gone]
    assert len(backend._snapshot(PUBLIC).segments) < 16
    assert found(backend, "fleet") == left
    for number in range(1, 41):
        assert found(backend, f"canary{number}") == ([] if number in gone else [number])
        assert found(backend, f'"fleet canary{number}"') == ([] if number in gone else [number])
    assert backend.fingerprints().keys() == {("asset", number) for number in left}


def test_merging_stays_within_its_limits() -> None:
    def sizes(*rows: tuple[int, int, int]) -> list[Size]:
        return [Size(name, *row) for name, row in zip("abcdefghijkl", rows, strict=False)]

    assert due_for_merging(sizes(*[(1, 0, 300)] * 6), new=1) == []
    assert len(due_for_merging(sizes(*[(1, 0, 300)] * 7), new=1)) == 7
    assert len(due_for_merging(sizes(*[(600, 0, 300)] * 9), new=0)) == LARGEST // 600
    assert len(due_for_merging(sizes(*[(1, 0, LARGEST_LENGTH // 3)] * 9), new=0)) == 3
    assert due_for_merging(sizes(*[(LARGEST, 0, 300)] * 9), new=1) == []
    assert [size.segment for size in due_for_merging(sizes((60, 40, 1), (99, 1, 1)), new=0)] == ["a"]


def test_a_rebuild_is_swapped_in_under_a_living_reader(tmp_path: Path) -> None:
    writer, reader = WhooshBackend(tmp_path), WhooshBackend(tmp_path)
    writer.write([document(1, "fleet")])
    assert found(reader, "fleet") == [1]
    for _ in range(3):
        writer.rebuild([document(2, "fleet"), document(3, "van", Audience.team(7))])
        assert found(reader, "fleet") == [2]
        assert found(reader, "van", MEMBER) == [3]
    assert len(list(tmp_path.glob("g-*"))) == 2


def test_a_rebuild_that_fails_leaves_the_old_index(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    backend.write([document(1, "fleet")])

    def documents() -> Any:
        yield document(2, "fleet")
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError):
        backend.rebuild(documents())
    assert found(backend, "fleet") == [1]
    assert backend.rebuild([document(3, "fleet")]) == 1
    assert found(backend, "fleet") == [3]


def test_a_failed_write_leaves_the_index_as_it_was_and_writable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = WhooshBackend(tmp_path)
    backend.write([document(1, "fleet")])
    with monkeypatch.context() as patched:
        patched.setattr("cop.search.whoosh_bulk._write_term", _full_disk)
        with pytest.raises(OSError, match="No space left"):
            backend.write([document(2, "fleet")])
    assert found(WhooshBackend(tmp_path), "fleet") == [1]
    assert WhooshBackend(tmp_path).write([document(2, "fleet")]) == 1
    assert found(backend, "fleet") == [1, 2]


def _full_disk(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_two_writers_do_not_meet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whoosh_backend, "WAIT_FOR_WRITER", 0.1)
    backend = WhooshBackend(tmp_path)
    backend.write([document(1, "fleet")])
    with (tmp_path / "writer.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(Busy):
            backend.write([document(2, "fleet")])
        with pytest.raises(Busy):
            backend.rebuild([])
    assert backend.write([document(2, "fleet")]) == 1


def test_readers_in_threads_see_whole_commits_while_one_writes(tmp_path: Path) -> None:
    """Each commit moves the word to another pair of documents; a reader must always find a pair."""
    writer, reader = WhooshBackend(tmp_path), WhooshBackend(tmp_path)
    writer.write([document(1, "canary"), document(2, "canary")])
    stop, seen, wrong = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                pair = found(reader, "canary")
                if len(pair) != 2 or pair[1] != pair[0] + 1:
                    wrong.append(pair)
                seen.add(pair[0])
            except Exception as error:
                wrong.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 40, 2):
        fresh = [document(number + 2, "canary"), document(number + 3, "canary")]
        writer.write(fresh, [("asset", number), ("asset", number + 1)])
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(seen) > 2


def test_a_search_out_of_time_shows_the_segments_it_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = WhooshBackend(tmp_path)
    monkeypatch.setattr(whoosh_backend, "REBUILD_BATCH", 10)
    backend.rebuild([document(number, "fleet") for number in range(1, 31)])
    deadline = _Ticking(at=0.0)
    total = backend.search(parse("fleet"), STRANGER, deadline=deadline, limit=100)
    assert (len(total.keys), total.complete) == (30, True)
    half = _Ticking(at=0.0, allowed=deadline.looks // 2)
    part = backend.search(parse("fleet"), STRANGER, deadline=half, limit=100)
    assert len(part.keys) in (10, 20)
    assert not part.complete


class _Ticking(Deadline):
    """A deadline that passes after so many looks at the clock, so that no test depends on speed."""

    def __init__(self, at: float, allowed: int = 10**9) -> None:
        super().__init__(at)
        object.__setattr__(self, "looks", 0)
        object.__setattr__(self, "allowed", allowed)

    def check(self) -> None:
        object.__setattr__(self, "looks", self.looks + 1)
        if self.looks > self.allowed:
            raise OutOfTime


@pytest.mark.parametrize(
    ("typed", "least"),
    [
        ("fleet", 3),
        ('"fleet of vans"', 16),
        ("word*", 30),
        ("fle*", 3),
        ("fleet van title", 9),
        ("fleet -van", 6),
    ],
)
def test_every_shape_of_query_looks_at_the_clock(tmp_path: Path, typed: str, least: int) -> None:
    """Per block read, per 128 documents of a phrase and per word of a prefix; 1,300 documents are three blocks."""
    backend = WhooshBackend(tmp_path)
    backend.rebuild([document(number, f"fleet of vans word{number % 40}") for number in range(1, 1_300)])
    deadline = _Ticking(at=0.0)
    assert backend.search(parse(typed), STRANGER, deadline=deadline, limit=2_000).complete
    assert deadline.looks >= least
    for allowed in islice((0, least // 2, least - 1), 3):
        stopped = backend.search(parse(typed), STRANGER, deadline=_Ticking(0.0, allowed), limit=2_000)
        assert not stopped.complete


def test_words_of_others_do_not_use_up_the_expansions_of_a_prefix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else somebody could plant words around a guess and learn from a cut-off list whether it was made."""
    monkeypatch.setattr(whoosh_match, "MOST_EXPANSIONS", 5)
    backend = WhooshBackend(tmp_path)
    theirs = [document(100 + number, f"canary{number:03}", Audience.team(8)) for number in range(20)]
    backend.write([document(1, "canaryzzz", Audience.team(7)), *theirs])
    assert found(backend, "cana*", MEMBER) == [1]
    ranked = backend.search(parse("cana*"), frozenset({"team:8"}), deadline=Deadline.after(60), limit=99)
    assert not ranked.complete


def test_private_documents_never_touch_the_public_index(tmp_path: Path) -> None:
    backend = WhooshBackend(tmp_path)
    backend.write([document(1, "fleet"), document(2, "canaryword", Audience.team(7))])
    words: Callable[[str], set[bytes]] = lambda name: {  # noqa: E731 - two lines, used twice
        word for segment, _ in backend._snapshot(name).segments for word in segment.vocabulary("word", b"")
    }
    assert b"canaryword" not in words(PUBLIC)
    assert b"canaryword" in words(MEMBERS)
    assert b"fleet" not in words(MEMBERS)
