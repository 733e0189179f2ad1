"""Pages about drafts: keeping what is being typed, one's list of them, and deleting one."""

from __future__ import annotations

import json

from flask import Response as FlaskResponse
from flask import make_response, request
from werkzeug.wrappers import Response

from cop.kernel.access import SIGNED_IN, Actor
from cop.kernel.buckets import Rate
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict
from cop.threads import drafts
from cop.threads.attaching import OF_POST
from cop.threads.drafts import Clash, Ended, Kept
from cop.threads.forms import DraftForm
from cop.threads.queries import Draft
from cop.web.actor import shown_actor
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("drafts", __name__)

SAVES = Rate(per_second=1, burst=60)
"""A page saves two seconds after the last key, so one that is used by a person never comes near this."""
PLACE = "/drafts/<any('reply', 'thread', 'edit', 'summary'):kind>/<int:subject_id>"
BACK = {
    "reply": "/threads/{}#reply",
    "thread": "/teams/{}/threads/new",
    "edit": "/posts/{}/edit",
    "summary": "/threads/{}/summary",
}
KEPT = "Your draft is saved. Only you can see it."
WITHOUT_FILES = f"{KEPT} Files are not part of a draft: attach them again when you post it."


def begin_from(form: object, draft: Draft | None) -> None:
    """Fill a form that was not sent yet with what its writer had typed before."""
    if draft is None:
        return
    for name in ("title", "body", "quote", "base_version"):
        bound = getattr(form, name, None)
        value = getattr(draft, "quote_id" if name == "quote" else name)
        if bound is not None and value is not None:
            bound.data = str(value)
    form.draft.data = draft.revision  # type: ignore[attr-defined]


def _had_files() -> bool:
    """Without JavaScript the button sends all that is in the form: of a file its name, or the token of one in hand."""
    kept = [token for token in request.form.getlist("file_kept") if not token.startswith(OF_POST)]
    return any(request.form.getlist("file")) or bool(kept)


def _wants_facts() -> bool:
    """A script asks for facts, a form without one for a page."""
    return request.accept_mimetypes.best == "application/json"


def _facts(status: int, **facts: str) -> Response:
    return FlaskResponse(json.dumps(facts), status=status, mimetype="application/json")


def _again(actor: Actor, tx: Tx, form: DraftForm, kind: str, subject_id: int) -> Response | str:
    """What could not be kept, drawn on a page of its own, or said to the script that sent it."""
    message = next((str(errors[0]) for errors in form.errors.values() if errors), "")
    if _wants_facts():
        return _facts(422, message=message)
    return _draw(actor, tx, form, kind, subject_id, None)


def _draw(actor: Actor, tx: Tx, form: DraftForm, kind: str, subject_id: int, other: Draft | None) -> str:
    back = BACK[kind].format(subject_id)
    return page(
        "threads/draft_keep.html", form=form, kind=kind, subject_id=subject_id, other=other, back=back
    )


@area.post(PLACE, access=SIGNED_IN, form=DraftForm, again=_again, rate=SAVES)
def save(actor: Actor, tx: Tx, form: DraftForm, kind: str, subject_id: int) -> Response | AfterCommit:
    """Keep what was typed. A script is answered with facts; a form is sent back to where it came from."""
    writer = whole_number(form.writer.data)
    if writer is not None and writer != actor.person_id:
        raise Conflict("Somebody else has signed in since you opened this page, so your draft was not saved.")
    answer = drafts.save(actor, tx=tx, kind=kind, subject_id=subject_id, typed=form.typed())
    if isinstance(answer, Clash):
        other = answer.other
        if _wants_facts():
            return _facts(409, why="changed", title=other.title, body=other.body, draft=other.revision)
        return AfterCommit(lambda: _conflict(form, kind, subject_id, other))
    if isinstance(answer, Kept):
        if _wants_facts():
            return _facts(200, draft=answer.revision)
        flash(WITHOUT_FILES if _had_files() else KEPT)
        return see_other(BACK[kind].format(subject_id))
    if isinstance(answer, Ended):
        return _ended(form, kind, subject_id)
    if _wants_facts():
        return _facts(200, why="posted", draft="")
    flash("You have posted this already.")
    return see_other(BACK[kind].format(subject_id))


def _ended(form: DraftForm, kind: str, subject_id: int) -> Response | AfterCommit:
    if _wants_facts():
        return _facts(410, why="ended")
    form.draft.data = ""
    return AfterCommit(lambda: _conflict(form, kind, subject_id, None))


def _conflict(form: DraftForm, kind: str, subject_id: int, other: Draft | None) -> Response:
    """Both texts on one page. Whoever saves from there has seen the other one."""
    if other is not None:
        form.draft.data = other.revision
    with edge().db.transaction(write=False) as tx:
        shown = _draw(shown_actor(), tx, form, kind, subject_id, other)
    response: Response = make_response(shown)
    response.status_code = 409
    return response


@area.get("/drafts", access=SIGNED_IN)
def draft_list(actor: Actor, tx: Tx) -> str:
    """One's own drafts, the newest first."""
    return page("threads/drafts.html", lines=drafts.listing(actor, tx=tx))


@area.get("/drafts/<int:draft_id>", access=SIGNED_IN)
def draft(actor: Actor, tx: Tx, draft_id: int) -> str:
    """One draft as it was typed, to go on with or to delete."""
    return page("threads/draft.html", line=drafts.one(actor, tx=tx, draft_id=draft_id))


@area.post("/drafts/<int:draft_id>/delete", access=SIGNED_IN)
def remove(actor: Actor, tx: Tx, draft_id: int) -> Response:
    """Delete it for good."""
    drafts.remove(actor, tx=tx, draft_id=draft_id)
    flash("Your draft is deleted.")
    return see_other("/drafts")
