"""Fixtures: `db` runs a test on SQLite and on PostgreSQL; `app`, `visitor` and `community` stand on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from cop.app import create_app
from cop.kernel.db import Database
from cop.kernel.usage import usage
from cop.settings import Settings
from tests.build.community import Community
from tests.build.databases import Maker, PostgresqlMaker, SqliteMaker
from tests.build.pages import Visitor
from tests.run import WITHOUT_POSTGRESQL

hypothesis_settings.register_profile(
    "cop",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
hypothesis_settings.load_profile("cop")

SECRET = "a-secret-that-only-the-tests-use-0123456789"


@pytest.fixture(autouse=True)
def nothing_noted() -> None:
    """What a test before noted of use belongs to another database."""
    usage._waiting.clear()


@pytest.fixture(scope="session")
def sqlite_maker(tmp_path_factory: pytest.TempPathFactory) -> SqliteMaker:
    """Makes SQLite databases."""
    return SqliteMaker(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql_maker() -> Iterator[PostgresqlMaker]:
    """Makes PostgreSQL databases on one server per run; `make test` has said so where there can be none."""
    if os.environ.get(WITHOUT_POSTGRESQL):
        pytest.skip("PostgreSQL does not start here")
    maker = PostgresqlMaker()
    yield maker
    maker.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def maker(request: pytest.FixtureRequest) -> Maker:
    """Makes databases of one kind; a test that asks for it runs twice."""
    made: Maker = request.getfixturevalue(f"{request.param}_maker")
    return made


@pytest.fixture
def db(maker: Maker) -> Iterator[Database]:
    """A migrated, empty database; the test runs on both kinds."""
    url = maker.fresh()
    database = Database.open(url)
    yield database
    database.dispose()
    maker.drop(url)


@pytest.fixture
def sqlite_db(sqlite_maker: SqliteMaker) -> Iterator[Database]:
    """A migrated, empty SQLite database, where the kind does not matter."""
    url = sqlite_maker.fresh()
    database = Database.open(url)
    yield database
    database.dispose()
    sqlite_maker.drop(url)


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[[str], Settings]:
    """Settings of a test server on a database address."""

    def make(url: str) -> Settings:
        return Settings.from_env(
            {
                "COP_VAR": str(tmp_path / "var"),
                "COP_DATABASE_URL": url,
                "COP_SECRET": SECRET,
                "COP_PUBLIC_URL": "http://localhost",
                "COP_RATE_LIMIT": "100000",
            }
        )

    return make


@pytest.fixture
def app(db: Database, make_settings: Callable[[str], Settings]) -> Flask:
    """The whole application on `db`."""
    return create_app(make_settings(db.url), db)


@pytest.fixture
def community(db: Database) -> Community:
    """Builds people on `db`."""
    return Community(db)


@pytest.fixture
def visitor(app: Flask) -> Callable[..., Visitor]:
    """Makes browsers without JavaScript; `address=` says from where they come."""
    return partial(Visitor, app)
