"""The properties an office file carries about itself: title, people, organisation, template, program."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection

from cop.files.package import open_part, relationships
from cop.files.xmlstream import END, START, TEXT, events

TITLE_LENGTH = 300
_FILE_ENDING = re.compile(r"\.(docx?|odt|pdf|xlsx?|ods|rtf|pages)$", re.IGNORECASE)
_UNTITLED = ("document", "untitled", "microsoft word", "slide 1", "powerpoint presentation", "book1", "title")


def properties(archive: zipfile.ZipFile, part: str, wanted: Collection[str]) -> dict[str, list[str]]:
    """Return the texts of the wanted elements of a part by name; empty if the part is missing."""
    found: dict[str, list[str]] = {}
    stream = open_part(archive, part)
    if stream is None:
        return found
    parts: list[str] | None = None
    with stream:
        for what, name, _ in events(stream):
            if what == START and name in wanted:
                parts = []
            elif what == TEXT and parts is not None:
                parts.append(name)
            elif what == END and name in wanted and parts is not None:
                if text := "".join(parts).strip():
                    found.setdefault(name, []).append(text)
                parts = None
    return found


def core_part(archive: zipfile.ZipFile) -> str:
    """The part that holds an OOXML file's core properties."""
    for related in relationships(archive, ""):
        if related.kind == "core-properties" and not related.external:
            return related.target
    return "docProps/core.xml"


def title_of(archive: zipfile.ZipFile) -> str | None:
    """The title in an OOXML file's properties, if it says anything."""
    found = properties(archive, core_part(archive), {"dc:title"}).get("dc:title", [])
    return useful_title(found[0]) if found else None


def useful_title(title: str | None) -> str | None:
    """A title in one line, or None where it is only what a program put there."""
    line = _FILE_ENDING.sub("", " ".join((title or "").split())[:TITLE_LENGTH])
    if not line or not line.isprintable() or line.lower().startswith(_UNTITLED):
        return None
    return line
