"""What the front page is made of: queries of the domains below, put together for one reader.

Every part asks a fixed number of queries, however many teams, threads and documents there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library import queries as library
from cop.library.queries import AssetCard
from cop.notifications.needs import NEEDS, Need
from cop.teams import queries as teams
from cop.teams import wording
from cop.teams.frame import ShownCard, shown_card
from cop.teams.queries import TeamCard
from cop.threads import queries as threads
from cop.threads.queries import NewestThread

TEAMS_SHOWN = 4
DOCUMENTS_SHOWN = 3
THREADS_SHOWN = 6
NEEDS_SHOWN = 40
WEEK = timedelta(days=6)


@dataclass(frozen=True, slots=True)
class Due:
    """Something that waits for the reader: the link, why it is theirs, and by when, in words."""

    label: str
    href: str
    why: str
    by: str
    near: bool


@dataclass(frozen=True, slots=True)
class Span:
    """What is due within a span of time, under its heading."""

    title: str
    items: Sequence[Due]


@dataclass(frozen=True, slots=True)
class ToJoin:
    """A team that an officer could ask to be added to, and who leads it."""

    name: str
    href: str
    leads: Sequence[PersonLine]


@dataclass(frozen=True, slots=True)
class Front:
    """All of the front page. `own` and `threads` are empty for who is on no team, `to_join` for all others.

    `spans` has what needs the reader, soonest first; `unseen_needs` is how many more there are than the page shows.
    """

    own: Sequence[ShownCard]
    spans: Sequence[Span]
    unseen_needs: int
    threads: Sequence[NewestThread]
    others: Sequence[ShownCard]
    to_join: Sequence[ToJoin]
    more_teams: bool
    documents: Sequence[AssetCard]
    document_count: int


def front(actor: Actor, *, tx: Tx, today: date) -> Front:
    """The front page of this reader on this day in London."""
    own = teams.own_cards(actor, tx=tx)
    at_work, more = _at_work(actor, tx, own)
    on_team = bool(own)
    needs = NEEDS.of(actor, tx=tx, today=today)
    return Front(
        own=[shown_card(card) for card in own],
        spans=_spans(needs[:NEEDS_SHOWN], today),
        unseen_needs=max(0, len(needs) - NEEDS_SHOWN),
        threads=threads.newest(actor, tx=tx, team_ids=teams.own_ids(actor), limit=THREADS_SHOWN)
        if on_team
        else [],
        others=[shown_card(card) for card in at_work],
        to_join=[] if on_team else _to_join(actor, tx, at_work),
        more_teams=more,
        documents=library.newest_public(actor, tx=tx, limit=DOCUMENTS_SHOWN),
        document_count=library.listed_count(actor, tx=tx),
    )


def _at_work(actor: Actor, tx: Tx, own: Sequence[TeamCard]) -> tuple[list[TeamCard], bool]:
    """Teams at work that the reader may know of and is not on, and whether the list of teams has more."""
    mine = {card.id for card in own}
    found = teams.cards(actor, tx=tx, limit=TEAMS_SHOWN + len(mine))
    others = [card for card in found.rows if card.id not in mine and card.status != "closed"]
    return others[:TEAMS_SHOWN], found.older is not None or len(others) > TEAMS_SHOWN


def _to_join(actor: Actor, tx: Tx, at_work: Sequence[TeamCard]) -> list[ToJoin]:
    """Only officers ask to be added; the platform admin looks after accounts and is not one of them here."""
    if not actor.is_officer or actor.is_platform_admin:
        return []
    leads = teams.leads(actor, tx=tx, team_ids=[card.id for card in at_work])
    return [ToJoin(card.name, f"/teams/{card.id}", leads[card.id]) for card in at_work if leads.get(card.id)]


def _spans(needs: Sequence[Need], today: date) -> list[Span]:
    """Needs under the heading of when they are due; they come soonest first."""
    spans: dict[str, list[Due]] = {}
    for need in needs:
        by, near = wording.by_when(need.due, today)
        spans.setdefault(_span(need.due, today), []).append(Due(need.title, need.href, need.why, by, near))
    return [Span(title, items) for title, items in spans.items()]


def _span(due: date | None, today: date) -> str:
    if due is None:
        return "No date"
    if due < today:
        return "Late"
    if due == today:
        return "Today"
    return "Within a week" if due <= today + WEEK else "Later"
