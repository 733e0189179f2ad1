"""Joining: somebody asks for an account, proves their address by a link, and is let in at once or by their admin.

At once only when the address belongs to a domain that was entered for the very organisation they named, letter for
letter, and only after it was proved: anybody can type anybody's address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, select

from cop.accounts import events, policy, queries, service
from cop.accounts.functions import FUNCTIONS
from cop.accounts.models import DomainRow, OrganisationRow, PersonRow, RegistrationRow, RoleRow
from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Gone, NotFound
from cop.kernel.events import record
from cop.mail import links
from cop.mail import service as mail

PROVE, APPROVED, REFUSED = "prove_address", "joining_approved", "joining_refused"
"""Purposes of the mails that joining sends."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody who wants to join says about themselves."""

    email: str
    name: str
    job: str
    function: str
    organisation_id: int


@dataclass(frozen=True, slots=True)
class Registration:
    """A request to join, as its mails and pages show it."""

    id: int
    email: str
    name: str
    job: str
    function: str
    organisation_id: int
    organisation_name: str
    state: str
    asked_at: datetime
    person_id: int | None

    @property
    def function_words(self) -> str:
        """The function in words."""
        return FUNCTIONS[self.function]


def ask(actor: Actor, *, tx: Tx, asked: Asked) -> None:
    """Ask for an account. Whether the address has one already is not even looked up here, so that neither the
    answer nor the time it takes can tell: the mail is written accordingly, later, and only its reader learns of it.
    """
    email = asked.email.strip().lower()
    # What somebody has proved waits for an admin, and is nobody else's to change: they are told so by mail.
    row = _open(tx, email, "proved") or _asking(tx, email, asked)
    record(tx, actor, events.JoiningAsked(row.id))
    mail.queue(actor, tx=tx, purpose=PROVE, subject_id=row.id)


def _open(tx: Tx, email: str, *states: str) -> RegistrationRow | None:
    """The request in one of these states, held: an admin who decides about it at this moment comes first or after."""
    return tx.session.scalars(
        select(RegistrationRow)
        .where(RegistrationRow.email == email, RegistrationRow.state.in_(states))
        .with_for_update()
    ).first()


def _asking(tx: Tx, email: str, asked: Asked) -> RegistrationRow:
    """The request that is open for this address, or a new one, with what is asked for now."""
    if tx.session.get(OrganisationRow, asked.organisation_id) is None:
        raise NotFound
    row = _open(tx, email, "asked", "proved")
    if row is None:
        row = RegistrationRow(email=email, asked_at=tx.now())
        tx.session.add(row)
    # Who asks again says it anew and proves it anew: the first may have been somebody else's joke.
    row.state, row.asked_at, row.proved_at = "asked", tx.now(), None
    row.name, row.job, row.function = asked.name, asked.job, asked.function
    row.organisation_id = asked.organisation_id
    tx.session.flush()
    links.withdraw(tx, purpose=PROVE, subject_id=row.id)
    return row


def has_account(actor: Actor, *, tx: Tx, email: str) -> bool:
    """Whether there is an account with this address, also one that was stopped; for the program that writes mail."""
    require(policy.can_administer(actor))
    return _account(tx, email) is not None


def organisation_of_address(actor: Actor, *, tx: Tx, email: str) -> str:
    """Name of the organisation whose domain an address belongs to, empty for none: what a form can say beforehand."""
    organisation_id = _domain_of(tx, email)
    if organisation_id is None:
        return ""
    return tx.session.execute(
        select(OrganisationRow.name).where(OrganisationRow.id == organisation_id)
    ).scalar_one()


def by_link(actor: Actor, *, tx: Tx, token: str) -> Registration:
    """What the link of the mail leads to, without using it up. Gone when it was used or is too old."""
    link = links.find(tx, token=token, purpose=PROVE)
    return _shown(tx, link.subject_id)


def prove(actor: Actor, *, tx: Tx, token: str) -> Registration:
    """Prove an address by the link that was sent to it. The account exists when `person_id` is set afterwards."""
    link = links.use(actor, tx=tx, token=token, purpose=PROVE)
    row = _locked(tx, link.subject_id)
    if row.state != "asked":
        raise Gone(links.USED_OR_OLD)
    return _proved(actor, tx, row)


def ask_proved(actor: Actor, *, tx: Tx, asked: Asked) -> Registration:
    """Ask for an account with an address that a link has proved: an invitation's, used up by the caller.

    Conflict when there is an account with it. The new one exists when `person_id` is set afterwards.
    """
    email = asked.email.strip().lower()
    # Held before it is looked whether there is an account: whoever decides about it may be making one.
    _open(tx, email, "asked", "proved")
    if _account(tx, email) is not None:
        raise Conflict("There is an account with this address already. Sign in with it.")
    row = _asking(tx, email, asked)
    record(tx, actor, events.JoiningAsked(row.id))
    return _proved(actor, tx, row)


def _proved(actor: Actor, tx: Tx, row: RegistrationRow) -> Registration:
    row.state, row.proved_at = "proved", tx.now()
    trusted = _domain_of(tx, row.email) == row.organisation_id
    record(tx, actor, events.JoiningProved(row.id, row.organisation_id, not trusted))
    if trusted:
        _let_in(SYSTEM, tx, row)
    tx.session.flush()
    return _shown(tx, row.id)


def waiting(actor: Actor, *, tx: Tx, organisation_id: int) -> Sequence[Registration]:
    """Who proved their address and waits for this organisation's admin, the longest first."""
    require(policy.can_manage_people(actor, organisation_id))
    rows = tx.session.execute(
        _columns()
        .where(RegistrationRow.organisation_id == organisation_id, RegistrationRow.state == "proved")
        .order_by(RegistrationRow.proved_at, RegistrationRow.id)
    )
    return [_registration(*row) for row in rows]


def waiting_count(actor: Actor, *, tx: Tx) -> int:
    """How many wait for the actor: in their own organisation, or anywhere for the platform admin."""
    waits = _waits_for(actor)
    if waits is None:
        return 0
    return tx.session.execute(select(func.count()).select_from(RegistrationRow).where(waits)).scalar_one()


def places_waiting(actor: Actor) -> ScalarSelect[int] | None:
    """SQL: at how many organisations somebody waits for the actor; None for who decides about nobody."""
    waits = _waits_for(actor)
    if waits is None:
        return None
    return select(func.count(RegistrationRow.organisation_id.distinct())).where(waits).scalar_subquery()


def _waits_for(actor: Actor) -> ColumnElement[bool] | None:
    proved = RegistrationRow.state == "proved"
    if actor.is_platform_admin:
        return proved
    if "organisation_admin" not in actor.roles:
        return None
    return and_(proved, RegistrationRow.organisation_id == actor.organisation_id)


def organisations_waiting(actor: Actor, *, tx: Tx) -> list[tuple[int, str, int]]:
    """Organisations where somebody waits, for the platform admin: id, name and how many, by name."""
    require(policy.can_administer(actor))
    rows = tx.session.execute(
        select(OrganisationRow.id, OrganisationRow.name, func.count())
        .join(RegistrationRow, RegistrationRow.organisation_id == OrganisationRow.id)
        .where(RegistrationRow.state == "proved")
        .group_by(OrganisationRow.id, OrganisationRow.name)
        .order_by(OrganisationRow.name)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def decide(actor: Actor, *, tx: Tx, registration_id: int, approved: bool) -> Registration:
    """Let somebody in, or not; either way they are told by mail."""
    row = _locked(tx, registration_id)
    if not policy.can_manage_people(actor, row.organisation_id):
        # Whose requests one may not decide one may not know of either.
        raise NotFound
    if row.state != "proved":
        raise Conflict("Somebody has decided about this already.")
    record(tx, actor, events.JoiningDecided(row.id, row.organisation_id, approved))
    row.decided_by = actor.person_id
    if approved:
        _let_in(actor, tx, row)
        mail.queue(actor, tx=tx, purpose=APPROVED, subject_id=row.id)
    else:
        row.state, row.decided_at = "refused", tx.now()
        mail.queue(actor, tx=tx, purpose=REFUSED, subject_id=row.id)
    tx.session.flush()
    return _shown(tx, row.id)


def admins_of(actor: Actor, *, tx: Tx, organisation_id: int) -> list[int]:
    """Who decides about an organisation's people: its admins, else the platform's. Ids of people."""
    own = queries.admin_ids(actor, tx=tx, organisation_id=organisation_id)
    if own:
        return own
    return sorted(tx.session.scalars(select(RoleRow.person_id).where(RoleRow.role == "platform_admin")))


def shown(actor: Actor, *, tx: Tx, registration_id: int) -> Registration:
    """One request, for the program that writes about it."""
    require(policy.can_administer(actor))
    return _shown(tx, registration_id)


def organisations_of(actor: Actor, *, tx: Tx, registration_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Id and name of the organisation of those requests that still wait for the actor to decide."""
    rows = tx.session.execute(
        select(RegistrationRow.id, OrganisationRow.id, OrganisationRow.name)
        .join(OrganisationRow, OrganisationRow.id == RegistrationRow.organisation_id)
        .where(RegistrationRow.id.in_(registration_ids), RegistrationRow.state == "proved")
    )
    return {row[0]: (row[1], row[2]) for row in rows if policy.can_manage_people(actor, row[1])}


def _let_in(actor: Actor, tx: Tx, row: RegistrationRow) -> None:
    """Make the account. Whoever decides is asked by the caller; making it is the program's own act.

    Conflict when there is one meanwhile: an admin added them, or they asked twice.
    """
    if _account(tx, row.email) is not None:
        raise Conflict("There is an account with this address already.")
    row.person_id = service.add_person(
        SYSTEM,
        tx=tx,
        email=row.email,
        name=row.name,
        organisation_id=row.organisation_id,
        function=row.function,
        job=row.job,
    )
    row.state, row.decided_at = "approved", tx.now()


def _account(tx: Tx, email: str) -> int | None:
    return tx.session.scalar(select(PersonRow.id).where(PersonRow.email == email))


def _domain_of(tx: Tx, email: str) -> int | None:
    """The organisation whose domain an address belongs to, letter for letter: a subdomain is another domain."""
    domain = email.rpartition("@")[2]
    return tx.session.scalar(select(DomainRow.organisation_id).where(DomainRow.domain == domain))


def _locked(tx: Tx, registration_id: int) -> RegistrationRow:
    row = tx.session.get(RegistrationRow, registration_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound
    return row


def _columns() -> Select[RegistrationRow, str]:
    return select(RegistrationRow, OrganisationRow.name).join(
        OrganisationRow, OrganisationRow.id == RegistrationRow.organisation_id
    )


def _shown(tx: Tx, registration_id: int) -> Registration:
    row = tx.session.execute(_columns().where(RegistrationRow.id == registration_id)).first()
    if row is None:
        raise NotFound
    return _registration(*row)


def _registration(row: RegistrationRow, organisation_name: str) -> Registration:
    return Registration(
        row.id,
        row.email,
        row.name,
        row.job,
        row.function,
        row.organisation_id,
        organisation_name,
        row.state,
        row.asked_at,
        row.person_id,
    )
