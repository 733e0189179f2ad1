"""Small documents of each kind that can be uploaded, each with a phrase inside that stands nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.data import sample_files as made

PHRASES = {
    "docx": "reablement beds lapwing",
    "odt": "kerbside crews sandpiper",
    "pdf": "hydrant census turnstone",
    "ods": "gritting routes dunlin",
    "xlsx": "library vans greenshank",
    "csv": "allotment ledger whimbrel",
    "md": "passenger transport curlew",
    "txt": "coroner rota oystercatcher",
}


def _ods(words: str) -> bytes:
    cell = f"<table:table-cell><text:p>{words}</text:p></table:table-cell>"
    return made.ods(f'<table:table table:name="One"><table:table-row>{cell}</table:table-row></table:table>')


_MAKERS: Mapping[str, Callable[[str], bytes]] = {
    "docx": lambda words: made.docx(made.paragraph(words)),
    "odt": lambda words: made.odt(f"<text:p>{words}</text:p>"),
    "pdf": lambda words: made.pdf(words),
    "ods": _ods,
    "xlsx": lambda words: made.xlsx(f'<row><c t="inlineStr"><is><t>{words}</t></is></c></row>'),
    "csv": lambda words: f"name,count\n{words},3\n".encode(),
    "md": lambda words: f"# A guide\n\nAbout *many things* and {words}.\n".encode(),
    "txt": lambda words: f"Notes.\n{words}\n".encode(),
}


@dataclass(frozen=True)
class Document:
    """A file to upload, and words that stand in it in this order."""

    path: Path
    phrase: str


def small_documents(folder: Path) -> dict[str, Document]:
    """One of each kind, by extension."""
    found = {}
    for extension, phrase in PHRASES.items():
        path = folder / f"small {extension} document.{extension}"
        path.write_bytes(_MAKERS[extension](phrase))
        found[extension] = Document(path, phrase)
    return found
