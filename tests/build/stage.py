"""The world on a stage: an application on it, a visitor per actor, and a database that can be put back as it was."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from cop.app import build_worker, create_app
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM
from cop.kernel.buckets import Buckets
from cop.kernel.db import Database
from cop.kernel.errors import Forbidden, NotFound
from cop.library import queries as library
from cop.live import publish
from cop.live.publish import Fact
from cop.settings import Settings
from cop.threads import drafts
from cop.web.actor import COOKIE
from tests.build.pages import Visitor
from tests.build.standings import GONE, Others
from tests.build.undo import PostgresqlUndo, SqliteUndo
from tests.build.world import ACTORS, World


class Recorder:
    """Stands where the live edge stands, and keeps what it is told to send."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def news(self, topic: str, payload: Mapping[str, Fact]) -> None:
        """News of a topic."""
        self.sent.append(f"news {topic} {dict(payload)}")

    def ephemeral(self, topic: str, payload: Mapping[str, Fact]) -> None:
        """Presence."""
        self.sent.append(f"ephemeral {topic} {dict(payload)}")

    def revoke(self, *, person_id: int | None, session_ids: frozenset[int]) -> None:
        """Sessions that ended."""
        self.sent.append(f"revoke {person_id} {sorted(session_ids)}")

    def recheck(self, *, topic: str | None, person_id: int | None) -> None:
        """Somebody who may read less."""
        self.sent.append(f"recheck {topic} {person_id}")


class Stage:
    """The seeded world, read and indexed by a worker, with a living session for everybody in it.

    `others` may add people to the world before it is read. `checks` says whether pages are checked as HTML, which takes
    as long as making them.
    """

    def __init__(
        self,
        url: str,
        folder: Path,
        *,
        others: Callable[[World], Others] | None = None,
        checks: bool = True,
    ) -> None:
        values = {
            "COP_VAR": str(folder),
            "COP_DATABASE_URL": url,
            "COP_SECRET": "a-secret-that-only-the-tests-use-0123456789",
            "COP_PUBLIC_URL": "http://localhost",
            "COP_RATE_LIMIT": "1000000",
            "COP_LOG_LEVEL": "warning",
        }
        self.settings = settings = Settings.from_env(values)
        self.secret = settings.secret
        self.db = Database.open(url)
        # The application first: with it come the subscriptions without which nothing would be read, or found.
        self.app = create_app(settings, self.db)
        self.live = Recorder()
        publish.attach_outlet(self.live)
        self.world = World(self.db, FileStore(settings.var / "files"))
        added = others(self.world) if others else None
        build_worker(settings, self.db).drain()
        self.tokens = {name: self.world.fresh_session(name) for name in ACTORS if name != "anonymous"}
        self.own: dict[tuple[str, str], dict[str, int]] = {}
        self.readers: Mapping[str, Collection[str]] = {}
        if added is not None:
            self.tokens |= added.tokens
            self.own |= added.own
        # What a page is made of does not depend on the kind of database.
        self._checks = checks and self.db.is_sqlite
        self._undo = SqliteUndo(url, folder) if self.db.is_sqlite else PostgresqlUndo(url)
        self.live.sent.clear()
        self._visitors: dict[str, Visitor] = {}
        self._form_keys: dict[str, tuple[str, str]] = {}

    def restore(self) -> None:
        """Put every row back as it was; what is written next gets the same numbers again."""
        self._undo.restore()
        self.live.sent.clear()
        # How often somebody did something is forgotten as well, or those who ask late are refused for those before.
        self.app.extensions["cop"].parts[Buckets] = Buckets()

    def visitor(self, name: str, *, fresh: bool = False) -> Visitor:
        """Somebody's browser; a fresh one has no cookies but the session's and the forms'."""
        if not fresh and name in self._visitors:
            return self._visitors[name]
        made = Visitor(self.app, checks=self._checks)
        if name != "anonymous":
            made._client.set_cookie(COOKIE, self.tokens[name], domain="localhost")
        if name in self._form_keys:
            made.carry_form_key(self._form_keys[name])
        else:
            if name in GONE:
                # Their cookie opens no page of their own, so the token of a form comes from one for everybody.
                made.get("/sign-in", check=False)
            self._form_keys[name] = made.form_key()
        if not fresh:
            self._visitors[name] = made
        return made

    def state(self) -> dict[str, str]:
        """A fingerprint of every table's rows, to see what changed."""
        return self._undo.state()

    def changed(self, before: Mapping[str, str]) -> set[str]:
        """Names of the tables whose rows are others than before."""
        return {name for name, rows in self.state().items() if rows != before[name]}

    def words_in_frames(self) -> list[str]:
        """Words of the world's private fields in what sockets were told since the last undoing; none belongs there."""
        said = " ".join(self.live.sent)
        return [word for word in self.readers if word in said]

    def leaked(self, name: str, shown: str) -> list[str]:
        """The words in what somebody was shown that they may not read, where `readers` says who may."""
        return [word for word, allowed in self.readers.items() if name not in allowed and word in shown]

    def file_of(self, asset_id: int, number: int | None = None) -> int:
        """The file that an asset's current version carries, or the one of that number."""
        with self.db.transaction(write=False) as tx:
            if number is not None:
                return library.version(SYSTEM, tx=tx, asset_id=asset_id, number=number).file.file_id
            return library.file_ids(SYSTEM, tx=tx, asset_ids=[asset_id])[asset_id]

    def revision_of(self, draft_id: int, name: str) -> str:
        """The revision that somebody's page of a draft carries; empty where they have none."""
        try:
            with self.db.transaction(write=False) as tx:
                return drafts.one(self.world.actors[name], tx=tx, draft_id=draft_id).draft.revision
        except (NotFound, Forbidden):
            return ""

    def close(self) -> None:
        """Take it down."""
        publish.attach_outlet(None)
        self._undo.close()
        self.db.dispose()
