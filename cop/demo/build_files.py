"""Builds the demonstration's files from their sources: `python -m cop.demo.build_files`, run by hand.

The built files are committed, so nobody needs this to run the demonstration. Run it after a change to
content/assets/*.md or to the models; it says what it wrote. Printing PDF files needs a Chromium on the machine.
"""

import logging
import tomllib
from pathlib import Path
from textwrap import wrap

from cop.demo.content.reader import CONTENT, FILES
from cop.demo.content.records import LICENCE
from cop.demo.documents import fleet_model, placements_model
from cop.demo.documents.about import LICENCE_LINE, NOTE, About
from cop.demo.documents.cells import Sheet, prose
from cop.demo.documents.docx_file import write_docx
from cop.demo.documents.first_week import write_csv
from cop.demo.documents.odt_file import write_odt
from cop.demo.documents.pdf_file import write_pdf
from cop.demo.documents.scan_file import PER_LINE, write_scan
from cop.demo.documents.sheet_files import write_ods, write_xlsx
from cop.demo.documents.source import Block, Heading, Paragraph, plain, read_blocks
from cop.library.vocabulary import KINDS, REGIMES

log = logging.getLogger(__name__)

LINES = 24
"""On a typed page, with a wide margin below."""


def main() -> None:
    """Builds every file and logs its size."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    FILES.mkdir(exist_ok=True)
    community = tomllib.loads((CONTENT / "community.toml").read_text(encoding="utf-8"))
    names = {item["key"]: item["name"] for item in community["organisations"]}
    organisations = {person["key"]: names[person["organisation"]] for person in community["people"]}
    for asset in tomllib.loads((CONTENT / "assets.toml").read_text(encoding="utf-8"))["assets"]:
        for version in (*asset.get("former", ()), asset):
            path = FILES / version["file"]
            about = about_asset(asset, {**organisations, **names})
            build(path, about, hidden="hidden" in asset, scanned=asset.get("scanned", False))
            log.info("%7d bytes  %s", path.stat().st_size, path.name)


def about_asset(asset: dict[str, str], organisations: dict[str, str]) -> About:
    """What the file of an asset says about itself; its author is who published it, never a person."""
    if asset["licence"] != LICENCE:
        raise ValueError(f"{asset['key']}: the files state {LICENCE_LINE}")
    return About(
        title=asset["title"],
        kind=KINDS[asset["kind"]],
        regime=REGIMES[asset["regime"]],
        category=asset["category"],
        author=organisations[asset.get("publisher", asset["owner"])],
        keywords=f"{asset['category']}, {KINDS[asset['kind']].lower()}, procurement, councils",
    )


def build(path: Path, about: About, *, hidden: bool = False, scanned: bool = False) -> None:
    """Writes one file; what it is made from follows from its name."""
    if scanned:
        write_scan(path, _typed(_blocks(path, about)))
        return
    match path.suffix:
        case ".csv":
            write_csv(path)
        case ".ods":
            write_ods(path, placements_model.workbook(_read_me(path, about)), about)
        case ".xlsx":
            write_xlsx(path, fleet_model.workbook(_read_me(path, about)), about)
        case ".md":
            path.write_text(f"{_text(path)}\n---\n\n{about.strapline}. {NOTE}\n", encoding="utf-8")
        case ".docx":
            write_docx(path, _blocks(path, about), about, hidden=hidden)
        case ".odt":
            write_odt(path, _blocks(path, about), about)
        case ".pdf":
            write_pdf(path, _blocks(path, about), about)
        case other:
            raise ValueError(f"nothing here writes {other} files")


def _typed(blocks: list[Block]) -> list[list[str]]:
    """Lines as somebody typed them, in pages; what no typewriter has is left to one that nearly is."""
    lines: list[str] = []
    for block in blocks:
        if isinstance(block, Heading | Paragraph):
            lines += [*wrap(plain(block.line).replace("’", "'"), PER_LINE), ""]
    return [lines[start : start + LINES] for start in range(0, len(lines), LINES)]


def _read_me(path: Path, about: About) -> Sheet:
    blocks = _blocks(path, about)
    return prose(
        about.title, [about.strapline, NOTE, *(plain(b.line) for b in blocks if isinstance(b, Paragraph))]
    )


def _text(path: Path) -> str:
    return (CONTENT / "assets" / f"{path.stem}.md").read_text(encoding="utf-8")


def _blocks(path: Path, about: About) -> list[Block]:
    blocks = read_blocks(_text(path))
    first = blocks[0]
    if not isinstance(first, Heading) or first.level != 1 or plain(first.line) != about.title:
        raise ValueError(f"{path.stem}.md must begin with its title: # {about.title}")
    return blocks


if __name__ == "__main__":
    main()
