"""Guests of a team or of one thing of it: who they are, what they may read, and the end of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select, update

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.teams import places, policy, queries
from cop.teams.joining_limits import WHOLE_TEAM
from cop.teams.joining_models import GuestRow, InvitationRow
from cop.teams.models import TeamRow
from cop.teams.things import find_mixed

LISTED = 200


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody's standing as a guest; `title` and `href` are those of the one thing, or of the team."""

    id: int
    team_id: int
    person: PersonLine
    thing: str
    title: str
    href: str
    may_write: bool
    since: datetime

    @property
    def of_team(self) -> bool:
        """Of the team as a whole."""
        return self.thing == WHOLE_TEAM


def of_team(actor: Actor, *, tx: Tx, team_id: int) -> list[Guest]:
    """Everybody who is a guest of anything in a team that the actor reads as a whole, in the order they came."""
    return _guests(actor, tx, GuestRow.team_id == team_id, GuestRow.team_id.in_(queries.visible_ids(actor)))


def of_thing(actor: Actor, *, tx: Tx, team_id: int, thing: str, thing_id: int) -> list[PersonLine]:
    """Who besides the team's people reads one thing, by name; for pages of it that the actor may see. Two queries."""
    rows = tx.session.scalars(
        select(GuestRow.person_id)
        .distinct()
        .where(
            GuestRow.team_id == team_id,
            GuestRow.ended_at.is_(None),
            or_(GuestRow.thing == WHOLE_TEAM, (GuestRow.thing == thing) & (GuestRow.thing_id == thing_id)),
        )
    ).all()
    lines = accounts.lines_by_id(actor, tx=tx, person_ids=rows)
    return sorted(lines.values(), key=lambda line: (line.name.casefold(), line.id))


def of_only(actor: Actor, *, tx: Tx, team_id: int, thing: str, thing_id: int) -> set[int]:
    """Ids of the guests of one thing of a team that the actor may read, without those of the whole team."""
    return set(
        tx.session.scalars(
            select(GuestRow.person_id).where(
                GuestRow.team_id == team_id,
                GuestRow.ended_at.is_(None),
                GuestRow.thing == thing,
                GuestRow.thing_id == thing_id,
                GuestRow.team_id.in_(queries.visible_ids(actor)),
            )
        )
    )


def thing_moved(actor: Actor, *, tx: Tx, thing: str, thing_id: int, team_id: int) -> None:
    """A thing belongs to another team now: its guests and whom it awaits go with it. The domain above has asked.

    Who was invited from it to be on the team was invited to that team, and to no other.
    """
    now = GuestRow.ended_at.is_(None)
    waiting = InvitationRow.state.in_(("open", "waits"))
    of_thing = InvitationRow.thing == thing, InvitationRow.thing_id == thing_id, waiting
    of_guests = update(GuestRow).where(GuestRow.thing == thing, GuestRow.thing_id == thing_id, now)
    of_invited = update(InvitationRow).where(*of_thing, InvitationRow.standing == "guest")
    for statement in (of_guests, of_invited):
        tx.session.execute(statement.values(team_id=team_id).execution_options(synchronize_session=False))
    for row in tx.session.scalars(
        select(InvitationRow).where(*of_thing, InvitationRow.standing == "member")
    ).all():
        _invite_to_all(tx, row)


def _invite_to_all(tx: Tx, row: InvitationRow) -> None:
    """An invitation to a team no longer leads to the thing it was made from. Of two, the lesser is withdrawn."""
    twin = tx.session.scalars(
        select(InvitationRow).where(
            InvitationRow.team_id == row.team_id,
            InvitationRow.thing == WHOLE_TEAM,
            InvitationRow.email == row.email,
            InvitationRow.state.in_(("open", "waits")),
        )
    ).first()
    late = twin is not None and twin.state == "open" and twin.expires_at <= tx.now()
    if twin is not None and twin.standing == "member" and not late:
        row.state, row.answered_at = "withdrawn", tx.now()
        return
    if twin is not None:
        twin.state, twin.answered_at = "withdrawn", tx.now()
        # Before the other takes its place: only one may stand there.
        tx.session.flush()
    row.thing, row.thing_id = WHOLE_TEAM, row.team_id
    tx.session.flush()


def thing_split(actor: Actor, *, tx: Tx, thing: str, thing_id: int, new_id: int) -> None:
    """Part of a thing is a thing of its own now: who is a guest of the one is a guest of the other, each by itself.

    The domain above has asked. Open invitations stay with the old thing: nobody has accepted to read the other.
    """
    rows = tx.session.scalars(
        select(GuestRow)
        .where(GuestRow.thing == thing, GuestRow.thing_id == thing_id, GuestRow.ended_at.is_(None))
        .order_by(GuestRow.id)
    ).all()
    for row in rows:
        new = places.Thing(row.team_id, thing, new_id)
        places.admit_guest(actor, tx, new, row.person_id, may_write=row.may_write)


def own(actor: Actor, *, tx: Tx, team_id: int | None = None) -> list[Guest]:
    """What the actor is a guest of, in one team or anywhere, the newest first."""
    if not actor.signed_in:
        return []
    mine = [GuestRow.person_id == actor.person_id]
    if team_id is not None:
        mine.append(GuestRow.team_id == team_id)
    return _guests(actor, tx, *mine)[::-1]


def one(actor: Actor, *, tx: Tx, team_id: int, guest_id: int) -> Guest:
    """A guest that the actor may send away, or the actor themselves; NotFound for any other."""
    found = _guests(actor, tx, GuestRow.id == guest_id, GuestRow.team_id == team_id)
    if not found:
        raise NotFound
    if found[0].person.id != actor.person_id:
        require(policy.can_manage(actor, queries.readable_team(actor, tx=tx, team_id=team_id).standing))
    return found[0]


def end(actor: Actor, *, tx: Tx, team_id: int, guest_id: int) -> None:
    """Send a guest away, or stop being one. What they wrote stays; reading ends at once, on open pages too."""
    guest = one(actor, tx=tx, team_id=team_id, guest_id=guest_id)
    places.hold(tx, team_id)
    if not places.end_guest(actor, tx, team_id, guest.person.id, guest_id):
        raise NotFound


def _guests(actor: Actor, tx: Tx, *where: object) -> list[Guest]:
    rows = tx.session.execute(
        select(GuestRow, TeamRow.name)
        .join(TeamRow, TeamRow.id == GuestRow.team_id)
        .where(GuestRow.ended_at.is_(None), *where)  # type: ignore[arg-type]
        .order_by(GuestRow.since, GuestRow.id)
        .limit(LISTED)
    ).all()
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.GuestRow.person_id for row in rows})
    things = find_mixed(tx, {(row.GuestRow.thing, row.GuestRow.thing_id) for row in rows})
    found = []
    for guest, team_name in rows:
        named = things.get((guest.thing, guest.thing_id))
        found.append(
            Guest(
                guest.id,
                guest.team_id,
                lines[guest.person_id],
                guest.thing,
                named.title if named else team_name,
                named.href if named else f"/teams/{guest.team_id}",
                guest.may_write,
                guest.since,
            )
        )
    return found
