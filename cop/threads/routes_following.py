"""Pages about what one hears of in a team and in a thread, and the buttons that set one's place by hand."""

from __future__ import annotations

from flask import Response as FlaskResponse
from flask import request
from werkzeug.wrappers import Response

from cop.kernel.access import SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.ids import new_token
from cop.teams import queries as teams
from cop.teams.routes import TEAM
from cop.threads import following, marks, queries, unread
from cop.threads.forms import PlaceForm, ReplyForm, TeamFollowForm, ThreadFollowForm
from cop.threads.routes import THREAD, draw_thread
from cop.threads.wording import LEVEL_WORDS
from cop.web.area import Area
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("following", __name__)

AS_TEAM = "team"


@area.get(f"{TEAM}/follow", access=SIGNED_IN)
def team_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """What one hears of in a team's threads."""
    level = following.of_team(actor, tx=tx, team_id=team_id)
    return _team_again(actor, tx, TeamFollowForm(data={"level": level}), team_id)


def _team_again(actor: Actor, tx: Tx, form: TeamFollowForm, team_id: int) -> str:
    space = teams.space(actor, tx=tx, team_id=team_id)
    return page("threads/follow_team.html", space=space, form=form)


@area.post(f"{TEAM}/follow", access=SIGNED_IN, form=TeamFollowForm, again=_team_again)
def choose_for_team(actor: Actor, tx: Tx, form: TeamFollowForm, team_id: int) -> Response:
    """Choose it."""
    following.follow_team(actor, tx=tx, team_id=team_id, level=form.level.data)
    flash(f"Saved. What you hear of in this team: {LEVEL_WORDS[form.level.data].lower()}.")
    return see_other(f"/teams/{team_id}/threads")


@area.get(f"{THREAD}/follow", access=SIGNED_IN)
def thread_page(actor: Actor, tx: Tx, thread_id: int) -> str:
    """What one hears of in one thread."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    chosen = following.of_thread(actor, tx=tx, thread_id=thread_id, team_id=thread.space.team_id).thread
    return _thread_again(actor, tx, ThreadFollowForm(data={"level": chosen or AS_TEAM}), thread_id)


def _thread_again(actor: Actor, tx: Tx, form: ThreadFollowForm, thread_id: int) -> str:
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    chosen = following.of_thread(actor, tx=tx, thread_id=thread_id, team_id=thread.space.team_id)
    without = LEVEL_WORDS[chosen.without_choice].lower()
    return page("threads/follow_thread.html", thread=thread, without=without, form=form)


@area.post(f"{THREAD}/follow", access=SIGNED_IN, form=ThreadFollowForm, again=_thread_again)
def choose_for_thread(actor: Actor, tx: Tx, form: ThreadFollowForm, thread_id: int) -> Response:
    """Choose it."""
    level = None if form.level.data == AS_TEAM else form.level.data
    following.follow_thread(actor, tx=tx, thread_id=thread_id, level=level)
    flash("Saved.")
    return see_other(f"/threads/{thread_id}")


@area.get(f"{THREAD}/seen", access=SIGNED_IN)
def seen(actor: Actor, tx: Tx, thread_id: int) -> Response:
    """Posts that came while a page was open were seen there. The page says which, and under which turn it was drawn."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    first, last = (whole_number(request.args.get(name)) for name in ("from", "to"))
    if first is not None and last is not None:
        place = unread.place_in(actor, tx=tx, thread_id=thread_id)
        if (whole_number(request.args.get("turns")) or 0) == place.turns:
            marks.note_shown(
                actor, thread_id=thread_id, place=place, first=first, last=min(last, thread.places)
            )
    return FlaskResponse(mimetype="text/plain")


@area.post(f"{THREAD}/read", access=SIGNED_IN)
def mark_read(actor: Actor, tx: Tx, thread_id: int) -> Response:
    """Say that one has read a thread to its end."""
    marks.mark_read(actor, tx=tx, thread_id=thread_id)
    flash("Everything in this thread is marked as read.")
    return see_other(f"/threads/{thread_id}")


def _unread_again(actor: Actor, tx: Tx, form: PlaceForm, thread_id: int) -> str:
    reply = ReplyForm(data={"key": new_token()})
    reply.form_errors = form.form_errors
    return draw_thread(actor, tx, reply, thread_id)


@area.post(f"{THREAD}/unread", access=SIGNED_IN, form=PlaceForm, again=_unread_again)
def mark_unread(actor: Actor, tx: Tx, form: PlaceForm, thread_id: int) -> Response:
    """Say that one has still to read from a post on. Away from the thread, whose page would mark it as read again."""
    number = whole_number(form.number.data)
    if number is None:
        raise NotFound
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    marks.mark_unread(actor, tx=tx, thread_id=thread_id, number=number)
    flash(f"“{thread.title}” is marked as unread from post {number:,}.")
    # A guest of this thread may not open the list of all.
    whole = "/threads" if thread.space.whole else ""
    return see_other(f"/teams/{thread.space.team_id}{whole}")


@area.post(f"{TEAM}/threads/read", access=SIGNED_IN)
def mark_team_read(actor: Actor, tx: Tx, team_id: int) -> Response:
    """Say that one has read all threads of a team."""
    marks.mark_team_read(actor, tx=tx, team_id=team_id)
    flash("Everything in this team’s threads is marked as read.")
    return see_other(f"/teams/{team_id}/threads")
