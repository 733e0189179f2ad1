"""Pages for writing: adding a document, changing its details or its file, publishing and withdrawing it."""

from __future__ import annotations

from datetime import date

from werkzeug.wrappers import Response

from cop.accounts.queries import PersonLine
from cop.files.intake import Received
from cop.files.kinds import ACCEPTED
from cop.kernel.access import OFFICER, SIGNED_IN, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.kernel.ids import new_token
from cop.library import queries, service, wording
from cop.library.forms import AddForm, ChangeForm, FileForm, PublishForm, WithdrawForm
from cop.library.queries import Asset
from cop.library.routes import ASSET, draft_page
from cop.library.service import Details
from cop.library.upload import max_body
from cop.library.vocabulary import AUDIENCE_HINTS, LICENCES
from cop.teams.frame import today
from cop.web.area import Area
from cop.web.edge import edge
from cop.web.templating import flash, page, see_other

area = Area("library_writing", __name__)

TEAM = "/teams/<int:team_id>/library/new"


def in_a_year() -> date:
    """The review date that is suggested."""
    now = today()
    return date(now.year + 1, now.month, min(now.day, 28))


def _owner_words(line: PersonLine) -> str:
    return f"{line.name}, {line.organisation_name}"


def _offer(
    actor: Actor, tx: Tx, form: AddForm | ChangeForm, team_id: int | None, asset: Asset | None = None
) -> None:
    asset_id = asset.id if asset else None
    possible = queries.owner_choices(actor, tx=tx, team_id=team_id, asset_id=asset_id)
    lines = {line.id: line for line in possible}
    if asset is not None and asset.owner is not None:
        lines.setdefault(asset.owner.id, asset.owner)
    owners = [(line.id, _owner_words(line)) for line in lines.values()]
    form.offer(owners=owners, for_team=team_id is not None)


def _blank(actor: Actor) -> AddForm:
    return AddForm(data={"key": new_token(), "owner": actor.person_id, "review_date": in_a_year()})


def _draw_add(actor: Actor, tx: Tx, form: AddForm, team_id: int | None = None) -> str:
    space = queries.space_to_add(actor, tx=tx, team_id=team_id) if team_id is not None else None
    _offer(actor, tx, form, team_id)
    return page(
        "library/add.html",
        form=form,
        space=space,
        accepted=ACCEPTED,
        largest=wording.size_words(edge().settings.max_upload),
        hints=AUDIENCE_HINTS,
    )


@area.get("/library/new", access=OFFICER)
def add_page(actor: Actor, tx: Tx) -> str:
    """The form for a document that belongs to no team."""
    return _draw_add(actor, tx, _blank(actor))


@area.post(
    "/library/new", access=OFFICER, form=AddForm, prepare=AddForm.typed, again=_draw_add, max_body=max_body
)
def add(actor: Actor, tx: Tx, typed: tuple[Details, Received, str]) -> Response:
    """Keep the document as a draft and show it."""
    return _added(actor, tx, typed, None)


@area.get(TEAM, access=SIGNED_IN)
def add_to_team_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """The form for a document of a team."""
    return _draw_add(actor, tx, _blank(actor), team_id)


def _may_add(actor: Actor, tx: Tx, team_id: int) -> None:
    queries.space_to_add(actor, tx=tx, team_id=team_id)


@area.post(
    TEAM,
    access=SIGNED_IN,
    form=AddForm,
    prepare=AddForm.typed,
    again=_draw_add,
    max_body=max_body,
    ask=_may_add,
)
def add_to_team(actor: Actor, tx: Tx, typed: tuple[Details, Received, str], team_id: int) -> Response:
    """Keep the document as a draft of the team and show it."""
    return _added(actor, tx, typed, team_id)


def _added(actor: Actor, tx: Tx, typed: tuple[Details, Received, str], team_id: int | None) -> Response:
    details, received, key = typed
    asset_id = service.draft(actor, tx=tx, details=details, received=received, team_id=team_id, key=key)
    people = "the people on your team" if team_id is not None else "its owner"
    flash(f"Your document is uploaded. Only you and {people} can see it until you publish it.")
    return see_other(f"/library/{asset_id}")


@area.get(f"{ASSET}/edit", access=SIGNED_IN)
def change_page(actor: Actor, tx: Tx, asset_id: int) -> str:
    """The details to change."""
    asset = queries.managed_asset(actor, tx=tx, asset_id=asset_id)
    data = {
        "title": asset.title,
        "summary": asset.summary,
        "kind": asset.kind,
        "category": asset.category,
        "audience": asset.audience,
        "regime": asset.regime or "",
        "licence": asset.licence or "",
        "owner": asset.owner.id if asset.owner else None,
        "review_date": asset.review_date,
        "revision": str(asset.revision),
    }
    return _draw_change(actor, tx, ChangeForm(data=data), asset, theirs=None)


def _draw_change(actor: Actor, tx: Tx, form: ChangeForm, asset: Asset, theirs: Asset | None) -> str:
    _offer(actor, tx, form, asset.team_id, asset)
    findings = asset.text.hidden.sentences() if asset.status == "published" else ()
    return page(
        "library/change.html",
        form=form,
        asset=asset,
        theirs=theirs,
        findings=findings,
        hints=AUDIENCE_HINTS,
        licences=LICENCES,
        wording=wording,
    )


def _change_again(actor: Actor, tx: Tx, form: ChangeForm, asset_id: int) -> str:
    asset = queries.managed_asset(actor, tx=tx, asset_id=asset_id)
    clash = bool(form.revision.errors)
    if clash:
        # Saving once more is then a decision made with both texts in view.
        form.revision.data = str(asset.revision)
    return _draw_change(actor, tx, form, asset, theirs=asset if clash else None)


@area.post(f"{ASSET}/edit", access=SIGNED_IN, form=ChangeForm, again=_change_again)
def change(actor: Actor, tx: Tx, form: ChangeForm, asset_id: int) -> Response:
    """Save the details."""
    service.change_details(
        actor,
        tx=tx,
        asset_id=asset_id,
        details=form.details(),
        revision=form.base,
        checked=bool(form.checked.data),
    )
    flash("You have saved the details.")
    return see_other(f"/library/{asset_id}")


def _draw_file(actor: Actor, tx: Tx, form: FileForm, asset_id: int) -> str:
    return page(
        "library/file.html",
        form=form,
        asset=queries.managed_asset(actor, tx=tx, asset_id=asset_id),
        accepted=ACCEPTED,
        largest=wording.size_words(edge().settings.max_upload),
        wording=wording,
    )


@area.get(f"{ASSET}/file", access=SIGNED_IN)
def file_page(actor: Actor, tx: Tx, asset_id: int) -> str:
    """The form for another document in a draft."""
    return _draw_file(actor, tx, FileForm(), asset_id)


def _received(form: FileForm) -> Received:
    assert form.file.kept is not None
    return form.file.kept


def _may_replace(actor: Actor, tx: Tx, asset_id: int) -> None:
    queries.managed_asset(actor, tx=tx, asset_id=asset_id)


@area.post(
    f"{ASSET}/file",
    access=SIGNED_IN,
    form=FileForm,
    prepare=_received,
    again=_draw_file,
    max_body=max_body,
    ask=_may_replace,
)
def replace_file(actor: Actor, tx: Tx, received: Received, asset_id: int) -> Response:
    """Put another document into a draft."""
    service.replace_file(actor, tx=tx, asset_id=asset_id, received=received)
    flash("You have replaced the document.")
    return see_other(f"/library/{asset_id}")


def _publish_again(actor: Actor, tx: Tx, form: PublishForm, asset_id: int) -> str:
    asset = queries.asset(actor, tx=tx, asset_id=asset_id)
    if asset.status != "draft":
        raise Invalid("This has been published already.")
    form.file_id.data = str(asset.file.file_id)
    return draft_page(asset, form)


@area.post(f"{ASSET}/publish", access=SIGNED_IN, form=PublishForm, again=_publish_again)
def publish(actor: Actor, tx: Tx, form: PublishForm, asset_id: int) -> Response:
    """Publish a draft."""
    service.publish(actor, tx=tx, asset_id=asset_id, file_id=form.seen, checked=bool(form.checked.data))
    flash("You have published this. It can be found by what stands in it within a minute.")
    return see_other(f"/library/{asset_id}")


def _draw_withdraw(actor: Actor, tx: Tx, form: WithdrawForm, asset_id: int) -> str:
    return page(
        "library/withdraw.html",
        form=form,
        asset=queries.managed_asset(actor, tx=tx, asset_id=asset_id),
    )


@area.get(f"{ASSET}/withdraw", access=SIGNED_IN)
def withdraw_page(actor: Actor, tx: Tx, asset_id: int) -> str:
    """Why a document should no longer be used."""
    return _draw_withdraw(actor, tx, WithdrawForm(), asset_id)


@area.post(f"{ASSET}/withdraw", access=SIGNED_IN, form=WithdrawForm, again=_draw_withdraw)
def withdraw(actor: Actor, tx: Tx, form: WithdrawForm, asset_id: int) -> Response:
    """Take a published document out of use."""
    service.withdraw(actor, tx=tx, asset_id=asset_id, reason=form.reason.data)
    flash("You have withdrawn this document.")
    return see_other(f"/library/{asset_id}")
