"""Wires the library into the house: its pages, its places on a team's pages, its search, its counts of downloads."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask

from cop.accounts.slots import ORGANISATION_WORK
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Database, Tx
from cop.kernel.outbox import Consumer
from cop.kernel.usage import Key, usage
from cop.library import (
    comparing,
    letters,
    linked,
    needs,
    pointing,
    policy,
    published,
    queries,
    reminding,
    routes,
    routes_compare,
    routes_hearing,
    routes_reviews,
    routes_versions,
    service,
    uniting,
    writing,
)
from cop.library.search import AssetSource
from cop.library.search_former import FormerSource
from cop.mail.post import Post
from cop.notifications.needs import NEEDS
from cop.search.document import Registry
from cop.teams.queries import Team
from cop.teams.slots import TEAM_ACTIONS, TEAM_ACTIVITY, TEAM_TABS, Action, Activity, Tab
from cop.teams.story import TEAM_STORY, StoryEntry
from cop.threads.cards import CARDS
from cop.threads.references import REFERENCES, Provider
from cop.web.dates import in_london

ORDER = 60
RECENT = 5
STORY = 100


def register_pages(app: Flask) -> None:
    """Add the pages, and what stands on the pages of teams, to a web process."""
    app.register_blueprint(routes.area)
    app.register_blueprint(writing.area)
    for area in (routes_versions.area, routes_compare.area, routes_hearing.area, routes_reviews.area):
        app.register_blueprint(area)
    usage.register(service.DOWNLOADED, _count)
    TEAM_TABS.provide("library", _tab)
    TEAM_ACTIVITY.provide("library", _activity)
    TEAM_ACTIONS.provide("library", _action)
    for source in needs.SOURCES:
        NEEDS.provide(source)
    uniting.register()
    TEAM_STORY.provide("library", _story)
    ORGANISATION_WORK.provide("library", published.groups)


def register_mail(post: Post, secret: str) -> None:
    """Add the library's letters and notices, and subscribe its work; all processes need it."""
    letters.register(post, secret)
    reminding.register()
    comparing.register()


def consumers() -> tuple[Consumer, ...]:
    """What the worker has to drain for the library."""
    return (comparing.consumer(), letters.consumer())


def chores() -> tuple[Callable[[Database], None], ...]:
    """What the worker looks after."""
    return (letters.forget_unproved, reminding.reminding())


def register_search(registry: Registry) -> None:
    """Let people find assets; web processes and the worker both need it."""
    registry.add(AssetSource())
    registry.add(FormerSource(), on_request=True)
    registry.add_audience(lambda actor, tx: policy.audience_terms(actor))
    REFERENCES.provide("asset", Provider("library", pointing.find, pointing.titles))
    CARDS.provide("library", linked.cards)


def _count(tx: Tx, noted: Mapping[Key, int]) -> None:
    service.count_downloads(SYSTEM, tx=tx, counted={key[0]: count for key, count in noted.items()})


def _tab(actor: Actor, tx: Tx, team: Team) -> list[Tab]:
    if not team.can_read:
        return []
    count = queries.team_count(actor, tx=tx, team_id=team.id)
    return [Tab(ORDER, "library", "Library", f"/teams/{team.id}/library", count)]


def _activity(actor: Actor, tx: Tx, team: Team) -> list[Activity]:
    return [
        Activity(card.published_at, card.title, card.href, after="was published in the library")
        for card in queries.team_page(actor, tx=tx, team_id=team.id, limit=RECENT).rows
        if card.published_at is not None
    ]


def _story(actor: Actor, tx: Tx, team: Team) -> list[StoryEntry]:
    """What a team leaves behind that others can use."""
    return [
        StoryEntry(in_london(card.published_at), "published", card.title, card.href)
        for card in queries.team_page(actor, tx=tx, team_id=team.id, limit=STORY).rows
        if card.published_at is not None and card.status == "published"
    ]


def _action(actor: Actor, tx: Tx, team: Team) -> list[Action]:
    if not team.standing.is_member or team.status == "closed":
        return []
    return [Action(ORDER, "Add to the library", f"/teams/{team.id}/library/new", tab="library")]
