"""The way out of the house: a mail server, or in the demonstration a folder that people can read."""

from __future__ import annotations

import os
import re
import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from cop.settings import Settings, is_loopback

TIMEOUT_SECONDS = 20
PORTS = {"smtp": 587, "smtps": 465}
FILE = re.compile(r"\d{8}-\d{6}-[0-9a-f]{16}\.eml", re.ASCII)


class ServerDown(Exception):
    """The mail server does not answer, or not now: every mail can wait."""


class Refused(Exception):
    """The mail server will not take this one mail; `code` is the number it said (RFC 5321)."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the mail server answered {code}")
        self.code = code


class Transport(Protocol):
    """Takes a message away. Raises ServerDown or Refused."""

    def send(self, message: EmailMessage) -> None:
        """Hand over one message."""


class SmtpTransport:
    """A mail server. Beyond this machine only over TLS, whose certificate is checked."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port or PORTS[parts.scheme]
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username or "")
        self._password = unquote(parts.password or "")

    def reach(self) -> None:
        """Connect and sign in, and send nothing. Raises ServerDown or Refused."""
        try:
            with self._connect() as server:
                server.noop()
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise ServerDown(str(error)) from error

    def send(self, message: EmailMessage) -> None:
        """Hand over one message on a connection of its own: mails are few, and a kept one dies unnoticed."""
        try:
            with self._opened() as server:
                server.send_message(message)
        except smtplib.SMTPNotSupportedError as error:
            # Only the message asks for something that can be missing here: an address outside ASCII.
            raise Refused(553) from error
        except smtplib.SMTPRecipientsRefused as error:
            raise _judged(min(code for code, _ in error.recipients.values())) from error
        except smtplib.SMTPSenderRefused as error:
            raise ServerDown(str(error.smtp_code)) from error
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code) from error
        except (smtplib.SMTPException, OSError) as error:
            # SMTPException is an OSError, too: to the outbox it would look like a full disk.
            raise ServerDown(type(error).__name__) from error

    def _opened(self) -> smtplib.SMTP:
        """A connection to hand a message over; what the server itself does not offer is no message's fault."""
        try:
            return self._connect()
        except smtplib.SMTPNotSupportedError as error:
            raise ServerDown(type(error).__name__) from error

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host, self._port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=TIMEOUT_SECONDS)
            if not is_loopback(self._host):
                server.starttls(context=context)
        if self._user:
            server.login(self._user, self._password)
        return server


def _judged(code: int) -> Exception:
    """421 and 45x pass; so do wrong sign-ins (535), which are the operator's to mend and no mail's fault."""
    return Refused(code) if 500 <= code < 600 and code not in (530, 534, 535) else ServerDown(str(code))


class FolderTransport:
    """Each mail is a file named by its moment and a part of its Message-ID: sent again, it replaces the first copy."""

    def __init__(self, folder: Path, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.folder = folder
        self._clock = clock

    def send(self, message: EmailMessage) -> None:
        """Write the file, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        unique = re.sub(r"[^0-9a-f]", "", str(message["Message-ID"]))[:16].ljust(16, "0")
        for copy in self.folder.glob(f"*-{unique}.eml"):
            copy.unlink()
        name = f"{self._clock():%Y%m%d-%H%M%S}-{unique}.eml"
        part = self.folder / f"{name}.part"
        part.write_bytes(message.as_bytes())
        os.replace(part, self.folder / name)

    def names(self) -> list[str]:
        """Names of the files, newest first."""
        found = self.folder.iterdir() if self.folder.exists() else iter(())
        return sorted((path.name for path in found if FILE.fullmatch(path.name)), reverse=True)


def transport_of(settings: Settings) -> Transport | None:
    """The way out these settings name; None where there is none, which a server is not started with."""
    if settings.smtp_url:
        return SmtpTransport(settings.smtp_url)
    return FolderTransport(settings.var / "mail") if settings.demo else None
