"""What every page of a team shows around its content: the head with its facts, the tabs and the actions.

Threads and the library use it for their own pages of a team: `frame(…)` gives what `teams/_head.html` draws.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from cop.kernel.access import Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Tx
from cop.teams import policy, requests, wording
from cop.teams.queries import Team, TeamCard
from cop.teams.slots import TEAM_ACTIONS, TEAM_TABS, Action, Tab
from cop.web.dates import day, in_london


@dataclass(frozen=True, slots=True)
class ShownTab:
    """A tab as the component draws it."""

    label: str
    href: str
    count: int | None
    current: bool
    new: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """The head of a team's page, in words. `asked`: when the reader asked to join it, while nobody has answered."""

    team: Team
    href: str
    days: str
    ends: str
    overdue: bool
    state: str
    state_kind: str
    rest: str
    tabs: list[ShownTab]
    asked: str
    actions: list[Action]


@dataclass(frozen=True, slots=True)
class Due:
    """Something that waits for the reader: the link, and by when, in words; `near` is in the colour of time."""

    label: str
    href: str
    by: str
    near: bool


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A team in a list, in words."""

    name: str
    href: str
    question: str
    state: str
    state_kind: str
    left: str
    overdue: bool
    done: int | None
    facts: list[str]
    wanted: str


def today() -> date:
    """The day in London, for wording only."""
    return in_london(utc_now())


def frame(actor: Actor, *, tx: Tx, team: Team, current: str) -> Frame:
    """The frame of a page; `current` is the key of its tab ("overview", "threads", "people" …)."""
    href = f"/teams/{team.id}"
    # The platform admin may list titles of what they cannot read (PRODUCT.md, "metadata"), so they get the way there.
    listed = team.can_read or actor.is_platform_admin
    tabs = [Tab(0, "overview", "Overview", href), *TEAM_TABS.items(actor, tx, team)] if listed else []
    if team.can_read:
        tabs.append(Tab(20, "items", "To do and decided", f"{href}/items", team.open_items))
        tabs.append(Tab(70, "timeline", "Timeline", f"{href}/timeline"))
        tabs.append(Tab(90, "people", "People", f"{href}/people", team.people))
    actions = [*TEAM_ACTIONS.items(actor, tx, team)]
    manages = bool(policy.can_manage(actor, team.standing))
    if current == "items" and policy.can_write(actor, team.standing):
        actions.append(Action(20, "Add something to do", f"{href}/items/new", tab="items"))
    if current == "timeline" and manages:
        actions.append(Action(70, "Add a milestone", f"{href}/timeline/new", tab="timeline"))
    if current == "people" and manages:
        actions.append(Action(90, "Add someone", f"{href}/people/add", tab="people"))
        actions.append(Action(91, "Invitations and requests", f"{href}/joining", tab="people"))
    now, asked = today(), ""
    if current in ("overview", "people") and policy.can_ask(actor, team.standing):
        asked_at = requests.asked_at(actor, tx=tx, team_id=team.id)
        if asked_at is None:
            actions.append(Action(95, "Ask to join", f"{href}/ask"))
        else:
            asked = f"You asked to join {_asked(asked_at, now)}."
    overdue = wording.is_overdue(team.status, team.end_date, now)
    days = "" if team.status == "closed" else wording.days_left(team.end_date, now)
    return Frame(
        team=team,
        href=href,
        days=days,
        ends=_ends(team.end_date, now),
        overdue=overdue,
        state=wording.STATE_WORDS[team.status],
        state_kind=wording.STATE_KINDS[team.status] or "solid",
        rest=f"{wording.ACCESS_WORDS[team.access_mode]} · {wording.people(team.people)}",
        tabs=[
            ShownTab(tab.label, tab.href, tab.count, tab.key == current, tab.new)
            for tab in sorted(tabs, key=lambda tab: tab.order)
        ],
        asked=asked,
        actions=sorted(actions, key=lambda action: (action.tab != current, action.order)),
    )


def _asked(asked_at: datetime, now: date) -> str:
    words = day(asked_at, now)
    # "today", "on Tuesday", "on 3 November".
    return words if words[0].islower() else f"on {words}"


def _ends(ends: date | None, now: date) -> str:
    if ends is None:
        return "no end date yet"
    if ends == now:
        return ""
    return f"{'ended' if ends < now else 'ends'} {day(ends, now)}"


def shown_card(card: TeamCard) -> ShownCard:
    """A team of a list in words: what `team_card` of components/work.html takes."""
    now = today()
    closed = card.status == "closed"
    return ShownCard(
        name=card.name,
        href=f"/teams/{card.id}",
        question=card.question,
        state=wording.STATE_WORDS[card.status],
        state_kind=wording.STATE_KINDS[card.status],
        left="" if closed else wording.days_left(card.end_date, now),
        overdue=wording.is_overdue(card.status, card.end_date, now),
        done=None if closed else wording.time_used(card.start_date, card.end_date, now),
        facts=[
            wording.people(card.people),
            wording.functions(card.functions),
            wording.ACCESS_WORDS[card.access_mode],
        ],
        wanted="" if closed else wording.still_wanted(card.missing),
    )
