"""Verbs about people and organisations: actor first, the rest keyword-only, an event for each."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, insert, select

from cop.accounts import board, events, policy, sessions
from cop.accounts.answering import answers_to
from cop.accounts.models import (
    ROLES,
    InterestRow,
    MembershipRow,
    OrganisationRow,
    PasswordRow,
    PersonRow,
    RoleRow,
    SuccessorRow,
)
from cop.accounts.register import names
from cop.accounts.register.reader import Authority, english_register
from cop.kernel.access import OFFICER_KINDS, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Forbidden, Invalid, NotFound
from cop.kernel.events import record
from cop.live import publish
from cop.mail import service as mail


def sign_out(actor: Actor, *, tx: Tx, everywhere: bool = False) -> None:
    """End this session, or all of the actor's."""
    if actor.person_id is not None:
        sessions.revoke(tx, person_id=actor.person_id, session_id=None if everywhere else actor.session_id)


def add_organisation(actor: Actor, *, tx: Tx, kind: str, name: str) -> int:
    """Add a body that is not in the register of councils; return its id."""
    require(policy.can_administer(actor))
    resolution = names.resolve(name, english_register())
    if isinstance(resolution, names.Certain) and resolution.matched_by is not names.MatchedBy.CLOSE_SPELLING:
        official = resolution.authority.official_name
        raise Invalid(f"{official} is in the register already. Choose another name for another body.", "name")
    row = OrganisationRow(kind=kind, name=name, official_name=name)
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, events.OrganisationAdded(row.id))
    return row.id


def central_body(actor: Actor, *, tx: Tx, name: str) -> int:
    """The id of the central body of that name, made when it does not exist."""
    found = tx.session.scalars(
        select(OrganisationRow.id).where(OrganisationRow.kind == "central", OrganisationRow.name == name)
    ).first()
    return found if found is not None else add_organisation(actor, tx=tx, kind="central", name=name)


def load_register(actor: Actor, *, tx: Tx, authorities: Iterable[Authority]) -> tuple[int, int]:
    """Bring organisations in line with the register; return (added, changed). Nothing is ever removed.

    Each that was there already and is called something else now, or was replaced by others, leaves an event: what it
    published is found by other words then.
    """
    require(policy.can_administer(actor))
    known = {
        str(row.gss_code): row
        for row in tx.session.scalars(select(OrganisationRow).where(OrganisationRow.gss_code.is_not(None)))
    }
    here = {row.id for row in known.values()}
    before = _successions(tx)
    listed = list(authorities)
    added = 0
    changed: set[int] = set()
    for authority in listed:
        facts = {
            "name": authority.name,
            "official_name": authority.official_name,
            "authority_kind": authority.kind,
            "region": authority.region,
            "start_date": authority.start_date,
            "end_date": authority.end_date,
        }
        row = known.get(authority.gss_code)
        if row is None:
            row = OrganisationRow(kind="council", gss_code=authority.gss_code, **facts)
            tx.session.add(row)
            known[authority.gss_code] = row
            added += 1
        elif any(getattr(row, key) != value for key, value in facts.items()):
            for key, value in facts.items():
                setattr(row, key, value)
            changed.add(row.id)
    tx.session.flush()
    after = {(known[a.gss_code].id, known[code].id) for a in listed for code in a.successors}
    tx.session.execute(delete(SuccessorRow))
    if after:
        pairs = [{"predecessor_id": old, "successor_id": new} for old, new in sorted(after)]
        tx.session.execute(insert(SuccessorRow), pairs)
    changed |= {old for old, _ in before ^ after} & here
    if added or changed:
        record(tx, actor, events.RegisterRefreshed(added, len(changed)))
    for organisation_id in sorted(changed):
        record(tx, actor, events.OrganisationChanged(organisation_id))
    return added, len(changed)


def _successions(tx: Tx) -> set[tuple[int, int]]:
    """Who took whose place, as the database has it: (predecessor, successor)."""
    rows = tx.session.execute(select(SuccessorRow.predecessor_id, SuccessorRow.successor_id))
    return {(row.predecessor_id, row.successor_id) for row in rows}


def add_person(
    actor: Actor,
    *,
    tx: Tx,
    email: str,
    name: str,
    organisation_id: int,
    function: str,
    job: str = "",
    hashed: str | None = None,
    published: bool = False,
    roles: Iterable[str] = (),
) -> int:
    """Make an account; `hashed` comes from `passwords.hash_password`, made before the transaction.

    `published` says that everybody knows the password, as in the demonstration.
    """
    require(policy.can_administer(actor))
    person = PersonRow(
        email=email.strip().lower(),
        name=name,
        job=job,
        function=function,
        organisation_id=organisation_id,
        created_at=tx.now(),
    )
    tx.session.add(person)
    tx.session.flush()
    tx.session.add(MembershipRow(person_id=person.id, organisation_id=organisation_id, since=tx.now()))
    record(tx, actor, events.PersonAdded(person.id, organisation_id))
    if hashed is not None:
        tx.session.add(
            PasswordRow(person_id=person.id, hashed=hashed, published=published, changed_at=tx.now())
        )
    for role in sorted(set(roles)):
        give_role(actor, tx=tx, person_id=person.id, role=role)
    tx.session.flush()
    return person.id


def give_role(actor: Actor, *, tx: Tx, person_id: int, role: str) -> None:
    """Give somebody a standing beyond their organisation."""
    require(policy.can_administer(actor))
    person = tx.session.get(PersonRow, person_id)
    if person is None:
        raise NotFound
    if role == "board":
        board.appoint(actor, tx=tx, person_id=person_id, organisation_id=person.organisation_id)
    of = person.organisation_id if role == "organisation_admin" else None
    tx.session.merge(RoleRow(person_id=person_id, role=role, organisation_id=of))
    record(tx, actor, events.RoleGiven(person_id, role))


def take_role(actor: Actor, *, tx: Tx, person_id: int, role: str) -> None:
    """Take a standing away. Whoever may is asked by the caller: it also ends with what it rested on."""
    tx.session.execute(delete(RoleRow).where(RoleRow.person_id == person_id, RoleRow.role == role))
    if role == "board":
        board.end(actor, tx=tx, person_id=person_id)
    publish.recheck(tx, person_id=person_id)
    record(tx, actor, events.RoleTaken(person_id, role))


def set_roles(actor: Actor, *, tx: Tx, person_id: int, roles: Iterable[str]) -> None:
    """Give and take standings until somebody has exactly these; what does not change leaves no event.

    The board is appointed from officers (PRODUCT.md), and nobody takes their own running of the platform away.
    """
    require(policy.can_administer(actor))
    person = tx.session.get(PersonRow, person_id, with_for_update=True)
    if person is None or person.merged_into_id is not None:
        raise NotFound
    wanted = set(roles)
    kind = tx.session.scalar(select(OrganisationRow.kind).where(OrganisationRow.id == person.organisation_id))
    if wanted - set(ROLES):
        raise Invalid("Choose from the list", "roles")
    if wanted & {"board", "librarian", "platform_admin"} and kind not in OFFICER_KINDS:
        raise Invalid(
            "Only somebody who acts for a council, a consortium or a central body can be more than the admin of their "
            "organisation.",
            "roles",
        )
    if person_id == actor.person_id and "platform_admin" not in wanted:
        raise Invalid("You cannot stop being a platform admin yourself. Ask another one.", "roles")
    had = set(tx.session.scalars(select(RoleRow.role).where(RoleRow.person_id == person_id)))
    for role in sorted(wanted - had):
        give_role(actor, tx=tx, person_id=person_id, role=role)
    for role in sorted(had - wanted):
        take_role(actor, tx=tx, person_id=person_id, role=role)


def send_sign_in_link(actor: Actor, *, tx: Tx, email: str, purpose: str) -> None:
    """Send a link to whoever has this address. For an unknown one the same is written, and the mail is dropped."""
    query = select(PersonRow.id).where(answers_to(email.strip().lower()), PersonRow.suspended_at.is_(None))
    person_id = tx.session.scalar(query) or 0
    record(tx, actor, events.SignInLinkAsked(person_id))
    mail.queue(actor, tx=tx, purpose=purpose, subject_id=person_id)


def _own(actor: Actor, tx: Tx) -> PersonRow:
    person = tx.session.get(PersonRow, actor.person_id) if actor.person_id else None
    if person is None:
        raise NotFound
    return person


def change_profile(actor: Actor, *, tx: Tx, name: str, job: str, function: str) -> None:
    """Change one's own name, job title and function."""
    person = _own(actor, tx)
    require(policy.can_change_profile(actor, person.id))
    person.name, person.job, person.function = name, job, function
    record(tx, actor, events.ProfileChanged(person.id))


def change_password(actor: Actor, *, tx: Tx, hashed: str) -> None:
    """Set one's own password; every other session of this person ends."""
    person = _own(actor, tx)
    _set_password(actor, tx, person.id, hashed)
    sessions.revoke(tx, person_id=person.id, keep=actor.session_id)


def reset_password(actor: Actor, *, tx: Tx, person_id: int, hashed: str) -> None:
    """Set the password of somebody who forgot theirs; every session of theirs ends."""
    require(policy.can_administer(actor))
    _set_password(actor, tx, person_id, hashed)
    sessions.revoke(tx, person_id=person_id)


def _set_password(actor: Actor, tx: Tx, person_id: int, hashed: str) -> None:
    row = tx.session.get(PasswordRow, person_id)
    if row is None:
        tx.session.add(PasswordRow(person_id=person_id, hashed=hashed, changed_at=tx.now()))
    else:
        row.hashed, row.changed_at, row.published = hashed, tx.now(), False
    record(tx, actor, events.PasswordChanged(person_id))


def declare_interest(actor: Actor, *, tx: Tx, text: str | None) -> None:
    """Declare an interest, or with None that there is none to declare."""
    person = _own(actor, tx)
    person.interests_declared_at = tx.now()
    interest_id = None
    if text is not None:
        row = InterestRow(person_id=person.id, text=text, declared_at=tx.now())
        tx.session.add(row)
        tx.session.flush()
        interest_id = row.id
    record(tx, actor, events.InterestDeclared(person.id, interest_id))


def withdraw_interest(actor: Actor, *, tx: Tx, interest_id: int) -> None:
    """End one's own declared interest; it stays on the record with its end."""
    row = tx.session.get(InterestRow, interest_id)
    if row is None or row.person_id != actor.person_id:
        raise NotFound
    if row.withdrawn_at is None:
        row.withdrawn_at = tx.now()
        record(tx, actor, events.InterestWithdrawn(row.person_id, row.id))


def suspend(actor: Actor, *, tx: Tx, person_id: int) -> None:
    """Stop an account: every session ends at once, the work stays."""
    person = tx.session.get(PersonRow, person_id)
    if person is None or person.merged_into_id is not None:
        raise NotFound
    require(policy.can_manage_people(actor, person.organisation_id))
    require_no_other_admin(actor, tx=tx, person_id=person_id)
    person.suspended_at = tx.now()
    sessions.revoke(tx, person_id=person_id)
    record(tx, actor, events.PersonSuspended(person_id))


def require_no_other_admin(actor: Actor, *, tx: Tx, person_id: int) -> None:
    """Nobody ends their own access, and none but a platform admin that of one."""
    if person_id == actor.person_id:
        raise Forbidden("You cannot stop your own account. Ask another admin.")
    runs_platform = select(RoleRow.role).where(
        RoleRow.person_id == person_id, RoleRow.role == "platform_admin"
    )
    if tx.session.execute(runs_platform).first() is not None:
        require(policy.can_administer(actor))


def reinstate(actor: Actor, *, tx: Tx, person_id: int) -> None:
    """Let a suspended account work again; its old sessions stay ended."""
    require(policy.can_administer(actor))
    person = tx.session.get(PersonRow, person_id)
    if person is None or person.merged_into_id is not None:
        # What was merged stays merged: what was theirs is another account's now.
        raise NotFound
    person.suspended_at = None
    current = select(MembershipRow.id).where(
        MembershipRow.person_id == person_id, MembershipRow.until.is_(None)
    )
    if tx.session.execute(current).first() is None:
        tx.session.add(
            MembershipRow(person_id=person_id, organisation_id=person.organisation_id, since=tx.now())
        )
    record(tx, actor, events.PersonReinstated(person_id))
