"""Kills the worker, a process of its own, after the mail server took a mail and before it could be marked as sent."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from email.message import EmailMessage

from cop.accounts import service as accounts
from cop.accounts.letters import SIGN_IN
from cop.app import open_finder, open_post
from cop.kernel import outbox
from cop.kernel.access import ANONYMOUS, SYSTEM, Actor
from cop.kernel.db import Database
from cop.kernel.errors import Gone
from cop.mail import links
from tests.build.community import Community
from tests.build.mailbox import Mailbox, plain
from tests.build.processes import Processes

PATIENCE = 120.0
FATES = ("nothing", "nothing", "suspended")
"""What becomes of the reader between the kill and the next start of the worker."""


class MailKills:
    """A worker on a database and a mail server at whose word it dies."""

    def __init__(self, db: Database, processes: Processes, box: Mailbox) -> None:
        self.db, self.processes, self.box = db, processes, box
        self.community = Community(db)
        self.doubles = 0
        open_finder(processes.settings)
        open_post(processes.settings)

    def trial(self, rng: random.Random, number: int) -> list[str]:
        """Send one mail, kill, start again; return what was wrong, in words."""
        reader = self.community.person(email=f"reader{number}@testshire.example")
        killed, fate = threading.Event(), FATES[number % len(FATES)]

        def kill(message: EmailMessage) -> None:
            self.box.taken = None
            # Sometimes before the answer of the mail server, sometimes just after.
            pause = rng.choice((0.0, 0.0, 0.005))
            if pause:
                threading.Timer(pause, self._kill, (killed,)).start()
            else:
                self._kill(killed)

        before = len(self.box.received)
        self.box.taken = kill
        with self.db.transaction(write=True) as tx:
            accounts.send_sign_in_link(
                ANONYMOUS, tx=tx, email=f"reader{number}@testshire.example", purpose=SIGN_IN
            )
        if not killed.wait(PATIENCE):
            return [f"no mail came: {self.processes.log()[-500:]}"]
        if fate == "suspended":
            with self.db.transaction(write=True) as tx:
                accounts.suspend(SYSTEM, tx=tx, person_id=reader.person_id or 0)
        self.processes.start_worker()
        if not _wait(lambda: "mail" not in outbox.waiting(self.db)):
            return [f"the mail is still waiting: {outbox.waiting(self.db)}"]
        return [
            f"trial {number}, {fate}: {each}"
            for each in self._judge(self.box.received[before:], fate, reader)
        ]

    def _kill(self, killed: threading.Event) -> None:
        self.processes.kill(self.processes.worker)
        killed.set()

    def _judge(self, copies: list[EmailMessage], fate: str, reader: Actor) -> list[str]:
        wrong = []
        self.doubles += len(copies) - 1
        if len(copies) > (1 if fate == "suspended" else 2):
            wrong.append(f"{len(copies)} copies")
        if len({str(copy["Message-ID"]) for copy in copies}) != 1:
            wrong.append(f"{[str(copy['Message-ID']) for copy in copies]}")
        tokens = [plain(copy).split("/sign-in/link/")[1].split()[0] for copy in copies]
        if len(set(tokens)) != len(copies):
            wrong.append("two copies carry the same token")
        for token in tokens:
            with self.db.transaction(write=False) as tx:
                if links.find(tx, token=token, purpose=SIGN_IN).subject_id != reader.person_id:
                    wrong.append("a token leads to somebody else")
        with self.db.transaction(write=True) as tx:
            links.use(ANONYMOUS, tx=tx, token=tokens[-1], purpose=SIGN_IN)
        for token in tokens:
            try:
                with self.db.transaction(write=False) as tx:
                    links.find(tx, token=token, purpose=SIGN_IN)
            except Gone:
                continue
            wrong.append("a copy still works after one was used")
        return wrong


def _wait(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
