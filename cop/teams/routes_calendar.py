"""Pages about one's own calendar address, and the addresses that calendar programs read."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.kernel.access import PUBLIC, SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.teams import calendar_address, queries
from cop.teams.routes_timeline import calendar_answer
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.templating import flash, page, see_other

area = Area("team_calendar", __name__)


@area.get("/profile/calendar", access=SIGNED_IN)
def show(actor: Actor, tx: Tx) -> str:
    """What a calendar address is, and whether one has been made."""
    return page(
        "teams/calendar.html",
        made_at=calendar_address.made_at(actor, tx=tx),
        lines=[],
        own=[(card.id, card.name) for card in queries.own_cards(actor, tx=tx)],
    )


@area.post("/profile/calendar", access=SIGNED_IN)
def make(actor: Actor, tx: Tx) -> AfterCommit:
    """Make it, or make it anew, and show it this once."""
    token = calendar_address.make(actor, tx=tx)
    base = edge().settings.public_url
    lines = [
        (card.name, f"{base}/calendar/{token}/team-{card.id}.ics") for card in queries.own_cards(actor, tx=tx)
    ]
    made = tx.now()
    return AfterCommit(lambda: page("teams/calendar.html", made_at=made, lines=lines, own=[]))


@area.post("/profile/calendar/end", access=SIGNED_IN)
def end(actor: Actor, tx: Tx) -> Response:
    """Take it back."""
    calendar_address.take_back(actor, tx=tx)
    flash("Your calendar address is ended. Programs that use it get nothing any more.")
    return see_other("/profile/calendar")


@area.get("/calendar/<token>/team-<int:team_id>.ics", access=PUBLIC)
def read(actor: Actor, tx: Tx, token: str, team_id: int) -> Response:
    """The calendar of a team for whoever has the secret, whether or not they are signed in here."""
    owner = calendar_address.reader(tx, token)
    return calendar_answer(owner, tx, queries.readable_team(owner, tx=tx, team_id=team_id))
