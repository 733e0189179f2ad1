"""Pages about a team's days: the timeline, its milestones, and the file for calendars."""

from __future__ import annotations

from flask import Response as Answer
from werkzeug.wrappers import Response

from cop.kernel.access import PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.teams import calendars, policy, queries, timeline
from cop.teams.forms_work import MilestoneForm
from cop.teams.frame import frame, today
from cop.teams.queries import Team
from cop.teams.routes import TEAM
from cop.web.area import Area
from cop.web.edge import edge
from cop.web.templating import flash, page, see_other

area = Area("team_timeline", __name__)

MILESTONE = f"{TEAM}/timeline/<int:milestone_id>"


@area.get(f"{TEAM}/timeline", access=PUBLIC)
def show(actor: Actor, tx: Tx, team_id: int) -> str:
    """All days of the team: its milestones, its end date and how it moved."""
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    days = timeline.timeline(actor, tx=tx, team_id=team_id)
    now = today()
    return page(
        "teams/timeline.html",
        frame=frame(actor, tx=tx, team=team, current="timeline"),
        team=team,
        days=days,
        now=now,
        late=[each.id for each in days.milestones if each.done_at is None and each.due < now],
        manages=bool(policy.can_manage(actor, team.standing)),
        may_extend=bool(policy.can_extend(actor, team.standing)),
    )


@area.get(f"{TEAM}/calendar.ics", access=PUBLIC)
def calendar(actor: Actor, tx: Tx, team_id: int) -> Response:
    """The same days as a file for calendar programs."""
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    return calendar_answer(actor, tx, team)


def calendar_answer(actor: Actor, tx: Tx, team: Team) -> Response:
    """The calendar file of a team the actor may read."""
    days = timeline.timeline(actor, tx=tx, team_id=team.id)
    answer = Answer(
        calendars.calendar_file(team, days, base=edge().settings.public_url), mimetype="text/calendar"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="team-{team.id}.ics"'
    return answer


def _managed(actor: Actor, tx: Tx, team_id: int) -> Team:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_manage(actor, team.standing))
    return team


def _back(team_id: int) -> Response:
    return see_other(f"/teams/{team_id}/timeline")


@area.get(f"{TEAM}/timeline/new", access=SIGNED_IN)
def new_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """A new milestone."""
    return _new_again(actor, tx, MilestoneForm(), team_id)


def _new_again(actor: Actor, tx: Tx, form: MilestoneForm, team_id: int) -> str:
    team = _managed(actor, tx, team_id)
    return page("teams/milestone.html", team=team, form=form, milestone=None)


@area.post(f"{TEAM}/timeline/new", access=SIGNED_IN, form=MilestoneForm, again=_new_again)
def add(actor: Actor, tx: Tx, form: MilestoneForm, team_id: int) -> Response:
    """Add it."""
    assert form.due.data is not None
    timeline.add_milestone(actor, tx=tx, team_id=team_id, title=form.title.data, due=form.due.data)
    flash("The milestone is on the timeline.")
    return _back(team_id)


@area.get(MILESTONE, access=SIGNED_IN)
def change_page(actor: Actor, tx: Tx, team_id: int, milestone_id: int) -> str:
    """A milestone to change."""
    found = timeline.milestone(actor, tx=tx, team_id=team_id, milestone_id=milestone_id)
    return _change_again(
        actor, tx, MilestoneForm(data={"title": found.title, "due": found.due}), team_id, milestone_id
    )


def _change_again(actor: Actor, tx: Tx, form: MilestoneForm, team_id: int, milestone_id: int) -> str:
    team = _managed(actor, tx, team_id)
    found = timeline.milestone(actor, tx=tx, team_id=team_id, milestone_id=milestone_id)
    return page("teams/milestone.html", team=team, form=form, milestone=found)


@area.post(MILESTONE, access=SIGNED_IN, form=MilestoneForm, again=_change_again)
def change(actor: Actor, tx: Tx, form: MilestoneForm, team_id: int, milestone_id: int) -> Response:
    """Change it."""
    assert form.due.data is not None
    timeline.change_milestone(
        actor,
        tx=tx,
        team_id=team_id,
        milestone_id=milestone_id,
        title=form.title.data,
        due=form.due.data,
    )
    flash("The milestone has changed.")
    return _back(team_id)


@area.post(f"{MILESTONE}/reached", access=SIGNED_IN)
def reach(actor: Actor, tx: Tx, team_id: int, milestone_id: int) -> Response:
    """Mark it as reached."""
    timeline.reach_milestone(actor, tx=tx, team_id=team_id, milestone_id=milestone_id)
    flash("The milestone is marked as reached.")
    return _back(team_id)


@area.post(f"{MILESTONE}/reopen", access=SIGNED_IN)
def reopen(actor: Actor, tx: Tx, team_id: int, milestone_id: int) -> Response:
    """Take that back."""
    timeline.reopen_milestone(actor, tx=tx, team_id=team_id, milestone_id=milestone_id)
    flash("The milestone is no longer marked as reached.")
    return _back(team_id)


@area.get(f"{MILESTONE}/remove", access=SIGNED_IN)
def remove_page(actor: Actor, tx: Tx, team_id: int, milestone_id: int) -> str:
    """Ask before it goes."""
    team = _managed(actor, tx, team_id)
    found = timeline.milestone(actor, tx=tx, team_id=team_id, milestone_id=milestone_id)
    return page("teams/milestone_remove.html", team=team, milestone=found)


@area.post(f"{MILESTONE}/remove", access=SIGNED_IN)
def remove(actor: Actor, tx: Tx, team_id: int, milestone_id: int) -> Response:
    """Take it off the timeline."""
    timeline.remove_milestone(actor, tx=tx, team_id=team_id, milestone_id=milestone_id)
    flash("The milestone is off the timeline.")
    return _back(team_id)
