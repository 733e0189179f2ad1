"""A real Chromium in front of a real server: `cop serve` with its worker, on a database seeded through the services."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from cop.accounts import service, sessions
from cop.accounts.register.reader import english_register
from cop.app import create_app
from cop.files.store import FileStore
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database
from cop.settings import Settings
from cop.threads import service as threads
from cop.threads.texts import written
from tests.architecture.rules import ROOT
from tests.browser.person import Person
from tests.build.databases import Maker, PostgresqlMaker, SqliteMaker
from tests.build.servers import Server, checkout_command, clean_environment
from tests.build.world import World
from tests.run import browser as installed_browser

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

MOST_SECONDS = 240
MEASURED: list[str] = []
"""Figures that tests measured, printed at the end of the run."""

PersonPage = Callable[..., Person]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where tests run side by side, hand what was measured to the process that prints."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["measured"] = MEASURED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what such a process measured."""
    MEASURED.extend(getattr(node, "workeroutput", {}).get("measured", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what was measured."""
    for figure in MEASURED:
        terminalreporter.write_line(f"measured: {figure}")


@dataclass
class Site:
    """A running server and the world it serves; tests write into the world through the services beside it."""

    world: World
    db: Database
    address: str
    settings: Settings

    def new_thread(self, who: str, mode: str, title: str, body: str) -> int:
        """A thread with one post by somebody on the team of this access mode."""
        rendered = written(body)
        with self.db.transaction(write=True) as tx:
            return threads.start_thread(
                self.world.actors[who],
                tx=tx,
                team_id=self.world.places[mode].team,
                title=title,
                body=rendered,
            ).thread_id

    def end_sessions(self, who: str) -> None:
        """End all sessions of a person, as their running out would."""
        with self.db.transaction(write=True) as tx:
            sessions.revoke(tx, person_id=self.world.actors[who].person_id or 0)


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """A headless Chromium for the whole package: Playwright runs once at a time."""
    found = installed_browser()
    if found is None:
        pytest.skip(
            "No Chromium found. Install one, for example the package chromium, to run the browser tests."
        )
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield launched
        launched.close()


def serve_world(maker: Maker, folder: Path) -> Iterator[Site]:
    """Seed a database, serve it, and at the end read what the server logged: a fault nobody saw is one all the same."""
    url = maker.fresh()
    values = {"COP_DEMO": "1", "COP_VAR": str(folder / "var"), "COP_DATABASE_URL": url}
    values |= {"COP_RATE_LIMIT": "100000", "COP_LOG_LEVEL": "warning"}
    settings = Settings.from_env(values)
    db = Database.open(url)
    # Subscriptions come with the application: without them nothing would be read, or found.
    create_app(settings, db)
    with db.transaction(write=True) as tx:
        service.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
    world = World(db, FileStore(settings.var / "files"))
    with Server(checkout_command(), clean_environment(**values), ROOT, folder) as server:
        yield Site(world, db, f"http://127.0.0.1:{server.port}", settings)
        logged = server.errors()
        server.interrupt()
    db.dispose()
    assert "Traceback" not in logged, f"the server logged a fault:\n{logged[-4000:]}"


@pytest.fixture(scope="package")
def site(sqlite_maker: SqliteMaker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The server most tests share, on SQLite."""
    yield from serve_world(sqlite_maker, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def postgresql_site(
    postgresql_maker: PostgresqlMaker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The same on PostgreSQL."""
    yield from serve_world(postgresql_maker, tmp_path_factory.mktemp("postgresql-site"))


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    """A script that never answers hangs Playwright for ever; a test that does is ended with the place it hung at."""

    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"the test took more than {MOST_SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(MOST_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def browsers(chromium: Browser) -> Iterator[Callable[..., Person]]:
    """Opens browsers at an address; at the end none of them may have complained of anything."""
    opened: list[Person] = []

    def open_one(address: str, *, js: bool = True, width: int = 1280) -> Person:
        opened.append(Person(chromium, address, js=js, width=width))
        return opened[-1]

    yield open_one
    for person in opened:
        person.close()
    problems = [problem for person in opened for problem in person.problems]
    assert not problems, "the browser complained:\n" + "\n".join(problems)


@pytest.fixture
def person_page(browsers: Callable[..., Person], site: Site) -> PersonPage:
    """Opens a browser for somebody of the site's world, by name, or for any actor; None is signed out."""

    def open_for(who: str | Actor | None = None, *, js: bool = True, width: int = 1280) -> Person:
        person = browsers(site.address, js=js, width=width)
        if who is None or who == "anonymous":
            return person
        actor = site.world.actors[who] if isinstance(who, str) else who
        return person.carry(site.world.community.session(actor)[0])

    return open_for
