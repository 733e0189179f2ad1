"""What people are told of reports: those who decide, the author of a post that is hidden or shown, and the reporter.

Who may still read the thread is asked each time. An email names neither the thread nor the reason.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.notifications.kinds import KINDS, Described, Kind
from cop.teams import queries as teams
from cop.threads import reports, settling

Found = Mapping[int, Described]
ANSWERS = {
    "hide": "The post you reported is hidden",
    "keep": "The post you reported stays as it is",
    "show": "The post you reported is shown",
    "remove": "The post you reported was removed",
}


def register() -> None:
    """Say what such notices are about. Every process needs it."""
    KINDS.provide(
        Kind(settling.REPORTED, _reported, "a post in a team you look after was reported", at_once=True)
    )
    KINDS.provide(Kind(settling.HIDDEN, _hidden, "a post of yours was hidden", at_once=True))
    KINDS.provide(Kind(settling.RESTORED, _restored, "a post of yours was hidden before"))
    KINDS.provide(Kind(settling.ANSWERED, _answered, "you reported a post"))


def _reported(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    """Posts that wait for the reader's decision."""
    rows = tx.session.execute(reports.waiting_posts(actor, ids=ids)).all()
    names = teams.names(actor, tx=tx, team_ids={row.team_id for row in rows})
    return {
        row.id: Described(
            f"A post in “{row.title}” was reported",
            f"/posts/{row.id}/decide",
            names.get(row.team_id, ""),
            "A post in a team you look after was reported",
            needs=True,
        )
        for row in rows
    }


def _hidden(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    return {
        number: Described(
            f"Your post in “{title}” is hidden: {reason}",
            f"/posts/{number}",
            "Only you and those who decide about it can read it",
            "A post of yours was hidden",
        )
        for number, (title, reason) in reports.of_author(actor, tx=tx, post_ids=ids).items()
        if reason is not None
    }


def _restored(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    return {
        number: Described(
            f"Your post in “{title}” is there for everybody again",
            f"/posts/{number}",
            "It was hidden before",
            "A post of yours that was hidden is shown again",
        )
        for number, (title, reason) in reports.of_author(actor, tx=tx, post_ids=ids).items()
        if reason is None
    }


def _answered(actor: Actor, tx: Tx, ids: Collection[int]) -> Found:
    return {
        number: Described(
            f"{ANSWERS[found.decision.kind]}: {found.decision.reason}"
            if found.decision.reason
            else ANSWERS[found.decision.kind],
            f"/reports/{number}",
            found.thread_title,
            "A report of yours was answered",
        )
        for number, found in reports.own_reports(actor, tx=tx, ids=ids).items()
        if found.decision is not None
    }
