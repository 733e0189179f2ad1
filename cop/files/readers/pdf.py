"""Text of a PDF, page by page, and what a PDF hides: who made it, comments, attached files, actions.

Text from a PDF has non-breaking spaces between words, ligatures and words broken at line ends: it is folded to
what people type. A damaged page is left out and said so. Pages that are pictures with (almost) no text were scanned.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, BinaryIO, TypeVar

from pypdf import PdfReader
from pypdf.errors import DependencyError, PdfReadError
from pypdf.generic import DictionaryObject, IndirectObject

from cop.files.outcome import LETTERS_A_PAGE, HiddenContent, tidy_names
from cop.files.problems import Unreadable
from cop.files.readers.gather import Gatherer, Reading
from cop.files.readers.properties import useful_title

T = TypeVar("T")

MAX_PAGES = 3_000
MAX_ANNOTATIONS = 5_000
MAX_DEPTH = 20
MAX_DRAWN, MAX_FORMS = 200, 3
_INLINE = re.compile(rb"(?:^|\s)BI\s.{0,2000}?\sID\s", re.DOTALL)

PROTECTED = (
    "The PDF is protected with a password, so its text cannot be searched. It can still be downloaded."
)
DAMAGED = "The PDF is damaged, so its text cannot be searched. It can still be downloaded."
NO_TEXT = "The PDF holds no text, so it cannot be searched. It can still be downloaded."
_COMMENTS = frozenset(
    [
        "/Text",
        "/FreeText",
        "/Highlight",
        "/Underline",
        "/StrikeOut",
        "/Squiggly",
        "/Stamp",
        "/Caret",
        "/Ink",
        "/Line",
        "/Square",
        "/Circle",
    ]
)
_ACTIONS = {"/JavaScript": "JavaScript", "/Launch": "a command to start a program"}


def open_pdf(stream: BinaryIO) -> PdfReader:
    """Open a PDF; raise `Unreadable` if it is damaged or needs a password."""
    try:
        reader = PdfReader(stream, strict=False)
    except DependencyError as error:
        raise Unreadable(PROTECTED) from error
    except (PdfReadError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(DAMAGED) from error
    # A PDF that only forbids printing opens with an empty password. A lock that pypdf does not know is one too.
    if reader.is_encrypted and not _attempt(lambda: reader.decrypt(""), None):
        raise Unreadable(PROTECTED)
    return reader


def read(reader: PdfReader, gatherer: Gatherer) -> Reading:
    """Gather the text of the pages; raise `Unreadable` if there is none."""
    count = _attempt(lambda: len(reader.pages), 0)
    if not count:
        raise Unreadable(DAMAGED)
    missing = letters = 0
    looked_at = min(count, MAX_PAGES)
    for number in range(looked_at):
        text = _attempt(partial(_page_text, reader, number), None)
        missing += text is None
        letters += sum(map(str.isalpha, text or ""))
        gatherer.add(f"{text or ''}\n")
    title = _attempt(lambda: str(reader.metadata.title or "") if reader.metadata else "", "")
    if letters < LETTERS_A_PAGE * (looked_at - missing) and _is_pictures(reader, looked_at):
        return Reading(title=useful_title(title), pages=count, scanned=True)
    if not gatherer.text().strip():
        raise Unreadable(DAMAGED if missing else NO_TEXT)
    note = None
    if count > MAX_PAGES:
        note = f"Only the first {MAX_PAGES:,} of its {count:,} pages can be searched."
    elif missing:
        note = f"{missing:,} of its {count:,} pages could not be read and cannot be searched."
    return Reading(title=useful_title(title), pages=count, note=note)


def _is_pictures(reader: PdfReader, pages: int) -> bool:
    """Whether at least half of so many pages hold a picture. A page of lines and curves alone is a drawing."""
    wanted, found = (pages + 1) // 2, 0
    for number in range(pages):
        found += bool(_attempt(partial(_has_picture, reader, number), False))
        if found >= wanted:
            return True
    return False


def _has_picture(reader: PdfReader, number: int) -> bool:
    page = reader.pages[number]
    if _draws_picture(_get(page, "/Resources") or page.get("/Resources"), 0):
        return True
    contents = page.get_contents()
    return contents is not None and _INLINE.search(contents.get_data()) is not None


def _draws_picture(resources: Any, depth: int) -> bool:
    """Whether an image is among what a page may draw, by itself or inside a form; a loop ends at the depth limit."""
    drawn = _get(_resolved(resources), "/XObject")
    for name in list(drawn)[:MAX_DRAWN] if isinstance(drawn, DictionaryObject) else ():
        each = _get(drawn, name)
        subtype = str(_get(each, "/Subtype"))
        if subtype == "/Image":
            return True
        if subtype == "/Form" and depth < MAX_FORMS and _draws_picture(_get(each, "/Resources"), depth + 1):
            return True
    return False


def _page_text(reader: PdfReader, number: int) -> str:
    return reader.pages[number].extract_text()


def hidden(reader: PdfReader) -> HiddenContent:
    """What the PDF carries beside its pages; a part that is damaged is left out."""
    nothing: dict[str, Any] = {}
    metadata = _attempt(lambda: dict(reader.metadata or {}), nothing)
    catalog = _attempt(lambda: reader.root_object, DictionaryObject())
    found = _Findings()
    found.actions(catalog.get("/OpenAction"))
    found.actions(catalog.get("/AA"))
    names = _get(catalog, "/Names")
    if isinstance(_get(names, "/JavaScript"), DictionaryObject):
        found.active.append(_ACTIONS["/JavaScript"])
    found.count_files(_get(names, "/EmbeddedFiles"))
    for annotation in _annotations(reader, found):
        found.annotation(annotation)
    return HiddenContent(
        authors=tidy_names([_text(metadata.get("/Author"))]),
        company=next(iter(tidy_names([_text(metadata.get("/Company"))])), None),
        program=next(
            iter(tidy_names([_text(metadata.get("/Creator")) or _text(metadata.get("/Producer"))])), None
        ),
        comments=found.comments,
        comment_authors=tidy_names(found.people),
        embedded_files=found.files,
        active=tidy_names(found.active),
    )


class _Findings:
    """What was met on the way through the PDF."""

    def __init__(self) -> None:
        self.comments = 0
        self.people: list[str] = []
        self.files = 0
        self.active: list[str] = []

    def actions(self, action: Any, depth: int = 0) -> None:
        """Note what an action, or a dictionary or chain of actions, does."""
        action = _resolved(action)
        if depth > MAX_DEPTH or not isinstance(action, DictionaryObject):
            return
        named = _ACTIONS.get(str(_get(action, "/S")))
        if named or "/JS" in action:
            self.active.append(named or _ACTIONS["/JavaScript"])
        for value in list(action.values())[:50]:
            # /Next and the triggers of /AA hold actions; nothing else in an action is followed.
            if isinstance(_resolved(value), DictionaryObject):
                self.actions(value, depth + 5)

    def annotation(self, annotation: DictionaryObject) -> None:
        """Note a comment, an attached file or an action on a page."""
        subtype = str(_get(annotation, "/Subtype"))
        if subtype in _COMMENTS:
            self.comments += 1
            self.people.append(_text(_get(annotation, "/T")))
        elif subtype == "/FileAttachment":
            self.files += 1
        self.actions(annotation.get("/A"))
        self.actions(annotation.get("/AA"))

    def count_files(self, tree: Any, depth: int = 0) -> None:
        """Count the files in a name tree; a tree that loops ends at the depth limit."""
        tree = _resolved(tree)
        if depth > MAX_DEPTH or not isinstance(tree, DictionaryObject) or self.files > MAX_ANNOTATIONS:
            return
        names = _get(tree, "/Names")
        self.files += len(names) // 2 if isinstance(names, list) else 0
        kids = _get(tree, "/Kids")
        for kid in kids[:20] if isinstance(kids, list) else []:
            self.count_files(kid, depth + 4)


def _annotations(reader: PdfReader, found: _Findings) -> Iterator[DictionaryObject]:
    given = 0
    for number in range(min(_attempt(lambda: len(reader.pages), 0), MAX_PAGES)):
        page = _attempt(partial(reader.pages.__getitem__, number), None)
        if page is None:
            continue
        found.actions(page.get("/AA"))
        listed = _get(page, "/Annots")
        for each in listed if isinstance(listed, list) else []:
            annotation = _resolved(each)
            given += 1
            if given > MAX_ANNOTATIONS:
                return
            if isinstance(annotation, DictionaryObject):
                yield annotation


def _resolved(value: Any) -> Any:
    return _attempt(value.get_object, None) if isinstance(value, IndirectObject) else value


def _get(holder: Any, key: str) -> Any:
    return (
        _resolved(_attempt(lambda: holder.raw_get(key), None))
        if isinstance(holder, DictionaryObject)
        else None
    )


def _text(value: Any) -> str:
    resolved = _resolved(value)
    return resolved if isinstance(resolved, str) else ""


def _attempt(action: Callable[[], T], otherwise: T) -> T:
    """Run `action`, or give `otherwise` when the PDF is damaged there: pypdf raises whatever comes to hand."""
    try:
        return action()
    except MemoryError:
        raise
    except Exception:
        return otherwise
