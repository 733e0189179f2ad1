"""Who may do what with accounts. Profiles are for signed-in people; see PRODUCT.md, "Who may see and do what"."""

from __future__ import annotations

from cop.kernel.access import ALLOWED, OFFICER_KINDS, Actor, Verdict, refused


def can_administer(actor: Actor) -> Verdict:
    """Adding organisations and people, suspending: the platform admin, and the program itself."""
    if actor.is_platform_admin or actor.is_system:
        return ALLOWED
    return refused("Only a platform admin can do this.")


def can_change_profile(actor: Actor, person_id: int) -> Verdict:
    """Everybody changes their own profile and nobody else's."""
    if actor.is_system or actor.person_id == person_id:
        return ALLOWED
    return refused("You can only change your own profile.")


def can_see_people(actor: Actor) -> Verdict:
    """The directory of people is for officers; suppliers see their team colleagues only."""
    if actor.reads_network or actor.is_platform_admin:
        return ALLOWED
    return refused("The directory is for people who act for a council, a consortium or a central body.")


def can_see_work(actor: Actor, kind: str, organisation_id: int) -> Verdict:
    """The list of what an organisation published: for the public sector's own bodies, everybody.

    A supplier or a community group can be one person or three, so theirs is for whoever may look people up, and for
    its own people.
    """
    if kind in OFFICER_KINDS or actor.organisation_id == organisation_id:
        return ALLOWED
    return can_see_people(actor)


def can_manage_people(actor: Actor, organisation_id: int) -> Verdict:
    """An organisation's people and domains: its own admin, and the platform admin."""
    own = "organisation_admin" in actor.roles and actor.organisation_id == organisation_id
    if own or actor.is_platform_admin or actor.is_system:
        return ALLOWED
    return refused("Only the organisation’s admin can do this.")
