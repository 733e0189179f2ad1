"""What the front page is made of: queries of the domains below, put together for one reader.

Every part asks a fixed number of queries, however many teams, threads and documents there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.library import queries as library
from cop.library.queries import AssetCard
from cop.teams import queries as teams
from cop.teams import wording
from cop.teams.frame import ShownCard, shown_card
from cop.teams.queries import TeamCard
from cop.threads import queries as threads
from cop.threads.queries import NewestThread
from cop.web.dates import day

TEAMS_SHOWN = 4
DOCUMENTS_SHOWN = 3
THREADS_SHOWN = 6
DRAFTS_SHOWN = 4


@dataclass(frozen=True, slots=True)
class Due:
    """Something that waits for the reader: the link, and by when or since when, in words."""

    label: str
    href: str
    by: str
    near: bool


@dataclass(frozen=True, slots=True)
class ToJoin:
    """A team that an officer could ask to be added to, and who leads it."""

    name: str
    href: str
    leads: Sequence[PersonLine]


@dataclass(frozen=True, slots=True)
class Front:
    """All of the front page. `own`, `due` and `threads` are empty for who is on no team, `to_join` for all others."""

    own: Sequence[ShownCard]
    due: Sequence[Due]
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
    return Front(
        own=[shown_card(card) for card in own],
        due=[*_overdue(own, today), *(_drafts(actor, tx, today) if on_team else ())],
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


def _overdue(own: Sequence[TeamCard], today: date) -> list[Due]:
    return [
        Due(f"Finish {card.name}", f"/teams/{card.id}", wording.days_left(card.end_date, today), near=True)
        for card in own
        if wording.is_overdue(card.status, card.end_date, today)
    ]


def _drafts(actor: Actor, tx: Tx, today: date) -> list[Due]:
    return [
        Due(f"Draft: {card.title}", card.href, f"since {day(card.created_at, today)}", near=False)
        for card in library.drafts(actor, tx=tx, limit=DRAFTS_SHOWN)
    ]
