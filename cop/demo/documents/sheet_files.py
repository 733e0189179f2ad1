"""Writes a workbook as XLSX or ODS: formulas with their values, header rows, language and title set."""

import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
from odf import dc, meta, style, table, text
from odf.number import CurrencyStyle, CurrencySymbol, Number, NumberStyle, PercentageStyle, Text
from odf.opendocument import OpenDocumentSpreadsheet
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from cop.demo.documents import about as look
from cop.demo.documents.about import About
from cop.demo.documents.cells import Cell, Sheet, Workbook
from cop.demo.documents.steady import STAMP, steady_zip

WARM = "FDF0E3"
FORMATS = {"number": "#,##0", "money": "£#,##0", "pence": "0.0", "percent": "0.0%"}
REFERENCE = re.compile(r"(?:(\w+|'[^']+')!)?(\$?[A-Z]{1,2}\$?\d+)(?::(\$?[A-Z]{1,2}\$?\d+))?")
CM_TO_CHARACTERS = 5.1


def write_xlsx(path: Path, book: Workbook, about: About) -> None:
    """Writes an XLSX with openpyxl, then puts the worked-out values beside the formulas, which openpyxl cannot."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    made.properties.title, made.properties.creator = about.title, about.author
    made.properties.lastModifiedBy, made.properties.language = about.author, "en-GB"
    made.properties.subject, made.properties.keywords = about.kind, about.keywords
    for sheet in book.sheets:
        _xlsx_sheet(made.create_sheet(sheet.name), sheet)
    made.save(str(path))
    _store_values(path, book)
    steady_zip(path)


def _xlsx_sheet(page: Any, sheet: Sheet) -> None:
    for number, width in enumerate(sheet.widths, start=1):
        page.column_dimensions[get_column_letter(number)].width = width * CM_TO_CHARACTERS
    if sheet.header_row:
        page.freeze_panes = f"A{sheet.header_row + 1}"
        page.print_title_rows = f"{sheet.header_row}:{sheet.header_row}"
    page.page_setup.paperSize, page.page_setup.orientation = page.PAPERSIZE_A4, "landscape"
    page.page_setup.fitToHeight, page.sheet_properties.pageSetUpPr.fitToPage = 0, True
    for row, cells in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(cells, start=1):
            if cell is None:
                continue
            place = page.cell(row, column, f"={cell.formula}" if cell.formula else cell.value)
            kinds = cell.look.split()
            title = "title" in kinds
            place.font = Font(
                name=look.FONT, size=14 if title else 11, bold=title or "head" in kinds,
                color=look.BRAND if title else look.INK,
            )  # fmt: skip
            wraps = "head" in kinds or len(sheet.widths) == 1 or column == len(sheet.widths)
            place.alignment = Alignment(vertical="top", wrap_text=wraps and not title)
            if "head" in kinds or "input" in kinds:
                place.fill = PatternFill("solid", fgColor=look.WASH if "head" in kinds else WARM)
            if isinstance(cell.value, int | float):
                place.number_format = FORMATS[_form(cell)]


def _store_values(path: Path, book: Workbook) -> None:
    with zipfile.ZipFile(path) as old:
        entries = [(info.filename, old.read(info)) for info in old.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in entries:
            match = re.fullmatch(r"xl/worksheets/sheet(\d+)\.xml", name)
            if match:
                data = _with_values(data.decode(), book.sheets[int(match[1]) - 1]).encode()
            new.writestr(name, data)


def _with_values(xml: str, sheet: Sheet) -> str:
    for row, cells in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(cells, start=1):
            if cell is None or cell.formula is None:
                continue
            place = f"{get_column_letter(column)}{row}"
            kind = ' t="str"' if isinstance(cell.value, str) else ""
            found = re.compile(rf'<c r="{place}"( s="\d+")?(?: t="\w+")?>(<f>[^<]*</f>)<v ?/?>(?:</v>)?</c>')
            xml, changed = found.subn(rf'<c r="{place}"\g<1>{kind}>\g<2><v>{cell.value}</v></c>', xml)
            if changed != 1:
                raise ValueError(f"no place for the value of {sheet.name} {place}")
    return xml


def write_ods(path: Path, book: Workbook, about: About) -> None:
    """Writes an ODS with odfpy."""
    made = OpenDocumentSpreadsheet()
    for element in (
        dc.Title(text=about.title), dc.Subject(text=about.kind), dc.Language(text="en-GB"),
        dc.Creator(text=about.author), dc.Date(text=STAMP), meta.InitialCreator(text=about.author),
        meta.CreationDate(text=STAMP), meta.Keyword(text=about.keywords),
    ):  # fmt: skip
        made.meta.addElement(element)
    default = style.DefaultStyle(family="table-cell")
    default.addElement(
        style.TextProperties(fontfamily=look.FONT, fontsize="11pt", language="en", country="GB")
    )
    made.styles.addElement(default)
    _number_styles(made)
    for sheet in book.sheets:
        _ods_sheet(made, sheet)
    made.save(str(path))
    steady_zip(path)


def _number_styles(made: Any) -> None:
    plain = NumberStyle(name="Nnumber")
    plain.addElement(Number(minintegerdigits="1", decimalplaces="0", grouping="true"))
    tenth = NumberStyle(name="Npence")
    tenth.addElement(Number(minintegerdigits="1", decimalplaces="1"))
    share = PercentageStyle(name="Npercent")
    share.addElement(Number(minintegerdigits="1", decimalplaces="1"))
    share.addElement(Text(text="%"))
    money = CurrencyStyle(name="Nmoney")
    money.addElement(CurrencySymbol(language="en", country="GB", text="£"))
    money.addElement(Number(minintegerdigits="1", decimalplaces="0", grouping="true"))
    for element in (plain, tenth, share, money):
        made.automaticstyles.addElement(element)


def _cell_style(made: Any, cell: Cell, *, wrap: bool) -> str:
    """The name of the automatic style for a look, added the first time it is asked for."""
    form = _form(cell) if isinstance(cell.value, int | float) else None
    name = "C" + cell.look.replace(" ", "") + (form or "") + ("wrap" if wrap else "")
    if any(item.getAttribute("name") == name for item in made.getElementsByType(style.Style)):
        return name
    words = cell.look.split()
    extra = {"datastylename": f"N{form}"} if form else {}
    item = style.Style(name=name, family="table-cell", **extra)
    fill = look.WASH if "head" in words else WARM if "input" in words else None
    background = {"backgroundcolor": f"#{fill}"} if fill else {}
    item.addElement(
        style.TableCellProperties(wrapoption="wrap" if wrap else "no-wrap", verticalalign="top", **background)
    )
    strong = {"fontweight": "bold"} if {"head", "title"} & set(words) else {}
    title = {"fontsize": "14pt", "color": f"#{look.BRAND}"} if "title" in words else {"color": f"#{look.INK}"}
    item.addElement(style.TextProperties(**strong, **title))
    made.automaticstyles.addElement(item)
    return name


def _ods_sheet(made: Any, sheet: Sheet) -> None:
    page = table.Table(name=sheet.name)
    for number, width in enumerate(sheet.widths):
        name = f"W{sheet.name.replace(' ', '')}{number}"
        column = style.Style(name=name, family="table-column")
        column.addElement(style.TableColumnProperties(columnwidth=f"{width}cm"))
        made.automaticstyles.addElement(column)
        page.addElement(table.TableColumn(stylename=name))
    heads = table.TableHeaderRows()
    for number, cells in enumerate(sheet.rows, start=1):
        row = table.TableRow()
        for column, cell in enumerate(cells, start=1):
            row.addElement(_ods_cell(made, cell, sheet, column))
        if sheet.header_row and number <= sheet.header_row:
            heads.addElement(row)
            if number == sheet.header_row:
                page.addElement(heads)
        else:
            page.addElement(row)
    made.spreadsheet.addElement(page)


def _ods_cell(made: Any, cell: Cell | None, sheet: Sheet, column: int) -> Any:
    if cell is None:
        return table.TableCell()
    words = cell.look.split()
    wrap = "title" not in words and ("head" in words or len(sheet.widths) == 1 or column == len(sheet.widths))
    attributes: dict[str, str] = {"stylename": _cell_style(made, cell, wrap=wrap)}
    if cell.formula:
        attributes["formula"] = "of:=" + _open_formula(cell.formula)
    if isinstance(cell.value, str):
        attributes["valuetype"] = "string"
        shown = cell.value
    else:
        attributes["valuetype"] = (
            "percentage" if "percent" in words else "currency" if "money" in words else "float"
        )
        attributes["value"] = repr(cell.value)
        shown = _shown(cell)
    if attributes["valuetype"] == "currency":
        attributes["currency"] = "GBP"
    made_cell = table.TableCell(**attributes)
    if shown:
        made_cell.addElement(text.P(text=shown))
    return made_cell


def _shown(cell: Cell) -> str:
    if isinstance(cell.value, str):
        return cell.value
    patterns = {"percent": "{:.1%}", "money": "£{:,.0f}", "pence": "{:.1f}", "number": "{:,.0f}"}
    return patterns[_form(cell)].format(cell.value)


def _form(cell: Cell) -> str:
    """How the number in a cell is shown: what its look says, else whole numbers whole and others to a tenth."""
    said = [word for word in cell.look.split() if word in ("money", "pence", "percent")]
    return said[0] if said else "pence" if isinstance(cell.value, float) else "number"


def _open_formula(formula: str) -> str:
    """An Excel formula of the plain kind used here, in the notation of OpenDocument."""

    def replace(match: re.Match[str]) -> str:
        sheet = f"${match[1]}" if match[1] else ""
        end = f":.{match[3]}" if match[3] else ""
        return f"[{sheet}.{match[2]}{end}]"

    return REFERENCE.sub(replace, formula).replace(",", ";")
