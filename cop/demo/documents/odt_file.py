"""Writes blocks as an ODT: outline headings, real lists, repeated table headers, language and title set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from odf import dc, meta, style, table, text
from odf.opendocument import OpenDocumentText

from cop.demo.documents import about as look
from cop.demo.documents.about import About
from cop.demo.documents.source import Block, Bullets, Grid, Heading, Line, Paragraph
from cop.demo.documents.steady import STAMP, steady_zip

WIDTH_CM = 16.6
HEADINGS = {1: ("22pt", "0cm"), 2: ("15pt", "0.55cm"), 3: ("12.5pt", "0.4cm")}


def write_odt(path: Path, blocks: Sequence[Block], about: About) -> None:
    """Writes the file."""
    document = OpenDocumentText()
    _meta(document, about)
    _styles(document)
    _page(document, about)
    title_done = False
    for number, block in enumerate(blocks):
        _block(document, block, number)
        if isinstance(block, Heading) and not title_done:
            for line in (about.strapline, look.NOTE):
                document.text.addElement(text.P(stylename="Quiet", text=line))
            title_done = True
    document.save(str(path))
    steady_zip(path)


def _meta(document: Any, about: About) -> None:
    for element in (
        dc.Title(text=about.title),
        dc.Subject(text=about.kind),
        dc.Language(text="en-GB"),
        dc.Creator(text=about.author),
        dc.Date(text=STAMP),
        meta.InitialCreator(text=about.author),
        meta.CreationDate(text=STAMP),
        meta.Keyword(text=about.keywords),
    ):
        document.meta.addElement(element)


def _paragraph_style(document: Any, name: str, *, size: str = "11pt", **more: Any) -> None:
    """Adds a named paragraph style; `more` holds after, before, colour, weight, indent and outline."""
    attributes = {"name": name, "family": "paragraph"}
    if more.get("outline"):
        attributes["defaultoutlinelevel"] = str(more["outline"])
    made = style.Style(**attributes)
    made.addElement(
        style.ParagraphProperties(
            margintop=more.get("before", "0cm"),
            marginbottom=more.get("after", "0.25cm"),
            marginleft=more.get("indent", "0cm"),
            lineheight="125%",
            keepwithnext="always" if more.get("outline") else "auto",
            textalign=more.get("align", "start"),
        )
    )
    made.addElement(
        style.TextProperties(
            fontsize=size,
            fontfamily=look.FONT,
            color="#" + more.get("colour", look.INK),
            fontweight=more.get("weight", "normal"),
            language="en",
            country="GB",
        )
    )
    document.styles.addElement(made)


def _styles(document: Any) -> None:
    default = style.DefaultStyle(family="paragraph")
    default.addElement(
        style.TextProperties(language="en", country="GB", fontfamily=look.FONT, fontsize="11pt")
    )
    document.styles.addElement(default)
    _paragraph_style(document, "Body")
    _paragraph_style(document, "Quiet", size="10pt", colour=look.QUIET, after="0.15cm")
    _paragraph_style(document, "Foot", size="8.5pt", colour=look.QUIET)
    _paragraph_style(document, "Quoted", indent="0.7cm", colour=look.QUIET)
    _paragraph_style(document, "Item", after="0.12cm")
    _paragraph_style(document, "Cell", size="10.5pt", after="0.03cm")
    _paragraph_style(document, "Number", size="10.5pt", after="0.03cm", align="end")
    _paragraph_style(document, "Head", size="10.5pt", after="0.03cm", weight="bold")
    for level, (size, before) in HEADINGS.items():
        _paragraph_style(
            document, f"Heading {level}", size=size, before=before, after="0.15cm",
            colour=look.BRAND, weight="bold", outline=level,
        )  # fmt: skip
    for name, properties in (
        ("bold", {"fontweight": "bold"}),
        ("italic", {"fontstyle": "italic"}),
        ("code", {"fontfamily": "Courier New"}),
    ):
        made = style.Style(name=name, family="text")
        made.addElement(style.TextProperties(**properties))
        document.styles.addElement(made)
    for name, fill in (("Plain", None), ("Shaded", "#" + look.WASH)):
        cell = style.Style(name=name, family="table-cell")
        extra = {"backgroundcolor": fill} if fill else {}
        cell.addElement(
            style.TableCellProperties(border=f"0.5pt solid #{look.LINE}", padding="0.12cm", **extra)
        )
        document.automaticstyles.addElement(cell)
    for name in ("Bulleted", "Numbered"):
        document.styles.addElement(_list_style(name))


def _list_style(name: str) -> Any:
    made = text.ListStyle(name=name)
    if name == "Bulleted":
        level = text.ListLevelStyleBullet(level=1, bulletchar="•")
    else:
        level = text.ListLevelStyleNumber(level=1, numformat="1", numsuffix=".")
    place = style.ListLevelProperties(listlevelpositionandspacemode="label-alignment")
    place.addElement(
        style.ListLevelLabelAlignment(
            labelfollowedby="listtab", textindent="-0.6cm", marginleft="0.8cm", listtabstopposition="0.8cm"
        )
    )
    level.addElement(place)
    made.addElement(level)
    return made


def _page(document: Any, about: About) -> None:
    layout = style.PageLayout(name="A4")
    layout.addElement(
        style.PageLayoutProperties(
            pagewidth="21cm", pageheight="29.7cm", margin="2cm", marginleft="2.2cm", marginright="2.2cm"
        )
    )
    document.automaticstyles.addElement(layout)
    master = style.MasterPage(name="Standard", pagelayoutname=layout)
    footer = style.Footer()
    line = text.P(stylename="Foot", text=f"{about.title} · {look.LICENCE_LINE} · page ")
    line.addElement(text.PageNumber(selectpage="current"))
    footer.addElement(line)
    master.addElement(footer)
    document.masterstyles.addElement(master)


def _block(document: Any, block: Block, number: int) -> None:
    match block:
        case Heading(level, line):
            document.text.addElement(_runs(text.H(outlinelevel=level, stylename=f"Heading {level}"), line))
        case Paragraph(line, quoted):
            document.text.addElement(_runs(text.P(stylename="Quoted" if quoted else "Body"), line))
        case Bullets(items, numbered):
            made = text.List(stylename="Numbered" if numbered else "Bulleted")
            for item in items:
                entry = text.ListItem()
                entry.addElement(_runs(text.P(stylename="Item"), item))
                made.addElement(entry)
            document.text.addElement(made)
        case Grid():
            _table(document, block, number)


def _runs(parent: Any, line: Line) -> Any:
    for run in line:
        if run.style:
            parent.addElement(text.Span(stylename=run.style, text=run.text))
        else:
            parent.addText(run.text)
    return parent


def _table(document: Any, grid: Grid, number: int) -> None:
    name = f"Table{number}"
    whole = style.Style(name=name, family="table")
    whole.addElement(
        style.TableProperties(
            width=f"{WIDTH_CM}cm", align="left", marginbottom="0.35cm", bordermodel="collapsing"
        )
    )
    document.automaticstyles.addElement(whole)
    made = table.Table(name=name, stylename=name)
    for column, share in enumerate(grid.shares()):
        width = style.Style(name=f"{name}C{column}", family="table-column")
        width.addElement(style.TableColumnProperties(columnwidth=f"{WIDTH_CM * share:.2f}cm"))
        document.automaticstyles.addElement(width)
        made.addElement(table.TableColumn(stylename=f"{name}C{column}"))
    if grid.head:
        head = table.TableHeaderRows()
        head.addElement(_row(grid.head, grid, head=True))
        made.addElement(head)
    for row in grid.rows:
        made.addElement(_row(row, grid, head=False))
    document.text.addElement(made)


def _row(line_of_cells: tuple[Line, ...], grid: Grid, *, head: bool) -> Any:
    row = table.TableRow()
    for column, line in enumerate(line_of_cells):
        heads = head or (grid.head is None and column == 0)
        cell = table.TableCell(stylename="Shaded" if heads else "Plain", valuetype="string")
        kind = "Head" if heads else "Number" if grid.right[column] else "Cell"
        cell.addElement(_runs(text.P(stylename=kind), line))
        row.addElement(cell)
    return row
