"""The life of a thread as a table: open → concluded, with an outcome → reopened (PRODUCT.md, "Lifecycles")."""

from __future__ import annotations

from cop.kernel.access import ALLOWED, Verdict, refused
from cop.kernel.db import Tx
from cop.kernel.lifecycle import Lifecycle, Transition
from cop.teams.policy import Standing
from cop.threads import events, policy
from cop.threads.limits import STATES
from cop.threads.models import ThreadRow


def _has_an_outcome(tx: Tx, thread: ThreadRow) -> Verdict:
    return ALLOWED if thread.outcome.strip() else refused("Say what came out of it before you conclude it.")


def lifecycle(team: Standing) -> Lifecycle:
    """The table for somebody of this standing on the thread's team: a row does not know who is looking."""
    return Lifecycle(
        status=ThreadRow.status,
        states=STATES,
        transitions=(
            Transition(
                name="conclude",
                label="Conclude",
                from_=("open", "reopened"),
                to="concluded",
                policy=lambda actor, thread: policy.can_conclude(actor, team, started_by=thread.created_by),
                event=lambda thread: events.ThreadConcluded(thread.id, thread.team_id),
                guard=_has_an_outcome,
            ),
            Transition(
                name="reopen",
                label="Reopen",
                from_=("concluded",),
                to="reopened",
                policy=lambda actor, thread: policy.can_conclude(actor, team, started_by=thread.created_by),
                event=lambda thread: events.ThreadReopened(thread.id, thread.team_id),
            ),
        ),
    )


LIFECYCLE = lifecycle(Standing(0, "active", "open", None))
"""The table itself, for the diagram in the documentation."""
