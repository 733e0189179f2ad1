"""The closing report of a team, version by version, and the story that a closed team is read as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from cop.accounts import queries as accounts
from cop.accounts.queries import PersonLine
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Invalid
from cop.kernel.events import record
from cop.kernel.markup import Rendered, render_markdown, to_plain_text
from cop.teams import events, loading, queries, wording
from cop.teams.decisions import decisions
from cop.teams.limits import REPORT_MAX
from cop.teams.models import ReportRow
from cop.teams.open_items import OpenItem, items
from cop.teams.queries import Team
from cop.teams.report_words import Happened, draft
from cop.teams.story import TEAM_STORY
from cop.teams.timeline import EndMoved, timeline
from cop.web.dates import in_london


class ReportConflict(Conflict):
    """Somebody else saved the report since the page was opened."""


@dataclass(frozen=True, slots=True)
class Report:
    """One version of a closing report."""

    version: int
    source: str
    html: str
    written_by: PersonLine | None
    written_at: datetime


@dataclass(frozen=True, slots=True)
class Typed:
    """A report ready to be stored: what was typed, and what it is rendered as."""

    source: str
    rendered: Rendered


def typed(source: str) -> Typed:
    """Render a typed report. It takes time, so never call it inside a transaction."""
    rendered = render_markdown(source)
    if not to_plain_text(rendered.html).strip():
        raise Invalid("What you typed shows nothing when it is formatted. Add some words.", "body")
    return Typed(source, rendered)


def reports(actor: Actor, *, tx: Tx, team_id: int) -> list[Report]:
    """All versions of the report of a team the actor may read, the newest first. Two queries."""
    rows = tx.session.scalars(
        select(ReportRow)
        .where(ReportRow.team_id == team_id, ReportRow.team_id.in_(queries.visible_ids(actor)))
        .order_by(ReportRow.version.desc())
    ).all()
    lines = accounts.lines_by_id(actor, tx=tx, person_ids={row.written_by for row in rows if row.written_by})
    return [
        Report(row.version, row.source, row.html, lines.get(row.written_by or 0), row.written_at)
        for row in rows
    ]


def save_report(
    actor: Actor,
    *,
    tx: Tx,
    team_id: int,
    report: Typed,
    base_version: int,
    written_by: int | None = None,
    at: datetime | None = None,
) -> int:
    """Save the report as a new version; `base_version` is the one the writer started from, 0 for the draft.

    Raises ReportConflict when there is a newer one. Saying the same again makes no version. Returns the version.
    `written_by` and `at` are for the program itself, which loads what somebody wrote before.
    """
    loading.locked_to_manage(actor, tx=tx, team_id=team_id)
    newest = tx.session.scalars(
        select(ReportRow).where(ReportRow.team_id == team_id).order_by(ReportRow.version.desc()).limit(1)
    ).first()
    if newest is not None and newest.source == report.source:
        return newest.version
    if (newest.version if newest else 0) != base_version:
        raise ReportConflict("Somebody else saved the report while you were writing.")
    row = ReportRow(
        team_id=team_id,
        version=base_version + 1,
        source=report.source,
        html=report.rendered.html,
        renderer=report.rendered.version,
        written_by=written_by if actor.is_system else actor.person_id,
        written_at=at if actor.is_system and at else tx.now(),
    )
    tx.session.add(row)
    tx.session.flush()
    record(tx, actor, events.ClosingReportSaved(team_id, row.version))
    return row.version


def drafted(actor: Actor, *, tx: Tx, team: Team) -> str:
    """The draft of the report, from what the team's record says and what threads and the library add to its story."""
    days = timeline(actor, tx=tx, team_id=team.id)
    listed = items(actor, tx=tx, team_id=team.id)
    told = TEAM_STORY.items(actor, tx, team)
    happened = Happened(
        question=team.question,
        ambition=team.ambition,
        ambition_by=team.ambition_by,
        measure=team.measure,
        baseline=team.baseline,
        people=team.people,
        functions=sorted(wording.function_in_sentence(key) for key in team.functions),
        started=team.start_date,
        ends=team.end_date,
        extensions=[_extension(moved) for moved in days.moved],
        reached=[milestone.title for milestone in days.milestones if milestone.done_at],
        missed=[milestone.title for milestone in days.milestones if not milestone.done_at],
        decided=[found.text for found in reversed(decisions(actor, tx=tx, team_id=team.id))],
        done=sum(found.state == "done" for found in listed),
        handed=[handed_words(found) for found in listed if found.state == "handed_over"],
        published=[(entry.label, entry.href) for entry in told if entry.kind == "published"],
        concluded=[(entry.label, entry.href) for entry in told if entry.kind == "concluded"],
    )
    return draft(happened)[:REPORT_MAX]


def _extension(moved: EndMoved) -> str:
    return f"The board moved the end date to {_long(moved.after)}: {moved.reason.rstrip('.')}."


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def handed_words(found: OpenItem) -> str:
    """An item that was handed over in a sentence."""
    note = f" {found.handed_note}" if found.handed_note else ""
    return f"{found.title.rstrip('.')}: handed over to {found.handed_to}.{note}"


@dataclass(frozen=True, slots=True)
class Moment:
    """Something of a team's story on its day. `words` may have a link; `by` says who, `note` what else."""

    day: date
    order: int
    kind: str
    words: str
    href: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """What happened in the order of time, and what was handed over."""

    moments: Sequence[Moment]
    handed: Sequence[OpenItem]
    done: int


STEP_WORDS = {
    "forming": "The team was started",
    "active": "The work began",
    "finishing": "The team began to finish",
    "closed": "The team was closed",
}


def story(actor: Actor, *, tx: Tx, team: Team) -> Story:
    """The story of a team the actor may read. Ten queries, and those of the domains above."""
    days = timeline(actor, tx=tx, team_id=team.id)
    listed = items(actor, tx=tx, team_id=team.id)
    moments = [
        Moment(in_london(step.at), 0 if step.status == "forming" else 9, "step", STEP_WORDS[step.status])
        for step in days.steps
    ]
    if not any(step.status in ("forming", "active") for step in days.steps):
        moments.append(Moment(team.start_date, 0, "step", STEP_WORDS["active"]))
    for milestone in days.milestones:
        if milestone.done_at:
            moments.append(Moment(in_london(milestone.done_at), 2, "reached", milestone.title))
        else:
            moments.append(Moment(milestone.due, 3, "missed", milestone.title))
    for moved in days.moved:
        moments.append(Moment(in_london(moved.decided_at), 1, "moved", _long(moved.after), note=moved.reason))
    for decision in decisions(actor, tx=tx, team_id=team.id):
        moments.append(Moment(decision.decided_on, 4, "decided", decision.text, note=decision.decided_by))
    for entry in TEAM_STORY.items(actor, tx, team):
        moments.append(Moment(entry.day, 5, entry.kind, entry.label, entry.href, entry.note))
    moments.sort(key=lambda moment: (moment.day, moment.order))
    return Story(
        moments,
        [found for found in listed if found.state == "handed_over"],
        sum(found.state == "done" for found in listed),
    )
