"""Verbs about teams: actor first, the rest keyword-only, an event for each. `loading` locks the team's row first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import delete, insert, select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import SYSTEM, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from cop.kernel.events import record
from cop.live import publish
from cop.teams import events, loading, open_items, opening, places, policy, timeline
from cop.teams.lifecycle import LIFECYCLE
from cop.teams.limits import ACCESS_MODES, STATES
from cop.teams.models import FunctionWantedRow, MemberRow, TeamRow
from cop.teams.places import Placed as Placed


@dataclass(frozen=True, slots=True)
class Charter:
    """What a team is for. Scope is text with one point on each line; functions are keys of `accounts.functions`."""

    name: str
    question: str
    start_date: date
    access_mode: str = "open"
    ambition: str = ""
    ambition_by: date | None = None
    measure: str = ""
    baseline: str = ""
    scope_in: str = ""
    scope_out: str = ""
    gap_note: str = ""
    end_date: date | None = None
    functions_wanted: frozenset[str] = field(default_factory=frozenset)


class CharterConflict(Conflict):
    """Somebody else changed the charter since the page was opened."""


def _managed(actor: Actor, tx: Tx, team_id: int) -> TeamRow:
    team = loading.locked(actor, tx=tx, team_id=team_id)
    require(policy.can_manage(actor, policy.standing(actor, team)))
    return team


def start_team(
    actor: Actor, *, tx: Tx, charter: Charter, function: str, title: str = "", key: str | None = None
) -> int:
    """Start a team that forms; whoever starts it becomes its lead. Returns the team's id.

    `key` comes from the form: with one that was sent before, it is the id of the team that was started then.
    """
    require(policy.can_start(actor))
    if actor.person_id is None:
        raise Forbidden("A team needs a person as its lead.")
    if key is not None:
        same = TeamRow.created_by == actor.person_id, TeamRow.start_key == key
        if (started := tx.session.scalar(select(TeamRow.id).where(*same))) is not None:
            return started
    team = _new_team(actor, tx, charter, status="forming", at=tx.now(), key=key)
    timeline.note_step(tx, team.id, "forming", at=tx.now(), person_id=actor.person_id)
    places.put(actor, tx, team.id, Placed(actor.person_id, "lead", function, title, tx.now()))
    return team.id


def load_team(
    actor: Actor, *, tx: Tx, charter: Charter, status: str, people: Sequence[Placed], created_at: datetime
) -> int:
    """Put a whole team in place with a state and dates of its own: for the demonstration and for imports.

    Only the program itself may, since no gate is asked. Returns the team's id.
    """
    if not actor.is_system:
        raise Forbidden("Only the program itself can load a whole team.")
    if status not in STATES or "lead" not in {place.role for place in people}:
        raise Invalid("A team that is loaded needs a known state and a lead.")
    team = _new_team(actor, tx, charter, status=status, at=created_at)
    for place in people:
        places.put(actor, tx, team.id, place)
    return team.id


def _new_team(
    actor: Actor, tx: Tx, charter: Charter, *, status: str, at: datetime, key: str | None = None
) -> TeamRow:
    team = TeamRow(status=status, version=1, created_by=actor.person_id, created_at=at, start_key=key)
    _write(team, charter)
    tx.session.add(team)
    tx.session.flush()
    _want(tx, team.id, charter.functions_wanted)
    record(tx, actor, events.TeamStarted(team.id, team.access_mode))
    return team


def _write(team: TeamRow, charter: Charter) -> None:
    team.name, team.question = charter.name, charter.question
    team.ambition, team.ambition_by = charter.ambition, charter.ambition_by
    team.measure, team.baseline = charter.measure, charter.baseline
    team.scope_in, team.scope_out = charter.scope_in, charter.scope_out
    team.gap_note, team.access_mode = charter.gap_note, charter.access_mode
    team.start_date, team.end_date = charter.start_date, charter.end_date
    if team.end_date is not None and team.end_date < team.start_date:
        raise Invalid("The end date must be on or after the start date.", "end_date")


def _want(tx: Tx, team_id: int, functions: frozenset[str]) -> None:
    tx.session.execute(delete(FunctionWantedRow).where(FunctionWantedRow.team_id == team_id))
    if functions:
        tx.session.execute(
            insert(FunctionWantedRow), [{"team_id": team_id, "function": key} for key in sorted(functions)]
        )


def change_charter(
    actor: Actor, *, tx: Tx, team_id: int, charter: Charter, base_version: int, opened: bool = False
) -> None:
    """Rewrite the charter; `base_version` is the one the writer started from, else CharterConflict.

    Once the team is at work its end date is the board's to move, so a charter that moves it is refused. One that lets
    more people read what others have written is the lead's alone, who says that they mean it (`opened`, ADR 25).
    """
    team = _managed(actor, tx, team_id)
    if team.version != base_version:
        raise CharterConflict("Somebody else changed the charter while you were writing.")
    if team.status != "forming" and charter.end_date != team.end_date:
        raise Invalid("Only the board can move the end date of a team at work.", "end_date")
    before = team.access_mode
    wider = ACCESS_MODES.index(charter.access_mode) < ACCESS_MODES.index(before)
    others = opening.others(actor, tx=tx, team_id=team_id) if wider else []
    if others:
        _require_opening(actor, tx, team, opened)
    _write(team, charter)
    team.version = base_version + 1
    _want(tx, team_id, charter.functions_wanted)
    tx.session.flush()
    record(tx, actor, events.TeamCharterChanged(team_id, team.version))
    if team.access_mode != before:
        record(tx, actor, events.TeamAccessChanged(team_id, team.access_mode))
        publish.recheck(tx)
    opening.tell(actor, tx=tx, team_id=team_id, others=others)


def _require_opening(actor: Actor, tx: Tx, team: TeamRow, opened: bool) -> None:
    """People wrote for those who could read it then: it takes more than a changed choice in a form."""
    try:
        _require_lead(actor, tx, team)
    except Forbidden:
        raise Invalid(opening.NOT_LEAD, "access_mode") from None
    if not opened:
        raise Invalid(opening.UNSAID, "opened")


def take_step(actor: Actor, *, tx: Tx, team_id: int, name: str) -> None:
    """Take a step of the lifecycle; Forbidden, Invalid (what is missing) or Conflict (somebody was quicker)."""
    team = loading.locked(actor, tx=tx, team_id=team_id)
    LIFECYCLE.apply(actor, tx=tx, entity=team, name=name)
    timeline.note_step(tx, team_id, team.status, at=tx.now(), person_id=actor.person_id)


def extend(actor: Actor, *, tx: Tx, team_id: int, end_date: date, reason: str) -> None:
    """Move the end date of a team at work to a later day, by the board's decision and for its reason."""
    team = loading.locked(actor, tx=tx, team_id=team_id)
    require(policy.can_extend(actor, policy.standing(actor, team)))
    if team.end_date is not None and end_date <= team.end_date:
        raise Invalid("The new end date must be after the present one.", "end_date")
    timeline.note_end_date(
        tx, team_id, before=team.end_date, after=end_date, reason=reason, person_id=actor.person_id
    )
    team.end_date = end_date
    team.version += 1
    record(tx, actor, events.TeamExtended(team_id, end_date.isoformat()))


def add_member(
    actor: Actor, *, tx: Tx, team_id: int, person_id: int, role: str, function: str, title: str = ""
) -> None:
    """Add somebody the actor may see to the team; Conflict when they are on it already."""
    team = _managed(actor, tx, team_id)
    person = addable(actor, tx=tx, person_id=person_id)
    if any(row.person_id == person_id for row in team.members):
        raise Conflict(f"{person.name} is on the team already.")
    _check_role(person, role)
    if role == "lead":
        _require_lead(actor, tx, team)
    places.put(actor, tx, team_id, Placed(person_id, role, function, title, tx.now()))


def addable(actor: Actor, *, tx: Tx, person_id: int) -> PersonLine:
    """Somebody the actor may see and so may add; NotFound for anybody else."""
    if actor.is_system:
        line = accounts.lines_by_id(actor, tx=tx, person_ids=[person_id]).get(person_id)
        if line is None:
            raise NotFound
        return line
    return accounts.profile(actor, tx=tx, person_id=person_id).line


def _check_role(person: PersonLine, role: str) -> None:
    verdict = policy.can_hold(person.organisation_kind, role)
    if not verdict:
        raise Invalid(verdict.reason, "role")


def _require_lead(actor: Actor, tx: Tx, team: TeamRow) -> None:
    """Only a lead says who leads, unless none of them can act: stopped, or at work for a supplier now."""
    leads = [row.person_id for row in team.members if row.role == "lead"]
    lines = accounts.lines_by_id(SYSTEM, tx=tx, person_ids=leads)
    acts = any(
        policy.can_hold(lines[each].organisation_kind, "lead")
        and accounts.address_of(SYSTEM, tx=tx, person_id=each) is not None
        for each in leads
    )
    require(policy.can_change_leads(actor, policy.standing(actor, team), some_lead_acts=acts))


def _member(team: TeamRow, member_id: int) -> MemberRow:
    for row in team.members:
        if row.id == member_id:
            return row
    raise NotFound


def _keep_a_lead(team: TeamRow, leaving: MemberRow, *, field_name: str | None) -> None:
    if leaving.role == "lead" and sum(row.role == "lead" for row in team.members) == 1:
        raise Invalid(
            "A team needs a lead. Make somebody else the lead first, then change this person.", field_name
        )


def change_member(
    actor: Actor, *, tx: Tx, team_id: int, member_id: int, role: str, function: str, title: str
) -> None:
    """Change somebody's role, function and line; refused when the team would have no lead."""
    team = _managed(actor, tx, team_id)
    row = _member(team, member_id)
    if role != "lead":
        _keep_a_lead(team, row, field_name="role")
    line = accounts.lines_by_id(actor, tx=tx, person_ids=[row.person_id])[row.person_id]
    if role != row.role:
        _check_role(line, role)
        if "lead" in (role, row.role):
            _require_lead(actor, tx, team)
    row.role, row.function, row.title = role, function, title
    record(tx, actor, events.MemberRoleChanged(team_id, row.person_id, role, function))


def remove_member(actor: Actor, *, tx: Tx, team_id: int, member_id: int) -> None:
    """Take somebody off the team, or leave it oneself. What they wrote stays; reading ends at once."""
    team = loading.locked(actor, tx=tx, team_id=team_id)
    row = _member(team, member_id)
    standing = policy.standing(actor, team)
    if row.person_id == actor.person_id:
        require(policy.can_leave(actor, standing))
    else:
        require(policy.can_manage(actor, standing))
        if row.role == "lead":
            _require_lead(actor, tx, team)
    _keep_a_lead(team, row, field_name=None)
    row.left_at = tx.now()
    tx.session.flush()
    record(tx, actor, events.MemberRemoved(team_id, row.person_id))
    open_items.lose_owner(actor, tx=tx, person_id=row.person_id, team_id=team_id)
    places.end_guest(actor, tx, team_id, row.person_id)
    publish.recheck(tx, person_id=row.person_id)
