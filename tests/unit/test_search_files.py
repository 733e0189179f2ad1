"""A file inside a memory map is read as any other file, and nothing of it is copied beforehand."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.search.document import Audience, Document
from cop.search.whoosh_backend import WhooshBackend
from cop.search.whoosh_files import MappedBytes, MappedFile

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("read"), st.integers(0, 40)),
        st.tuples(st.just("set"), st.integers(0, 120)),
        st.tuples(st.just("by"), st.integers(0, 20)),
        st.tuples(st.just("end"), st.integers(-20, 0)),
        st.tuples(st.just("line"), st.just(0)),
    )
)


@given(st.binary(min_size=20, max_size=100), STEPS)
def test_it_reads_like_a_file_in_memory(content: bytes, steps: list[tuple[str, int]]) -> None:
    ours, right = io.BufferedReader(MappedBytes(memoryview(content))), io.BytesIO(content)
    for step, number in steps:
        if step == "read":
            assert ours.read(number) == right.read(number)
        elif step == "line":
            assert ours.readline() == right.readline()
        else:
            whence = {"set": io.SEEK_SET, "by": io.SEEK_CUR, "end": io.SEEK_END}[step]
            assert ours.seek(number, whence) == right.seek(number, whence)
        assert ours.tell() == right.tell()


def test_a_segment_is_opened_without_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    day = datetime(2026, 9, 1, tzinfo=UTC)
    document = Document("asset", 1, "A title", Audience.public(), day, body="Some words of it")
    WhooshBackend(tmp_path).write([document])
    copied: list[int] = []

    def noting(buf: bytes = b"") -> io.BytesIO:
        copied.append(len(buf))
        return io.BytesIO(buf)

    monkeypatch.setattr("whoosh.filedb.structfile.BytesIO", noting)
    backend = WhooshBackend(tmp_path)
    snapshot = backend._snapshot("public")
    assert snapshot.segments
    assert isinstance(snapshot.segments[0][0]._postings, MappedFile)
    assert sum(copied) == 0
