"""The archive and its envelope: what was changed, moved or cut off is noticed, and every kind of value comes back."""

from __future__ import annotations

import io
import tarfile
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table
from sqlalchemy.dialects.postgresql import INET

from cop.kernel.db import Base
from cop.operations import archive, envelope
from cop.operations.archive import Damaged, FileRead, Head, RowDigest, RowsRead, Tally
from cop.operations.envelope import KeyProblem, OpeningReader, SealingWriter, read_key
from cop.operations.rows import Shape, kind_of, line, shapes, values

SECRET = b"a key that only this test has, and long enough"
SHAPE = Shape(
    "thing",
    {
        "id": "integer",
        "on": "boolean",
        "share": "number",
        "price": "decimal",
        "at": "moment",
        "day": "date",
        "facts": "json",
        "raw": "bytes",
        "words": "text",
    },
    frozenset({"on", "share", "price", "at", "day", "facts", "raw", "words"}),
    ("id",),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
EARLIEST, LATEST = datetime(1970, 1, 2), datetime(2200, 1, 1)  # noqa: DTZ001 - hypothesis adds a zone
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=1))])
VALUES = st.fixed_dictionaries(
    {
        "id": st.integers(-(2**63), 2**63 - 1),
        "on": st.none() | st.booleans(),
        "share": st.none() | st.floats(allow_nan=False, allow_infinity=False),
        "price": st.none() | st.decimals(allow_nan=False, allow_infinity=False, places=2),
        "at": st.none() | st.datetimes(EARLIEST, LATEST, timezones=ZONES),
        "day": st.none() | st.dates(),
        "facts": st.none()
        | st.dictionaries(TEXT, TEXT | st.integers() | st.none() | st.lists(TEXT), max_size=3),
        "raw": st.none() | st.binary(max_size=20),
        "words": st.none() | TEXT,
    }
)


@given(st.lists(VALUES, max_size=4))
def test_every_value_comes_back_from_its_line(rows: list[dict[str, Any]]) -> None:
    lines = b"".join(line(SHAPE, [row[name] for name in SHAPE.columns]) for row in rows)
    assert lines.count(b"\n") == len(rows)
    back = list(values(SHAPE, lines))
    assert back == rows
    # Equal values make equal lines, in whatever zone or order they were said.
    assert b"".join(line(SHAPE, [row[name] for name in SHAPE.columns]) for row in back) == lines


def test_lines_that_are_not_rows_are_refused() -> None:
    for wrong in (b"nonsense\n", b"[1]\n", b'{"id":1,"unknown":2}\n', b'{"id":1,"at":"yesterday"}\n'):
        with pytest.raises(ValueError):
            list(values(SHAPE, wrong))


def test_there_is_a_word_for_what_every_column_holds_and_none_for_others() -> None:
    found = shapes(Base.metadata)
    assert {shape.name for shape in found} == set(Base.metadata.tables)
    assert Shape.from_json(SHAPE.as_json()) == SHAPE
    with pytest.raises(TypeError, match=r"rows\.py"):
        kind_of(INET())
    with pytest.raises(ValueError, match="unknown kind"):
        Shape.from_json({**SHAPE.as_json(), "columns": {"id": "colour"}})


def test_tables_that_others_refer_to_come_first_and_circles_are_no_obstacle() -> None:
    metadata = MetaData()
    Table(
        "b_child", metadata, Column("id", Integer, primary_key=True), Column("a", ForeignKey("z_parent.id"))
    )
    Table("z_parent", metadata, Column("id", Integer, primary_key=True))
    assert [shape.name for shape in shapes(metadata)] == ["z_parent", "b_child"]
    Table(
        "hen",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("egg", ForeignKey("egg.id", name="egg")),
    )
    Table(
        "egg",
        metadata,
        Column("id", Integer, primary_key=True),
        Column("hen", ForeignKey("hen.id", name="hen")),
    )
    assert {shape.name for shape in shapes(metadata)} == {"z_parent", "b_child", "hen", "egg"}


def sealed(content: bytes, secret: bytes = SECRET) -> bytes:
    """Content in its envelope, written in pieces of odd sizes."""
    target = io.BytesIO()
    writer = SealingWriter(target, secret)
    for start in range(0, len(content), 7):
        writer.write(content[start : start + 7])
    writer.finish()
    return target.getvalue()


def opened(data: bytes, secret: bytes = SECRET) -> bytes:
    """What is in an envelope."""
    return io.BufferedReader(OpeningReader(io.BytesIO(data), secret)).read()


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "CHUNK", 16)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 31, 32, 33, 100])
def test_what_is_sealed_opens_whatever_its_length(size: int) -> None:
    content = bytes(range(size))
    data = sealed(content)
    assert opened(data) == content
    assert sealed(content) != data, "two envelopes never look alike"
    assert len(content) < 8 or content[:8] not in data


@pytest.mark.usefixtures("small_chunks")
def test_an_envelope_that_was_touched_does_not_open() -> None:
    content = bytes(100)
    data = sealed(content)
    header = len(envelope.MAGIC) + envelope.SALT + envelope.PREFIX
    step = 16 + envelope.TAG
    chunks = [data[start : start + step] for start in range(header, len(data), step)]
    swapped = data[:header] + chunks[1] + chunks[0] + b"".join(chunks[2:])
    left_out = data[:header] + chunks[0] + b"".join(chunks[2:])
    cut = [data[:end] for end in (0, 10, header, header + step, len(data) - step, len(data) - 1)]
    other_head = sealed(content)[:header] + data[header:]
    for wrong in (swapped, left_out, *cut, other_head, data + chunks[-1], data + b"x"):
        with pytest.raises(KeyProblem):
            opened(wrong)
    with pytest.raises(KeyProblem, match="does not open"):
        opened(data, b"another key that is also long enough")
    for place in range(len(envelope.MAGIC), len(data), 3):
        flipped = bytearray(data)
        flipped[place] ^= 1
        with pytest.raises(KeyProblem):
            opened(bytes(flipped))


def test_a_key_must_be_long_and_its_line_break_is_not_part_of_it(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(SECRET + b"\n")
    assert read_key(path) == SECRET
    path.write_bytes(b"too short")
    with pytest.raises(KeyProblem, match="token_urlsafe"):
        read_key(path)


HEAD = Head(
    "2026-11-26T12:00:00+00:00", "0.1.0", "0001", "sqlite", (SHAPE,), {"COP_SECRET": None}, {"thing": 3}
)
CONTENT = b"what an upload holds"


def made() -> bytes:
    """A small archive with a row and a file."""
    target, tally = io.BytesIO(), Tally()
    lines = b'{"id":1,"words":"A row"}\n'
    with tarfile.open(fileobj=target, mode="w|") as tar:
        tally.parts[archive.HEAD] = archive.add_note(tar, archive.HEAD, HEAD.as_json())
        digest = RowDigest()
        digest.add(lines)
        name = archive.rows_part(1, "thing", 1)
        tally.parts[name] = archive.add_bytes(tar, name, archive.gzip.compress(lines, 6, mtime=0))
        tally.tables["thing"] = digest.result()
        sha256 = archive.hashlib.sha256(CONTENT).hexdigest()
        archive.add_bytes(tar, archive.file_name(sha256), CONTENT)
        tally.file(sha256, len(CONTENT))
        archive.add_note(tar, archive.MANIFEST, tally.as_json(missing=[], damaged=[]))
    return target.getvalue()


def walk(data: bytes) -> list[Any]:
    """Every step of an archive, files read."""
    found: list[Any] = []
    for step in archive.read(io.BytesIO(data), None):
        found.append(step.stream.read() if isinstance(step, FileRead) else step)
    return found


def test_an_archive_gives_back_what_it_holds() -> None:
    head, rows, file = walk(made())
    assert head == HEAD
    assert isinstance(rows, RowsRead)
    assert next(iter(values(SHAPE, rows.lines)))["words"] == "A row"
    assert file == CONTENT
    for _ in archive.read(io.BytesIO(made()), None):
        pass  # Whoever does not read a file still learns whether it is whole.


def _without(data: bytes, name: str) -> bytes:
    """The same archive without one of its members."""
    target = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(data)) as old, tarfile.open(fileobj=target, mode="w") as new:
        for member in old:
            if not member.name.startswith(name):
                new.addfile(member, old.extractfile(member))
    return target.getvalue()


def test_an_archive_that_was_touched_is_damaged() -> None:
    data = made()
    for name in (archive.HEAD, "tables/", "files/", archive.MANIFEST):
        with pytest.raises(Damaged):
            walk(_without(data, name))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        for member in tar:
            flipped = bytearray(data)
            flipped[member.offset_data + member.size // 2] ^= 0x20
            with pytest.raises(Damaged):
                walk(bytes(flipped))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        cut = [data[: member.offset_data + 5] for member in tar]
    for wrong in (b"", b"nothing of the kind", data[:300], *cut):
        with pytest.raises(Damaged):
            walk(wrong)


def test_a_member_that_does_not_belong_there_is_refused() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        archive.add_note(tar, archive.HEAD, HEAD.as_json())
        archive.add_bytes(tar, "../../etc/passwd", b"x")
    with pytest.raises(Damaged, match="does not belong"):
        walk(target.getvalue())
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as tar:
        link = tarfile.TarInfo(archive.HEAD)
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(Damaged, match="does not belong"):
        walk(target.getvalue())


def test_moments_are_written_in_one_way() -> None:
    at = datetime(2026, 11, 26, 13, tzinfo=timezone(timedelta(hours=1)))
    told = line(Shape("t", {"at": "moment"}, frozenset(), ("at",)), [at])
    assert told == b'{"at":"2026-11-26T12:00:00.000000Z"}\n'
    # SQLite's driver gives them without a zone.
    assert told == line(
        Shape("t", {"at": "moment"}, frozenset(), ("at",)), [datetime.fromisoformat("2026-11-26T12:00")]
    )
    day = Shape("t", {"day": "date", "price": "decimal"}, frozenset(), ("day",))
    assert line(day, [date(2026, 1, 2), Decimal("1.50")]) == b'{"day":"2026-01-02","price":"1.50"}\n'
