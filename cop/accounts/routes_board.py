"""The page of the board: who is on it, since when, and who was."""

from __future__ import annotations

from cop.accounts import board
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.web.area import Area
from cop.web.templating import page

area = Area("board", __name__)


@area.get("/board", access=PUBLIC)
def show(actor: Actor, tx: Tx) -> str:
    """Everybody may know who is and was on the board."""
    places = board.listed(actor, tx=tx)
    return page("accounts/board.html", places=places)
