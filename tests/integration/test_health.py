"""Health: alive even while the database is away, ready only when it can serve; it names what is wrong."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text, update

from cop.accounts.models import PasswordRow
from cop.app import create_app, refuse_published_passwords, start
from cop.kernel.db import Database
from cop.settings import Settings, SettingsError
from tests.build.community import Community
from tests.build.pages import Visitor

NOWHERE = "postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1"


def _problems(app: Flask, status: int) -> list[str]:
    answer = Visitor(app).get("/readyz", status=status).get_json()
    assert (answer["status"] == "ok") == (status == 200)
    problems: list[str] = answer["problems"]
    return problems


def test_ready_and_what_is_in_the_way(
    app: Flask, db: Database, make_settings: Callable[[str], Settings]
) -> None:
    assert _problems(app, 200) == []
    with db.transaction(write=True) as tx:
        tx.session.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    shutil.rmtree(make_settings(db.url).var)
    assert _problems(app, 503) == ["the database is at another version", "uploads cannot be stored"]
    assert Visitor(app).get("/healthz").get_json() == {"status": "ok"}


def test_alive_while_the_database_is_away(make_settings: Callable[[str], Settings]) -> None:
    settings = make_settings(NOWHERE)
    app = create_app(settings, Database.open(NOWHERE))
    start(app)
    assert Visitor(app).get("/healthz").get_json() == {"status": "ok"}
    assert "the database does not answer" in _problems(app, 503)


def test_published_passwords_are_served_to_this_machine_only(
    db: Database, community: Community, make_settings: Callable[[str], Settings]
) -> None:
    settings = make_settings(db.url)
    refuse_published_passwords(settings, db)
    actor = community.person()
    with db.transaction(write=True) as tx:
        tx.session.execute(update(PasswordRow).values(published=True))
    assert actor.person_id is not None
    with pytest.raises(SettingsError, match="whose password everybody knows"):
        start(create_app(settings, db))
    # However the demonstration was started, and whatever address it was bound to: nobody from elsewhere is answered.
    demonstration = create_app(replace(settings, demo=True), db)
    Visitor(demonstration).get("/")
    Visitor(demonstration, address="192.0.2.7").get("/", status=403, check=False)
