"""The letters about two accounts that become one. Neither names the other account: its reader may be somebody else."""

from __future__ import annotations

from datetime import timedelta

from cop.accounts import merging, queries
from cop.accounts.merging import DONE_CLOSED, DONE_KEPT, PROVE_CLOSED, PROVE_KEPT
from cop.kernel.access import SYSTEM
from cop.mail.letter import Letter
from cop.mail.post import Draft, Post, Purpose

LIVES = timedelta(days=7)
WHY = "You get this email because it concerns how you sign in. It cannot be stopped."


def register(post: Post) -> None:
    """Add them to what can be sent."""
    post.add(Purpose(PROVE_KEPT, _prove, LIVES))
    post.add(Purpose(PROVE_CLOSED, _prove_closed, LIVES))
    post.add(Purpose(DONE_KEPT, _done_kept))
    post.add(Purpose(DONE_CLOSED, _done_closed))


def _prove(draft: Draft) -> Letter | None:
    return _question(draft, kept=True)


def _prove_closed(draft: Draft) -> Letter | None:
    return _question(draft, kept=False)


def _question(draft: Draft, *, kept: bool) -> Letter | None:
    found = merging.merge(SYSTEM, tx=draft.tx, merge_id=draft.subject_id)
    proved_at = found.kept_proved_at if kept else found.closed_proved_at
    if found.state != "asked" or proved_at is not None:
        return None
    asked = found.kept_id if kept else found.closed_id
    if queries.address_of(SYSTEM, tx=draft.tx, person_id=asked) is None:
        # Stopped before this was sent: it will not be merged.
        return None
    own, other = merging.addresses(SYSTEM, tx=draft.tx, merge_id=found.id, kept=kept)
    stays = "The account with this address stays." if kept else "The account with the other address stays."
    return Letter(
        to=own,
        subject="Are both accounts yours?",
        paragraphs=[
            "Hello,",
            (
                f"an admin thinks that you have two accounts with us: one with this address, one with {other}. If both "
                f"are yours, confirm it, and they can become one. {stays} The same question goes to the other address."
            ),
            "The link works for a week. On its page you can also say that the other account is not yours.",
        ],
        button=("Answer the question", draft.address(f"/merge/{draft.mint()}")),
        after=["If you do nothing, both accounts stay as they are."],
        why="You get this email because there is an account with this address.",
    )


def _done_kept(draft: Draft) -> Letter | None:
    found = merging.merge(SYSTEM, tx=draft.tx, merge_id=draft.subject_id)
    if found.state != "done" or queries.address_of(SYSTEM, tx=draft.tx, person_id=found.kept_id) is None:
        return None
    own, other = merging.addresses(SYSTEM, tx=draft.tx, merge_id=found.id, kept=True)
    return Letter(
        to=own,
        subject="Your two accounts are one now",
        paragraphs=[
            "Hello,",
            (
                f"what belonged to the account with {other} belongs to this one now. You were signed out everywhere. "
                "Sign in as you did with this address; the other address leads to this account as well."
            ),
        ],
        button=("Sign in", draft.address("/sign-in")),
        after=["If this is not right, tell a platform admin at once."],
        why=WHY,
    )


def _done_closed(draft: Draft) -> Letter | None:
    found = merging.merge(SYSTEM, tx=draft.tx, merge_id=draft.subject_id)
    if found.state != "done":
        return None
    own, other = merging.addresses(SYSTEM, tx=draft.tx, merge_id=found.id, kept=False)
    return Letter(
        to=own,
        subject="This account lives on in your other one",
        paragraphs=[
            "Hello,",
            (
                "the account with this address was closed, as you confirmed. What belonged to it belongs to the one "
                f"with {other} now, which gets our emails. The password and second step of this one are worth nothing "
                "any more."
            ),
        ],
        button=("Sign in", draft.address("/sign-in")),
        after=["If this is not right, tell a platform admin at once."],
        why=WHY,
    )
