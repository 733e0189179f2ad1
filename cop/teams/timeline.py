"""The days of a team: when it took its steps, when the board moved its end, and its milestones.

Verbs and reads together, because a timeline is one list. Reads need the space of the team, like all it writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import SYSTEM, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid, NotFound
from cop.kernel.events import record
from cop.notifications import service as notices
from cop.teams import events, loading, queries
from cop.teams.limits import MILESTONES_MAX
from cop.teams.models import EndDateRow, MilestoneRow, StepRow, TeamRow

TEAM_END = "team_end"
"""Kind of the notices that a team comes to its end, or is past it."""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A day by which something should be true; `done_at` and `done_by` say that it is, and who said so."""

    id: int
    title: str
    due: date
    changed_at: datetime
    sequence: int
    done_at: datetime | None
    done_by: PersonLine | None


@dataclass(frozen=True, slots=True)
class EndMoved:
    """A decision of the board about the end date, and its reason."""

    before: date | None
    after: date
    reason: str
    decided_by: PersonLine | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class StepTaken:
    """When the team came into a state."""

    status: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Timeline:
    """All days of a team, each list in the order of time."""

    milestones: list[Milestone]
    moved: list[EndMoved]
    steps: list[StepTaken]


def timeline(actor: Actor, *, tx: Tx, team_id: int) -> Timeline:
    """The whole timeline of a team the actor may read. Four queries."""
    milestones = tx.session.scalars(
        select(MilestoneRow)
        .where(MilestoneRow.team_id == team_id, MilestoneRow.team_id.in_(queries.visible_ids(actor)))
        .order_by(MilestoneRow.due, MilestoneRow.id)
    ).all()
    moved = tx.session.scalars(
        select(EndDateRow)
        .where(EndDateRow.team_id == team_id, EndDateRow.team_id.in_(queries.visible_ids(actor)))
        .order_by(EndDateRow.id)
    ).all()
    steps = tx.session.scalars(
        select(StepRow)
        .where(StepRow.team_id == team_id, StepRow.team_id.in_(queries.visible_ids(actor)))
        .order_by(StepRow.id)
    )
    people = {row.done_by for row in milestones if row.done_by} | {
        row.decided_by for row in moved if row.decided_by
    }
    lines = accounts.lines_by_id(actor, tx=tx, person_ids=people)
    return Timeline(
        [_milestone(row, lines) for row in milestones],
        [
            EndMoved(row.before, row.after, row.reason, lines.get(row.decided_by or 0), row.decided_at)
            for row in moved
        ],
        [StepTaken(row.status, row.at) for row in steps],
    )


def _milestone(row: MilestoneRow, lines: dict[int, PersonLine]) -> Milestone:
    return Milestone(
        row.id, row.title, row.due, row.changed_at, row.sequence, row.done_at, lines.get(row.done_by or 0)
    )


def milestone(actor: Actor, *, tx: Tx, team_id: int, milestone_id: int) -> Milestone:
    """One milestone of a team the actor may read; NotFound otherwise."""
    row = tx.session.scalars(
        select(MilestoneRow).where(
            MilestoneRow.id == milestone_id,
            MilestoneRow.team_id == team_id,
            MilestoneRow.team_id.in_(queries.visible_ids(actor)),
        )
    ).first()
    if row is None:
        raise NotFound
    return _milestone(
        row, accounts.lines_by_id(actor, tx=tx, person_ids=[row.done_by] if row.done_by else [])
    )


def _managed(actor: Actor, tx: Tx, team_id: int, milestone_id: int) -> MilestoneRow:
    loading.locked_to_manage(actor, tx=tx, team_id=team_id)
    row = tx.session.get(MilestoneRow, milestone_id, populate_existing=True)
    if row is None or row.team_id != team_id:
        raise NotFound
    return row


def _not_before(actor: Actor, tx: Tx, team: TeamRow, due: date) -> None:
    """A milestone before the team's start would be late at once: nearly always a year that was mistyped."""
    if due < team.start_date and not actor.is_system:
        start = team.start_date
        raise Invalid(f"The team started on {start.day} {start:%B %Y}. Choose that day or a later one", "due")


def add_milestone(
    actor: Actor, *, tx: Tx, team_id: int, title: str, due: date, done_at: datetime | None = None
) -> int:
    """Set a day by which something should be true; returns the milestone's id. `done_at` is for imports."""
    team = loading.locked_to_manage(actor, tx=tx, team_id=team_id)
    _not_before(actor, tx, team, due)
    there = tx.session.scalars(select(MilestoneRow.id).where(MilestoneRow.team_id == team_id)).all()
    if len(there) >= MILESTONES_MAX:
        raise Invalid(f"A team can have {MILESTONES_MAX} milestones. Remove one that matters less.", "title")
    row = MilestoneRow(
        team_id=team_id,
        title=title,
        due=due,
        added_by=actor.person_id,
        changed_at=tx.now(),
        sequence=0,
        done_at=done_at,
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, events.MilestoneAdded(team_id, row.id))
    return row.id


def change_milestone(actor: Actor, *, tx: Tx, team_id: int, milestone_id: int, title: str, due: date) -> None:
    """Give a milestone another title or another day."""
    row = _managed(actor, tx, team_id, milestone_id)
    if (row.title, row.due) == (title, due):
        return
    if row.due != due:
        _not_before(actor, tx, loading.locked_to_manage(actor, tx=tx, team_id=team_id), due)
    row.title, row.due = title, due
    _touched(tx, row)
    record(tx, actor, events.MilestoneChanged(team_id, row.id))


def reach_milestone(actor: Actor, *, tx: Tx, team_id: int, milestone_id: int) -> None:
    """Mark a milestone as reached, now and by the actor. Saying it twice changes nothing."""
    row = _managed(actor, tx, team_id, milestone_id)
    if row.done_at is None:
        row.done_at, row.done_by = tx.now(), actor.person_id
        _touched(tx, row)
        record(tx, actor, events.MilestoneReached(team_id, row.id))


def reopen_milestone(actor: Actor, *, tx: Tx, team_id: int, milestone_id: int) -> None:
    """Take back that a milestone was reached."""
    row = _managed(actor, tx, team_id, milestone_id)
    if row.done_at is not None:
        row.done_at = row.done_by = None
        _touched(tx, row)
        record(tx, actor, events.MilestoneReopened(team_id, row.id))


def _touched(tx: Tx, row: MilestoneRow) -> None:
    row.changed_at, row.sequence = tx.now(), row.sequence + 1
    tx.session.flush()


def remove_milestone(actor: Actor, *, tx: Tx, team_id: int, milestone_id: int) -> None:
    """Take a milestone off the timeline."""
    row = _managed(actor, tx, team_id, milestone_id)
    tx.session.execute(delete(MilestoneRow).where(MilestoneRow.id == row.id))
    record(tx, actor, events.MilestoneRemoved(team_id, milestone_id))


def note_step(tx: Tx, team_id: int, status: str, *, at: datetime, person_id: int | None) -> None:
    """Put a step that was just taken on the timeline; the step's own event says who took it."""
    tx.session.add(StepRow(team_id=team_id, status=status, at=at, person_id=person_id))
    tx.session.flush()


def note_end_date(
    tx: Tx,
    team_id: int,
    *,
    before: date | None,
    after: date,
    reason: str,
    person_id: int | None,
    at: datetime | None = None,
) -> None:
    """Put a decision about the end date on the timeline; `TeamExtended` is its event. What leads were told is past."""
    notices.forget(SYSTEM, tx=tx, kind=TEAM_END, subject_ids=[team_id])
    tx.session.add(
        EndDateRow(
            team_id=team_id,
            before=before,
            after=after,
            reason=reason,
            decided_by=person_id,
            decided_at=at or tx.now(),
        )
    )
    tx.session.flush()
