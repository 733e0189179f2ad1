"""The composition root: the only module that knows every domain and puts the house together."""

from __future__ import annotations

import logging
from typing import cast

from flask import Flask

from cop.accounts import sessions, sign_in
from cop.kernel.access import Actor
from cop.kernel.db import Database, Tx
from cop.kernel.usage import usage
from cop.paths import STATIC, TEMPLATES
from cop.settings import Settings
from cop.web import actor, errors, limits, security, templating
from cop.web.edge import Edge, install
from cop.web.templating import NavItem


def navigation(visitor: Actor) -> list[NavItem]:
    """The header's links. Places that are not built yet have none: there are no dead links."""
    links = [NavItem("Library", "/library"), NavItem("Teams", "/teams")]
    return links if visitor.signed_in else [*links, NavItem("Sign in", "/sign-in")]


def open_database(settings: Settings) -> Database:
    """The database of these settings; call it after a fork."""
    return Database.open(settings.database_url)


def create_app(settings: Settings, db: Database | None = None) -> Flask:
    """Build the application. `db` is given by tests; else it is opened here."""
    logging.basicConfig(
        level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    app = Flask("cop", template_folder=str(TEMPLATES), static_folder=str(STATIC), static_url_path="/static")

    def load_actor(tx: Tx, hashed: str | None) -> Actor:
        return sessions.load_actor(tx, hashed, idle=settings.session_idle)

    edge = Edge(db or open_database(settings), settings, load_actor, navigation, sign_in.panel)
    install(app, edge)
    security.install(app, settings)
    actor.install(app)
    limits.install(app)
    templating.install(app)
    errors.install(app)
    usage.register(sessions.SEEN, sessions.note_seen)
    for area in (sign_in.area,):
        app.register_blueprint(area)
    return app


def database_of(app: Flask) -> Database:
    """The database an app works on."""
    return cast(Edge, app.extensions["cop"]).db
