"""Wires teams into the house: their pages, and what their people may find in search."""

from __future__ import annotations

from flask import Flask

from cop.accounts import acquaintances, powers
from cop.search.document import Registry
from cop.teams import policy, queries, routes, routes_people


def register_pages(app: Flask) -> None:
    """Add the pages to a web process."""
    app.register_blueprint(routes.area)
    app.register_blueprint(routes_people.area)
    acquaintances.register("teams", queries.colleague_ids)
    powers.register("teams", policy.leads_some_team)


def register_search(registry: Registry) -> None:
    """Let people find what their own teams wrote; web processes and the worker both need it."""
    registry.add_audience(lambda actor, tx: queries.audience_terms(actor, tx=tx))
