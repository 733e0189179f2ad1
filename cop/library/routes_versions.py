"""Pages about versions: the list, one of them at its lasting address, and the way from a draft to published."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.files.intake import Received
from cop.files.kinds import ACCEPTED
from cop.kernel.access import PUBLIC, SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Invalid
from cop.library import history, queries, reviews, service, versions, wording
from cop.library.forms import FileForm, NextForm, PublishForm, VersionForm, WithdrawForm
from cop.library.queries import Asset
from cop.library.routes import ASSET, draft_page, reading_of, shown_page
from cop.library.upload import max_body
from cop.library.versions import Said
from cop.library.vocabulary import LICENCES
from cop.library.writing import in_a_year
from cop.web.area import Area
from cop.web.edge import edge
from cop.web.templating import flash, page, see_other

area = Area("library_versions", __name__)

VERSION = f"{ASSET}/versions/<int:number>"


@area.get(f"{ASSET}/versions", access=PUBLIC)
def all_versions(actor: Actor, tx: Tx, asset_id: int) -> str:
    """Every version that the reader may see, with what changed."""
    return page(
        "library/versions.html",
        asset=queries.asset(actor, tx=tx, asset_id=asset_id),
        versions=history.versions(actor, tx=tx, asset_id=asset_id),
        reviews=reviews.reviews(actor, tx=tx, asset_id=asset_id, limit=history.MOST),
        wording=wording,
    )


@area.get(VERSION, access=PUBLIC)
def show(actor: Actor, tx: Tx, asset_id: int, number: int) -> str:
    """One version, whatever became of it: this address stays."""
    asset = queries.version(actor, tx=tx, asset_id=asset_id, number=number)
    if asset.status == "draft":
        return draft_page(asset, PublishForm(data={"file_id": str(asset.file.file_id)}))
    return shown_page(actor, tx, asset, own_address=False)


def _managed(actor: Actor, tx: Tx, asset_id: int) -> Asset:
    """The published asset, for whoever manages it."""
    asset = queries.managed_asset(actor, tx=tx, asset_id=asset_id)
    if asset.status == "draft":
        raise Conflict("Publish the first version before you begin the next.")
    return asset


def _managed_draft(actor: Actor, tx: Tx, asset_id: int, number: int) -> Asset:
    draft = queries.version(actor, tx=tx, asset_id=asset_id, number=number)
    _managed(actor, tx, asset_id)
    if draft.status != "draft":
        raise Conflict("This is no draft any more. Reload the page to see where it stands.")
    return draft


def _draw_next(actor: Actor, tx: Tx, form: NextForm, asset_id: int) -> str:
    asset = _managed(actor, tx, asset_id)
    return page(
        "library/next.html",
        form=form,
        asset=asset,
        begun=history.draft_line(actor, tx=tx, asset_id=asset_id),
        accepted=ACCEPTED,
        largest=wording.size_words(edge().settings.max_upload),
        wording=wording,
    )


@area.get(f"{ASSET}/versions/new", access=SIGNED_IN)
def next_page(actor: Actor, tx: Tx, asset_id: int) -> str:
    """The form for the next version, beginning with what the current one says of itself."""
    asset = _managed(actor, tx, asset_id)
    data = {
        "title": asset.title,
        "summary": asset.summary,
        "regime": asset.regime or "",
        "licence": asset.licence or "",
        "review_date": in_a_year(),
    }
    return _draw_next(actor, tx, NextForm(data=data), asset_id)


def _may_begin(actor: Actor, tx: Tx, asset_id: int) -> None:
    _managed(actor, tx, asset_id)


@area.post(
    f"{ASSET}/versions/new",
    access=SIGNED_IN,
    form=NextForm,
    prepare=NextForm.typed,
    again=_draw_next,
    max_body=max_body,
    ask=_may_begin,
)
def begin(actor: Actor, tx: Tx, typed: tuple[Said, Received], asset_id: int) -> Response:
    """Keep the next version as a draft and show it. Who comes second is told so, with all they typed still there."""
    said, received = typed
    try:
        number = versions.begin(actor, tx=tx, asset_id=asset_id, said=said, received=received)
    except Conflict as conflict:
        raise Invalid(conflict.message) from conflict
    flash(f"Version {number} is a draft. The published version stays as it is until you publish this one.")
    return see_other(f"/library/{asset_id}/versions/{number}")


def _draw_change(
    actor: Actor, tx: Tx, form: VersionForm, draft: Asset, *, theirs: Asset | None = None
) -> str:
    return page(
        "library/version_change.html",
        form=form,
        asset=draft,
        theirs=theirs,
        licences=LICENCES,
        wording=wording,
    )


@area.get(f"{VERSION}/edit", access=SIGNED_IN)
def change_page(actor: Actor, tx: Tx, asset_id: int, number: int) -> str:
    """What the draft says of itself, to change."""
    draft = _managed_draft(actor, tx, asset_id, number)
    data = {
        "note": draft.note,
        "title": draft.title,
        "summary": draft.summary,
        "regime": draft.regime or "",
        "licence": draft.licence or "",
        "review_date": draft.review_date,
        "revision": str(draft.revision),
    }
    return _draw_change(actor, tx, VersionForm(data=data), draft)


def _change_again(actor: Actor, tx: Tx, form: VersionForm, asset_id: int, number: int) -> str:
    draft = _managed_draft(actor, tx, asset_id, number)
    clash = bool(form.revision.errors)
    if clash:
        # Saving once more is then a decision made with both texts in view.
        form.revision.data = str(draft.revision)
    return _draw_change(actor, tx, form, draft, theirs=draft if clash else None)


@area.post(f"{VERSION}/edit", access=SIGNED_IN, form=VersionForm, again=_change_again)
def change(actor: Actor, tx: Tx, form: VersionForm, asset_id: int, number: int) -> Response:
    """Save what the draft says."""
    versions.change(actor, tx=tx, asset_id=asset_id, number=number, said=form.said(), revision=form.base)
    flash("You have saved the details.")
    return see_other(f"/library/{asset_id}/versions/{number}")


def _draw_file(actor: Actor, tx: Tx, form: FileForm, asset_id: int, number: int) -> str:
    return page(
        "library/file.html",
        form=form,
        asset=_managed_draft(actor, tx, asset_id, number),
        accepted=ACCEPTED,
        largest=wording.size_words(edge().settings.max_upload),
        wording=wording,
    )


@area.get(f"{VERSION}/file", access=SIGNED_IN)
def file_page(actor: Actor, tx: Tx, asset_id: int, number: int) -> str:
    """The form for another document in the draft."""
    return _draw_file(actor, tx, FileForm(), asset_id, number)


def _received(form: FileForm) -> Received:
    assert form.file.kept is not None
    return form.file.kept


def _may_replace(actor: Actor, tx: Tx, asset_id: int, number: int) -> None:
    _managed_draft(actor, tx, asset_id, number)


@area.post(
    f"{VERSION}/file",
    access=SIGNED_IN,
    form=FileForm,
    prepare=_received,
    again=_draw_file,
    max_body=max_body,
    ask=_may_replace,
)
def replace_file(actor: Actor, tx: Tx, received: Received, asset_id: int, number: int) -> Response:
    """Put another document into the draft."""
    service.replace_file(actor, tx=tx, asset_id=asset_id, received=received, number=number)
    flash("You have replaced the document.")
    return see_other(f"/library/{asset_id}/versions/{number}")


def _publish_again(actor: Actor, tx: Tx, form: PublishForm, asset_id: int, number: int) -> str:
    draft = _managed_draft(actor, tx, asset_id, number)
    form.file_id.data = str(draft.file.file_id)
    return draft_page(draft, form)


@area.post(f"{VERSION}/publish", access=SIGNED_IN, form=PublishForm, again=_publish_again)
def publish(actor: Actor, tx: Tx, form: PublishForm, asset_id: int, number: int) -> Response:
    """Make the draft the current version."""
    service.publish(
        actor,
        tx=tx,
        asset_id=asset_id,
        number=number,
        file_id=form.seen,
        checked=bool(form.checked.data),
    )
    flash(f"You have published version {number}. It is the current one from now on.")
    return see_other(f"/library/{asset_id}")


@area.get(f"{VERSION}/reading", access=SIGNED_IN)
def reading(actor: Actor, tx: Tx, asset_id: int, number: int) -> Response:
    """The draft as HTML to be put into its open page once its document was read; nothing (204) until then."""
    return reading_of(queries.version(actor, tx=tx, asset_id=asset_id, number=number))


@area.get(f"{VERSION}/discard", access=SIGNED_IN)
def discard_page(actor: Actor, tx: Tx, asset_id: int, number: int) -> str:
    """Asking before a draft is thrown away."""
    return page("library/discard.html", asset=_managed_draft(actor, tx, asset_id, number))


@area.post(f"{VERSION}/discard", access=SIGNED_IN)
def discard(actor: Actor, tx: Tx, asset_id: int, number: int) -> Response:
    """Throw the draft away."""
    versions.discard(actor, tx=tx, asset_id=asset_id, number=number)
    flash(f"You have discarded the draft of version {number}.")
    return see_other(f"/library/{asset_id}")


def _draw_withdraw(actor: Actor, tx: Tx, form: WithdrawForm, asset_id: int, number: int) -> str:
    asset = queries.version(actor, tx=tx, asset_id=asset_id, number=number)
    current = _managed(actor, tx, asset_id)
    if number == current.version:
        raise Conflict(
            "This is the current version. Withdraw the document itself, or publish a newer version."
        )
    if asset.status != "superseded":
        raise Conflict("Only a version that was published can be withdrawn, and only once.")
    return page("library/withdraw.html", form=form, asset=asset, former=True)


@area.get(f"{VERSION}/withdraw", access=SIGNED_IN)
def withdraw_page(actor: Actor, tx: Tx, asset_id: int, number: int) -> str:
    """Why a former version should no longer be used."""
    return _draw_withdraw(actor, tx, WithdrawForm(), asset_id, number)


@area.post(f"{VERSION}/withdraw", access=SIGNED_IN, form=WithdrawForm, again=_draw_withdraw)
def withdraw(actor: Actor, tx: Tx, form: WithdrawForm, asset_id: int, number: int) -> Response:
    """Take a former version out of use."""
    versions.withdraw(actor, tx=tx, asset_id=asset_id, number=number, reason=form.reason.data)
    flash(f"You have withdrawn version {number}.")
    return see_other(f"/library/{asset_id}/versions/{number}")
