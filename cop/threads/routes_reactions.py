"""Reacting to a post: a button that is pressed or not."""

from __future__ import annotations

from typing import Any

from werkzeug.wrappers import Response
from wtforms import HiddenField

from cop.kernel.access import SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict
from cop.threads import service
from cop.threads.routes import POST, place_on_page
from cop.web.area import Area
from cop.web.forms import Form, stripped
from cop.web.templating import see_other

area = Area("reactions", __name__)


class ReactionForm(Form):
    """Whether the button is to be pressed: said by the page, so that sending it twice changes nothing."""

    on = HiddenField(filters=[stripped])


def _again(actor: Actor, tx: Tx, form: Any, post_id: int, kind: str) -> Response:
    raise Conflict(
        "The page was open for too long, so nothing was changed. Go back, reload it and try again."
    )


@area.post(
    f"{POST}/reactions/<any('agree', 'thanks', 'unsure', 'more'):kind>",
    access=SIGNED_IN,
    form=ReactionForm,
    again=_again,
)
def react(actor: Actor, tx: Tx, form: ReactionForm, post_id: int, kind: str) -> Response:
    """Press it, or take it back."""
    service.react(actor, tx=tx, post_id=post_id, kind=kind, on=form.on.data == "1")
    return see_other(place_on_page(actor, tx, post_id))
