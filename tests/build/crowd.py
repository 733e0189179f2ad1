"""Writers over real HTTP that reply, upload and publish whatever happens to the server, and know what was acknowledged.

What stands there afterwards is held against it by `tests.build.reckoning`.
"""

from __future__ import annotations

import hashlib
import random
import re
import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from cop.kernel.access import Actor
from tests.build.library import TYPED
from tests.build.processes import Caller, NoToken, Processes
from tests.data.sample_files import docx, paragraph

MOST_REFUSALS = 3
PATIENCE = 30.0
SHOWN = 3000
KINDS = ("reply", "upload", "publish")
DOCUMENT_EVERY = 25
LARGEST_PADDING = 100_000
THROWN_AWAY = 0.1
LOOK_AGAIN_SECONDS = 0.3
FILE_ID = re.compile(r'<input[^>]* name="file_id"[^>]* value="(\d+)"')


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was sent: the word that stands in no other, its bytes by their hash."""

    word: str
    sha256: str


class Crowd:
    """One writer per person, in one team and one thread of it; most writes are replies.

    What got no answer is sent again with the same key, as a browser's "try again" does: then it must stand there once
    all the same. A refusal is not expected at all; after a few of them everybody stops. Where the database is killed
    too (`outages`), an answer of 500 says "try again" and is taken at its word.
    """

    def __init__(
        self,
        processes: Processes,
        team_id: int,
        thread_id: int,
        people: Mapping[str, Actor],
        goal: int,
        *,
        outages: bool = False,
    ) -> None:
        self.processes = processes
        self.team_id, self.thread_id = team_id, thread_id
        self.outages = outages
        self.replies: list[str] = []
        self.uploads: dict[int, Document] = {}
        self.published: set[int] = set()
        self.refused: Counter[str] = Counter()
        self.sent_again = 0
        self._goal = goal
        self._unanswered: dict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=_Writer(self, number, token, person).run)
            for number, (token, person) in enumerate(people.items())
        ]

    @property
    def count(self) -> int:
        """How many writes were acknowledged."""
        return len(self.replies) + len(self.uploads) + len(self.published)

    @property
    def done(self) -> bool:
        """Whether enough was acknowledged, or everybody gave up."""
        return self._stop.is_set() or self.count >= self._goal

    @contextmanager
    def unanswered(self, kind: str, name: str) -> Iterator[None]:
        """While something is sent and its answer not yet there."""
        with self._lock:
            self._unanswered[kind].add(name)
        try:
            yield
        finally:
            with self._lock:
                self._unanswered[kind].remove(name)

    def waiting(self, kind: str) -> set[str]:
        """Names of what is sent and not answered at the moment."""
        with self._lock:
            return set(self._unanswered[kind])

    def note_again(self) -> None:
        """Something was answered that had to be sent more than once."""
        with self._lock:
            self.sent_again += 1

    def note_refusal(self, answer: requests.Response) -> None:
        """An answer that nobody expected."""
        with self._lock:
            self.refused[f"{answer.status_code} {answer.url} {answer.text[:SHOWN]}"] += 1
            if self.refused.total() >= MOST_REFUSALS:
                self._stop.set()

    def start(self) -> None:
        """Begin to write."""
        for thread in self._threads:
            thread.start()

    def wait_for(self, count: int) -> None:
        """Wait until so many writes are acknowledged, or everybody gave up.

        Raises AssertionError when nothing at all is acknowledged for `PATIENCE` seconds.
        """
        seen, deadline = -1, 0.0
        while not self.done and self.count < count:
            if self.count != seen:
                seen, deadline = self.count, time.monotonic() + PATIENCE
            if time.monotonic() > deadline:
                self._stop.set()
                raise AssertionError(f"nothing is acknowledged any more: {self.processes.log()[-SHOWN:]}")
            time.sleep(0.01)

    def finish(self, *, at_once: bool = False) -> None:
        """Wait for the rest, and for everybody to leave; `at_once` they leave without it."""
        try:
            if not at_once:
                self.wait_for(self._goal)
        finally:
            self._stop.set()
            for thread in self._threads:
                if thread.ident is not None:
                    thread.join()


class _Writer:
    """One of them: their client, and their drafts that are not published yet."""

    def __init__(self, crowd: Crowd, number: int, token: str, person: Actor) -> None:
        self._crowd = crowd
        self._number = number
        self._token = token
        self._person = person
        self._turn = 0
        self._drafts: deque[int] = deque()
        self._look_again = 0.0
        self._caller = Caller(crowd.processes.base, token)

    def run(self) -> None:
        """Write until there is enough."""
        while not self._crowd.done:
            if self._drafts and time.monotonic() >= self._look_again:
                self._publish(self._drafts[0])
                continue
            # Not everybody in the same turn.
            is_document = (self._turn + self._number) % DOCUMENT_EVERY == DOCUMENT_EVERY - 1
            (self._upload if is_document else self._reply)(f"writer{self._number}turn{self._turn}")
            self._turn += 1
        self._caller.close()

    def _insist(self, name: str, send: Callable[[], requests.Response]) -> requests.Response | None:
        """Send until there is an answer; None when everybody stops before there is one.

        A kill seldom falls between the commit and the answer, so some answers are thrown away here.
        """
        first, kept = True, random.Random(f"answer to {name}").random() >= THROWN_AWAY
        while not self._crowd.done:
            try:
                answer = send()
                if self._crowd.outages and answer.status_code >= 500:
                    raise requests.ConnectionError(answer.reason)
            except (requests.RequestException, NoToken):
                self._caller.close()
                self._caller = Caller(self._crowd.processes.base, self._token)
                first = False
                time.sleep(0.05)
                continue
            if answer.status_code == 303 and not kept:
                kept = True
                continue
            if not first:
                self._crowd.note_again()
            return answer
        return None

    def _send(
        self, kind: str, name: str, path: str, file: tuple[str, bytes] | None = None, /, **fields: str
    ) -> requests.Response:
        self._caller.csrf_token()
        with self._crowd.unanswered(kind, name):
            return self._caller.post(path, files={"file": file} if file else None, **fields)

    def _reply(self, body: str) -> None:
        path = f"/threads/{self._crowd.thread_id}"
        answer = self._insist(
            body, lambda: self._send("reply", body, path, body=body, key=f"key-of-{body}-0123456789")
        )
        if answer is None:
            return
        if answer.status_code == 303:
            self._crowd.replies.append(body)
        else:
            self._crowd.note_refusal(answer)

    def _upload(self, word: str) -> None:
        path = f"/teams/{self._crowd.team_id}/library/new"
        name, content = _file(word)
        fields = {**TYPED, "owner": str(self._person.person_id), "key": f"key-of-{word}"}
        answer = self._insist(word, lambda: self._send("upload", word, path, (name, content), **fields))
        if answer is None:
            return
        if answer.status_code == 303:
            asset_id = int(answer.headers["Location"].rsplit("/", 1)[1])
            self._crowd.uploads[asset_id] = Document(word, hashlib.sha256(content).hexdigest())
            self._drafts.append(asset_id)
        else:
            self._crowd.note_refusal(answer)

    def _publish(self, asset_id: int) -> None:
        """Open the draft's page and send its form, once there is one: not before the worker has read the document."""
        path, sent = f"/library/{asset_id}", False

        def send() -> requests.Response:
            nonlocal sent
            page = self._caller.get(path)
            form = FILE_ID.search(page.text)
            if form is None:
                return page
            sent = True
            return self._send("publish", path, f"{path}/publish", file_id=form[1])

        answer = self._insist(f"publish{asset_id}", send)
        if answer is None:
            return
        if answer.ok and 'id="draft"' in answer.text:
            self._look_again = time.monotonic() + LOOK_AGAIN_SECONDS
            return
        self._drafts.popleft()
        # A page that is a draft's no longer answers for the form whose own answer was lost.
        if answer.status_code == 303 or (answer.status_code == 200 and sent):
            self._crowd.published.add(asset_id)
        else:
            self._crowd.note_refusal(answer)


def _file(word: str) -> tuple[str, bytes]:
    """A document with that word in it, of one kind or another and of any length, so that a kill finds it half sent."""
    rng = random.Random(word)
    if rng.random() < 0.5:
        return f"{word}.docx", docx(paragraph(f"{word} stands in here."))
    padding = "What providers told us.\n" * (rng.randrange(LARGEST_PADDING) // 24)
    return f"{word}.txt", f"{word} stands in here.\n{padding}".encode()
