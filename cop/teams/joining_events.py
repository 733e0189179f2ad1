"""What happens when people come to a team: invitations, guests, requests to join, and a lead that is handed over."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class PersonInvited(Event):
    """Somebody was invited by their address to a team or to one thing of it; `again` when the email was sent anew."""

    invitation_id: int
    team_id: int
    thing: str
    thing_id: int
    standing: str
    again: bool


@dataclass(frozen=True, slots=True)
class InvitationUsed(Event):
    """Somebody took an invitation up; `waits` says that an admin or a lead decides first."""

    invitation_id: int
    team_id: int
    person_id: int | None
    waits: bool


@dataclass(frozen=True, slots=True)
class InvitationEnded(Event):
    """An invitation is worth nothing any more: declined, withdrawn or refused."""

    invitation_id: int
    team_id: int
    state: str


@dataclass(frozen=True, slots=True)
class GuestAdmitted(Event):
    """Somebody is a guest of a team, or of one thing of it."""

    guest_id: int
    team_id: int
    thing: str
    thing_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class GuestEnded(Event):
    """Somebody is no longer a guest: they left, were sent away, or are on the team now."""

    guest_id: int
    team_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class JoiningTeamAsked(Event):
    """Somebody asked to join a team."""

    request_id: int
    team_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class JoiningTeamAnswered(Event):
    """A request to join a team was accepted, declined or taken back."""

    request_id: int
    team_id: int
    person_id: int
    state: str


@dataclass(frozen=True, slots=True)
class LeadOffered(Event):
    """A lead offered the lead to somebody else on the team."""

    offer_id: int
    team_id: int
    to_id: int


@dataclass(frozen=True, slots=True)
class LeadOfferAnswered(Event):
    """The lead was taken over, turned down, or the offer was taken back."""

    offer_id: int
    team_id: int
    state: str
