"""Pages about being told of a document: following it, and leaving an address without an account."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from cop.accounts import throttle
from cop.kernel.access import PUBLIC, SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.library import hearing, queries
from cop.library.forms import TellForm
from cop.library.letters import address_of_token
from cop.library.queries import Asset
from cop.library.routes import ASSET
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.templating import flash, page, see_other

area = Area("library_hearing", __name__)


@area.post(f"{ASSET}/follow", access=SIGNED_IN)
def follow(actor: Actor, tx: Tx, asset_id: int) -> Response:
    """Be told in the inbox."""
    hearing.follow(actor, tx=tx, asset_id=asset_id)
    flash("You will be told when this document is replaced or withdrawn.")
    return see_other(f"/library/{asset_id}")


@area.post(f"{ASSET}/unfollow", access=SIGNED_IN)
def unfollow(actor: Actor, tx: Tx, asset_id: int) -> Response:
    """No longer be told."""
    hearing.unfollow(actor, tx=tx, asset_id=asset_id)
    flash("You will not be told about this document any more.")
    return see_other(f"/library/{asset_id}")


def _public(actor: Actor, tx: Tx, asset_id: int) -> Asset:
    """A document that everybody may read, or NotFound: before anything is counted or sent."""
    asset = queries.asset(actor, tx=tx, asset_id=asset_id)
    if asset.status != "published" or asset.audience != "public":
        raise NotFound
    return asset


def _draw(actor: Actor, tx: Tx, form: TellForm, asset_id: int) -> str:
    asset = _public(actor, tx, asset_id)
    return page("library/tell.html", form=form, asset=asset)


@area.get(f"{ASSET}/tell", access=PUBLIC)
def tell_page(actor: Actor, tx: Tx, asset_id: int) -> str:
    """The form for an address; whoever is signed in can use it for another one as well."""
    return _draw(actor, tx, TellForm(), asset_id)


def _counted(form: TellForm) -> TellForm:
    """Mails that are asked for are limited for each address and line, before anything is looked up."""
    throttle.count_link(edge().db, email=form.email.data.lower(), address=request.remote_addr or "")
    return form


@area.post(f"{ASSET}/tell", access=PUBLIC, form=TellForm, prepare=_counted, again=_draw, ask=_public)
def tell(actor: Actor, tx: Tx, form: TellForm, asset_id: int) -> AfterCommit:
    """Leave an address. The answer is the same whether it is on the list already."""
    hearing.ask(actor, tx=tx, asset_id=asset_id, email=form.email.data)
    email = form.email.data
    return AfterCommit(lambda: page("library/tell_sent.html", email=email, asset_id=asset_id))


@area.get("/library/tell/<token>", access=PUBLIC)
def prove_page(actor: Actor, tx: Tx, token: str) -> str:
    """Where the link of the mail leads: a button, because programs follow links, too."""
    found = hearing.by_link(actor, tx=tx, token=token)
    return page("library/tell_prove.html", found=found, token=token, proved=False)


@area.post("/library/tell/<token>", access=PUBLIC)
def prove(actor: Actor, tx: Tx, token: str) -> AfterCommit:
    """Prove the address."""
    found = hearing.prove(actor, tx=tx, token=token)
    return AfterCommit(lambda: page("library/tell_prove.html", found=found, token=token, proved=True))


def _address(token: str) -> tuple[int, str]:
    found = address_of_token(edge().settings.secret, token)
    if found is None:
        raise NotFound
    return found


@area.get("/library/untell/<token>", access=PUBLIC)
def stop_page(actor: Actor, tx: Tx, token: str) -> str:
    """Where the other link leads: a button again."""
    _address(token)
    return page("library/untell.html", token=token, stopped=False)


@area.post(
    "/library/untell/<token>", access=PUBLIC, without_csrf_because="mail programs post here (RFC 8058)"
)
def stop(actor: Actor, tx: Tx, token: str) -> AfterCommit:
    """Forget the address, from the page or by one click in a mail program."""
    address_id, key = _address(token)
    hearing.stop(actor, tx=tx, address_id=address_id, key=key)
    return AfterCommit(lambda: page("library/untell.html", token=token, stopped=True))
