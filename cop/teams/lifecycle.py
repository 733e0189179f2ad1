"""The life of a team as a table: forming → active → finishing → closed (PRODUCT.md, "Lifecycles").

The last step, to closed, needs the closing report and the hand-over of open items; it joins this table with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cop.kernel.access import ALLOWED, Actor, Verdict, refused
from cop.kernel.db import Tx
from cop.kernel.lifecycle import Lifecycle, Transition
from cop.teams import events, policy
from cop.teams.limits import STATES
from cop.teams.models import TeamRow

FUNCTIONS_NEEDED = 4


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must be true before a step; `missing` is the sentence that asks for it."""

    label: str
    met: bool
    missing: str


def conditions_to_activate(team: TeamRow) -> Sequence[Condition]:
    """What an active team needs; `team.members` must be loaded."""
    roles = [member.role for member in team.members]
    functions = len({member.function for member in team.members})
    return (
        Condition("A lead", "lead" in roles, "Choose a lead."),
        Condition("A facilitator", "facilitator" in roles, "Choose a facilitator."),
        Condition(
            f"People from at least {FUNCTIONS_NEEDED} functions",
            functions >= FUNCTIONS_NEEDED,
            f"Add people from at least {FUNCTIONS_NEEDED} functions. There are {functions} now.",
        ),
        Condition(
            "An ambition with a number and a date",
            bool(team.ambition) and team.ambition_by is not None,
            "Write the ambition, with a number and a date.",
        ),
        Condition("An end date", team.end_date is not None, "Set the end date."),
    )


def _may_become_active(tx: Tx, team: TeamRow) -> Verdict:
    missing = [item.missing for item in conditions_to_activate(team) if not item.met]
    return refused("The team cannot start work yet. " + " ".join(missing)) if missing else ALLOWED


def _managers(actor: Actor, team: TeamRow) -> Verdict:
    return policy.can_manage(actor, policy.standing(actor, team))


LIFECYCLE = Lifecycle(
    status=TeamRow.status,
    states=STATES,
    transitions=(
        Transition(
            name="activate",
            label="Start the work",
            from_=("forming",),
            to="active",
            policy=_managers,
            event=lambda team: events.TeamActivated(team.id),
            guard=_may_become_active,
        ),
        Transition(
            name="finish",
            label="Start finishing",
            from_=("active",),
            to="finishing",
            policy=_managers,
            event=lambda team: events.TeamFinishingBegun(team.id),
        ),
    ),
)
