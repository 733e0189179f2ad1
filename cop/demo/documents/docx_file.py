"""Writes blocks as a DOCX: real heading and list styles, header rows marked, language and title set, one plain look."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from cop.demo.documents import about as look
from cop.demo.documents.about import About
from cop.demo.documents.source import Block, Bullets, Grid, Heading, Line, Paragraph
from cop.demo.documents.steady import BUILT, steady_zip

WIDTH_CM = 16.6
SIZES = {"Heading 1": 22, "Heading 2": 15, "Heading 3": 12.5}


def write_docx(path: Path, blocks: Sequence[Block], about: About, *, hidden: bool = False) -> None:
    """Writes the file; with `hidden`, leaves in it an author, a comment and tracked changes on purpose."""
    document = docx.Document()
    _properties(document, about)
    _styles(document)
    _page(document, about)
    title_done = False
    for block in blocks:
        _block(document, block)
        if isinstance(block, Heading) and not title_done:
            document.add_paragraph(about.strapline, style="Subtitle")
            document.add_paragraph(look.NOTE, style="Subtitle")
            title_done = True
    if hidden:
        _hide_things(document)
    document.save(str(path))
    steady_zip(path)


def _properties(document: Any, about: About) -> None:
    # The library's template carries a picture of itself, which would be shown as a preview of this document.
    relations = document.part.package.rels
    for key in [key for key, relation in relations.items() if relation.reltype.endswith("/thumbnail")]:
        del relations[key]
    core = document.core_properties
    core.title, core.author, core.last_modified_by = about.title, about.author, about.author
    core.subject, core.category, core.keywords = about.kind, about.category, about.keywords
    core.language, core.comments = "en-GB", ""
    core.created = core.modified = BUILT
    core.revision = 1


def _styles(document: Any) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults"))
    for lang in defaults.iter(qn("w:lang")):
        lang.set(qn("w:val"), "en-GB")
    for name in ("Normal", "Subtitle", "Footer", "Quote", "List Bullet", "List Number", *SIZES):
        style = document.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in list(fonts.attrib):
            del fonts.attrib[attribute]  # a theme font would win over the name
        style.font.name = look.FONT
        style.font.color.rgb = RGBColor.from_string(look.INK)
        style.font.italic = False
    for name, size in SIZES.items():
        style = document.styles[name]
        style.font.size, style.font.bold = Pt(size), True
        style.font.color.rgb = RGBColor.from_string(look.BRAND)
        style.paragraph_format.space_before = Pt(
            0 if name == "Heading 1" else 16 if name == "Heading 2" else 11
        )
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.keep_with_next = True
    normal = document.styles["Normal"]
    normal.font.size = Pt(11)
    normal.paragraph_format.space_after, normal.paragraph_format.line_spacing = Pt(7), 1.25
    subtitle = document.styles["Subtitle"]
    subtitle.font.size, subtitle.font.color.rgb = Pt(10), RGBColor.from_string(look.QUIET)
    subtitle.paragraph_format.space_after = Pt(5)
    for spacing in subtitle.element.iter(qn("w:spacing")):
        spacing.attrib.pop(qn("w:val"), None)
    footer = document.styles["Footer"]
    footer.font.size, footer.font.color.rgb = Pt(8.5), RGBColor.from_string(look.QUIET)
    for name in ("List Bullet", "List Number"):
        document.styles[name].paragraph_format.space_after = Pt(4)
    quote = document.styles["Quote"].paragraph_format
    quote.left_indent, quote.space_after = Cm(0.7), Pt(8)


def _page(document: Any, about: About) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm((21 - WIDTH_CM) / 2)
    section.top_margin, section.bottom_margin, section.footer_distance = Cm(2), Cm(2.4), Cm(1.1)
    footer = section.footer.paragraphs[0]
    footer.style = document.styles["Footer"]
    footer.add_run(f"{about.title} · {look.LICENCE_LINE} · page ")
    page = footer.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        page._r.append(part)


def _block(document: Any, block: Block) -> None:
    match block:
        case Heading(level, line):
            _runs(document.add_paragraph(style=f"Heading {level}"), line)
        case Paragraph(line, quoted):
            _runs(document.add_paragraph(style="Quote" if quoted else "Normal"), line)
        case Bullets(items, numbered):
            number = _new_numbering(document) if numbered else None
            for item in items:
                paragraph = document.add_paragraph(style="List Number" if numbered else "List Bullet")
                if number is not None:
                    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
                    properties.get_or_add_numId().val = number
                    properties.get_or_add_ilvl().val = 0
                _runs(paragraph, item)
        case Grid():
            _table(document, block)


def _new_numbering(document: Any) -> int:
    """A numbering of its own for a list: the style alone would count on from the list before."""
    style = document.styles["List Number"].element
    used = style.find(f".//{qn('w:numId')}").get(qn("w:val"))
    numbering = document.part.numbering_part.element
    abstract = next(
        num.find(qn("w:abstractNumId")).get(qn("w:val"))
        for num in numbering.findall(qn("w:num"))
        if num.get(qn("w:numId")) == used
    )
    num = numbering.add_num(int(abstract))
    num.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(num.numId)


def _runs(paragraph: Any, line: Line, *, bold: bool = False) -> None:
    for run in line:
        made = paragraph.add_run(run.text)
        made.bold = True if bold or run.style == "bold" else None
        made.italic = True if run.style == "italic" else None
        if run.style == "code":
            made.font.name = "Courier New"


def _table(document: Any, grid: Grid) -> None:
    rows = [*([grid.head] if grid.head else []), *grid.rows]
    table = document.add_table(rows=len(rows), cols=len(grid.right), style="Table Grid")
    table.autofit = False
    shown = table._tbl.tblPr.find(qn("w:tblLook"))
    for name, on in (("firstRow", grid.head is not None), ("firstColumn", grid.head is None)):
        shown.set(qn(f"w:{name}"), "1" if on else "0")
    for column, share in enumerate(grid.shares()):
        table.columns[column].width = Cm(WIDTH_CM * share)
    for number, row in enumerate(rows):
        is_head = grid.head is not None and number == 0
        for column, line in enumerate(row):
            cell = table.cell(number, column)
            cell.width = Cm(WIDTH_CM * grid.shares()[column])
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(2)
            paragraph.paragraph_format.space_before = Pt(2)
            paragraph.paragraph_format.line_spacing = 1.1
            if grid.right[column]:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            heads = is_head or (grid.head is None and column == 0)
            _runs(paragraph, line, bold=heads)
            if heads:
                _shade(cell)
        properties = table.rows[number]._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if is_head:
            properties.append(OxmlElement("w:tblHeader"))
    for border in ("top", "left", "bottom", "right", "insideH", "insideV"):
        _border(table, border)
    document.add_paragraph().paragraph_format.space_after = Pt(4)


def _border(table: Any, name: str) -> None:
    borders = table._tbl.tblPr.find(qn("w:tblBorders"))
    if borders is None:
        borders = OxmlElement("w:tblBorders")
        table._tbl.tblPr.find(qn("w:tblLook")).addprevious(borders)
    line = OxmlElement(f"w:{name}")
    for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", look.LINE)):
        line.set(qn(f"w:{key}"), value)
    borders.append(line)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", look.WASH)):
        shade.set(qn(f"w:{key}"), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _hide_things(document: Any) -> None:
    """An author's name, a comment and tracked changes, so that the warning before publishing has something to say."""
    core = document.core_properties
    core.author = core.last_modified_by = "Jan Whitfield"
    paragraph = next(p for p in document.paragraphs if p.text.startswith("By agreeing on the telephone"))
    comment = document.add_comment(
        paragraph.runs,
        text="Legal have not seen this. Do we want the homes to know that two councils are unsure?",
        author="Jan Whitfield",
        initials="JW",
    )
    comment._comment_elm.set(qn("w:date"), BUILT.strftime("%Y-%m-%dT%H:%M:%SZ"))
    _tracked(paragraph, "w:del", "w:delText", " A signature is needed within one hour.", 901)
    _tracked(paragraph, "w:ins", "w:t", " The desk does not chase.", 902)


def _tracked(paragraph: Any, change: str, text_tag: str, text: str, number: int) -> None:
    mark = OxmlElement(change)
    for key, value in (("id", str(number)), ("author", "Jan Whitfield"), ("date", "2026-01-05T23:10:00Z")):
        mark.set(qn(f"w:{key}"), value)
    run, words = OxmlElement("w:r"), OxmlElement(text_tag)
    words.text = text
    words.set(qn("xml:space"), "preserve")
    run.append(words)
    mark.append(run)
    paragraph._p.append(mark)
