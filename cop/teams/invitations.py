"""Invitations by email: to a team or to one thing of it, as member or as guest.

The link of the email is used up once, by a button. Whoever's account has the invited address is let in at once; an
account with another address waits for the team's lead, since a link that was passed on must not open a private team
(ADR 0014). Somebody without an account makes one: the link has proved the address.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, or_, select

from cop.accounts import joining
from cop.accounts import queries as accounts
from cop.accounts.answering import addresses_of
from cop.accounts.queries import PersonLine
from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.clock import db_now
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, Gone, Invalid, NotFound
from cop.kernel.events import record
from cop.mail import links
from cop.mail import service as mail
from cop.notifications import service as notices
from cop.teams import joining_events, places, policy
from cop.teams.joining_limits import INVITATION_DAYS, OPEN_INVITATIONS_MAX, SENT_MAX, WHOLE_TEAM
from cop.teams.joining_models import STANDINGS, GuestRow, InvitationRow
from cop.teams.models import MemberRow, TeamRow
from cop.teams.places import Placed, Thing
from cop.teams.things import THINGS, find_mixed

MAIL = "team_invitation"
INVITED, ANSWERED = "invited", "invitation_answered"
"""Kinds of notices: to whoever is invited and has an account; to the managers, of an answer."""
LIVES = timedelta(days=INVITATION_DAYS)
OVER = "This invitation is over. Ask whoever invited you for another one."
LISTED = 200


@dataclass(frozen=True, slots=True)
class Wish:
    """What a lead or facilitator offers to an address. `thing` None: the team itself."""

    email: str
    standing: str
    function: str
    note: str = ""
    may_write: bool = True
    thing: str | None = None
    thing_id: int | None = None


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation as its pages and letters show it. `title`: of the one thing it names, empty for the team."""

    id: int
    team_id: int
    team_name: str
    team_status: str
    access_mode: str
    thing: str
    thing_id: int
    title: str
    href: str
    standing: str
    may_write: bool
    email: str
    function: str
    note: str
    invited_by: PersonLine
    invited_at: datetime
    expires_at: datetime
    state: str
    expired: bool
    person: PersonLine | None
    registration_id: int | None

    @property
    def words(self) -> str:
        """What it is an invitation to, in a sentence."""
        return "the team" if self.thing == WHOLE_TEAM else THINGS.words(self.thing)

    @property
    def usable(self) -> bool:
        """Whether its link can still be used."""
        return self.state == "open" and not self.expired


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an invitation that somebody took up: let in to `href`, or waiting for a decision."""

    waits: bool
    href: str
    team_name: str
    person_id: int | None


def invite(actor: Actor, *, tx: Tx, team_id: int, wish: Wish) -> int:
    """Invite somebody by their address. Nothing tells the actor whether the address has an account."""
    team = _managed(actor, tx, team_id)
    email, thing = wish.email.strip().lower(), _thing(tx, team_id, wish)
    if wish.standing not in STANDINGS:
        raise Invalid("Choose what they are invited as", "standing")
    _end_expired(actor, tx, team, thing, email)
    if _open_count(tx, team_id) >= OPEN_INVITATIONS_MAX:
        raise Invalid(
            f"A team can have {OPEN_INVITATIONS_MAX} open invitations. Withdraw one that nobody will answer."
        )
    now = tx.now()
    row = InvitationRow(
        team_id=team_id,
        thing=thing.kind,
        thing_id=thing.id,
        standing=wish.standing,
        may_write=_writes(wish, thing),
        email=email,
        function=wish.function,
        note=wish.note,
        invited_by=_person(actor),
        invited_at=now,
        expires_at=now + LIVES,
        sent=1,
        state="open",
    )
    tx.session.add(row)
    tx.session.flush()
    _send(actor, tx, row, again=False)
    return row.id


def send_again(actor: Actor, *, tx: Tx, invitation_id: int) -> None:
    """Send it anew: earlier links end, the time begins anew, and whoever used the link without being let in is out."""
    row = _managed_row(actor, tx, invitation_id)
    if row.state not in ("open", "waits"):
        raise Conflict("This invitation has been answered, so it cannot be sent again.")
    if row.sent >= SENT_MAX:
        raise Conflict(f"This invitation was sent {SENT_MAX} times. Ask whether the address is right.")
    links.withdraw(tx, purpose=MAIL, subject_id=row.id)
    row.sent += 1
    row.state, row.person_id, row.registration_id = "open", None, None
    row.expires_at = tx.now() + LIVES
    _send(actor, tx, row, again=True)


def withdraw(actor: Actor, *, tx: Tx, invitation_id: int) -> None:
    """Take an invitation back: its links are worth nothing from now on."""
    row = _managed_row(actor, tx, invitation_id)
    if row.state not in ("open", "waits"):
        raise Conflict("This invitation has been answered, so it cannot be withdrawn.")
    _end(actor, tx, row, "withdrawn")


def decide(actor: Actor, *, tx: Tx, invitation_id: int, admitted: bool) -> None:
    """Let in whoever used the link with an account of another address, or not."""
    row = _managed_row(actor, tx, invitation_id)
    if row.state != "waits" or row.person_id is None:
        raise Conflict("Nobody waits with this invitation any more.")
    if admitted:
        _let_in(actor, tx, row, row.person_id)
    else:
        _end(actor, tx, row, "refused")


def accept(actor: Actor, *, tx: Tx, invitation_id: int) -> Taken:
    """Take up an invitation to one's own address, without its link: the account has proved the address."""
    row = _held(tx, invitation_id)
    if not _is_theirs(actor, tx, row):
        raise NotFound
    if row.state == "accepted" and row.person_id == actor.person_id:
        return _taken(tx, row)
    _still_stands(tx, row)
    links.withdraw(tx, purpose=MAIL, subject_id=row.id)
    return _let_in(actor, tx, row, _person(actor))


def decline(actor: Actor, *, tx: Tx, invitation_id: int) -> None:
    """Say no to an invitation to one's own address."""
    row = _held(tx, invitation_id)
    if not _is_theirs(actor, tx, row):
        raise NotFound
    _still_stands(tx, row)
    _end(actor, tx, row, "declined")


def accept_by_link(actor: Actor, *, tx: Tx, invitation_id: int, token: str) -> Taken:
    """Take up an invitation by its link. Gone when it was used, is too old, or was withdrawn.

    Sent twice by the same person it is the same answer twice; of two people at once, the second is told it is gone.
    """
    row = _held_by_link(tx, invitation_id)
    if (
        actor.person_id is not None
        and row.person_id == actor.person_id
        and row.state in ("accepted", "waits")
    ):
        return _taken(tx, row)
    _use(actor, tx, row, token)
    person_id = _person(actor)
    if _is_theirs(actor, tx, row):
        return _let_in(actor, tx, row, person_id)
    return _wait(actor, tx, row, person_id=person_id)


def decline_by_link(actor: Actor, *, tx: Tx, invitation_id: int, token: str) -> None:
    """Say no by the link, signed in or not."""
    row = _held_by_link(tx, invitation_id)
    _use(actor, tx, row, token)
    _end(actor, tx, row, "declined")


def register_by_link(
    actor: Actor, *, tx: Tx, invitation_id: int, token: str, asked: joining.Asked
) -> tuple[Taken, joining.Registration]:
    """Make an account for the invited address, which the link has proved, and take the invitation up with it.

    Where the organisation's admin has to decide, the invitation waits for them.
    """
    if actor.signed_in:
        raise Forbidden("You are signed in, so you have an account. Sign out to make another one.")
    row = _held_by_link(tx, invitation_id)
    _use(actor, tx, row, token)
    if asked.email != row.email:
        raise NotFound
    found = joining.ask_proved(actor, tx=tx, asked=asked)
    if found.person_id is not None:
        return _let_in(actor, tx, row, found.person_id), found
    return _wait(actor, tx, row, registration_id=found.id), found


def settle_registration(actor: Actor, *, tx: Tx, registration_id: int) -> None:
    """After a decision about an account: let in whoever waited for it, or end the invitation."""
    ids = tx.session.scalars(
        select(InvitationRow.id).where(
            InvitationRow.registration_id == registration_id, InvitationRow.state == "waits"
        )
    ).all()
    found = joining.shown(actor, tx=tx, registration_id=registration_id)
    for invitation_id in ids:
        row = _held(tx, invitation_id)
        if row.state != "waits" or row.registration_id != registration_id:
            continue
        if found.state == "approved" and found.person_id is not None:
            try:
                _let_in(actor, tx, row, found.person_id)
            except (Gone, Forbidden):
                # The team closed meanwhile, or they may not be on it: other teams' invitations go on all the same.
                _end(actor, tx, row, "refused")
        elif found.state == "refused":
            _end(actor, tx, row, "refused")


def by_link(actor: Actor, *, tx: Tx, invitation_id: int, token: str) -> Invitation:
    """What the link of an email leads to, without using it up. Gone when it cannot be used any more."""
    row = tx.session.get(InvitationRow, invitation_id)
    if row is None:
        # In the same words as a link that was used: numbers cannot be told apart.
        raise Gone(links.USED_OR_OLD)
    _check_link(tx, row, token)
    return _described(tx, [row])[0]


def own(actor: Actor, *, tx: Tx, invitation_id: int) -> Invitation:
    """An invitation to the actor's own address; NotFound for anybody else's, Gone without a word once it has ended.

    Taken up it is shown as long as the actor still has what it named: it is no window into a team one has left.
    """
    row = tx.session.get(InvitationRow, invitation_id)
    if row is None or not _is_theirs(actor, tx, row):
        raise NotFound
    if row.state == "accepted" and taken_by(actor, tx=tx, invitation_ids=[row.id]):
        return _described(tx, [row])[0]
    if row.state not in ("open", "waits") or _is_over(tx, row):
        raise Gone(OVER)
    return _described(tx, [row])[0]


def own_open(actor: Actor, *, tx: Tx, invitation_ids: Collection[int]) -> list[Invitation]:
    """Those of these invitations that the actor can still answer; for notices."""
    addresses = addresses_of(actor, tx=tx, person_id=actor.person_id)
    if not addresses or not invitation_ids:
        return []
    rows = tx.session.scalars(
        select(InvitationRow).where(
            InvitationRow.id.in_(set(invitation_ids)),
            InvitationRow.email.in_(addresses),
            InvitationRow.state.in_(("open", "waits")),
            InvitationRow.expires_at > db_now(),
        )
    ).all()
    return [found for found in _described(tx, rows) if found.team_status != "closed"]


def shown(actor: Actor, *, tx: Tx, invitation_id: int) -> Invitation | None:
    """One invitation, for the program that writes to whoever it is for."""
    if not actor.is_system:
        raise Forbidden("Only the program itself reads any invitation.")
    row = tx.session.get(InvitationRow, invitation_id)
    return _described(tx, [row])[0] if row is not None else None


def of_team(actor: Actor, *, tx: Tx, team_id: int) -> list[Invitation]:
    """Invitations of a team that nobody has answered, for its lead and facilitators, the oldest first."""
    rows = tx.session.scalars(
        select(InvitationRow)
        .where(
            InvitationRow.team_id == team_id,
            InvitationRow.team_id.in_(managed_ids(actor)),
            InvitationRow.state.in_(("open", "waits")),
        )
        .order_by(InvitationRow.invited_at, InvitationRow.id)
        .limit(LISTED)
    ).all()
    return _described(tx, rows)


def managed(actor: Actor, *, tx: Tx, invitation_ids: Collection[int]) -> list[Invitation]:
    """Those of these invitations whose team the actor runs; for notices and pages."""
    rows = tx.session.scalars(
        select(InvitationRow).where(
            InvitationRow.id.in_(set(invitation_ids)), InvitationRow.team_id.in_(managed_ids(actor))
        )
    ).all()
    return _described(tx, rows)


def taken_by(actor: Actor, *, tx: Tx, invitation_ids: Collection[int]) -> list[Invitation]:
    """Those of these invitations that the actor took up, as long as they still have what it named; and refused ones."""
    if actor.person_id is None or not invitation_ids:
        return []
    still = exists().where(
        GuestRow.person_id == actor.person_id,
        GuestRow.ended_at.is_(None),
        GuestRow.thing == InvitationRow.thing,
        GuestRow.thing_id == InvitationRow.thing_id,
    )
    rows = tx.session.scalars(
        select(InvitationRow).where(
            InvitationRow.id.in_(set(invitation_ids)),
            InvitationRow.person_id == actor.person_id,
            or_(InvitationRow.state == "refused", still, InvitationRow.team_id.in_(policy.reader_ids(actor))),
        )
    ).all()
    return _described(tx, rows)


def managed_ids(actor: Actor) -> Select[int]:
    """Ids of teams that the actor is lead or facilitator of."""
    return policy.managed_ids(actor)


def managers_of(tx: Tx, team_id: int) -> list[int]:
    """The people who run a team."""
    return list(
        tx.session.scalars(
            select(MemberRow.person_id)
            .where(
                MemberRow.team_id == team_id,
                MemberRow.left_at.is_(None),
                MemberRow.role.in_(sorted(policy.MANAGERS)),
            )
            .order_by(MemberRow.person_id)
        )
    )


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden("Sign in first.")
    return actor.person_id


def _managed(actor: Actor, tx: Tx, team_id: int) -> TeamRow:
    """The team, held, for whoever runs it. Who may not read it does not learn that it exists."""
    known = select(TeamRow.id).where(TeamRow.id == team_id, policy.card_visible_to(actor))
    if tx.session.scalar(known) is None:
        raise NotFound
    team = places.hold(tx, team_id)
    require(policy.can_manage(actor, policy.standing(actor, team)))
    return team


def _thing(tx: Tx, team_id: int, wish: Wish) -> Thing:
    if wish.thing is None or wish.thing_id is None:
        return Thing(team_id, WHOLE_TEAM, team_id)
    found = THINGS.find(tx, wish.thing, wish.thing_id)
    if found is None or found.team_id != team_id:
        raise NotFound
    return Thing(team_id, wish.thing, wish.thing_id)


def _writes(wish: Wish, thing: Thing) -> bool:
    """A member writes; a guest of one thing if the invitation says so; a guest of the whole team reads."""
    return wish.standing == "member" or (wish.may_write and thing.kind != WHOLE_TEAM)


def _managed_row(actor: Actor, tx: Tx, invitation_id: int) -> InvitationRow:
    team_id = tx.session.scalar(
        select(InvitationRow.team_id).where(
            InvitationRow.id == invitation_id, InvitationRow.team_id.in_(managed_ids(actor))
        )
    )
    if team_id is None:
        raise NotFound
    _managed(actor, tx, team_id)
    row = _held(tx, invitation_id)
    if row.team_id != team_id:
        # What it is about was moved to another team just now, and running the one is no right to the other.
        raise NotFound
    return row


def _held(tx: Tx, invitation_id: int) -> InvitationRow:
    """The invitation, locked behind its team: everybody takes the two in this order."""
    team_id = tx.session.scalar(select(InvitationRow.team_id).where(InvitationRow.id == invitation_id))
    if team_id is None:
        raise NotFound
    places.hold(tx, team_id)
    return tx.session.get_one(InvitationRow, invitation_id, with_for_update=True, populate_existing=True)


def _held_by_link(tx: Tx, invitation_id: int) -> InvitationRow:
    """The same for whoever holds a link, to whom a number that there never was says no more than a used one."""
    try:
        return _held(tx, invitation_id)
    except NotFound:
        raise Gone(links.USED_OR_OLD) from None


def _open_count(tx: Tx, team_id: int) -> int:
    return tx.session.execute(
        select(func.count())
        .select_from(InvitationRow)
        .where(InvitationRow.team_id == team_id, InvitationRow.state.in_(("open", "waits")))
    ).scalar_one()


def _end_expired(actor: Actor, tx: Tx, team: TeamRow, thing: Thing, email: str) -> None:
    """An earlier invitation to the same whose time is over makes room for the new one."""
    rows = tx.session.scalars(
        select(InvitationRow).where(
            InvitationRow.team_id == team.id,
            InvitationRow.thing == thing.kind,
            InvitationRow.thing_id == thing.id,
            InvitationRow.email == email,
            InvitationRow.state == "open",
            InvitationRow.expires_at <= db_now(),
        )
    ).all()
    for row in rows:
        _end(actor, tx, row, "withdrawn", tell=False)


def _send(actor: Actor, tx: Tx, row: InvitationRow, *, again: bool) -> None:
    event = joining_events.PersonInvited(row.id, row.team_id, row.thing, row.thing_id, row.standing, again)
    record(tx, actor, event)
    mail.queue(actor, tx=tx, purpose=MAIL, subject_id=row.id)
    known = accounts.person_id_by_email(SYSTEM, tx=tx, email=row.email)
    if known is not None:
        notices.tell(actor, tx=tx, kind=INVITED, subject_id=row.id, person_ids=[known])


def _is_theirs(actor: Actor, tx: Tx, row: InvitationRow) -> bool:
    return row.email in addresses_of(actor, tx=tx, person_id=actor.person_id)


def _is_over(tx: Tx, row: InvitationRow) -> bool:
    late = select(InvitationRow.id).where(InvitationRow.id == row.id, InvitationRow.expires_at <= db_now())
    return row.state == "open" and tx.session.scalar(late) is not None


def _still_stands(tx: Tx, row: InvitationRow) -> None:
    if row.state not in ("open", "waits") or _is_over(tx, row):
        raise Gone(OVER)
    _team_goes_on(tx, row)


def _team_goes_on(tx: Tx, row: InvitationRow) -> None:
    status = tx.session.scalar(select(TeamRow.status).where(TeamRow.id == row.team_id))
    if status == "closed":
        raise Gone("The team is closed, so nobody can join it any more.")


def _check_link(tx: Tx, row: InvitationRow, token: str) -> None:
    link = links.find(tx, token=token, purpose=MAIL)
    if link.subject_id != row.id or row.state != "open" or _is_over(tx, row):
        raise Gone(links.USED_OR_OLD)
    _team_goes_on(tx, row)


def _use(actor: Actor, tx: Tx, row: InvitationRow, token: str) -> None:
    _check_link(tx, row, token)
    links.use(actor, tx=tx, token=token, purpose=MAIL)
    # Sent again it is another mail: the links of all of them end with the first that is used.
    links.withdraw(tx, purpose=MAIL, subject_id=row.id)


def _wait(
    actor: Actor,
    tx: Tx,
    row: InvitationRow,
    *,
    person_id: int | None = None,
    registration_id: int | None = None,
) -> Taken:
    row.state, row.person_id, row.registration_id = "waits", person_id, registration_id
    row.answered_at = tx.now()
    tx.session.flush()
    record(tx, actor, joining_events.InvitationUsed(row.id, row.team_id, person_id, True))
    notices.tell(actor, tx=tx, kind=ANSWERED, subject_id=row.id, person_ids=managers_of(tx, row.team_id))
    return _taken(tx, row)


def _let_in(actor: Actor, tx: Tx, row: InvitationRow, person_id: int) -> Taken:
    _team_goes_on(tx, row)
    team = places.hold(tx, row.team_id)
    on_team = any(member.person_id == person_id for member in team.members)
    line = accounts.lines_by_id(SYSTEM, tx=tx, person_ids=[person_id])[person_id]
    if row.standing == "member" and not on_team:
        require(policy.can_hold(line.organisation_kind, "member"))
        places.put(actor, tx, team.id, Placed(person_id, "member", row.function, line.job, tx.now()))
    elif not on_team:
        thing = Thing(row.team_id, row.thing, row.thing_id)
        places.admit_guest(actor, tx, thing, person_id, may_write=row.may_write)
    row.state, row.person_id, row.answered_at = "accepted", person_id, tx.now()
    tx.session.flush()
    record(tx, actor, joining_events.InvitationUsed(row.id, row.team_id, person_id, False))
    told = {*managers_of(tx, row.team_id), person_id}
    notices.tell(actor, tx=tx, kind=ANSWERED, subject_id=row.id, person_ids=told - {actor.person_id})
    notices.forget(actor, tx=tx, kind=INVITED, subject_ids=[row.id])
    return _taken(tx, row)


def _end(actor: Actor, tx: Tx, row: InvitationRow, state: str, *, tell: bool = True) -> None:
    links.withdraw(tx, purpose=MAIL, subject_id=row.id)
    row.state, row.answered_at = state, tx.now()
    tx.session.flush()
    record(tx, actor, joining_events.InvitationEnded(row.id, row.team_id, state))
    notices.forget(actor, tx=tx, kind=INVITED, subject_ids=[row.id])
    if tell and state != "withdrawn":
        told = {*managers_of(tx, row.team_id), *([row.person_id] if row.person_id else [])}
        notices.tell(actor, tx=tx, kind=ANSWERED, subject_id=row.id, person_ids=told)


def _taken(tx: Tx, row: InvitationRow) -> Taken:
    found = _described(tx, [row])[0]
    return Taken(row.state == "waits", found.href, found.team_name, row.person_id)


def _described(tx: Tx, rows: Sequence[InvitationRow]) -> list[Invitation]:
    if not rows:
        return []
    teams = {
        team.id: team
        for team in tx.session.execute(
            select(TeamRow.id, TeamRow.name, TeamRow.status, TeamRow.access_mode).where(
                TeamRow.id.in_({row.team_id for row in rows})
            )
        )
    }
    people = {row.invited_by for row in rows} | {row.person_id for row in rows if row.person_id is not None}
    lines = accounts.lines_by_id(SYSTEM, tx=tx, person_ids=people)
    things = find_mixed(tx, {(row.thing, row.thing_id) for row in rows})
    now = tx.now()
    found = []
    for row in rows:
        team, named = teams[row.team_id], things.get((row.thing, row.thing_id))
        found.append(
            Invitation(
                id=row.id,
                team_id=row.team_id,
                team_name=team.name,
                team_status=team.status,
                access_mode=team.access_mode,
                thing=row.thing,
                thing_id=row.thing_id,
                title=named.title if named else "",
                href=named.href if named else f"/teams/{row.team_id}",
                standing=row.standing,
                may_write=row.may_write,
                email=row.email,
                function=row.function,
                note=row.note,
                invited_by=lines[row.invited_by],
                invited_at=row.invited_at,
                expires_at=row.expires_at,
                state=row.state,
                expired=row.state == "open" and row.expires_at <= now,
                person=lines.get(row.person_id) if row.person_id is not None else None,
                registration_id=row.registration_id,
            )
        )
    return found
