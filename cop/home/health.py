"""/healthz says that the process lives; /readyz that it can serve: database at the right version and writable files."""

from __future__ import annotations

import os

from flask import Response, jsonify
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.migrate import newest
from cop.web.area import Area
from cop.web.edge import edge

area = Area("health", __name__)


@area.get("/healthz", access=PUBLIC)
def healthz(actor: Actor, tx: Tx) -> Response:
    """Alive: a supervisor restarts the process when this does not answer."""
    return jsonify(status="ok")


@area.get("/readyz", access=PUBLIC)
def readyz(actor: Actor, tx: Tx) -> Response:
    """Ready: a load balancer sends people here only while this says yes. It names what is wrong, and nothing else."""
    problems = []
    try:
        version = tx.session.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if version != newest():
            problems.append("the database is at another version")
    except SQLAlchemyError:
        problems.append("the database does not answer")
    if not os.access(edge().settings.var, os.W_OK):
        problems.append("uploads cannot be stored")
    response = jsonify(status="not ready" if problems else "ok", problems=problems)
    response.status_code = 503 if problems else 200
    return response
