"""Who may do what in a thread: PRODUCT.md's row "team space". Who may read it, teams decide."""

from __future__ import annotations

from cop.kernel.access import ALLOWED, Actor, Verdict, refused
from cop.teams import policy as teams
from cop.teams.policy import Standing


def can_write(actor: Actor, team: Standing) -> Verdict:
    """Starting threads and replying: people on the team, until it is closed."""
    return teams.can_write(actor, team)


def can_edit(actor: Actor, team: Standing, *, author_id: int) -> Verdict:
    """Changing the words of a post: its author alone, while they may write."""
    if author_id != actor.person_id:
        return refused("You can only edit your own posts.")
    return teams.can_write(actor, team)


def can_remove(actor: Actor, team: Standing, *, author_id: int) -> Verdict:
    """Removing a post: its author, or the team's lead and facilitators."""
    if team.manages:
        return teams.can_manage(actor, team)
    if author_id != actor.person_id:
        return refused("Only its author and the team’s lead and facilitators can remove a post.")
    return teams.can_write(actor, team)


def can_follow(actor: Actor) -> Verdict:
    """Choosing what one hears of, and keeping one's place: whoever may read it and has an account."""
    return ALLOWED if actor.signed_in else refused("Sign in to choose what you hear of.")
