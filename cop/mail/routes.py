"""The mail that the demonstration sent: it goes into a folder, and this is where it is read. Nowhere else it exists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.policy import default

from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.mail.transport import FILE, FolderTransport
from cop.web.area import Area
from cop.web.edge import edge
from cop.web.templating import page

area = Area("mail", __name__, url_prefix="/demo/mail")

SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A mail that was sent, as the pages show it."""

    name: str
    subject: str
    to: str
    at: datetime
    text: str


def _folder() -> FolderTransport:
    settings = edge().settings
    if not settings.demo or settings.smtp_url:
        raise NotFound
    return FolderTransport(settings.var / "mail")


def _read(folder: FolderTransport, name: str) -> Shown | None:
    """A mail of the folder; None when it was replaced by a newer copy meanwhile."""
    try:
        data = (folder.folder / name).read_bytes()
    except FileNotFoundError:
        return None
    message = message_from_bytes(data, policy=default)
    body = message.get_body(("plain",))
    return Shown(
        name,
        str(message["Subject"]),
        str(message["To"]),
        message["Date"].datetime,
        body.get_content() if body is not None else "",
    )


@area.get("", access=PUBLIC)
def sent(actor: Actor, tx: Tx) -> str:
    """What was sent, newest first."""
    folder = _folder()
    names = folder.names()
    mails = [mail for name in names[:SHOWN] if (mail := _read(folder, name))]
    return page("mail/sent.html", mails=mails, more=max(0, len(names) - SHOWN), folder=folder.folder)


@area.get("/<name>", access=PUBLIC)
def show(actor: Actor, tx: Tx, name: str) -> str:
    """One mail as plain text, its links to be followed."""
    folder = _folder()
    mail = _read(folder, name) if FILE.fullmatch(name) else None
    if mail is None:
        raise NotFound
    return page("mail/message.html", mail=mail)
