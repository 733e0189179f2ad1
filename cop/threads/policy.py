"""Who may see a thread and do what in it: PRODUCT.md's row "team space". Who may read a team, teams decide."""

from __future__ import annotations

from sqlalchemy import or_
from sqlalchemy.sql import ColumnElement

from cop.kernel.access import ALLOWED, HELD_BACK, Actor, Verdict, refused
from cop.teams import policy as teams
from cop.teams import queries as team_queries
from cop.teams.policy import Standing
from cop.threads.models import ThreadRow

THING = "thread"
"""What an invitation to one thread calls it."""


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """SQL: threads the actor may read: those of teams they read, and those they are a guest of by name."""
    of_team = ThreadRow.team_id.in_(team_queries.visible_ids(actor))
    if not actor.signed_in:
        return of_team
    return or_(of_team, ThreadRow.id.in_(team_queries.named_ids(actor, thing=THING)))


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


def can_reply(actor: Actor, team: Standing, *, locked: bool) -> Verdict:
    """Writing in a thread that is there already: nobody, while it is locked."""
    verdict = teams.can_write(actor, team)
    if verdict and locked:
        return refused("This thread is locked, so no posts can be added. What is here stays readable.")
    return verdict


def can_conclude(actor: Actor, team: Standing, *, started_by: int) -> Verdict:
    """Saying what came of a thread, and taking it up again: who started it, the lead and the facilitators."""
    if team.manages or started_by == actor.person_id or actor.is_system:
        return teams.can_write(actor, team)
    return refused(
        "Only the person who started the thread, the team’s lead and its facilitators can do this."
    )


def can_lock(actor: Actor, team: Standing) -> Verdict:
    """Locking and unlocking: the lead and the facilitators."""
    return teams.can_manage(actor, team)


_CIRCLES = ("private", "network", "open")
"""Access modes, the fewest readers first."""


def can_move(actor: Actor, source: Standing, target: Standing, *, outside: int) -> Verdict:
    """Moving a thread: whoever runs both teams, never to more readers, and not past those who wrote it in private.

    `outside` counts the people who wrote in a thread of a private team and are not on the other team.
    """
    for team in (source, target):
        verdict = teams.can_manage(actor, team)
        if not verdict:
            return verdict
    if _CIRCLES.index(target.access_mode) > _CIRCLES.index(source.access_mode):
        return refused(
            "More people read that team than this one. Start a new thread there, and say in your own words what "
            "matters."
        )
    if outside:
        people = "1 person who wrote in it is" if outside == 1 else f"{outside} people who wrote in it are"
        return refused(f"This team is private, and {people} not on that team.")
    return ALLOWED


def can_report(actor: Actor, *, author_id: int) -> Verdict:
    """Reporting a post: whoever reads it, signed in or not, except its author."""
    if actor.signed_in and author_id == actor.person_id:
        return refused("You wrote this post. You can edit or remove it yourself.")
    return ALLOWED


def can_moderate(actor: Actor, team: Standing) -> Verdict:
    """Deciding about posts of a team that one reads: its lead and facilitators, and the platform's admin.

    Also when the team is closed: what it wrote is still read.
    """
    if actor.is_system or team.manages or actor.is_platform_admin:
        return ALLOWED
    if actor.held_back:
        return refused(f"Only the team’s lead and facilitators can do this. If you are one: {HELD_BACK}")
    return refused("Only the team’s lead and facilitators can do this.")


def can_decide(actor: Actor, team: Standing, *, author_id: int) -> Verdict:
    """Hiding a post, leaving it, showing it again: whoever moderates, but nobody about a post of their own."""
    verdict = can_moderate(actor, team)
    if verdict and actor.signed_in and author_id == actor.person_id:
        return refused("You wrote this post, so somebody else has to decide about it.")
    return verdict


def reads_hidden(actor: Actor, team: Standing, *, author_id: int) -> bool:
    """Whose eyes a hidden post is still for, among those who read its thread: its author, and whoever moderates."""
    return (actor.signed_in and author_id == actor.person_id) or bool(can_moderate(actor, team))
