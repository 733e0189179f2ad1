"""Text of CSV, Markdown and plain text files, whose bytes are the text."""

from __future__ import annotations

import csv
import re
from typing import BinaryIO

from cop.files.decoding import open_text
from cop.files.readers.gather import Enough, Gatherer, Reading
from cop.files.readers.properties import useful_title

CHUNK = 1 << 16
LINE = 1 << 16
FRONT_MATTER = 1 << 14
"""Characters within which YAML front matter must end; otherwise it is text like any other."""
_FENCE = re.compile(r"^---[ \t]*$")
_TITLE = re.compile(r"^title:[ \t]*(.{1,300})$", re.IGNORECASE)
_HEADING = re.compile(r"^#[ \t]+(.{1,300}?)[ \t#]*$")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,500})\]\([^()\s]{0,1000}(?:[ \t]+\"[^\"\n]{0,200}\")?\)")
_KRAMDOWN = re.compile(r"^[ \t]*\{:[^{}\n]{0,300}\}[ \t]*$", re.MULTILINE)
_TAG = re.compile(r"</?[a-zA-Z][^<>\n]{0,300}>|<!--[^<>]{0,2000}-->")


def read_text(stream: BinaryIO, gatherer: Gatherer) -> Reading:
    """Gather a plain text as it stands."""
    source = open_text(stream)
    while chunk := source.read(CHUNK):
        gatherer.add(chunk)
    return Reading()


def read_csv(stream: BinaryIO, gatherer: Gatherer) -> Reading:
    """Gather a table row by row, cells parted by tabs; a line no table reader accepts is taken as it stands."""
    source = open_text(stream)
    csv.field_size_limit(LINE)
    delimiter = _delimiter(source.readline(LINE))
    source.seek(0)
    while line := source.readline(LINE):
        try:
            rows = list(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            rows = [[line]]
        gatherer.add("\n".join("\t".join(row) for row in rows) + "\n")
    return Reading()


def _delimiter(header: str) -> str:
    """The separator the header uses most: a semicolon or tab is common where commas stand in the values."""
    return max((",", ";", "\t", "|"), key=header.count)


def read_markdown(stream: BinaryIO, gatherer: Gatherer) -> Reading:
    """Gather Markdown without its front matter, link addresses and tags.

    The title is the front matter's, else the first top heading.
    """
    everything = Gatherer()
    try:
        read_text(stream, everything)
        enough = False
    except Enough:
        enough = True
    title, body = _front_matter(everything.text().replace("\r\n", "\n"))
    if title is None:
        headings = (_HEADING.match(line) for line in body.split("\n", 200)[:200] if len(line) < 400)
        title = next((heading[1] for heading in headings if heading), None)
    gatherer.add(_TAG.sub(" ", _KRAMDOWN.sub("", _LINK.sub(r"\1", body))))
    if enough:
        raise Enough
    return Reading(title=useful_title(title))


def _front_matter(text: str) -> tuple[str | None, str]:
    """Return (title, text after the front matter)."""
    head = text[:FRONT_MATTER].removeprefix("\ufeff").split("\n")
    if not _FENCE.match(head[0]):
        return None, text
    title = None
    for number, line in enumerate(head[1:], start=1):
        if _FENCE.match(line):
            return title, "\n".join(text.split("\n")[number + 1 :])
        if title is None and (found := _TITLE.match(line)):
            title = found[1].strip().strip("'\"")
    return None, text
