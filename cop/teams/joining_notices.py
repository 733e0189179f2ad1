"""What people are told of joining a team: who may still see it is asked each time, and emails name nothing private."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.notifications.kinds import KINDS, Described, Kind
from cop.teams import hand_over, invitations, requests
from cop.teams.invitations import Invitation
from cop.web.dates import in_london

Found = Mapping[int, Described]


def register() -> None:
    """Say what such notices are about. Every process needs it."""
    KINDS.provide(Kind(invitations.INVITED, _invited, "somebody invited you", at_once=True))
    KINDS.provide(Kind(invitations.ANSWERED, _answered, "somebody answered an invitation"))
    KINDS.provide(Kind(requests.ASKED, _asked, "somebody asked to join a team you run", at_once=True))
    KINDS.provide(Kind(requests.ANSWERED, _join_answered, "you asked to join a team", at_once=True))
    KINDS.provide(Kind(hand_over.OFFERED, _lead, "somebody offered you the lead of a team", at_once=True))
    KINDS.provide(Kind(hand_over.ANSWERED, _lead_answered, "you offered the lead of a team"))


def _invited(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    return {
        found.id: Described(
            f"{found.invited_by.name} invites you to {found.words} “{found.title or found.team_name}”",
            f"/invitations/{found.id}",
            found.team_name,
            "You are invited to a team"
            if found.thing == "team"
            else "You are invited to a part of a team’s work",
            needs=True,
            due=in_london(found.expires_at),
        )
        for found in invitations.own_open(actor, tx=tx, invitation_ids=ids)
    }


def _answered(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    """For those who run the team what became of it; for whoever was let in or refused by somebody else, that."""
    words = {found.id: _to_managers(found) for found in invitations.managed(actor, tx=tx, invitation_ids=ids)}
    for found in invitations.taken_by(actor, tx=tx, invitation_ids=set(ids) - set(words)):
        words[found.id] = _to_guest(found)
    return {number: said for number, said in words.items() if said is not None}


def _to_managers(found: Invitation) -> Described | None:
    desk, outside = f"/teams/{found.team_id}/joining", "Somebody answered an invitation to your team"
    name = found.person.name if found.person else found.email
    if found.state == "waits" and found.person is not None:
        return Described(
            f"{name} used the invitation sent to {found.email}: is that who you meant?",
            desk,
            found.team_name,
            "Somebody waits to be let in with an invitation to your team",
            needs=True,
        )
    said = {
        "waits": f"{found.email} accepted and waits for an account",
        "accepted": f"{name} accepted your invitation",
        "declined": f"{found.email} declined your invitation",
        "refused": f"{name} was not let in",
    }.get(found.state)
    return Described(said, desk, found.team_name, outside) if said else None


def _to_guest(found: Invitation) -> Described | None:
    if found.state == "accepted":
        title = f"You are in: {found.title or found.team_name}"
        return Described(title, found.href, found.team_name, "Your invitation to a team works now")
    if found.state == "refused":
        said = "The team’s lead did not let you in with the invitation you used"
        return Described(said, "/teams", "", said)
    return None


def _asked(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    return {
        found.id: Described(
            f"{found.person.name}, {found.person.organisation_name}, asks to join",
            f"/teams/{found.team_id}/joining/requests/{found.id}",
            found.team_name,
            "Somebody asks to join a team you run",
            needs=True,
        )
        for found in requests.managed(actor, tx=tx, request_ids=ids)
        if found.state == "open"
    }


def _join_answered(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    words = {
        "accepted": ("You are on the team", "You are on a team you asked to join"),
        "declined": ("Your request to join was declined", "A request of yours to join a team was answered"),
    }
    return {
        found.id: Described(
            f"{words[found.state][0]}: {found.answer}" if found.answer else words[found.state][0],
            f"/teams/{found.team_id}",
            found.team_name,
            words[found.state][1],
        )
        for found in requests.own(actor, tx=tx, request_ids=ids)
        if found.state in words
    }


def _lead(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    found = {}
    for offer in hand_over.offers(actor, tx=tx, offer_ids=ids):
        if offer.taker.id != actor.person_id or offer.state not in ("open", "accepted"):
            continue
        if offer.state == "open":
            found[offer.id] = Described(
                f"{offer.giver.name} offers you the lead",
                f"/lead-offers/{offer.id}",
                offer.team_name,
                "You are offered the lead of a team",
                needs=True,
            )
        else:
            found[offer.id] = Described(
                f"You lead the team “{offer.team_name}”",
                f"/teams/{offer.team_id}",
                offer.team_name,
                "You lead a team now",
            )
    return found


def _lead_answered(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    words = {"accepted": "leads the team now", "declined": "does not take the lead"}
    return {
        offer.id: Described(
            f"{offer.taker.name} {words[offer.state]}",
            f"/teams/{offer.team_id}",
            offer.team_name,
            "Your offer of the lead was answered",
        )
        for offer in hand_over.offers(actor, tx=tx, offer_ids=ids)
        if offer.giver.id == actor.person_id and offer.state in words
    }
