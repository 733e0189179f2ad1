"""What an upload is, is decided by its content; what it is called is made harmless."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop.files.checks import identify
from cop.files.delivery import download_headers
from cop.files.kinds import Kind, accept_attribute, claimed_by_name
from cop.files.names import NAME_BYTES, NAME_LENGTH, clean_filename
from cop.kernel.errors import Invalid
from tests.data import sample_files as make
from tests.data.sample_pictures import picture


def locked(data: bytes) -> bytes:
    """The zip with its first entry marked as encrypted."""
    at = data.index(b"PK\x01\x02") + 8
    return data[:at] + b"\x01" + data[at + 1 :]


GOOD: dict[Kind, Callable[[], bytes]] = {
    Kind.DOCX: make.docx,
    Kind.ODT: make.odt,
    Kind.PDF: make.pdf,
    Kind.ODS: make.ods,
    Kind.XLSX: make.xlsx,
    Kind.CSV: lambda: b"Supplier,Amount\nA,1\n",
    Kind.MARKDOWN: lambda: b"# Lessons\n",
    Kind.TEXT: lambda: b"Words\n",
    Kind.PNG: lambda: picture("PNG"),
    Kind.JPEG: lambda: picture("JPEG"),
    Kind.WEBP: lambda: picture("WEBP"),
    Kind.GIF: lambda: picture("GIF"),
}


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[bytes], Path]:
    def save(data: bytes) -> Path:
        path = tmp_path / "upload"
        path.write_bytes(data)
        return path

    return save


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_is_proven_by_its_content(kind: Kind, saved: Callable[[bytes], Path]) -> None:
    assert identify(saved(GOOD[kind]()), f"Plan 2026.{kind.extension.upper()}", pictures=True) is kind


def test_every_kind_has_words_for_people_and_a_type_no_browser_runs() -> None:
    for kind in Kind:
        assert claimed_by_name(f"x.{kind.extension}") is kind
        assert kind.label[0].isupper()
        assert kind.article_label.startswith(("a ", "an "))
        assert not {"html", "svg", "xml;", "javascript"} & set(kind.media_type.replace("+", "/").split("/"))
        assert f".{kind.extension}" in accept_attribute(pictures=True).split(",")
        assert (f".{kind.extension}" in accept_attribute().split(",")) is not kind.is_picture


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (make.odt(), "a.docx", "is an OpenDocument text. Rename it to end in .odt"),
        (b"hello", "a.docx", "is not a Word document. Save it again as DOCX and upload that."),
        (make.pdf(), "a.txt", "is a PDF, not a plain text"),
        (make.zipped(make.docx_parts() | {"word/vbaProject.bin": b"x"}), "a.docx", "contains macros"),
        (locked(make.docx()), "a.docx", "Remove the password and upload it again."),
        (b"", "a.pdf", "The file is empty."),
        (b"x", "a.doc", "Save it as DOCX and upload that."),
        (b"x", "a", "does not say what kind of file it is"),
        (b"a\0b", "a.csv", "not plain text"),
        (make.pdf()[:-7], "a.pdf", "The PDF is not complete."),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_do(
    data: bytes, name: str, says: str, saved: Callable[[bytes], Path]
) -> None:
    with pytest.raises(Invalid, match=re.escape(says)) as refusal:
        identify(saved(data), name)
    assert refusal.value.field == "file"


def test_a_file_above_the_limit_is_refused_and_one_at_it_is_not(saved: Callable[[bytes], Path]) -> None:
    assert identify(saved(b"12345"), "a.txt", limit=5) is Kind.TEXT
    with pytest.raises(Invalid, match="too large"):
        identify(saved(b"123456"), "a.txt", limit=5)


@pytest.mark.parametrize("claimed", ["csv", "md", "txt"])
@pytest.mark.parametrize(
    "data",
    [
        b"<!doctype html><p>x",
        b"\xef\xbb\xbf\n<HTML>",
        b"<svg onload=x>",
        b"<?php x",
        "<script>".encode("utf-16"),
    ],
)
def test_a_web_page_called_text_is_served_as_plain_text(
    claimed: str, data: bytes, saved: Callable[[bytes], Path]
) -> None:
    kind = identify(saved(data), f"a.{claimed}")
    assert kind is Kind.TEXT
    assert clean_filename(f"page.{claimed}", kind).endswith(".txt")
    assert kind.media_type == "text/plain"


def test_markdown_that_begins_with_a_box_stays_markdown(saved: Callable[[bytes], Path]) -> None:
    assert identify(saved(b"<div class='note'>\nWords\n</div>\n"), "a.md") is Kind.MARKDOWN


@pytest.mark.parametrize(
    ("given_name", "kind", "clean"),
    [
        ("Fleet plan – draft 3.docx", Kind.DOCX, "Fleet plan – draft 3.docx"),
        ("terms.docx.pdf", Kind.PDF, "terms.docx.pdf"),
        ("C:\\Users\\me\\plan.PDF", Kind.PDF, "plan.pdf"),
        ("../../etc/passwd", Kind.TEXT, "passwd.txt"),
        ("CON.txt", Kind.TEXT, "document-CON.txt"),
        ("com1.tables.csv", Kind.CSV, "document-com1.tables.csv"),
        ("invoice\u202efdp.exe", Kind.TEXT, "invoicefdp.exe.txt"),
        ("a\r\nSet-Cookie: x.md", Kind.MARKDOWN, "a Set-Cookie- x.md"),
        ("Ynys Mo\u0302n.odt", Kind.ODT, "Ynys Môn.odt"),
        ("", Kind.ODS, "document.ods"),
        ("...", Kind.ODS, "document.ods"),
        (".txt", Kind.TEXT, "txt.txt"),
        ("\ud800.txt", Kind.TEXT, "-.txt"),
    ],
)
def test_names_stay_readable_and_become_harmless(given_name: str, kind: Kind, clean: str) -> None:
    assert clean_filename(given_name, kind) == clean


@given(st.text(max_size=400), st.sampled_from(list(Kind)))
def test_any_name_becomes_a_safe_one_and_stays_it(name: str, kind: Kind) -> None:
    clean = clean_filename(name, kind)
    assert clean.endswith(f".{kind.extension}")
    assert 0 < len(clean) <= NAME_LENGTH
    assert len(clean.encode()) <= NAME_BYTES
    assert clean.isprintable()
    assert not set(clean) & set('<>:"|?*\\/')
    assert not clean.startswith((".", " "))
    assert clean_filename(clean, kind) == clean
    for value in download_headers(clean, kind, 1, "0" * 64).values():
        assert value.isascii()
        assert value.isprintable()


def test_a_download_is_an_attachment_that_is_never_sniffed() -> None:
    headers = download_headers("Ynys Môn.odt", Kind.ODT, 12, "ab" * 32)
    assert headers["Content-Disposition"] == (
        "attachment; filename=\"Ynys M_n.odt\"; filename*=UTF-8''Ynys%20M%C3%B4n.odt"
    )
    assert headers["Content-Type"] == Kind.ODT.media_type
    assert headers["Content-Length"] == "12"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
