"""Who may add a file. Who may see one is decided by the domain that owns it, never here."""

from __future__ import annotations

from cop.kernel.access import ALLOWED, Actor, Verdict, refused


def can_add(actor: Actor) -> Verdict:
    """Anyone signed in may add a file; what they may attach it to is the owning domain's rule."""
    if actor.signed_in or actor.is_system:
        return ALLOWED
    return refused("Sign in to upload a file.")


def can_store_text(actor: Actor) -> Verdict:
    """Only the worker stores what was read from a file."""
    return ALLOWED if actor.is_system else refused("Only the server itself reads the text of files.")
