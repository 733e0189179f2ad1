"""Fixtures of the tests that go through pages: an officer, their browser, and a library beside it; or a whole world."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from cop.kernel.access import Actor
from cop.kernel.db import Database
from tests.build.community import Community
from tests.build.databases import Maker
from tests.build.library import Library
from tests.build.pages import Visitor
from tests.build.stage import Stage
from tests.build.teams import Teams
from tests.integration.test_canaries import READERS

Visitors = Callable[..., Visitor]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out on PostgreSQL what a module's `on_postgresql` does not ask for there: tables of rules are long."""
    dropped = [item for item in items if not _asked(item)]
    if dropped:
        items[:] = [item for item in items if _asked(item)]
        config.hook.pytest_deselected(items=dropped)


def _asked(item: pytest.Item) -> bool:
    params = item.callspec.params if hasattr(item, "callspec") else {}
    choose = getattr(getattr(item, "module", None), "on_postgresql", None)
    return choose is None or params.get("stage") != "postgresql" or bool(choose(params))


@pytest.fixture
def library(app: Flask, db: Database) -> Library:
    """Makes documents on this application."""
    return Library(app, db)


@pytest.fixture
def teams(db: Database) -> Teams:
    """Builds teams and threads."""
    return Teams(db)


@pytest.fixture
def officer(community: Community) -> Actor:
    """An officer of a council."""
    return community.person("Amira Khan")


@pytest.fixture
def browser(visitor: Visitors, community: Community, officer: Actor) -> Visitor:
    """The officer's browser, signed in."""
    return visitor().sign_in_as(community, officer)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The world, once per module and kind of database; what a test does to it, it undoes."""
    maker: Maker = request.getfixturevalue(f"{request.param}_maker")
    url = maker.fresh()
    made = Stage(url, tmp_path_factory.mktemp("stage"))
    made.readers = READERS
    yield made
    made.close()
    maker.drop(url)
