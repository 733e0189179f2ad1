"""Domains of organisations: whose address ends in one of them, and is proved, belongs there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from cop.accounts import events, policy, queries
from cop.accounts.limits import DOMAIN_MAX
from cop.accounts.models import DomainRow
from cop.kernel.access import Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid, NotFound
from cop.kernel.events import record

ANYBODYS = frozenset(
    {
        "aol.com", "btinternet.com", "gmail.com", "googlemail.com", "gmx.com", "hotmail.co.uk", "hotmail.com",
        "icloud.com", "live.co.uk", "live.com", "mac.com", "mail.com", "me.com", "msn.com", "outlook.com",
        "proton.me", "protonmail.com", "sky.com", "talktalk.net", "virginmedia.com", "yahoo.co.uk", "yahoo.com",
    }
)  # fmt: skip
"""Where anybody can have an address. The list is not complete; it stops the mistake, not a determined admin."""
_DOMAIN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII
)
# Whose addresses everybody in the public sector has, or nobody.
_TOO_WIDE = frozenset(
    {
        "gov.uk",
        "org.uk",
        "co.uk",
        "nhs.uk",
        "nhs.net",
        "ac.uk",
        "sch.uk",
        "police.uk",
        "me.uk",
        "ltd.uk",
        "plc.uk",
        "gov.scot",
        "gov.wales",
        "cjsm.net",
    }
)


@dataclass(frozen=True, slots=True)
class Domain:
    """A domain of an organisation."""

    id: int
    domain: str
    added_at: datetime


def checked(typed: str) -> str:
    """The domain that somebody typed, perhaps with an address before it; Invalid when it cannot be one's own."""
    domain = typed.strip().lower().rpartition("@")[2]
    if len(domain) > DOMAIN_MAX or not _DOMAIN.fullmatch(domain):
        raise Invalid(
            "Enter what follows the @ in your people’s addresses, for example leeds.gov.uk", "domain"
        )
    if domain in ANYBODYS:
        raise Invalid(
            f"Anybody can have an address at {domain}, so it does not prove where somebody works", "domain"
        )
    if domain in _TOO_WIDE:
        raise Invalid(f"{domain} is not the domain of one organisation. Enter the whole of it", "domain")
    return domain


def listed(actor: Actor, *, tx: Tx, organisation_id: int) -> Sequence[Domain]:
    """An organisation's domains, for whoever manages its people."""
    require(policy.can_manage_people(actor, organisation_id))
    rows = tx.session.scalars(
        select(DomainRow).where(DomainRow.organisation_id == organisation_id).order_by(DomainRow.domain)
    )
    return [Domain(row.id, row.domain, row.added_at) for row in rows]


def add(actor: Actor, *, tx: Tx, organisation_id: int, domain: str) -> None:
    """Enter a domain; it counts at once, for addresses that are proved from now on.

    An organisation's admin enters that of their own address, which they have proved; the platform's admin any.
    """
    require(policy.can_manage_people(actor, organisation_id))
    entered = checked(domain)
    if not (actor.is_system or actor.is_platform_admin):
        own = queries.address_of(actor, tx=tx, person_id=actor.person_id or 0) or ""
        if own.rpartition("@")[2] != entered:
            raise Invalid(
                f"You can enter the domain of your own address, {own.rpartition('@')[2]}. For another one ask whoever "
                "runs this service",
                "domain",
            )
    row = DomainRow(organisation_id=organisation_id, domain=entered, added_at=tx.now())
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, events.DomainAdded(organisation_id, row.id))


def remove(actor: Actor, *, tx: Tx, organisation_id: int, domain_id: int) -> None:
    """Take a domain away. Who came in by it stays."""
    require(policy.can_manage_people(actor, organisation_id))
    row = tx.session.get(DomainRow, domain_id)
    if row is None or row.organisation_id != organisation_id:
        raise NotFound
    tx.session.delete(row)
    record(tx, actor, events.DomainRemoved(organisation_id, domain_id))
