"""Asking to join a team: a note from whoever wants to, an answer from its lead or facilitator."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from cop.kernel.events import record
from cop.notifications import service as notices
from cop.teams import invitations, joining_events, places, policy
from cop.teams.joining_models import RequestRow
from cop.teams.models import TeamRow
from cop.teams.places import Placed

ASKED, ANSWERED = "asked_to_join", "join_answered"
"""Kinds of notices: to the managers, that somebody asks; to whoever asked, of the answer."""
LISTED = 200

ANSWERED_BEFORE = "Somebody has answered this already."


@dataclass(frozen=True, slots=True)
class Request:
    """A request to join, as its pages show it."""

    id: int
    team_id: int
    team_name: str
    person: PersonLine
    note: str
    asked_at: datetime
    state: str
    answer: str


def ask(actor: Actor, *, tx: Tx, team_id: int, note: str) -> int:
    """Ask to join a team whose card the actor sees; its lead and facilitators are told."""
    team = _known(actor, tx, team_id)
    require(policy.can_ask(actor, policy.standing(actor, team)))
    row = RequestRow(
        team_id=team_id,
        person_id=_person(actor),
        note=note,
        asked_at=tx.now(),
        state="open",
        answer="",
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, joining_events.JoiningTeamAsked(row.id, team_id, row.person_id))
    notices.tell(
        actor,
        tx=tx,
        kind=ASKED,
        subject_id=row.id,
        person_ids=invitations.managers_of(tx, team_id),
    )
    return row.id


def take_back(actor: Actor, *, tx: Tx, team_id: int) -> None:
    """Do not want to join after all."""
    row = _own_row(actor, tx, team_id)
    if row is None:
        raise NotFound
    places.hold(tx, team_id)
    tx.session.refresh(row)
    if row.state != "open":
        raise Conflict(ANSWERED_BEFORE)
    _answer(actor, tx, row, "withdrawn", "")


def accept(actor: Actor, *, tx: Tx, request_id: int, role: str, function: str) -> None:
    """Let somebody in with a role and the function they bring."""
    row, team = _managed(actor, tx, request_id)
    line = accounts.lines_by_id(SYSTEM, tx=tx, person_ids=[row.person_id])[row.person_id]
    verdict = policy.can_hold(line.organisation_kind, role)
    if not verdict:
        raise Invalid(verdict.reason, "role")
    _answer(actor, tx, row, "accepted", "")
    if all(member.person_id != row.person_id for member in team.members):
        places.put(actor, tx, team.id, Placed(row.person_id, role, function, line.job, tx.now()))


def decline(actor: Actor, *, tx: Tx, request_id: int, answer: str) -> None:
    """Say no, in a word that the asker reads."""
    row, _ = _managed(actor, tx, request_id)
    _answer(actor, tx, row, "declined", answer)


def of_team(actor: Actor, *, tx: Tx, team_id: int) -> list[Request]:
    """Who asks to join a team that the actor runs, the longest first."""
    return _requests(
        tx,
        RequestRow.team_id == team_id,
        RequestRow.team_id.in_(invitations.managed_ids(actor)),
        RequestRow.state == "open",
    )


def managed(actor: Actor, *, tx: Tx, request_ids: Collection[int]) -> list[Request]:
    """Those of these requests whose team the actor runs."""
    return _requests(
        tx, RequestRow.id.in_(set(request_ids)), RequestRow.team_id.in_(invitations.managed_ids(actor))
    )


def one(actor: Actor, *, tx: Tx, request_id: int) -> Request:
    """A request to a team that the actor runs; NotFound for any other."""
    found = managed(actor, tx=tx, request_ids=[request_id])
    if not found:
        raise NotFound
    return found[0]


def own(actor: Actor, *, tx: Tx, request_ids: Collection[int]) -> list[Request]:
    """Those of these requests that are the actor's, to teams whose card they still see."""
    return _requests(
        tx,
        RequestRow.id.in_(set(request_ids)),
        RequestRow.person_id == actor.person_id,
        policy.card_visible_to(actor),
    )


def own_open(actor: Actor, *, tx: Tx, team_id: int) -> Request | None:
    """What the actor asked of this team and nobody has answered yet."""
    if not actor.signed_in:
        return None
    found = _requests(
        tx,
        RequestRow.team_id == team_id,
        RequestRow.person_id == actor.person_id,
        RequestRow.state == "open",
    )
    return found[0] if found else None


def asked_at(actor: Actor, *, tx: Tx, team_id: int) -> datetime | None:
    """When the actor asked to join this team, while nobody has answered yet. One query."""
    if not actor.signed_in:
        return None
    row = _own_row(actor, tx, team_id)
    return row.asked_at if row else None


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden("Sign in first.")
    return actor.person_id


def _known(actor: Actor, tx: Tx, team_id: int) -> TeamRow:
    known = select(TeamRow.id).where(TeamRow.id == team_id, policy.card_visible_to(actor))
    if tx.session.scalar(known) is None:
        raise NotFound
    return places.hold(tx, team_id)


def _own_row(actor: Actor, tx: Tx, team_id: int) -> RequestRow | None:
    return tx.session.scalars(
        select(RequestRow).where(
            RequestRow.team_id == team_id,
            RequestRow.person_id == actor.person_id,
            RequestRow.state == "open",
        )
    ).first()


def _managed(actor: Actor, tx: Tx, request_id: int) -> tuple[RequestRow, TeamRow]:
    """The request and its team, held, for whoever runs that."""
    team_id = tx.session.scalar(
        select(RequestRow.team_id).where(
            RequestRow.id == request_id, RequestRow.team_id.in_(invitations.managed_ids(actor))
        )
    )
    if team_id is None:
        raise NotFound
    team = places.hold(tx, team_id)
    require(policy.can_manage(actor, policy.standing(actor, team)))
    row = tx.session.get_one(RequestRow, request_id, populate_existing=True)
    if row.state != "open":
        raise Conflict(ANSWERED_BEFORE)
    return row, team


def _answer(actor: Actor, tx: Tx, row: RequestRow, state: str, answer: str) -> None:
    row.state, row.answer = state, answer
    row.decided_at, row.decided_by = tx.now(), actor.person_id
    tx.session.flush()
    record(tx, actor, joining_events.JoiningTeamAnswered(row.id, row.team_id, row.person_id, state))
    notices.forget(actor, tx=tx, kind=ASKED, subject_ids=[row.id])
    notices.tell(actor, tx=tx, kind=ANSWERED, subject_id=row.id, person_ids=[row.person_id])


def _requests(tx: Tx, *where: object) -> list[Request]:
    rows = tx.session.execute(
        select(RequestRow, TeamRow.name)
        .join(TeamRow, TeamRow.id == RequestRow.team_id)
        .where(*where)  # type: ignore[arg-type]
        .order_by(RequestRow.asked_at, RequestRow.id)
        .limit(LISTED)
    ).all()
    lines = accounts.lines_by_id(SYSTEM, tx=tx, person_ids={row.RequestRow.person_id for row in rows})
    return [
        Request(
            row.id, row.team_id, name, lines[row.person_id], row.note, row.asked_at, row.state, row.answer
        )
        for row, name in rows
    ]
