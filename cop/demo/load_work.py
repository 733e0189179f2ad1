"""Loads what the teams of the demonstration do with their days, through the same services as people's own acts."""

from __future__ import annotations

from collections.abc import Mapping

from cop.accounts import sessions
from cop.demo.content.records import Work
from cop.kernel.access import SYSTEM
from cop.kernel.db import Tx
from cop.teams import closing, decisions, open_items, stances, timeline
from cop.teams.closing import Typed


def texts_of(work: Work) -> dict[str, Typed]:
    """The reports, rendered: it takes time, so it is done before the transaction."""
    return {report.body: closing.typed(report.body) for report in work.reports}


def load_work(
    tx: Tx, work: Work, *, teams: Mapping[str, int], people: Mapping[str, int], texts: Mapping[str, Typed]
) -> None:
    """Write it all."""
    _days(tx, work, teams, people)
    _list(tx, work, teams, people)
    for said in work.stances:
        actor = sessions.actor_of(tx, people[said.person])
        stances.take(actor, tx=tx, team_id=teams[said.team], stance=said.stance)
    for report in work.reports:
        closing.save_report(
            SYSTEM,
            tx=tx,
            team_id=teams[report.team],
            report=texts[report.body],
            base_version=0,
            written_by=people[report.person],
            at=report.when,
        )


def _days(tx: Tx, work: Work, teams: Mapping[str, int], people: Mapping[str, int]) -> None:
    for step in work.steps:
        timeline.note_step(tx, teams[step.team], step.state, at=step.when, person_id=None)
    for milestone in work.milestones:
        timeline.add_milestone(
            SYSTEM,
            tx=tx,
            team_id=teams[milestone.team],
            title=milestone.title,
            due=milestone.due,
            done_at=milestone.done,
        )
    for moved in work.extensions:
        timeline.note_end_date(
            tx,
            teams[moved.team],
            before=moved.before,
            after=moved.after,
            reason=moved.reason,
            person_id=people[moved.who],
            at=moved.when,
        )


def _list(tx: Tx, work: Work, teams: Mapping[str, int], people: Mapping[str, int]) -> None:
    for item in work.items:
        open_items.load(
            SYSTEM,
            tx=tx,
            team_id=teams[item.team],
            title=item.title,
            owner_id=people[item.owner] if item.owner else None,
            due=item.due,
            state=item.state,
            settled_at=item.settled,
            handed_to=item.to,
            handed_note=item.note,
        )
    for decision in work.decisions:
        decisions.record_decision(
            SYSTEM,
            tx=tx,
            team_id=teams[decision.team],
            text=decision.text,
            decided_on=decision.when,
            decided_by=decision.who,
        )
