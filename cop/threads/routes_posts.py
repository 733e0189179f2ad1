"""Pages about one post: editing, its earlier versions, removing."""

from __future__ import annotations

from flask import make_response, request
from werkzeug.wrappers import Response

from cop.kernel.access import PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.threads import asking, attachments, drafts, mentions, policy, queries, service
from cop.threads.attaching import max_body
from cop.threads.differences import differences
from cop.threads.forms import EditForm
from cop.threads.queries import Text
from cop.threads.routes import POST, Typed, place_on_page, typed
from cop.threads.routes_drafts import begin_from
from cop.web.actor import shown_actor
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("posts", __name__)


def _editable(actor: Actor, tx: Tx, post_id: int) -> Text:
    text = queries.text(actor, tx=tx, post_id=post_id)
    require(policy.can_edit(actor, text.space.standing, author_id=text.author.id))
    return text


@area.get(f"{POST}/edit", access=SIGNED_IN)
def edit_page(actor: Actor, tx: Tx, post_id: int) -> str:
    """One's own post, to change."""
    text = _editable(actor, tx, post_id)
    form = EditForm(data={"body": text.source, "base_version": str(text.version)})
    form.file.begin(attachments.of_post(actor, tx=tx, post_id=post_id))
    draft = drafts.find(actor, tx=tx, kind="edit", subject_id=post_id)
    begin_from(form, draft)
    return page(
        "threads/edit.html", text=text, form=form, preview=None, theirs=None, draft=draft, unsaved=False
    )


def _edit_again(actor: Actor, tx: Tx, form: EditForm, post_id: int, preview: str | None = None) -> str:
    text = _editable(actor, tx, post_id)
    return _shown_again(actor, tx, text, form, preview=preview)


def _shown_again(
    actor: Actor, tx: Tx, text: Text, form: EditForm, preview: str | None = None, theirs: str | None = None
) -> str:
    draft = drafts.find(actor, tx=tx, kind="edit", subject_id=text.post_id)
    return page(
        "threads/edit.html", text=text, form=form, preview=preview, theirs=theirs, draft=draft, unsaved=True
    )


def _render(form: EditForm) -> Typed:
    return typed(form, asking.in_post)


def _edit_preview(actor: Actor, tx: Tx, typed: Typed, post_id: int) -> str:
    assert isinstance(typed.form, EditForm)
    return _edit_again(actor, tx, typed.form, post_id, typed.preview(actor, tx))


def _may_edit(actor: Actor, tx: Tx, post_id: int) -> None:
    _editable(actor, tx, post_id)


@area.post(
    f"{POST}/edit",
    access=SIGNED_IN,
    form=EditForm,
    prepare=_render,
    again=_edit_again,
    preview=_edit_preview,
    max_body=max_body,
    ask=_may_edit,
)
def edit(actor: Actor, tx: Tx, typed: Typed, post_id: int) -> Response | AfterCommit:
    """Save it; when it was changed in another window meanwhile, show both texts and change nothing."""
    form = typed.form
    assert isinstance(form, EditForm)
    _editable(actor, tx, post_id)
    # 0, which never was a version, when the page was tampered with: both texts are shown then.
    base = whole_number(form.base_version.data) or 0
    try:
        service.edit(
            actor,
            tx=tx,
            post_id=post_id,
            body=typed.body,
            base_version=base,
            draft=form.draft.data,
            files=form.file.wanted() if form.file.shown else None,
        )
    except service.EditConflict:
        return AfterCommit(lambda: _conflict(post_id, form))
    return see_other(place_on_page(actor, tx, post_id))


def _conflict(post_id: int, form: EditForm) -> Response:
    with edge().db.transaction(write=False) as tx:
        text = _editable(shown_actor(), tx, post_id)
        form.base_version.data = str(text.version)
        shown = _shown_again(shown_actor(), tx, text, form, theirs=text.source)
    response: Response = make_response(shown)
    response.status_code = 409
    return response


@area.get(f"{POST}/history", access=PUBLIC)
def history(actor: Actor, tx: Tx, post_id: int) -> str:
    """The versions of a post, the newest first, each with what it changed; the one asked for without marks."""
    text = queries.text(actor, tx=tx, post_id=post_id)
    versions = queries.versions(actor, tx=tx, text=text)
    before = [*versions[1:], None]
    shown = [
        (version, differences(older.source, version.source) if older else None)
        for version, older in zip(versions, before, strict=True)
    ]
    plain = whole_number(request.args.get("plain"))
    html = next(
        (
            mentions.filled(actor, tx=tx, html=version.html)
            for version in versions
            if version.version == plain
        ),
        "",
    )
    return page(
        "threads/history.html",
        text=text,
        versions=shown,
        limit=queries.VERSIONS_MAX,
        plain=plain,
        html=html,
        files=bool(attachments.of_post(actor, tx=tx, post_id=post_id)),
    )


@area.get(f"{POST}/remove", access=SIGNED_IN)
def remove_page(actor: Actor, tx: Tx, post_id: int) -> str:
    """Ask before a post is removed."""
    text = queries.text(actor, tx=tx, post_id=post_id)
    require(policy.can_remove(actor, text.space.standing, author_id=text.author.id))
    own = text.author.id == actor.person_id
    return page("threads/remove.html", text=text, html=mentions.filled(actor, tx=tx, html=text.html), own=own)


@area.post(f"{POST}/remove", access=SIGNED_IN)
def remove(actor: Actor, tx: Tx, post_id: int) -> Response:
    """Remove it."""
    service.remove(actor, tx=tx, post_id=post_id)
    flash("The post is removed.", f"post-{post_id}")
    return see_other(place_on_page(actor, tx, post_id))
