"""What reading a file brings: its text, or why there is none, and what hides inside it.

These travel from the child process as JSON and are stored as they are, so they hold plain values only.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

Status = Literal["searchable", "not_searchable"]

EXTRACTOR_VERSION = 2
"""Raised when readers change enough that stored texts should be made again. 2: scanned documents are recognised."""
NEVER_READ = 0
"""The version of a text that waits to be read, or that was given up."""

LETTERS_A_PAGE = 10
"""Scanned pages hold fewer letters than that on average: a page number, or what a scanner prints of itself."""

DAMAGED = "The file is damaged, so its text cannot be searched. It can still be downloaded."
TOO_SLOW = "The file takes too long to read, so its text cannot be searched. It can still be downloaded."
SCANNED = (
    "This is a scanned document without text: it can be found by its title and summary only, and a screen reader "
    "cannot read it."
)
GIVEN_UP = "We could not read this document, so its text cannot be searched. It can still be downloaded."
"""Why there is no text when reading failed again and again, whatever the fault was."""

REMOVED = "This file held something that can harm computers, so it was removed. Scan your own computer."
IS_A_PICTURE = "This is a picture, so it has no text to search."
NOT_DRAWN = "We could not draw this picture, so it cannot be shown. Attach it anew."
"""What is said of a picture that was given up."""

MAX_NAMES = 50
NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may use: bytes of memory and of output, seconds, open files."""

    memory: int = 768 << 20
    seconds: int = 20
    output: int = 16 << 20
    open_files: int = 32


ORDINARY = Limits()
READY = b"ready\n"
"""What the child says before it looks at the file: a failure after this is the file's."""


@dataclass(frozen=True, slots=True)
class HiddenContent:
    """What a reader of the page does not see, but whoever downloads the file gets."""

    authors: tuple[str, ...] = ()
    last_saved_by: str | None = None
    company: str | None = None
    program: str | None = None
    template: str | None = None
    comments: int = 0
    comment_authors: tuple[str, ...] = ()
    tracked_changes: int = 0
    change_authors: tuple[str, ...] = ()
    hidden_text: int = 0
    hidden_sheets: tuple[str, ...] = ()
    embedded_files: int = 0
    outside_links: tuple[str, ...] = ()
    active: tuple[str, ...] = ()

    def sentences(self) -> tuple[str, ...]:
        """What to point out before publishing, one plain sentence each; empty when there is nothing."""
        found = [
            ("It names {} as its author.", _names(self.authors)),
            ("It says {} saved it last.", _names((self.last_saved_by,))),
            ("It names the organisation {}.", _names((self.company,))),
            ("It was made from the template {}.", _names((self.template,))),
            ("It holds {}", _counted(self.comments, "comment", self.comment_authors)),
            ("It holds {}", _counted(self.tracked_changes, "tracked change", self.change_authors)),
            (
                "It holds {}",
                _counted(self.hidden_text, "passage of hidden text", (), "passages of hidden text"),
            ),
            ("It has hidden sheets: {}.", _names(self.hidden_sheets)),
            ("It holds {}", _counted(self.embedded_files, "embedded file", ())),
            ("It loads or links to files elsewhere: {}.", _names(self.outside_links)),
            ("It holds {}, which some programs run when the file is opened.", _names(self.active)),
        ]
        return tuple(sentence.format(value) for sentence, value in found if value)

    def as_json(self) -> dict[str, Any]:
        """The findings as plain values for a JSON column."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> HiddenContent:
        """Read stored findings back; fields of another version are left out or empty."""
        known: dict[str, Any] = {
            field.name: stored[field.name] for field in fields(cls) if field.name in stored
        }
        plain: dict[str, Any] = {}
        for name, value in known.items():
            plain[name] = tuple(value) if isinstance(value, list) else value
        return cls(**plain)


@dataclass(frozen=True, slots=True)
class ExtractedText:
    """The outcome of reading a file.

    `status` is "searchable" with the text, or "not_searchable" with an empty text. `reason` is a plain sentence
    for people: why not, or what of a searchable file could not be read. `pages` only for PDF. `scanned`: there is no
    text because its pages are pictures.
    """

    status: Status
    reason: str | None = None
    text: str = ""
    pages: int | None = None
    title: str | None = None
    hidden: HiddenContent = HiddenContent()
    scanned: bool = False

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> ExtractedText:
        """Read what the child process sent; raise `KeyError` or `TypeError` if it is something else."""
        status: Status = "searchable" if stored["status"] == "searchable" else "not_searchable"
        return cls(
            status=status,
            reason=stored["reason"],
            text=str(stored["text"]),
            pages=stored["pages"],
            title=stored["title"],
            hidden=HiddenContent.from_json(stored["hidden"]),
            scanned=stored["scanned"] is True,
        )


def not_searchable(reason: str, hidden: HiddenContent = HiddenContent()) -> ExtractedText:
    """The outcome for a file whose text cannot be read, and why, in a plain sentence."""
    return ExtractedText(status="not_searchable", reason=reason, hidden=hidden)


def tidy_names(names: list[str] | tuple[str | None, ...]) -> tuple[str, ...]:
    """Names without blanks and repeats, in order of first appearance, in bounded number and length."""
    cleaned = (" ".join((name or "").split())[:NAME_LENGTH] for name in names)
    return tuple(dict.fromkeys(name for name in cleaned if name.isprintable() and name))[:MAX_NAMES]


def _names(names: tuple[str | None, ...]) -> str:
    known = [name for name in names if name]
    if len(known) > 5:
        known = [*known[:5], f"{len(known) - 5} more"]
    return known[0] if len(known) == 1 else " and ".join((", ".join(known[:-1]), known[-1])) if known else ""


def _counted(count: int, one: str, people: tuple[str, ...], many: str | None = None) -> str:
    if not count:
        return ""
    by = f" by {_names(people)}" if people else ""
    return f"{count:,} {one if count == 1 else many or one + 's'}{by}."
