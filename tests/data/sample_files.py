"""Small office files and PDFs made in memory, so that tests know every byte of what they read."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
X = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
REL = "http://schemas.openxmlformats.org/package/2006/relationships"
CT = "http://schemas.openxmlformats.org/package/2006/content-types"
WORD_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
ODF_NAMES = (
    " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (
            ("office", "office"),
            ("text", "text"),
            ("table", "table"),
            ("style", "style"),
            ("draw", "drawing"),
            ("meta", "meta"),
            ("manifest", "manifest"),
        )
    )
    + ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
)

Part = str | bytes


def zipped(parts: Mapping[str, Part], *, stored: Sequence[str] = ("mimetype",)) -> bytes:
    """A zip file of these parts, in this order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), data, kind)
    return buffer.getvalue()


def rels(*targets: tuple[str, str], external: Sequence[tuple[str, str]] = ()) -> str:
    """A relationships part: (kind, target) inside the package, `external` outside."""
    rows = [
        f'<Relationship Id="r{n}" Type="{R}/{kind}" Target="{to}"/>' for n, (kind, to) in enumerate(targets)
    ]
    rows += [
        f'<Relationship Id="e{n}" Type="{R}/{kind}" Target="{to}" TargetMode="External"/>'
        for n, (kind, to) in enumerate(external)
    ]
    return f'<Relationships xmlns="{REL}">{"".join(rows)}</Relationships>'


def docx_parts(body: str = "", **more: Part) -> dict[str, Part]:
    """The parts of a DOCX whose body is this XML; further parts by name with `__` for `/`."""
    types = (
        f'<Types xmlns="{CT}"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{WORD_MAIN}"/></Types>'
    )
    parts: dict[str, Part] = {
        "[Content_Types].xml": types,
        "_rels/.rels": rels(("officeDocument", "word/document.xml")),
        "word/document.xml": word(body or paragraph("Fleet decarbonisation plan")),
    }
    return parts | {name.replace("__", "/"): data for name, data in more.items()}


def word(body: str, root: str = "document") -> str:
    """A WordprocessingML part."""
    return f'<w:{root} xmlns:w="{W}" xmlns:r="{R}"><w:body>{body}</w:body></w:{root}>'


def paragraph(text: str) -> str:
    """A paragraph of one run."""
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def docx(body: str = "", **more: Part) -> bytes:
    """A DOCX."""
    return zipped(docx_parts(body, **more))


def xlsx_parts(rows: str = "", **more: Part) -> dict[str, Part]:
    """The parts of an XLSX with one visible sheet of these row elements and one hidden sheet."""
    types = (
        f'<Types xmlns="{CT}"><Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_MAIN}"/></Types>'
    )
    cell = '<row><c t="inlineStr"><is><t>Placements</t></is></c></row>'
    parts: dict[str, Part] = {
        "[Content_Types].xml": types,
        "_rels/.rels": rels(("officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'<workbook xmlns="{X}" xmlns:r="{R}"><sheets><sheet name="Costs" sheetId="1" '
        'r:id="r0"/><sheet name="Margins" sheetId="2" state="hidden" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": rels(
            ("worksheet", "worksheets/sheet1.xml"),
            ("worksheet", "worksheets/sheet2.xml"),
            ("sharedStrings", "sharedStrings.xml"),
            ("styles", "styles.xml"),
        ),
        "xl/worksheets/sheet1.xml": sheet(rows or cell),
        "xl/worksheets/sheet2.xml": sheet('<row><c t="inlineStr"><is><t>secret margin</t></is></c></row>'),
        "xl/sharedStrings.xml": f'<sst xmlns="{X}"><si><t>Shared words</t></si></sst>',
        "xl/styles.xml": f'<styleSheet xmlns="{X}"><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        "</styleSheet>",
    }
    return parts | {name.replace("__", "/"): data for name, data in more.items()}


def sheet(rows: str) -> str:
    """A worksheet part."""
    return f'<worksheet xmlns="{X}"><sheetData>{rows}</sheetData></worksheet>'


def xlsx(rows: str = "", **more: Part) -> bytes:
    """An XLSX."""
    return zipped(xlsx_parts(rows, **more))


def odf_parts(kind: str, content: str, *, automatic: str = "", meta: str = "") -> dict[str, Part]:
    """The parts of an ODF file; `kind` is "text" or "spreadsheet"."""
    return {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"<office:document-content {ODF_NAMES}><office:automatic-styles>{automatic}"
        f"</office:automatic-styles><office:body><office:{kind}>{content}</office:{kind}></office:body>"
        "</office:document-content>",
        "meta.xml": f"<office:document-meta {ODF_NAMES}><office:meta>{meta}</office:meta></office:document-meta>",
        "META-INF/manifest.xml": f"<manifest:manifest {ODF_NAMES}></manifest:manifest>",
    }


def odt(content: str = "<text:p>Agency staff review</text:p>", **more: str) -> bytes:
    """An ODT."""
    return zipped(odf_parts("text", content, **more))


def ods(
    content: str = '<table:table table:name="Spend"><table:table-row><table:table-cell><text:p>Bitumen</text:p>'
    "</table:table-cell></table:table-row></table:table>",
    **more: str,
) -> bytes:
    """An ODS."""
    return zipped(odf_parts("spreadsheet", content, **more))


def pdf_of(objects: Sequence[bytes], *, trailer: bytes = b"", header: bytes = b"%PDF-1.7\n") -> bytes:
    """A PDF of these objects, numbered from 1, the first of them the catalogue."""
    out = bytearray(header)
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<</Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        trailer,
        start,
    )
    return bytes(out)


def stream(data: bytes, extra: bytes = b"", *, packed: bool = False) -> bytes:
    """A PDF stream object's body."""
    if packed:
        data, extra = zlib.compress(data, 9), extra + b"/Filter /FlateDecode"
    return b"<</Length %d %s>>\nstream\n%s\nendstream" % (len(data), extra, data)


def pdf_objects(
    *lines: str, catalog: bytes = b"", page: bytes = b"", contents: bytes | None = None
) -> list[bytes]:
    """The objects of a PDF with one page of these lines in Helvetica (WinAnsi)."""
    shown = b"".join(b"(%s) Tj T* " % line.encode("cp1252") for line in lines)
    drawing = stream(b"BT /F1 12 Tf 14 TL 72 720 Td " + shown + b"ET") if contents is None else contents
    return [
        b"<</Type /Catalog /Pages 2 0 R %s>>" % catalog,
        b"<</Type /Pages /Kids [3 0 R] /Count 1>>",
        b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources <</Font <</F1 5 0 R>>>> %s>>" % page,
        drawing,
        b"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding>>",
    ]


def scan(*pages: str, inline: bool = False, form: bool = False) -> bytes:
    """A PDF as a scanner makes it: a picture on each page, with these words printed over it, none by default."""
    kids = b" ".join(b"%d 0 R" % (5 + 2 * number) for number in range(len(pages)))
    dot = b"/Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8 "
    drawn = b"/Im 3 0 R" if not form else b"/Fm 4 0 R"
    objects = [
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Pages /Kids [%s] /Count %d>>" % (kids, len(pages)),
        stream(b"\x80", b"/Type /XObject /Subtype /Image " + dot),
        stream(
            b"/Im Do",
            b"/Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources <</XObject <</Im 3 0 R>>>> ",
        ),
    ]
    for number, words in enumerate(pages):
        picture = b"BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI" if inline else b"/Im Do"
        shown = b"BT /F1 9 Tf 72 20 Td (%s) Tj ET" % words.encode("cp1252") if words else b""
        objects += [
            b"<</Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R /Resources "
            b"<<%s /Font <</F1 <</Type /Font /Subtype /Type1 /BaseFont /Helvetica>>>>>>>>"
            % (6 + 2 * number, b"" if inline else b"/XObject <<%s>>" % drawn),
            stream(b"q 595 0 0 842 0 0 cm %s Q\n%s" % (picture if not form else b"/Fm Do", shown)),
        ]
    return pdf_of(objects)


def pdf(*lines: str, catalog: bytes = b"", page: bytes = b"", contents: bytes | None = None) -> bytes:
    """A PDF with one page."""
    objects = pdf_objects(*(lines or ("Terms of reference",)), catalog=catalog, page=page, contents=contents)
    return pdf_of(objects)
