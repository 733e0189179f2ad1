"""Joining in the demonstration: an invitation, a request, a supplier who is a guest of one thread, a lead on offer."""

from __future__ import annotations

from collections.abc import Mapping

from cop.accounts import queries as accounts
from cop.accounts import sessions
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Tx
from cop.teams import hand_over, invitations, requests
from cop.teams import queries as teams
from cop.teams.invitations import Wish

LAWYER = "jo.sharples@derby.example"


def load(
    tx: Tx, *, people: Mapping[str, int], teams_by_key: Mapping[str, int], threads: Mapping[str, int]
) -> None:
    """What has to do with joining, through the services that people's own acts go through."""

    def as_person(key: str) -> Actor:
        return sessions.actor_of(tx, people[key])

    placements, fleet = teams_by_key["childrens-placements"], teams_by_key["fleet-decarbonisation"]
    amira, dafydd = as_person("amira-khan"), as_person("dafydd-morris")
    note = (
        "You put the Derby terms through last year. "
        "Six of our approaches touch contract terms, and nobody is a lawyer."
    )
    invitations.invite(amira, tx=tx, team_id=placements, wish=Wish(LAWYER, "member", "legal", note))
    nadia = as_person("nadia-petrova")
    asked = "I run the out-of-hours desk’s budget in Leeds. I would bring last year’s bills, night by night."
    requests.ask(nadia, tx=tx, team_id=placements, note=asked)
    _guest_of_one_thread(tx, dafydd, as_person("marguerite-vane"), fleet, threads["depot-connection"])
    imran = next(
        member
        for member in teams.members(SYSTEM, tx=tx, team_id=fleet)
        if member.person.id == people["imran-siddiqui"]
    )
    hand_over.offer(dafydd, tx=tx, team_id=fleet, member_id=imran.id)


def _guest_of_one_thread(tx: Tx, lead: Actor, guest: Actor, team_id: int, thread_id: int) -> None:
    address = accounts.address_of(SYSTEM, tx=tx, person_id=guest.person_id or 0) or ""
    note = "You have connected more depots than all of us. Tell us what the network operators ask for."
    wish = Wish(address, "guest", "supplier", note, thing="thread", thing_id=thread_id)
    number = invitations.invite(lead, tx=tx, team_id=team_id, wish=wish)
    invitations.accept(guest, tx=tx, invitation_id=number)
