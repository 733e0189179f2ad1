"""Pages about moving a thread to another team: where to, who reads it then, and doing it."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.kernel.access import SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.threads import moving
from cop.threads.routes import THREAD
from cop.web.area import Area
from cop.web.templating import flash, page, see_other

area = Area("moving", __name__)
PLACE = f"{THREAD}/move/<int:team_id>"


@area.get(f"{THREAD}/move", access=SIGNED_IN)
def where(actor: Actor, tx: Tx, thread_id: int) -> str:
    """The teams it could go to, and why it cannot go to others."""
    thread, targets = moving.targets(actor, tx=tx, thread_id=thread_id)
    return page("threads/move.html", thread=thread, targets=targets)


@area.get(PLACE, access=SIGNED_IN)
def ask(actor: Actor, tx: Tx, thread_id: int, team_id: int) -> str:
    """Who reads it now, who will then, and whether that is meant."""
    plan = moving.plan(actor, tx=tx, thread_id=thread_id, team_id=team_id)
    return page("threads/move_there.html", plan=plan, thread=plan.thread)


@area.post(PLACE, access=SIGNED_IN)
def move(actor: Actor, tx: Tx, thread_id: int, team_id: int) -> Response:
    """Move it."""
    moving.move(actor, tx=tx, thread_id=thread_id, team_id=team_id)
    flash("The thread is moved.")
    return see_other(f"/threads/{thread_id}")
