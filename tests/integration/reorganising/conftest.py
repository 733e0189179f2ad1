"""A council that was replaced, what was published for it, and the index."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from cop.accounts import memberships, service
from cop.accounts import queries as accounts
from cop.accounts.register.reader import english_register
from cop.accounts.sessions import actor_of
from cop.app import build_worker
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from tests.build.library import Library
from tests.build.reorganising import CODES, Cast, somebody


@pytest.fixture
def ids(db: Database) -> dict[str, int]:
    """The register of councils; ids of some of them."""
    with db.transaction(write=True) as tx:
        service.load_register(SYSTEM, tx=tx, authorities=english_register().authorities)
        found = accounts.organisations_by_gss(SYSTEM, tx=tx, codes=CODES.values())
        return {name: found[code].id for name, code in CODES.items()}


@pytest.fixture
def cast(db: Database, ids: dict[str, int], library: Library) -> Cast:
    """Ann published for Allerdale and went on to Cumberland."""
    with db.transaction(write=True) as tx:
        before = somebody(tx, "Ann", ids["allerdale"])
    asset_id = library.published(before, title="Gritting together")
    with db.transaction(write=True) as tx:
        memberships.choose_successor(before, tx=tx, organisation_id=ids["cumberland"])
        ann = actor_of(tx, before.person_id or 0)
    return Cast(ids, ann, asset_id)


@pytest.fixture
def index(app: Flask, db: Database) -> Callable[[], None]:
    """Let the worker read and index all there is."""
    return lambda: build_worker(app.extensions["cop"].settings, db).drain()
