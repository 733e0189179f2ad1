"""The letter that invites somebody. It carries nothing restricted: no note, and a team's name only if it is open."""

from __future__ import annotations

from datetime import timedelta

from cop.accounts.functions import in_small_letters
from cop.kernel.access import SYSTEM
from cop.mail.letter import Letter
from cop.mail.post import Draft, Post, Purpose
from cop.teams import invitations
from cop.teams.invitations import LIVES, MAIL, Invitation
from cop.teams.joining_limits import WHOLE_TEAM
from cop.web.dates import in_full


def register(post: Post) -> None:
    """Add it to what can be sent."""
    # The invitation itself says when it is over; its link may not end before it when the mail waited.
    post.add(Purpose(MAIL, _invitation, LIVES + timedelta(days=1)))


def _what(found: Invitation) -> str:
    """What somebody is invited to, as everybody may read it."""
    team = f"the team “{found.team_name}”" if found.access_mode == "open" else "a team"
    if found.thing == WHOLE_TEAM:
        return team
    return f"{found.words} of {team}"


def _invitation(draft: Draft) -> Letter | None:
    found = invitations.shown(SYSTEM, tx=draft.tx, invitation_id=draft.subject_id)
    if found is None or not found.usable or found.team_status == "closed":
        return None
    who = f"{found.invited_by.name} ({found.invited_by.organisation_name})"
    as_what = "as a member" if found.standing == "member" else "as a guest"
    paragraphs = ["Hello,", f"{who} invites you {as_what} to {_what(found)}."]
    if found.standing == "member":
        paragraphs.append(f"The team hopes that you bring: {in_small_letters(found.function)}.")
    if found.note:
        paragraphs.append("There is a note for you with the invitation.")
    paragraphs.append(f"The invitation stands until {in_full(found.expires_at, draft.now)}.")
    return Letter(
        to=found.email,
        subject=f"{found.invited_by.name} invites you to {_what(found)}",
        paragraphs=paragraphs,
        button=("Read the invitation", draft.address(f"/invitations/{found.id}/{draft.mint()}")),
        after=[
            "Opening the link changes nothing: you say yes or no on the page. You need no account before.",
            "The link is for you alone, and works once. Please do not pass it on.",
        ],
        why=f"You get this email because {found.invited_by.name} typed this address on our site to invite you.",
    )
