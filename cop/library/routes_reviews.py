"""The page on which somebody says that they have reviewed a document and that it is still right."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.kernel.access import SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Invalid
from cop.library import queries, reviews, wording
from cop.library.forms import ReviewForm
from cop.library.queries import Asset
from cop.library.routes import ASSET
from cop.library.writing import in_a_year
from cop.teams.frame import today
from cop.web.area import Area
from cop.web.templating import flash, page, see_other

area = Area("library_reviews", __name__)


def _reviewed(actor: Actor, tx: Tx, asset_id: int) -> Asset:
    """The published asset, for whoever manages it."""
    asset = queries.managed_asset(actor, tx=tx, asset_id=asset_id)
    if asset.status == "draft":
        raise Conflict("This is a draft. It is reviewed once it is published.")
    return asset


def _draw(actor: Actor, tx: Tx, form: ReviewForm, asset_id: int) -> str:
    asset = _reviewed(actor, tx, asset_id)
    # Sending it once more is then about the version that the page shows now.
    form.version.data = str(asset.version)
    return page(
        "library/review.html",
        form=form,
        asset=asset,
        overdue=wording.is_overdue(asset.review_date, today()),
        before=reviews.reviews(actor, tx=tx, asset_id=asset_id),
        latest=reviews.latest_allowed(today()),
        wording=wording,
    )


@area.get(f"{ASSET}/review", access=SIGNED_IN)
def review_page(actor: Actor, tx: Tx, asset_id: int) -> str:
    """What to look at, and the next review date, in a year unless they say otherwise."""
    return _draw(actor, tx, ReviewForm(data={"review_date": in_a_year()}), asset_id)


@area.post(f"{ASSET}/review", access=SIGNED_IN, form=ReviewForm, again=_draw)
def review(actor: Actor, tx: Tx, form: ReviewForm, asset_id: int) -> Response:
    """Record it. Who looked at a version that has been replaced is told so, with all they typed still there."""
    assert form.review_date.data is not None
    asset = _reviewed(actor, tx, asset_id)
    if asset.version != form.seen:
        raise Invalid(reviews.ALREADY_NEWER)
    reviews.review(
        actor,
        tx=tx,
        asset_id=asset_id,
        version=form.seen,
        until=form.review_date.data,
        note=form.note.data or "",
    )
    flash("You have said that this is still right.")
    return see_other(f"/library/{asset_id}")
