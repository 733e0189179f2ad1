"""Writes blocks as a tagged PDF: HTML with an ordinary outline, printed by headless Chromium, its metadata set after.

Chromium keeps the structure (headings, lists, header cells, language), which is what makes the file readable to
somebody who listens to it. Building needs a Chromium on the machine; using the built files does not.
"""

import html
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

from cop.demo.documents import about as look
from cop.demo.documents.about import About
from cop.demo.documents.source import Block, Bullets, Grid, Heading, Line, Paragraph
from cop.demo.documents.steady import BUILT

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
TAGS = {"bold": "strong", "italic": "em", "code": "code", None: None}
PRINT_SECONDS = 60
STYLE = f"""
@page {{ size: A4; margin: 20mm 22mm 22mm;
  @bottom-left {{ content: "FOOT"; font: 8.5pt {look.FONT}, "Liberation Sans", sans-serif; color: #{look.QUIET} }}
  @bottom-right {{ content: counter(page); font: 8.5pt {look.FONT}, "Liberation Sans"; color: #{look.QUIET} }} }}
body {{ font: 11pt/1.45 {look.FONT}, "Liberation Sans", sans-serif; color: #{look.INK}; margin: 0 }}
h1, h2, h3 {{ color: #{look.BRAND}; line-height: 1.2; break-after: avoid; margin: 0 0 5pt }}
h1 {{ font-size: 22pt }} h2 {{ font-size: 15pt; margin-top: 17pt }} h3 {{ font-size: 12.5pt; margin-top: 12pt }}
p, ul, ol {{ margin: 0 0 8pt }} li {{ margin-bottom: 4pt }} .quiet {{ color: #{look.QUIET}; font-size: 10pt }}
blockquote {{ margin: 0 0 8pt; padding-left: 12pt; border-left: 3pt solid #{look.LINE}; color: #{look.QUIET} }}
table {{ border-collapse: collapse; width: 100%; margin: 4pt 0 12pt; font-size: 10.5pt }}
tr {{ break-inside: avoid }} th {{ background: #{look.WASH}; text-align: left }}
th, td {{ border: .6pt solid #{look.LINE}; padding: 3pt 5pt; vertical-align: top }} .right {{ text-align: right }}
"""


def write_pdf(path: Path, blocks: Sequence[Block], about: About) -> None:
    """Prints and tidies the file. Raises RuntimeError where no Chromium is installed."""
    browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if browser is None:
        raise RuntimeError("a Chromium is needed to print PDF files")
    with tempfile.TemporaryDirectory() as folder:
        page, printed = Path(folder) / "page.html", Path(folder) / "page.pdf"
        page.write_text(_page(blocks, about), encoding="utf-8")
        subprocess.run(
            [
                browser, "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                "--export-tagged-pdf", "--generate-pdf-document-outline",
                f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", page.as_uri(),
            ],
            check=True, capture_output=True, timeout=PRINT_SECONDS,
        )  # fmt: skip
        _tidy(printed, path, about)


def _tidy(printed: Path, path: Path, about: About) -> None:
    writer = PdfWriter(clone_from=str(printed))
    stamp = BUILT.strftime("D:%Y%m%d%H%M%SZ")
    writer.metadata = {
        "/Title": about.title, "/Author": about.author, "/Subject": about.kind, "/Keywords": about.keywords,
        "/CreationDate": stamp, "/ModDate": stamp,
    }  # fmt: skip
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject("en-GB")
    root[NameObject("/ViewerPreferences")] = DictionaryObject(
        {NameObject("/DisplayDocTitle"): BooleanObject(True)}
    )
    writer.compress_identical_objects()
    writer.pdf_header = "%PDF-1.7"
    writer.write(str(path))


def _page(blocks: Sequence[Block], about: About) -> str:
    body: list[str] = []
    for block in blocks:
        body.append(_block(block))
        if isinstance(block, Heading) and block.level == 1:
            body.append(f'<p class="quiet">{html.escape(about.strapline)}<br>{html.escape(look.NOTE)}</p>')
    style = STYLE.replace("FOOT", f"{about.title} · {look.LICENCE_LINE}".replace('"', ""))
    return (
        f'<!doctype html><html lang="en-GB"><head><meta charset="utf-8"><title>{html.escape(about.title)}</title>'
        f"<style>{style}</style></head><body><main>{''.join(body)}</main></body></html>"
    )


def _block(block: Block) -> str:
    match block:
        case Heading(level, line):
            return f"<h{level}>{_runs(line)}</h{level}>"
        case Paragraph(line, quoted):
            paragraph = f"<p>{_runs(line)}</p>"
            return f"<blockquote>{paragraph}</blockquote>" if quoted else paragraph
        case Bullets(items, numbered):
            tag = "ol" if numbered else "ul"
            return f"<{tag}>{''.join(f'<li>{_runs(item)}</li>' for item in items)}</{tag}>"
        case Grid():
            return _table(block)


def _runs(line: Line) -> str:
    parts = []
    for run in line:
        tag, words = TAGS[run.style], html.escape(run.text)
        parts.append(f"<{tag}>{words}</{tag}>" if tag else words)
    return "".join(parts)


def _table(grid: Grid) -> str:
    side = ['class="right"' if right else "" for right in grid.right]
    head = ""
    if grid.head:
        cells = "".join(
            f'<th scope="col" {side[column]}>{_runs(line)}</th>' for column, line in enumerate(grid.head)
        )
        head = f"<thead><tr>{cells}</tr></thead>"
    rows = []
    for row in grid.rows:
        cells = ""
        for column, line in enumerate(row):
            tag = 'th scope="row"' if grid.head is None and column == 0 else "td"
            cells += f"<{tag} {side[column]}>{_runs(line)}</{tag[:2]}>"
        rows.append(f"<tr>{cells}</tr>")
    return f"<table>{head}<tbody>{''.join(rows)}</tbody></table>"
