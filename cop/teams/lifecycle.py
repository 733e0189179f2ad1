"""The life of a team as a table: forming → active → finishing → closed (PRODUCT.md, "Lifecycles").

Each step has conditions, which its page shows one by one: what is done, what is missing, who can do it and where.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from cop.kernel.access import ALLOWED, Actor, Verdict, refused
from cop.kernel.db import Tx
from cop.kernel.lifecycle import Lifecycle, Transition
from cop.teams import events, policy
from cop.teams.limits import STATES
from cop.teams.models import OpenItemRow, ReportRow, TeamRow
from cop.teams.report_words import unanswered
from cop.teams.wording import one_of

FUNCTIONS_NEEDED = 4


MANAGERS_DO_IT = "The lead or a facilitator"
ANYBODY_DOES_IT = "Anybody on the team; handing over is for the lead and the facilitators"


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that must be true before a step; `missing` is the sentence that asks for it.

    `who` can see to it, at the team's page that `where` names.
    """

    label: str
    met: bool
    missing: str
    who: str = MANAGERS_DO_IT
    where: str = "charter"


def conditions_to_activate(team: TeamRow) -> Sequence[Condition]:
    """What an active team needs; `team.members` must be loaded."""
    roles = [member.role for member in team.members]
    functions = len({member.function for member in team.members})
    return (
        Condition("A lead", "lead" in roles, "Choose a lead.", where="people"),
        Condition("A facilitator", "facilitator" in roles, "Choose a facilitator.", where="people"),
        Condition(
            f"People from at least {FUNCTIONS_NEEDED} functions",
            functions >= FUNCTIONS_NEEDED,
            f"Add people from at least {FUNCTIONS_NEEDED} functions. There {_is(functions)} now.",
            where="people",
        ),
        Condition(
            "An ambition with a number and a date",
            bool(team.ambition) and team.ambition_by is not None,
            "Write the ambition, with a number and a date.",
        ),
        Condition("An end date", team.end_date is not None, "Set the end date."),
    )


def conditions_to_close(tx: Tx, team: TeamRow) -> Sequence[Condition]:
    """What a closed team leaves behind. Two queries."""
    report = tx.session.scalars(
        select(ReportRow.source)
        .where(ReportRow.team_id == team.id)
        .order_by(ReportRow.version.desc())
        .limit(1)
    ).first()
    still_open = tx.session.execute(
        select(func.count()).where(OpenItemRow.team_id == team.id, OpenItemRow.state == "open")
    ).scalar_one()
    questions = unanswered(report) if report is not None else []
    return (
        Condition(
            "The closing report is written",
            report is not None,
            "Write the closing report. A draft of what happened waits for you.",
            where="report",
        ),
        Condition(
            "The report answers its questions",
            report is not None and not questions,
            f"Answer what the draft asks. {_questions(questions)}"
            if questions
            else "Answer what the draft asks.",
            where="report",
        ),
        Condition(
            "Nothing on the list is open",
            still_open == 0,
            f"Finish or hand over each open item. There {_is(still_open)} now.",
            who=ANYBODY_DOES_IT,
            where="items",
        ),
    )


def _is(count: int) -> str:
    return "is 1" if count == 1 else f"are {count}"


def _questions(missing: Sequence[str]) -> str:
    return f"No answer stands under {one_of([f'“{each}”' for each in missing], 'and')}."


def conditions(tx: Tx, team: TeamRow, step: str) -> Sequence[Condition]:
    """What a step needs; nothing for one that needs nothing."""
    if step == "activate":
        return conditions_to_activate(team)
    return conditions_to_close(tx, team) if step == "close" else ()


def _all_met(words: str, found: Sequence[Condition]) -> Verdict:
    missing = [item.missing for item in found if not item.met]
    return refused(f"{words} {' '.join(missing)}") if missing else ALLOWED


def _may_become_active(tx: Tx, team: TeamRow) -> Verdict:
    return _all_met("The team cannot start work yet.", conditions_to_activate(team))


def _may_close(tx: Tx, team: TeamRow) -> Verdict:
    return _all_met("The team cannot be closed yet.", conditions_to_close(tx, team))


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
        Transition(
            name="close",
            label="Close the team",
            from_=("finishing",),
            to="closed",
            policy=_managers,
            event=lambda team: events.TeamClosed(team.id),
            guard=_may_close,
        ),
    ),
)
