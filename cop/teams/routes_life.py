"""Pages about a team's life: what each step needs, the closing report, and what people say of today's way."""

from __future__ import annotations

from flask import make_response
from werkzeug.wrappers import Response

from cop.kernel.access import PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.kernel.markup import safe
from cop.teams import closing, policy, queries, stances, wording
from cop.teams.closing import Typed
from cop.teams.forms_work import ReportForm, StanceForm
from cop.teams.frame import frame
from cop.teams.queries import Team
from cop.teams.report_words import unanswered
from cop.teams.routes import TEAM
from cop.teams.timeline import timeline
from cop.web.actor import shown_actor
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("team_life", __name__)


@area.get(f"{TEAM}/steps", access=PUBLIC)
def gates(actor: Actor, tx: Tx, team_id: int) -> str:
    """Every step of the team's life: what is done, what is missing, who can see to it, and where."""
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    return page(
        "teams/gates.html",
        frame=frame(actor, tx=tx, team=team, current="steps"),
        team=team,
        gates=queries.gates(actor, tx=tx, team_id=team_id),
        taken={step.status: step.at for step in timeline(actor, tx=tx, team_id=team_id).steps},
        states=wording.STATE_WORDS,
        writes=bool(policy.can_write(actor, team.standing)),
        manages=bool(policy.can_manage(actor, team.standing)),
    )


def _managed(actor: Actor, tx: Tx, team_id: int) -> Team:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_manage(actor, team.standing))
    return team


@area.get(f"{TEAM}/report", access=SIGNED_IN)
def report_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """The closing report to write: the version that stands, or the draft of what happened."""
    team = _managed(actor, tx, team_id)
    saved = closing.reports(actor, tx=tx, team_id=team_id)
    body = saved[0].source if saved else closing.drafted(actor, tx=tx, team=team)
    form = ReportForm(data={"body": body, "base_version": str(saved[0].version if saved else 0)})
    return _report(actor, tx, form, team)


def _report(
    actor: Actor,
    tx: Tx,
    form: ReportForm,
    team: Team,
    *,
    preview: str | None = None,
    theirs: str | None = None,
) -> str:
    saved = closing.reports(actor, tx=tx, team_id=team.id)
    return page(
        "teams/report.html",
        team=team,
        form=form,
        saved=saved[0] if saved else None,
        questions=unanswered(form.body.data or ""),
        preview=None if preview is None else safe(preview),
        theirs=theirs,
    )


def _report_again(actor: Actor, tx: Tx, form: ReportForm, team_id: int) -> str:
    return _report(actor, tx, form, _managed(actor, tx, team_id))


def _render(form: ReportForm) -> tuple[ReportForm, Typed]:
    return form, closing.typed(form.body.data)


def _preview(actor: Actor, tx: Tx, ready: tuple[ReportForm, Typed], team_id: int) -> str:
    form, report = ready
    return _report(actor, tx, form, _managed(actor, tx, team_id), preview=report.rendered.html)


@area.post(
    f"{TEAM}/report",
    access=SIGNED_IN,
    form=ReportForm,
    prepare=_render,
    again=_report_again,
    preview=_preview,
)
def save_report(
    actor: Actor, tx: Tx, ready: tuple[ReportForm, Typed], team_id: int
) -> Response | AfterCommit:
    """Save the report; when somebody else did so meanwhile, show both and change nothing."""
    form, report = ready
    try:
        closing.save_report(
            actor,
            tx=tx,
            team_id=team_id,
            report=report,
            base_version=whole_number(form.base_version.data) or 0,
        )
    except closing.ReportConflict:
        return AfterCommit(lambda: _report_conflict(team_id, form))
    flash("The closing report is saved.")
    return see_other(f"/teams/{team_id}/steps")


def _report_conflict(team_id: int, form: ReportForm) -> Response:
    actor = shown_actor()
    with edge().db.transaction(write=False) as tx:
        team = _managed(actor, tx, team_id)
        newest = closing.reports(actor, tx=tx, team_id=team_id)[0]
        form.base_version.data = str(newest.version)
        response = make_response(_report(actor, tx, form, team, theirs=newest.source))
    response.status_code = 409
    return response


@area.get(f"{TEAM}/stance", access=SIGNED_IN)
def stance_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """Ask somebody on the team how content they are with today's way."""
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    return _stance_again(actor, tx, StanceForm(data={"stance": team.own_stance or ""}), team_id)


def _stance_again(actor: Actor, tx: Tx, form: StanceForm, team_id: int) -> str:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_take_stance(actor, team.standing))
    return page("teams/stance.html", team=team, form=form)


@area.post(f"{TEAM}/stance", access=SIGNED_IN, form=StanceForm, again=_stance_again)
def take_stance(actor: Actor, tx: Tx, form: StanceForm, team_id: int) -> Response:
    """Take their word for it."""
    stances.take(actor, tx=tx, team_id=team_id, stance=form.stance.data or None)
    flash("Thank you. The team’s page shows how many say so, not who.")
    return see_other(f"/teams/{team_id}/people")
