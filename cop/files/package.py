"""How the parts of an office file hang together: OOXML content types and relationships, the ODF manifest.

Sources: ECMA-376 part 2 (Open Packaging Conventions) and OpenDocument 1.3 part 2 (Packages).
"""

from __future__ import annotations

import io
import posixpath
import zipfile
from dataclasses import dataclass
from typing import IO
from urllib.parse import unquote

from cop.files.archives import read_part
from cop.files.problems import DAMAGED, Unreadable
from cop.files.xmlstream import START, events

CONTENT_TYPES = "[Content_Types].xml"
MAX_STRUCTURE = 4 << 20
"""Bytes of a part that only describes structure: content types, relationships, manifest."""


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship; `kind` is the last word of its type, `target` a part's name or an outside address."""

    id: str
    kind: str
    target: str
    external: bool


@dataclass(frozen=True, slots=True)
class ContentTypes:
    """The declared type of each part, by name or else by extension; names are compared without case."""

    by_name: dict[str, str]
    by_extension: dict[str, str]

    def of(self, name: str) -> str:
        """The declared type of a part, or an empty string."""
        extension = name.rsplit(".", 1)[-1].casefold()
        return self.by_name.get(name.casefold(), self.by_extension.get(extension, ""))

    def all(self) -> set[str]:
        """Every type that is declared."""
        return {*self.by_name.values(), *self.by_extension.values()}


def content_types(archive: zipfile.ZipFile) -> ContentTypes:
    """Read [Content_Types].xml; raise `Unreadable` if it is missing or damaged."""
    by_name: dict[str, str] = {}
    by_extension: dict[str, str] = {}
    for step in events(io.BytesIO(read_part(archive, CONTENT_TYPES, MAX_STRUCTURE))):
        if step.what != START:
            continue
        declared = step.attributes.get("ContentType", "")
        if step.name == "ct:Override":
            by_name[step.attributes.get("PartName", "").lstrip("/").casefold()] = declared
        elif step.name == "ct:Default":
            by_extension[step.attributes.get("Extension", "").casefold()] = declared
    return ContentTypes(by_name, by_extension)


def relationships(archive: zipfile.ZipFile, of_part: str) -> list[Relationship]:
    """Read a part's relationships ("" for the package's own); none if it has no such part."""
    folder, _, base = of_part.rpartition("/")
    name = posixpath.join(folder, "_rels", f"{base}.rels")
    if name not in archive.NameToInfo:
        return []
    found = []
    for step in events(io.BytesIO(read_part(archive, name, MAX_STRUCTURE))):
        if step.what == START and step.name == "rel:Relationship":
            external = step.attributes.get("TargetMode") == "External"
            target = step.attributes.get("Target", "")
            if not external:
                target = posixpath.normpath(posixpath.join("/", folder, unquote(target))).lstrip("/")
            kind = step.attributes.get("Type", "").rsplit("/", 1)[-1]
            found.append(Relationship(step.attributes.get("Id", ""), kind, target, external))
    return found


def main_part(archive: zipfile.ZipFile) -> str:
    """The name of the part an OOXML package is about; raise `Unreadable` if there is none."""
    for related in relationships(archive, ""):
        if related.kind == "officeDocument" and not related.external and related.target in archive.NameToInfo:
            return related.target
    raise Unreadable(DAMAGED)


def open_part(archive: zipfile.ZipFile, name: str) -> IO[bytes] | None:
    """Open a part for streaming, or None where the file has no such part."""
    return archive.open(name) if name in archive.NameToInfo else None
