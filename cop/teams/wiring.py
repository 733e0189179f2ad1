"""Wires teams into the house: their pages, and what their people may find in search."""

from __future__ import annotations

from flask import Flask

from cop.accounts import acquaintances, powers
from cop.accounts.slots import ORGANISATION_WORK
from cop.kernel.db import Database
from cop.kernel.outbox import Consumer
from cop.mail.post import Post
from cop.notifications.needs import NEEDS
from cop.search.document import Registry
from cop.teams import (
    arrivals,
    joining_needs,
    joining_notices,
    letters,
    needs,
    notifications,
    of_organisations,
    policy,
    queries,
    routes,
    routes_calendar,
    routes_hand_over,
    routes_invitations,
    routes_items,
    routes_joining,
    routes_life,
    routes_people,
    routes_timeline,
    uniting,
)


def register_pages(app: Flask) -> None:
    """Add the pages to a web process."""
    app.register_blueprint(routes.area)
    app.register_blueprint(routes_people.area)
    for area in (routes_joining.area, routes_invitations.area, routes_hand_over.area):
        app.register_blueprint(area)
    for area in (routes_timeline.area, routes_items.area, routes_life.area, routes_calendar.area):
        app.register_blueprint(area)
    acquaintances.register("teams", queries.colleague_ids)
    powers.register("teams", policy.leads_some_team)
    ORGANISATION_WORK.provide("teams", of_organisations.groups)
    uniting.register()


def register_search(registry: Registry) -> None:
    """Let people find what their own teams wrote; web processes and the worker both need it."""
    registry.add_audience(lambda actor, tx: queries.audience_terms(actor, tx=tx))


def register_mail(post: Post) -> None:
    """Add the letter of invitation to what can be sent, and what people are told of joining. All processes need it."""
    letters.register(post)
    arrivals.register()
    joining_notices.register()


def register_notices() -> None:
    """Say what people are told about teams; web processes and the worker both need it."""
    notifications.register()
    NEEDS.provide(needs.SOURCE)
    NEEDS.provide(joining_needs.SOURCE)


def consumers() -> tuple[Consumer, ...]:
    """What the worker has to drain for teams."""
    return (arrivals.consumer(), notifications.consumer())


def tell_of_end_dates(db: Database) -> None:
    """The worker's round: tell leads that their team comes to its end."""
    notifications.tell_of_end_dates(db)
