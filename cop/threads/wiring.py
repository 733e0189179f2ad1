"""Wires threads into the house: pages, the team's slots, the live topic and the source for search."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Flask

from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Tx
from cop.kernel.outbox import Consumer
from cop.live.topics import Topic, Topics
from cop.notifications.needs import NEEDS
from cop.search.document import Registry
from cop.teams.queries import Team
from cop.teams.slots import TEAM_ACTIONS, TEAM_ACTIVITY, TEAM_TABS, Action, Activity, Tab
from cop.teams.things import THINGS, ThingKind
from cop.threads import (
    linked,
    marks,
    needs,
    notifications,
    pointing,
    policy,
    prepared,
    queries,
    report_notices,
    routes,
    routes_calling,
    routes_drafts,
    routes_endings,
    routes_files,
    routes_following,
    routes_moving,
    routes_posts,
    routes_reactions,
    routes_reports,
    routes_splitting,
    uniting,
    unread,
)
from cop.threads.fragments import Fragments
from cop.threads.search import PostSource
from cop.threads.search_endings import EndingSource
from cop.threads.service import TOPIC

ACTIVITY = 8


def _tabs(actor: Actor, tx: Tx, team: Team) -> Sequence[Tab]:
    count = queries.count(actor, tx=tx, team_id=team.id)
    new = unread.in_team(actor, tx=tx, team_id=team.id)
    more = "99+" if new > unread.COUNTED else str(new or "")
    return [Tab(10, "threads", "Threads", f"/teams/{team.id}/threads", count, more)]


def _actions(actor: Actor, tx: Tx, team: Team) -> Sequence[Action]:
    found = []
    if policy.can_write(actor, team.standing):
        found.append(Action(10, "Start a thread", f"/teams/{team.id}/threads/new"))
    if team.can_read and policy.can_follow(actor):
        found.append(Action(95, "Follow", f"/teams/{team.id}/follow"))
    if team.can_read and policy.can_moderate(actor, team.standing):
        found.append(Action(96, "Reported posts", f"/teams/{team.id}/reports"))
    return found


def _activity(actor: Actor, tx: Tx, team: Team) -> Sequence[Activity]:
    found = queries.listing(actor, tx=tx, team=team, limit=ACTIVITY).rows
    return [
        Activity(
            at=line.last_at,
            label=line.title,
            href=f"/threads/{line.id}",
            after=f"{_posts(line.posts)}, last by {line.last_by.name}",
        )
        for line in found
    ]


def _posts(count: int) -> str:
    return "1 post" if count == 1 else f"{count:,} posts"


def register_pages(app: Flask) -> None:
    """Add the pages, and what threads show on a team's page, to a web process."""
    app.extensions["cop"].parts[Fragments] = Fragments()
    app.register_blueprint(routes.area)
    app.register_blueprint(routes_posts.area)
    app.register_blueprint(routes_following.area)
    app.register_blueprint(routes_calling.area)
    marks.register()
    uniting.register()
    app.register_blueprint(routes_drafts.area)
    app.register_blueprint(routes_endings.area)
    app.register_blueprint(routes_reactions.area)
    app.register_blueprint(routes_files.area)
    app.register_blueprint(routes_reports.area)
    app.register_blueprint(routes_moving.area)
    app.register_blueprint(routes_splitting.area)
    TEAM_TABS.provide("threads", _tabs)
    TEAM_ACTIONS.provide("threads", _actions)
    TEAM_ACTIVITY.provide("threads", _activity)


def register_things() -> None:
    """Let people be invited to one thread. Web processes and the worker both need it."""
    THINGS.provide(
        ThingKind(policy.THING, "a thread", lambda tx, ids: queries.named(SYSTEM, tx=tx, thread_ids=ids))
    )


def register_topics(topics: Topics) -> None:
    """Let readers of a thread hear that something changed in it."""
    topics.register(
        Topic(
            TOPIC,
            may_join=lambda actor, tx, number: queries.may_read(actor, tx=tx, thread_id=number),
            head=lambda actor, tx, number: queries.head_seq(actor, tx=tx, thread_id=number),
        )
    )


def register_search(registry: Registry) -> None:
    """Let posts be found, and let texts point to them. Web process, worker and commands need it."""
    registry.add(PostSource())
    registry.add(EndingSource())
    pointing.register()
    linked.register()


def register_notices() -> None:
    """Let people be told of posts. Web process, worker and commands need it."""
    notifications.register()
    prepared.register()
    report_notices.register()
    NEEDS.provide(needs.SOURCE)


def consumers() -> tuple[Consumer, ...]:
    """What the worker has to drain for threads."""
    return (notifications.consumer(), prepared.consumer())
