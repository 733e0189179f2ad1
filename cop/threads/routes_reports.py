"""Pages about reports: reporting a post, what came of it, the queues of those who decide, and deciding."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.kernel.access import PLATFORM_ADMIN, PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.buckets import Rate
from cop.kernel.db import Tx
from cop.kernel.errors import Gone
from cop.teams import queries as teams
from cop.teams.frame import frame
from cop.teams.routes import TEAM
from cop.threads import mentions, policy, queries, reports
from cop.threads.forms import DecideForm, ReportForm
from cop.threads.queries import Text
from cop.threads.routes import POST, place_on_page
from cop.web.area import Area
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("reports", __name__)

OFTEN = Rate(per_second=0.1, burst=60)
"""A whole council may come from one address. It is counted in memory only, as with every form."""
DONE = {
    "hide": "The post is hidden. Its author and whoever reported it are told.",
    "keep": "The post stays as it is. Whoever reported it is told.",
    "show": "The post is there for everybody again. Its author is told.",
}


def _reportable(actor: Actor, tx: Tx, post_id: int) -> Text:
    text = queries.text(actor, tx=tx, post_id=post_id)
    require(policy.can_report(actor, author_id=text.author.id))
    if text.hidden is not None:
        raise Gone("This post is hidden already.")
    return text


@area.get(f"{POST}/report", access=PUBLIC)
def report_page(actor: Actor, tx: Tx, post_id: int) -> str:
    """Say why a post should not be there."""
    return _report_again(actor, tx, ReportForm(), post_id)


def _report_again(actor: Actor, tx: Tx, form: ReportForm, post_id: int) -> str:
    text = _reportable(actor, tx, post_id)
    html = mentions.filled(actor, tx=tx, html=text.html)
    return page("threads/report.html", text=text, html=html, form=form)


@area.post(f"{POST}/report", access=PUBLIC, form=ReportForm, again=_report_again, rate=OFTEN)
def report(actor: Actor, tx: Tx, form: ReportForm, post_id: int) -> Response:
    """Report it, and go back to it."""
    reports.report(actor, tx=tx, post_id=post_id, reason=form.reason.data, words=form.words.data or "")
    answer = " You will be told what comes of it." if actor.signed_in else ""
    flash(f"Thank you. Those who look after this team’s threads are told.{answer}", f"post-{post_id}")
    return see_other(place_on_page(actor, tx, post_id))


@area.get("/reports/<int:report_id>", access=SIGNED_IN)
def own(actor: Actor, tx: Tx, report_id: int) -> str:
    """One's own report, and what came of it."""
    return page("threads/own_report.html", own=reports.own(actor, tx=tx, report_id=report_id))


@area.get(f"{TEAM}/reports", access=SIGNED_IN)
def of_team(actor: Actor, tx: Tx, team_id: int) -> str:
    """A team's reported posts, for those who decide about them."""
    team = teams.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_moderate(actor, team.standing))
    return page(
        "threads/reports.html",
        frame=frame(actor, tx=tx, team=team, current="reports"),
        team=team,
        cases=reports.cases(actor, tx=tx, team_id=team_id),
        settled=reports.settled(actor, tx=tx, team_id=team_id),
        limit=reports.SHOWN,
    )


@area.get("/admin/reports", access=PLATFORM_ADMIN)
def everywhere(actor: Actor, tx: Tx) -> str:
    """Reported posts of every team; of teams that the admin does not read, without a word of what they wrote."""
    return page(
        "threads/all_reports.html",
        cases=reports.cases(actor, tx=tx),
        settled=reports.settled(actor, tx=tx),
        limit=reports.SHOWN,
    )


@area.get(f"{POST}/decide", access=SIGNED_IN)
def decide_page(actor: Actor, tx: Tx, post_id: int) -> str:
    """A post with what was said about it, to decide."""
    return _decide_again(actor, tx, DecideForm(), post_id)


def _decide_again(actor: Actor, tx: Tx, form: DecideForm, post_id: int) -> str:
    matter = reports.matter(actor, tx=tx, post_id=post_id)
    # What is decided next is about the text that this page shows.
    form.version.data = str(matter.text.version)
    html = mentions.filled(actor, tx=tx, html=matter.text.html)
    return page("threads/decide.html", matter=matter, text=matter.text, html=html, form=form)


@area.post(f"{POST}/decide", access=SIGNED_IN, form=DecideForm, again=_decide_again)
def decide(actor: Actor, tx: Tx, form: DecideForm, post_id: int) -> Response:
    """Do it, and go to the post."""
    kind = form.decision.data or ""
    reports.decide(
        actor,
        tx=tx,
        post_id=post_id,
        kind=kind,
        reason=form.reason.data,
        version=whole_number(form.version.data) or 0,
    )
    flash(DONE[kind], f"post-{post_id}")
    return see_other(place_on_page(actor, tx, post_id))
