"""What each reader takes from a file, what it leaves out, and what it points out. In process, without limits."""

from __future__ import annotations

import io
from datetime import date

import docx as python_docx
import openpyxl
import pytest
from odf import opendocument, table, text
from openpyxl.comments import Comment

from cop.files.extract_child import read_file
from cop.files.kinds import Kind
from cop.files.outcome import ExtractedText, HiddenContent
from cop.files.readers.gather import join_hyphenated, tidy
from tests.data import sample_files as make


def read(data: bytes, kind: Kind) -> ExtractedText:
    return read_file(io.BytesIO(data), kind)


def text_of(data: bytes, kind: Kind) -> str:
    outcome = read(data, kind)
    assert outcome.status == "searchable", outcome.reason
    assert outcome.reason is None
    return outcome.text


def test_a_docx_made_by_a_library_gives_paragraphs_tables_headers_and_properties() -> None:
    document = python_docx.Document()
    document.core_properties.title = "Fleet lessons"
    document.core_properties.author = "Ada Example"
    document.core_properties.last_modified_by = "Ben Example"
    document.add_heading("Electric vans")
    document.add_paragraph("Charging at the depot")
    rows = document.add_table(rows=1, cols=2).rows[0].cells
    rows[0].text, rows[1].text = "Ynys Môn", "Tŷ"
    document.sections[0].header.paragraphs[0].text = "Official"
    buffer = io.BytesIO()
    document.save(buffer)
    outcome = read(buffer.getvalue(), Kind.DOCX)
    assert outcome.text.splitlines() == [
        "Electric vans",
        "Charging at the depot",
        "Ynys Môn\tTŷ",
        "",
        "Official",
    ]
    assert outcome.title == "Fleet lessons"
    assert outcome.hidden.authors == ("Ada Example",)
    assert outcome.hidden.last_saved_by == "Ben Example"


def test_a_docx_gives_runs_notes_and_boxes_and_leaves_out_what_is_not_its_text() -> None:
    run = "<w:r><w:t>{}</w:t></w:r>"
    body = (
        "<w:p>" + run.format("fram") + run.format("ework") + "<w:del w:author='Cy'><w:r><w:delText>old</w:delText>"
        "</w:r></w:del><w:ins w:author='Di'>" + run.format(" agreement") + "</w:ins>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:tab/><w:t>end</w:t></w:r>"
        "<w:r><w:instrText>PAGEREF</w:instrText></w:r><w:r><w:txbxContent>" + make.paragraph("in a box")
        + "</w:txbxContent></w:r>" + run.format("ing") + "</w:p>"
    )  # fmt: skip
    extra = {
        "word/_rels/document.xml.rels": make.rels(
            ("footnotes", "footnotes.xml"), ("comments", "comments.xml")
        ),
        "word/footnotes.xml": make.word(make.paragraph("a footnote"), "footnotes"),
        "word/comments.xml": f'<w:comments xmlns:w="{make.W}"><w:comment w:author="Ed">'
        f"{make.paragraph('a comment')}</w:comment></w:comments>",
    }
    outcome = read(make.zipped(make.docx_parts(body) | extra), Kind.DOCX)
    assert outcome.text.splitlines() == ["framework agreement\tending", "", "a footnote", "", "in a box"]
    assert outcome.hidden.tracked_changes == 2
    assert outcome.hidden.change_authors == ("Cy", "Di")
    assert outcome.hidden.hidden_text == 1
    assert (outcome.hidden.comments, outcome.hidden.comment_authors) == (1, ("Ed",))


def test_an_odt_made_by_a_library_gives_its_paragraphs() -> None:
    document = opendocument.OpenDocumentText()
    document.text.addElement(text.H(outlinelevel=1, text="Agency staff"))
    document.text.addElement(text.P(text="Rates by the hour"))
    buffer = io.BytesIO()
    document.save(buffer)
    assert text_of(buffer.getvalue(), Kind.ODT).splitlines() == ["Agency staff", "Rates by the hour"]


def test_an_odt_leaves_out_comments_and_deleted_text_and_points_them_out() -> None:
    content = (
        "<text:tracked-changes><text:changed-region><text:deletion><office:change-info><dc:creator>Flo</dc:creator>"
        "</office:change-info><text:p>removed</text:p></text:deletion></text:changed-region></text:tracked-changes>"
        "<text:p>Whole<text:s text:c='3'/>life<office:annotation><dc:creator>Gus</dc:creator><text:p>really?</text:p>"
        "</office:annotation> cost<text:note><text:note-body><text:p>see annex</text:p></text:note-body></text:note>"
        "<text:tab/>model</text:p>"
    )
    meta = "<dc:title>Costing</dc:title><meta:initial-creator>Hal</meta:initial-creator><dc:creator>Ina</dc:creator>"
    outcome = read(make.odt(content, meta=meta), Kind.ODT)
    assert outcome.text.splitlines() == ["Whole life cost model", "", "see annex"]
    assert outcome.title == "Costing"
    assert outcome.hidden == HiddenContent(
        authors=("Hal",),
        last_saved_by="Ina",
        comments=1,
        comment_authors=("Gus",),
        tracked_changes=1,
        change_authors=("Flo",),
    )


def test_an_ods_gives_visible_sheets_and_names_the_hidden_ones() -> None:
    document = opendocument.OpenDocumentSpreadsheet()
    sheet = table.Table(name="Spend 2026")
    row = table.TableRow()
    for words in ("Supplier", "Amount"):
        cell = table.TableCell()
        cell.addElement(text.P(text=words))
        row.addElement(cell)
    sheet.addElement(row)
    document.spreadsheet.addElement(sheet)
    buffer = io.BytesIO()
    document.save(buffer)
    assert text_of(buffer.getvalue(), Kind.ODS).splitlines() == ["Spend 2026", "Supplier\tAmount"]
    style = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    cell_of = "<table:table-row><table:table-cell><text:p>{}</text:p></table:table-cell></table:table-row>"
    both = (
        f'<table:table table:name="Shown">{cell_of.format("open")}</table:table>'
        f'<table:table table:name="Margins" table:style-name="h">{cell_of.format("secret")}</table:table>'
    )
    outcome = read(make.ods(both, automatic=style), Kind.ODS)
    assert outcome.text.splitlines() == ["Shown", "open"]
    assert outcome.hidden.hidden_sheets == ("Margins",)


def test_an_xlsx_made_by_a_library_gives_cells_dates_and_comments() -> None:
    book = openpyxl.Workbook()
    sheet = book["Sheet"]
    sheet.title = "Awards"
    sheet.append(["Highways", 12.5, date(2026, 3, 31), True])
    sheet["A1"].comment = Comment("check", "Jo Example")
    book.create_sheet("Workings").sheet_state = "hidden"
    book["Workings"]["A1"] = "not for print"
    buffer = io.BytesIO()
    book.save(buffer)
    outcome = read(buffer.getvalue(), Kind.XLSX)
    assert outcome.text.splitlines() == ["Awards", "Highways\t12.5\t2026-03-31\tTRUE"]
    assert outcome.hidden.hidden_sheets == ("Workings",)
    assert (outcome.hidden.comments, outcome.hidden.comment_authors) == (1, ("Jo Example",))


def test_an_xlsx_finds_shared_strings_through_its_relationships() -> None:
    row = '<row><c t="s"><v>0</v></c><c s="1"><v>1.5</v></c><c t="str"><v>sum</v></c></row>'
    assert text_of(make.xlsx(row), Kind.XLSX).splitlines() == ["Costs", "Shared words\t1899-12-31\tsum"]


def test_a_pdf_is_folded_to_what_people_type() -> None:
    lines = (
        "Non\u00a0breaking spaces, pro-",
        "curement and self-assess\u00adment 16\u00ad24",
        "self-",
        "assess",
    )
    outcome = read(make.pdf(*lines), Kind.PDF)
    assert outcome.pages == 1
    assert "Non breaking spaces, procurement and" in " ".join(outcome.text.split())
    assert "16-24" in outcome.text


def test_a_pdf_points_out_people_comments_files_and_actions() -> None:
    note = b"/Annots [<</Type /Annot /Subtype /Text /T (Kim) /Contents (hm)>>]"
    names = b"/Names <</EmbeddedFiles <</Names [(a) <</Type /Filespec>>]>>>> /OpenAction <</S /JavaScript /JS (x)>>"
    objects = [*make.pdf_objects("Words", catalog=names, page=note), b"<</Author (Lee) /Creator (Word)>>"]
    hidden = read(make.pdf_of(objects, trailer=b"/Info 6 0 R"), Kind.PDF).hidden
    assert hidden.authors == ("Lee",)
    assert hidden.program == "Word"
    assert (hidden.comments, hidden.comment_authors) == (1, ("Kim",))
    assert hidden.embedded_files == 1
    assert hidden.active == ("JavaScript",)


@pytest.mark.parametrize(
    ("data", "scanned"),
    [
        (make.scan(""), True),
        (make.scan("", "", inline=True), True),
        (make.scan("", form=True), True),
        # What a scanner prints of itself on one page of three, or the number of the page.
        (make.scan("Made by a scanner", "", ""), True),
        (make.scan("Page 1 of 2", "Page 2 of 2"), True),
        (make.scan("ABCDE FGHIJ"), False),
        (make.scan("Terms of reference for the review of the agency contract", ""), False),
        (make.pdf("Page 1"), False),
        (make.pdf(contents=make.stream(b"0 0 9 9 re f")), False),
    ],
)
def test_a_scan_is_told_from_what_has_text(data: bytes, scanned: bool) -> None:
    outcome = read(data, Kind.PDF)
    assert outcome.scanned == scanned
    if scanned:
        assert outcome.status == "not_searchable"
        assert outcome.text == ""
        assert outcome.pages is not None
        assert "screen reader cannot read it" in (outcome.reason or "")


def test_a_drawing_or_damaged_pdf_says_so() -> None:
    drawing = read(make.pdf(contents=make.stream(b"0 0 9 9 re f")), Kind.PDF)
    assert drawing.status == "not_searchable"
    assert drawing.pages is None
    assert "holds no text" in (drawing.reason or "")
    damaged = read(b"%PDF-1.4\nrubbish\nstartxref\n0\n%%EOF", Kind.PDF)
    assert "damaged" in (damaged.reason or "")


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        ("Café £5\n".encode(), Kind.TEXT, "Café £5"),
        ("Café £5\n".encode("utf-8-sig"), Kind.TEXT, "Café £5"),
        ("Café £5\n".encode("cp1252"), Kind.TEXT, "Café £5"),
        ("Café £5\n".encode("utf-16"), Kind.TEXT, "Café £5"),
        ("Amount £;Café\n1;2\n".encode("cp850"), Kind.CSV, "Amount £\tCafé\n1\t2"),
        (b'a,"b, c"\r\n1,2\r\n', Kind.CSV, "a\tb, c\n1\t2"),
    ],
)
def test_plain_texts_are_read_in_the_encodings_councils_use(data: bytes, kind: Kind, words: str) -> None:
    assert text_of(data, kind) == words


def test_markdown_gives_its_title_and_words_without_addresses() -> None:
    source = (
        b'---\nlayout: page\ntitle: "Open standards"\n---\n\nUse [open\nstandards](http://x.example/a) and\n'
    )
    source += b'[good forms](/forms "Forms"), <b>always</b>.\n{: .note}\n'
    outcome = read(source, Kind.MARKDOWN)
    assert outcome.title == "Open standards"
    assert "good forms, always" in outcome.text
    assert "layout" not in outcome.text
    assert ".note" not in outcome.text
    assert read(b"intro\n\n# The heading #\n", Kind.MARKDOWN).title == "The heading"
    assert read(b"---\nnot front matter\n", Kind.MARKDOWN).text == "---\nnot front matter"


def test_tidying_keeps_lines_and_cells_and_drops_what_nobody_types() -> None:
    assert tidy("a\u00a0b\u200b  c\t\t d \n\n\n\ne\0f\u00adg") == "a b c\td\n\nefg"
    assert tidy("Mo\u0302n \ufb01ne") == "Môn \ufb01ne"
    assert tidy("\ufb01ne 16\u00ad24", compatibility=True) == "fine 16-24"


def test_hyphens_at_line_ends_are_joined_unless_the_text_writes_the_word_with_one() -> None:
    assert join_hyphenated("procure-\nment rules") == "procurement\nrules"
    assert (
        join_hyphenated("a self-assessment\nof self-\nassessment.")
        == "a self-assessment\nof self-assessment."
    )
    assert join_hyphenated("pages 10-\n20 and A-\nB") == "pages 10-\n20 and A-\nB"


def test_what_hides_is_said_in_plain_sentences() -> None:
    found = HiddenContent(
        authors=("Ada", "Ben"),
        comments=1,
        comment_authors=("Cy",),
        tracked_changes=1200,
        active=("JavaScript",),
    )
    assert found.sentences() == (
        "It names Ada and Ben as its author.",
        "It holds 1 comment by Cy.",
        "It holds 1,200 tracked changes.",
        "It holds JavaScript, which some programs run when the file is opened.",
    )
    assert HiddenContent().sentences() == ()
    assert HiddenContent.from_json(found.as_json()) == found
    assert HiddenContent.from_json({"unknown": 1}) == HiddenContent()
