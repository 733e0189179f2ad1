"""Reads about teams. Every public function takes the actor; nothing is loaded except as the policy allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Select,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import selectinload
from sqlalchemy.sql import CompoundSelect

from cop.accounts import queries as accounts
from cop.accounts.functions import FUNCTIONS
from cop.accounts.queries import PersonLine
from cop.kernel import paging
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.search.document import Audience, team_term, thing_term
from cop.teams import policy
from cop.teams.joining_limits import WHOLE_TEAM
from cop.teams.joining_models import GuestRow
from cop.teams.lifecycle import LIFECYCLE, Condition, conditions
from cop.teams.models import FunctionWantedRow, MemberRow, OpenItemRow, TeamRow
from cop.teams.policy import Standing

STATEMENTS_KEPT = 256
NO_END = date(9999, 12, 31)
_CARD_SHAPE = (int, str, int)


@dataclass(frozen=True, slots=True)
class TeamCard:
    """A team in a list. `missing` are the functions it wants and nobody on it brings."""

    id: int
    name: str
    question: str
    status: str
    access_mode: str
    start_date: date
    end_date: date | None
    people: int
    functions: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A team as its pages show it. Without `can_read` the reader may see the card's facts and no more.

    `content` and `unhappy` count those who say so of themselves; `own_stance` is what the reader said.
    """

    id: int
    name: str
    question: str
    ambition: str
    ambition_by: date | None
    measure: str
    baseline: str
    scope_in: str
    scope_out: str
    gap_note: str
    access_mode: str
    status: str
    start_date: date
    end_date: date | None
    version: int
    wanted: tuple[str, ...]
    people: int
    functions: frozenset[str]
    standing: Standing
    can_read: bool
    open_items: int = 0
    content: int = 0
    unhappy: int = 0
    own_stance: str | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Functions wanted that nobody brings yet, in the order of the list of functions."""
        return tuple(key for key in FUNCTIONS if key in self.wanted and key not in self.functions)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody's place on a team; `left_at` is set for those who left."""

    id: int
    person: PersonLine
    role: str
    function: str
    title: str
    joined_at: datetime
    left_at: datetime | None

    @property
    def about(self) -> str:
        """What stands under the name: the line given for the team, else the function; then the organisation."""
        return f"{self.title or FUNCTIONS[self.function]}, {self.person.organisation_name}"


@dataclass(frozen=True, slots=True)
class Space:
    """What other domains need to know about the team they write in. Not `whole`: the reader sees one thing of it."""

    team_id: int
    name: str
    access_mode: str
    standing: Standing
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    """A step the actor may take, whether it is possible now, and what is still in the way."""

    name: str
    label: str
    ready: bool
    conditions: Sequence[Condition]


@dataclass(frozen=True, slots=True)
class Gate:
    """A step on the page that lists them all. `when` is past, now or later; `ready`: this reader can take it."""

    name: str
    label: str
    to: str
    when: str
    conditions: Sequence[Condition]
    ready: bool


# A statement says nothing but what its actor's own fields say, so the same actor gets the same one: making it costs
# more than running it. Who is on which team is asked of the database each time it runs.
@lru_cache(maxsize=STATEMENTS_KEPT)
def visible_ids(actor: Actor) -> Select[int]:
    """Ids of teams whose space the actor may read: the one rule that threads, library and search compose with."""
    return select(TeamRow.id).where(policy.space_visible_to(actor))


def card_ids(actor: Actor) -> Select[int]:
    """Ids of teams the actor may know of: all above, and every team for the board and the admin."""
    return select(TeamRow.id).where(policy.card_visible_to(actor))


def own_ids(actor: Actor) -> Select[int]:
    """Ids of teams the actor is on now."""
    return policy.own_ids(actor)


def led_ids(actor: Actor) -> Select[int]:
    """Ids of teams the actor leads now."""
    return select(MemberRow.team_id).where(
        MemberRow.person_id == actor.person_id, MemberRow.role == "lead", MemberRow.left_at.is_(None)
    )


def is_on(actor: Actor, *, team_id: Any, person_id: Any) -> ColumnElement[bool]:
    """SQL about columns with ids of a team and of a person: whether they are on it now."""
    return exists().where(
        MemberRow.team_id == team_id, MemberRow.person_id == person_id, MemberRow.left_at.is_(None)
    )


def managed(actor: Actor, *, tx: Tx) -> list[Space]:
    """The teams that the actor runs and that are not closed, by name."""
    rows = tx.session.execute(
        select(TeamRow.id, TeamRow.name, TeamRow.access_mode, TeamRow.status, _own_role(actor))
        .where(TeamRow.id.in_(managed_ids(actor)), TeamRow.status != "closed")
        .order_by(TeamRow.name, TeamRow.id)
    )
    return [
        Space(
            row.id,
            row.name,
            row.access_mode,
            Standing(row.id, row.status, row.access_mode, policy.acting_role(actor, row.own_role)),
        )
        for row in rows
    ]


def reader_people(actor: Actor, *, tx: Tx, team_id: int) -> set[int]:
    """Ids of the people who read a team that the actor may read by name: who is on it, and guests of all of it."""
    on_it = select(MemberRow.person_id).where(
        MemberRow.team_id == team_id,
        MemberRow.left_at.is_(None),
        MemberRow.team_id.in_(visible_ids(actor)),
    )
    visiting = select(GuestRow.person_id).where(
        GuestRow.team_id == team_id,
        GuestRow.thing == WHOLE_TEAM,
        GuestRow.ended_at.is_(None),
        GuestRow.team_id.in_(visible_ids(actor)),
    )
    return set(tx.session.scalars(on_it.union(visiting)))


def managed_ids(actor: Actor) -> Select[int]:
    """Ids of teams the actor runs: as lead or facilitator, and with the second step that this asks for."""
    return policy.managed_ids(actor)


def reader_ids(actor: Actor) -> CompoundSelect[int]:
    """Ids of teams whose whole space the actor reads by name: those they are on, or are a guest of as a whole."""
    return policy.reader_ids(actor)


@lru_cache(maxsize=STATEMENTS_KEPT)
def named_ids(actor: Actor, *, thing: str) -> Select[int]:
    """Ids of the things of one kind ("thread") that the actor is a guest of. Higher domains compose with it."""
    return policy.named_ids(actor, thing)


def own_since(actor: Actor) -> Select[*tuple[Any, ...]]:
    """The teams the actor is on now, by `team_id`, and since when (`joined_at`)."""
    return select(MemberRow.team_id, MemberRow.joined_at).where(
        MemberRow.person_id == actor.person_id, MemberRow.left_at.is_(None)
    )


def colleague_ids(actor: Actor) -> Select[int]:
    """Ids of people who are on a team with the actor now: whose profiles a supplier may see."""
    return select(MemberRow.person_id).where(
        MemberRow.team_id.in_(own_ids(actor)), MemberRow.left_at.is_(None)
    )


def audience_terms(actor: Actor, *, tx: Tx) -> list[str]:
    """Search terms of the actor's own teams, and of things they are a guest of: what they may find besides."""
    teams = [team_term(team_id) for team_id in tx.session.scalars(reader_ids(actor))]
    named = tx.session.execute(policy.named_things(actor))
    return [*teams, *(thing_term(row.thing, row.thing_id) for row in named)]


def audience_of(actor: Actor, *, tx: Tx, team_id: int) -> Audience:
    """Who may find what this team writes; NotFound for no such team."""
    mode = tx.session.scalar(select(TeamRow.access_mode).where(TeamRow.id == team_id))
    if mode is None:
        raise NotFound
    return policy.audience(team_id, mode)


def names(actor: Actor, *, tx: Tx, team_ids: Collection[int]) -> dict[int, str]:
    """Names of those of these teams whose card the actor may see."""
    if not team_ids:
        return {}
    rows = tx.session.execute(
        select(TeamRow.id, TeamRow.name).where(TeamRow.id.in_(set(team_ids)), policy.card_visible_to(actor))
    )
    return {row.id: row.name for row in rows}


def readable_names(actor: Actor, *, tx: Tx, team_ids: Collection[int]) -> dict[int, str]:
    """Names of those of these teams whose space the actor may read."""
    if not team_ids:
        return {}
    rows = tx.session.execute(
        select(TeamRow.id, TeamRow.name).where(TeamRow.id.in_(set(team_ids)), policy.space_visible_to(actor))
    )
    return {row.id: row.name for row in rows}


def _wanted(tx: Tx, team_ids: Collection[int]) -> dict[int, set[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    rows = tx.session.execute(
        select(FunctionWantedRow.team_id, FunctionWantedRow.function).where(
            FunctionWantedRow.team_id.in_(team_ids)
        )
    )
    for row in rows:
        found[row.team_id].add(row.function)
    return found


def _functions(tx: Tx, team_ids: Collection[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    rows = tx.session.execute(
        select(MemberRow.team_id, MemberRow.function).where(
            MemberRow.team_id.in_(team_ids), MemberRow.left_at.is_(None)
        )
    )
    for row in rows:
        found[row.team_id].append(row.function)
    return found


_CLOSED_LAST = case((TeamRow.status == "closed", 1), else_=0)
_SOONEST_END = func.coalesce(TeamRow.end_date, literal(NO_END, Date()))


def _cards(tx: Tx, query: Select[*tuple[Any, ...]]) -> list[TeamCard]:
    rows = tx.session.execute(query).all()
    ids = [row.id for row in rows]
    wanted, functions = (_wanted(tx, ids), _functions(tx, ids)) if ids else ({}, {})
    return [
        TeamCard(
            id=row.id,
            name=row.name,
            question=row.question,
            status=row.status,
            access_mode=row.access_mode,
            start_date=row.start_date,
            end_date=row.end_date,
            people=len(functions.get(row.id, ())),
            functions=len(set(functions.get(row.id, ()))),
            missing=tuple(
                key
                for key in FUNCTIONS
                if key in wanted.get(row.id, ()) and key not in functions.get(row.id, ())
            ),
        )
        for row in rows
    ]


def _card_columns() -> Select[*tuple[Any, ...]]:
    return select(
        TeamRow.id,
        TeamRow.name,
        TeamRow.question,
        TeamRow.status,
        TeamRow.access_mode,
        TeamRow.start_date,
        TeamRow.end_date,
    ).order_by(_CLOSED_LAST, _SOONEST_END, TeamRow.id)


def cards(
    actor: Actor,
    *,
    tx: Tx,
    among: Select[int] | None = None,
    after: str | None = None,
    limit: int = paging.PAGE_SIZE,
) -> paging.Page[TeamCard]:
    """Teams the actor may know of, those that end soonest first and closed ones last; three queries a page.

    `among`: only teams with these ids.
    """
    query = _card_columns().where(policy.card_visible_to(actor)).limit(limit + 1)
    if among is not None:
        query = query.where(TeamRow.id.in_(among))
    position = paging.decode(after, _CARD_SHAPE)
    if position is not None:
        closed, ends, last_id = position
        try:
            day = date.fromisoformat(str(ends))
        except ValueError:
            day = None
        if day is not None:
            query = query.where(
                tuple_(_CLOSED_LAST, _SOONEST_END, TeamRow.id)
                > tuple_(literal(closed), literal(day, Date()), literal(last_id))
            )
    found = _cards(tx, query)
    shown, more = found[:limit], len(found) > limit
    older = None
    if more:
        last = shown[-1]
        older = paging.encode((int(last.status == "closed"), (last.end_date or NO_END).isoformat(), last.id))
    return paging.Page(shown, older)


def own_cards(actor: Actor, *, tx: Tx) -> list[TeamCard]:
    """The teams the actor is on, at work first."""
    if not actor.signed_in:
        return []
    return _cards(tx, _card_columns().where(TeamRow.id.in_(own_ids(actor))))


_OPEN_ITEMS = (
    select(func.count())
    .where(OpenItemRow.team_id == TeamRow.id, OpenItemRow.state == "open")
    .correlate(TeamRow)
    .scalar_subquery()
    .label("open_items")
)


def team(actor: Actor, *, tx: Tx, team_id: int) -> Team:
    """One team for its page; NotFound when the actor may not even know of it. Four queries."""
    row = tx.session.execute(
        select(TeamRow, policy.space_visible_to(actor).label("can_read"), _OPEN_ITEMS)
        .where(TeamRow.id == team_id, policy.card_visible_to(actor))
        .options(selectinload(TeamRow.members))
    ).first()
    if row is None:
        raise NotFound
    found: TeamRow = row.TeamRow
    wanted = _wanted(tx, [team_id]).get(team_id, set())
    return Team(
        id=found.id,
        name=found.name,
        question=found.question,
        ambition=found.ambition,
        ambition_by=found.ambition_by,
        measure=found.measure,
        baseline=found.baseline,
        scope_in=found.scope_in,
        scope_out=found.scope_out,
        gap_note=found.gap_note,
        access_mode=found.access_mode,
        status=found.status,
        start_date=found.start_date,
        end_date=found.end_date,
        version=found.version,
        wanted=tuple(key for key in FUNCTIONS if key in wanted),
        people=len(found.members),
        functions=frozenset(member.function for member in found.members),
        standing=policy.standing(actor, found),
        can_read=bool(row.can_read),
        open_items=row.open_items if row.can_read else 0,
        content=sum(member.stance == "content" for member in found.members),
        unhappy=sum(member.stance == "unhappy" for member in found.members),
        own_stance=next((row.stance for row in found.members if row.person_id == actor.person_id), None),
    )


def readable_team(actor: Actor, *, tx: Tx, team_id: int) -> Team:
    """Like `team`, for pages that show more than the card: NotFound unless the actor may read the space."""
    found = team(actor, tx=tx, team_id=team_id)
    if not found.can_read:
        raise NotFound
    return found


def members(actor: Actor, *, tx: Tx, team_id: int, former: bool = False) -> list[Member]:
    """Who is on a team the actor may read, in the order they joined; with `former`, who has left instead."""
    rows = tx.session.scalars(
        select(MemberRow)
        .where(
            MemberRow.team_id == team_id,
            MemberRow.left_at.is_not(None) if former else MemberRow.left_at.is_(None),
            MemberRow.team_id.in_(visible_ids(actor)),
        )
        .order_by(MemberRow.joined_at, MemberRow.id)
    ).all()
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.person_id for row in rows})
    return [
        Member(row.id, lines[row.person_id], row.role, row.function, row.title, row.joined_at, row.left_at)
        for row in rows
    ]


def leads(actor: Actor, *, tx: Tx, team_ids: Collection[int]) -> dict[int, list[PersonLine]]:
    """Who leads those of these teams that the actor may read: whom to ask to be added. Two queries."""
    if not team_ids:
        return {}
    rows = tx.session.execute(
        select(MemberRow.team_id, MemberRow.person_id)
        .where(
            MemberRow.team_id.in_(set(team_ids)),
            MemberRow.role == "lead",
            MemberRow.left_at.is_(None),
            MemberRow.team_id.in_(visible_ids(actor)),
        )
        .order_by(MemberRow.joined_at, MemberRow.id)
    ).all()
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.person_id for row in rows})
    found: dict[int, list[PersonLine]] = defaultdict(list)
    for row in rows:
        found[row.team_id].append(lines[row.person_id])
    return found


def member(actor: Actor, *, tx: Tx, team_id: int, member_id: int) -> Member:
    """One current member of a team the actor may read; NotFound for anybody else."""
    for found in members(actor, tx=tx, team_id=team_id):
        if found.id == member_id:
            return found
    raise NotFound


def space(actor: Actor, *, tx: Tx, team_id: int) -> Space:
    """The team around a thread or an asset, and the actor's standing on it; NotFound unless they may read it."""
    row = tx.rows(_space(actor), {"team_id": team_id}).first()
    if row is None:
        raise NotFound
    role = policy.acting_role(actor, row.own_role)
    return Space(row.id, row.name, row.access_mode, Standing(row.id, row.status, row.access_mode, role))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _space(actor: Actor) -> Select[*tuple[Any, ...]]:
    return select(TeamRow.id, TeamRow.name, TeamRow.access_mode, TeamRow.status, _own_role(actor)).where(
        TeamRow.id == bindparam("team_id"), policy.space_visible_to(actor)
    )


def space_around(actor: Actor, *, tx: Tx, team_id: int, thing: str, thing_id: int) -> Space:
    """Like `space`, around one thing that the actor may read as its guest; NotFound for whoever may read neither."""
    row = tx.rows(_space_around(actor), {"team_id": team_id, "thing": thing, "thing_id": thing_id}).first()
    if row is None:
        raise NotFound
    role = policy.acting_role(actor, row.own_role)
    standing = Standing(row.id, row.status, row.access_mode, role, bool(row.guest_writes))
    return Space(row.id, row.name, row.access_mode, standing, bool(row.whole))


@lru_cache(maxsize=STATEMENTS_KEPT)
def _space_around(actor: Actor) -> Select[*tuple[Any, ...]]:
    whole = policy.space_visible_to(actor)
    writes = policy.guest_writes(actor, bindparam("thing"), bindparam("thing_id"))
    return select(
        TeamRow.id,
        TeamRow.name,
        TeamRow.access_mode,
        TeamRow.status,
        _own_role(actor),
        case((whole, 1), else_=0).label("whole"),
        writes.label("guest_writes"),
    ).where(TeamRow.id == bindparam("team_id"), or_(whole, writes.is_not(None)))


def may_read(actor: Actor, *, tx: Tx, team_id: int) -> bool:
    """Whether the actor may read what this team writes."""
    return tx.session.scalar(visible_ids(actor).where(TeamRow.id == team_id)) is not None


def lock(actor: Actor, *, tx: Tx, team_id: int) -> None:
    """Hold a visible team's row until this write ends: what is made in it meanwhile waits its turn."""
    tx.session.execute(
        select(TeamRow.id)
        .where(TeamRow.id == team_id, policy.space_visible_to(actor))
        .with_for_update(of=TeamRow)
    )


def _own_role(actor: Actor) -> Any:
    return (
        select(MemberRow.role)
        .where(
            MemberRow.team_id == TeamRow.id,
            MemberRow.person_id == actor.person_id,
            MemberRow.left_at.is_(None),
        )
        .scalar_subquery()
        .label("own_role")
    )


def _readable_row(actor: Actor, tx: Tx, team_id: int) -> TeamRow:
    row = tx.session.execute(
        select(TeamRow)
        .where(TeamRow.id == team_id, policy.space_visible_to(actor))
        .options(selectinload(TeamRow.members))
    ).scalar_one_or_none()
    if row is None:
        raise NotFound
    return row


def steps(actor: Actor, *, tx: Tx, team_id: int) -> list[Step]:
    """The steps of the lifecycle the actor may take from here, each with what is still in the way."""
    row = _readable_row(actor, tx, team_id)
    return [
        Step(transition.name, transition.label, bool(verdict), conditions(tx, row, transition.name))
        for transition, verdict in LIFECYCLE.available(actor, tx=tx, entity=row)
    ]


def gates(actor: Actor, *, tx: Tx, team_id: int) -> list[Gate]:
    """Every step of a team's life with its conditions, for anybody who may read the team."""
    row = _readable_row(actor, tx, team_id)
    able = {
        transition.name: bool(verdict)
        for transition, verdict in LIFECYCLE.available(actor, tx=tx, entity=row)
    }
    reached = LIFECYCLE.states.index(row.status)
    return [
        Gate(
            step.name,
            step.label,
            step.to,
            "past"
            if LIFECYCLE.states.index(step.to) <= reached
            else "now"
            if row.status in step.from_
            else "later",
            conditions(tx, row, step.name),
            able.get(step.name, False),
        )
        for step in LIFECYCLE.transitions
    ]
