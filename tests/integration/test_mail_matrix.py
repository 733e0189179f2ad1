"""Every kind of email × every actor × every access mode: who is sent it, and that it says nothing restricted, says why
it came, can be stopped, can be read as plain text, and leads to places that its reader may open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import EmailMessage
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from sqlalchemy import text

from cop.app import open_post
from cop.kernel.access import SYSTEM
from cop.mail import service as mail
from cop.notifications import service as notices
from cop.notifications.queries import Preferences
from cop.notifications.service import AT_ONCE, DIGEST
from tests.build.databases import Maker
from tests.build.mailbox import plain
from tests.build.stage import Stage
from tests.build.standings import GONE, Others
from tests.integration.mail_table import LETTERS, NOTICES, Case, Told
from tests.integration.matrix_table import ORDER, Row
from tests.integration.test_canaries import EVERYBODY, READERS
from tests.integration.test_matrix import DONE, ROWS, WHOLE, things
from tests.integration.test_matrix_standings import EXPECTED, told

NAMES = (*ORDER, *EXPECTED)
LINK = re.compile(r"http://localhost(/[^\s\"<>)]*)")
RESTRICTED = {word for word, readers in READERS.items() if readers != EVERYBODY}


_OPENED: WeakKeyDictionary[Stage, dict[str, set[str]]] = WeakKeyDictionary()


class Taken:
    """A way out that keeps what goes out."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []

    def send(self, message: EmailMessage) -> None:
        """Keep one message."""
        self.messages.append(message)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The world with everybody in it."""
    maker: Maker = request.getfixturevalue(f"{request.param}_maker")
    url = maker.fresh()
    made = Stage(url, tmp_path_factory.mktemp("stage"), others=Others)
    yield made
    made.close()
    maker.drop(url)


Send = Callable[[str, int], list[EmailMessage]]


@contextmanager
def sending(stage: Stage) -> Iterator[Send]:
    """Write and send a mail of a purpose about a subject at once; what it did to the database is undone."""
    post, taken = open_post(stage.settings), Taken()
    post._transport = taken

    def send(purpose: str, subject_id: int) -> list[EmailMessage]:
        before = len(taken.messages)
        with stage.db.transaction(write=True) as tx:
            mail_id = mail.queue(SYSTEM, tx=tx, purpose=purpose, subject_id=subject_id)
        post.send(stage.db, mail_id)
        return taken.messages[before:]

    try:
        yield send
    finally:
        stage.restore()


def words_of(message: EmailMessage) -> str:
    """All of a message but the address it goes to: the other headers, and both parts, decoded."""
    headers = [f"{name}: {value}" for name, value in message.items() if name != "To"]
    return "\n".join([*headers, *(part.get_content() for part in message.walk() if not part.is_multipart())])


def check_form(message: EmailMessage) -> None:
    """What holds for every email: two parts that say the same, a reason, one reader, its own Message-ID."""
    parts = [part.get_content_type() for part in message.walk() if not part.is_multipart()]
    assert parts == ["text/plain", "text/html"], parts
    assert len(message["To"].addresses) == 1
    assert re.fullmatch(r"<[0-9a-f]{32}@localhost>", str(message["Message-ID"]))
    words = plain(message)
    assert "You get this email " in words, f"it does not say why it came:\n{words}"
    assert "<" not in words, words
    assert max(len(line) for line in words.splitlines() if "http" not in line) <= 80
    rich = message.get_body(("html",))
    assert rich is not None
    assert set(LINK.findall(words)) == set(LINK.findall(rich.get_content()))
    shown = words_of(message)
    assert not (found := [word for word in RESTRICTED if word in shown]), f"it says {found}"


def check_stop(message: EmailMessage) -> None:
    """Mail that nobody asked for is stopped by one click, from the header as from the text."""
    stop = str(message["List-Unsubscribe"]).strip("<>")
    assert str(message["List-Unsubscribe-Post"]) == "List-Unsubscribe=One-Click"
    assert stop in plain(message)


def check_links(stage: Stage, name: str, message: EmailMessage) -> None:
    """Every link leads its reader somewhere, and opening it uses nothing up. What opened once for somebody is not asked
    for again: everything is put back between two mails, and most of their links are the same.
    """
    paths = set(LINK.findall(plain(message)))
    assert paths
    opened = _OPENED.setdefault(stage, {}).setdefault(name, set())
    for path in paths - opened:
        with stage.visitor(name).fetch(path, check=False) as response:
            assert response.status_code in (200, 303), f"{path}: {response.status}"
        opened.add(path)


def _address(stage: Stage, name: str) -> str | None:
    with stage.db.transaction(write=False) as tx:
        statement = text("SELECT email FROM person WHERE id = :id")
        found: str | None = tx.session.scalar(statement, {"id": stage.world.actors[name].person_id or 0})
        return found


def _notice(stage: Stage, kind: str, subject_id: int, person_id: int) -> int:
    """Somebody was told of it, and wants an email at once."""
    with stage.db.transaction(write=True) as tx:
        tx.session.execute(text("DELETE FROM notice WHERE person_id = :id"), {"id": person_id})
        notices.tell(SYSTEM, tx=tx, kind=kind, subject_id=subject_id, person_ids=[person_id])
        notices._set(SYSTEM, tx, person_id, Preferences(at_once=True), by_link=False)
        find = text("SELECT id FROM notice WHERE person_id = :id AND kind = :kind")
        number: int = tx.session.execute(find, {"id": person_id, "kind": kind}).scalar_one()
        return number


def _digest(stage: Stage, person_id: int) -> int:
    with stage.db.transaction(write=True) as tx:
        tx.session.execute(text("DELETE FROM digest WHERE person_id = :id"), {"id": person_id})
        number = notices.make_digest(SYSTEM, tx=tx, person_id=person_id)
        assert number is not None
        return number


def _may_be_told(what: Told, row: Row, name: str) -> bool:
    if name in what.never or name.startswith("suspended"):
        return False
    # Whoever is signed out, or was away too long, is still the person they are: the next mail reaches them.
    expected = {**row.expected, **told(row).expected}
    if name in GONE:
        return expected["lead"] in DONE
    return expected[name] in DONE


def _cases() -> Iterator[tuple[str, Told, Row]]:
    for kind, what in NOTICES.items():
        method, address = what.like.split()
        rows = [row for row in ROWS if (row.method, row.address) == (method, address)]
        assert rows, f"no row {what.like} in matrix_table.py"
        for row in rows:
            yield kind, what, row


CASES = list(_cases())


def on_postgresql(params: Mapping[str, Any]) -> bool:
    """Whether a test with these parameters is run there: each third notice, `make soak` asks for all."""
    case = (params.get("kind"), params.get("what"), params.get("row"))
    return case not in CASES or WHOLE or CASES.index(case) % 3 == 0


@pytest.mark.parametrize("purpose", [DIGEST, AT_ONCE])
@pytest.mark.parametrize(("kind", "what", "row"), CASES, ids=lambda each: getattr(each, "mode", None))
def test_a_notice_is_sent_to_whoever_may_open_what_it_is_about(
    stage: Stage, kind: str, what: Told, row: Row, purpose: str
) -> None:
    wrong = []
    for name in NAMES:
        person_id = stage.world.actors[name].person_id
        if person_id is None:
            continue
        with sending(stage) as send:
            number = int(what.about.format(**things(stage, row.mode)))
            notice_id = _notice(stage, kind, number, person_id)
            sent = send(purpose, _digest(stage, person_id) if purpose == DIGEST else notice_id)
            try:
                assert len(sent) == _may_be_told(what, row, name), f"{len(sent)} mails"
                for message in sent:
                    assert str(message["To"]) == _address(stage, name)
                    check_form(message)
                    check_stop(message)
                    if name not in GONE:
                        check_links(stage, name, message)
            except AssertionError as error:
                wrong.append(f"{purpose} of {kind}, {row.mode}, to {name}: {str(error)[:600]}")
    assert not wrong, "\n".join(wrong)


LETTER_CASES = [
    pytest.param(purpose, case, id=f"{purpose} {words}")
    for purpose, cases in LETTERS.items()
    for words, case in cases.items()
]


@pytest.mark.parametrize(("purpose", "case"), LETTER_CASES)
def test_a_letter_is_sent_when_it_should_be(stage: Stage, purpose: str, case: Case) -> None:
    wrong = []
    for name in NAMES:
        with sending(stage) as send:
            sent = send(purpose, case.subject(stage, name))
            try:
                assert len(sent) == case.sent(name), f"{len(sent)} mails"
                for message in sent:
                    assert (str(message["To"]) == _address(stage, name)) is (name != "anonymous")
                    if case.stops:
                        check_stop(message)
                    else:
                        assert "List-Unsubscribe" not in message, "somebody asked for it"
                    check_form(message)
                    if case.at_home:
                        if name not in GONE:
                            check_links(stage, name, message)
                        continue
                    for path in LINK.findall(plain(message)):
                        # Whoever has no session follows it: that is what it is for.
                        with stage.visitor("anonymous").fetch(path) as response:
                            assert response.status_code == 200, f"{path}: {response.status}"
            except AssertionError as error:
                wrong.append(f"{purpose} to {name}: {str(error)[:600]}")
    assert not wrong, "\n".join(wrong)
