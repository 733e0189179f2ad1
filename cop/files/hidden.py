"""What hides inside office files: names, comments, tracked changes, hidden sheets and text, embedded files.

People publish documents without knowing what their program wrote into them. This is pointed out before
publishing; nothing is removed, because a file that was changed is no longer the file its author knows.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator

from cop.files.kinds import Kind
from cop.files.outcome import HiddenContent, tidy_names
from cop.files.package import main_part, open_part, relationships
from cop.files.readers.docx import AROUND, is_on
from cop.files.readers.properties import core_part, properties
from cop.files.readers.xlsx import workbook
from cop.files.xmlstream import START, TEXT, Event, events

_CHANGES = frozenset({"w:ins", "w:del", "w:moveFrom", "w:moveTo", "w:cellIns", "w:cellDel", "w:cellMerge"})
_COMMENT_KINDS = ("comments", "threadedComment", "person")
_ORDINARY_TEMPLATES = ("normal", "normal.dot", "normal.dotm", "normal.dotx", "default")
_MADE_UP = re.compile(r"[0-9a-f]{6,8}(\.tmp|\.dot[mx]?)?$")
"""A temporary copy of a template has a name like 7DDEA502, which tells nobody anything."""
_LINKED_KINDS = (
    "attachedTemplate",
    "externalLink",
    "externalLinkPath",
    "oleObject",
    "image",
    "frame",
    "subDocument",
)
_EMBEDDED = re.compile(r"(^|/)embeddings/[^/]+$|^Object [0-9]+/content\.xml$", re.IGNORECASE)
_MANY = 1_000_000


def hidden_in_office(archive: zipfile.ZipFile, kind: Kind) -> HiddenContent:
    """Return what an office file of this kind holds beside its visible content; `Unreadable` if damaged."""
    return _in_odf(archive) if kind in (Kind.ODT, Kind.ODS) else _in_ooxml(archive, kind)


class _Tally:
    """Counts and names met on the way through the parts."""

    def __init__(self) -> None:
        self.comments = 0
        self.comment_authors: list[str] = []
        self.changes = 0
        self.change_authors: list[str] = []
        self.hidden_text = 0
        self.hidden_sheets: list[str] = []
        self.links: list[str] = []

    def name(self, into: list[str], name: str | None) -> None:
        """Keep a name once, and not endlessly many."""
        if name and name not in into[-20:] and len(into) < 2000:
            into.append(name)


def _in_ooxml(archive: zipfile.ZipFile, kind: Kind) -> HiddenContent:
    tally = _Tally()
    main = main_part(archive)
    core = properties(archive, core_part(archive), {"dc:creator", "cp:lastModifiedBy"})
    extended = properties(
        archive, "docProps/app.xml", {"ep:Company", "ep:Manager", "ep:Template", "ep:Application"}
    )
    related = relationships(archive, main)
    if kind is Kind.DOCX:
        around = [each.target for each in related if each.kind in AROUND and not each.external]
        for name in [main, *around]:
            _walk_word(archive, name, tally)
        _word_comments(archive, [each.target for each in related if each.kind == "comments"], tally)
    else:
        _walk_sheets(archive, tally)
    template = next(iter(extended.get("ep:Template", [])), None)
    for part in [main, *(each.target for each in related if each.kind in ("settings", "externalLink"))]:
        for each in relationships(archive, part):
            if each.external and each.kind in _LINKED_KINDS:
                tally.name(tally.links, _address(each.target))
    return _result(
        archive,
        tally,
        authors=[*core.get("dc:creator", []), *extended.get("ep:Manager", [])],
        last=core.get("cp:lastModifiedBy", []),
        company=extended.get("ep:Company", []),
        program=extended.get("ep:Application", []),
        template=template,
    )


def _walk_word(archive: zipfile.ZipFile, part: str, tally: _Tally) -> None:
    stream = open_part(archive, part)
    if stream is None:
        return
    in_run = False
    with stream:
        for what, name, attributes in events(stream):
            if name == "w:r":
                in_run = what == START
            elif what != START:
                continue
            elif name in _CHANGES or name.endswith("PrChange"):
                tally.changes += 1
                tally.name(tally.change_authors, attributes.get("w:author"))
            elif name == "w:vanish" and in_run and is_on(attributes):
                tally.hidden_text += 1


def _word_comments(archive: zipfile.ZipFile, parts: list[str], tally: _Tally) -> None:
    for part in parts:
        stream = open_part(archive, part)
        if stream is None:
            continue
        with stream:
            for what, name, attributes in events(stream):
                if what == START and name == "w:comment":
                    tally.comments += 1
                    tally.name(tally.comment_authors, attributes.get("w:author"))


def _walk_sheets(archive: zipfile.ZipFile, tally: _Tally) -> None:
    for sheet in workbook(archive).sheets:
        if not sheet.visible:
            tally.name(tally.hidden_sheets, sheet.name)
        for related in relationships(archive, sheet.part):
            stream = open_part(archive, related.target) if related.kind in _COMMENT_KINDS else None
            if stream is not None:
                with stream:
                    _sheet_comments(events(stream), tally)
    tally.changes += sum(name.startswith("xl/revisions/revisionLog") for name in archive.namelist())


def _sheet_comments(steps: Iterator[Event], tally: _Tally) -> None:
    in_author = False
    for what, name, _ in steps:
        if name == "x:author":
            in_author = what == START
        elif what == TEXT and in_author:
            # A threaded comment leaves a note whose author is a technical id.
            if not name.startswith("tc="):
                tally.name(tally.comment_authors, name)
        elif what == START and name == "x:comment":
            tally.comments += 1


def _in_odf(archive: zipfile.ZipFile) -> HiddenContent:
    tally = _Tally()
    template: str | None = None
    stream = open_part(archive, "meta.xml")
    if stream is not None:
        with stream:
            for what, name, attributes in events(stream):
                if what == START and name == "meta:template":
                    template = attributes.get("xlink:title") or attributes.get("xlink:href")
    wanted = {"meta:initial-creator", "dc:creator", "meta:generator"}
    meta = properties(archive, "meta.xml", wanted)
    with archive.open("content.xml") as content:
        _walk_odf(events(content), tally)
    return _result(
        archive,
        tally,
        authors=meta.get("meta:initial-creator", []),
        last=meta.get("dc:creator", []),
        company=[],
        program=meta.get("meta:generator", []),
        template=template,
    )


def _walk_odf(steps: Iterator[Event], tally: _Tally) -> None:
    in_comment = in_name = False
    style = ""
    hidden_styles: set[str] = set()
    for what, name, attributes in steps:
        if name == "office:annotation":
            in_comment = what == START
            tally.comments += what == START
        elif name in ("text:changed-region", "table:change-track-table-cell"):
            tally.changes += what == START
        elif name == "dc:creator":
            in_name = what == START
        elif what == TEXT and in_name:
            tally.name(tally.comment_authors if in_comment else tally.change_authors, name)
        elif what == START:
            style = attributes.get("style:name", style) if name == "style:style" else style
            _odf_hidden(name, attributes, style, hidden_styles, tally)


def _odf_hidden(
    name: str, attributes: dict[str, str], style: str, hidden_styles: set[str], tally: _Tally
) -> None:
    if name in ("style:table-properties", "style:text-properties"):
        if attributes.get("table:display") == "false" or attributes.get("text:display") == "none":
            hidden_styles.add(style)
    elif name == "table:table" and attributes.get("table:style-name") in hidden_styles:
        tally.name(tally.hidden_sheets, attributes.get("table:name"))
    elif name in ("text:hidden-text", "text:hidden-paragraph") or (
        name in ("text:p", "text:span") and attributes.get("text:style-name") in hidden_styles
    ):
        tally.hidden_text += 1


def _result(
    archive: zipfile.ZipFile,
    tally: _Tally,
    *,
    authors: list[str],
    last: list[str],
    company: list[str],
    program: list[str],
    template: str | None,
) -> HiddenContent:
    named = (template or "").replace("\\", "/").rsplit("/", 1)[-1].casefold()
    says_nothing = named in _ORDINARY_TEMPLATES or _MADE_UP.match(named)
    return HiddenContent(
        authors=tidy_names(authors),
        last_saved_by=next(iter(tidy_names(last)), None),
        company=next(iter(tidy_names(company)), None),
        program=next(iter(tidy_names(program)), None),
        template=None if says_nothing else next(iter(tidy_names([template or ""])), None),
        comments=min(tally.comments, _MANY),
        comment_authors=tidy_names(tally.comment_authors),
        tracked_changes=min(tally.changes, _MANY),
        change_authors=tidy_names(tally.change_authors),
        hidden_text=min(tally.hidden_text, _MANY),
        hidden_sheets=tidy_names(tally.hidden_sheets),
        embedded_files=sum(bool(_EMBEDDED.search(name)) for name in archive.namelist()),
        outside_links=tidy_names(tally.links),
    )


def _address(target: str) -> str:
    """An outside address without a name and password that may stand in it."""
    return re.sub(r"//[^/@\s]{0,200}@", "//", target)
