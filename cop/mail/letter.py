"""A letter: what a writer says, in parts, and how it becomes a message of plain text and of HTML.

Writers say what there is to say once; the two forms come from two templates, so that they cannot tell different things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from cop.paths import TEMPLATES


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a list: what it is, where it is, a few words about it, and how to hear no more of it."""

    title: str
    address: str = ""
    about: str = ""
    stop: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the things below it."""

    heading: str
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Letter:
    """What is said to one address. `why` says why it came; every address in it is complete, with its host.

    `unsubscribe` is where such mail is stopped by one click (RFC 8058); letters that somebody asked for have none.
    `stop`, here and in a line, is the words and the address of the link that stops news of one thing alone.
    """

    to: str
    subject: str
    paragraphs: Sequence[str]
    why: str
    button: tuple[str, str] | None = None
    sections: Sequence[Section] = field(default_factory=tuple)
    after: Sequence[str] = field(default_factory=tuple)
    unsubscribe: str | None = None
    settings: str | None = None
    stop: tuple[str, str] | None = None


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html",)),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def one_line(text: str) -> str:
    """Text as a header may hold it: what somebody typed must not begin a header of its own."""
    return " ".join(text.split())


def compose(letter: Letter, *, message_id: str, sender: str, site: str, at: datetime) -> EmailMessage:
    """The message, plain text first and HTML as the alternative, with every header it is sent with."""
    message = EmailMessage(policy=SMTP)
    message["Message-ID"] = message_id
    message["Date"] = format_datetime(at)
    message["From"] = sender
    message["To"] = letter.to
    message["Subject"] = one_line(letter.subject)
    # Out-of-office programs answer to people, not to this.
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    values = {"letter": letter, "site": site}
    message.set_content(_environment().get_template("mail/letter.txt").render(values))
    message.add_alternative(_environment().get_template("mail/letter.html").render(values), subtype="html")
    return message
