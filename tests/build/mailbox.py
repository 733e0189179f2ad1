"""A real mail server for tests: it keeps what it is sent, and can be told to be down or to refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.build.servers import free_port


class Mailbox:
    """What arrived, in order. `answer` is what the server says to a recipient when that is not yes; `taken` is called
    with each message that was taken, before the server says so.
    """

    def __init__(self) -> None:
        self.received: list[EmailMessage] = []
        self.answer: str | None = None
        self.taken: Callable[[EmailMessage], None] | None = None
        self.port = free_port()
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """What COP_SMTP_URL would say."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take a recipient, or not."""
        if self.answer is not None:
            return self.answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep the message."""
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.received.append(message)
        if self.taken is not None:
            self.taken(message)
        return "250 OK"

    def start(self) -> None:
        """Come up, again if need be: a controller that was stopped cannot be started."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        """Go down, if it is up."""
        if self._controller is not None:
            self._controller.stop()
        self._controller = None


def plain(message: EmailMessage) -> str:
    """The plain text of a message."""
    body = message.get_body(("plain",))
    assert body is not None
    found: str = body.get_content()
    return found


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """A mail server that is up."""
    made = Mailbox()
    made.start()
    try:
        yield made
    finally:
        made.stop()
