"""Pages about a thread as a whole: concluding, reopening, locking, and the summary pinned on top."""

from __future__ import annotations

from flask import make_response, request
from werkzeug.wrappers import Response

from cop.kernel.access import PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict
from cop.kernel.markup import safe
from cop.threads import drafts, endings, policy, queries
from cop.threads.differences import differences
from cop.threads.forms import LockForm, OutcomeForm, SummaryForm
from cop.threads.queries import Thread
from cop.threads.routes import THREAD, Typed
from cop.threads.routes_drafts import begin_from
from cop.threads.texts import written
from cop.web.actor import shown_actor
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("endings", __name__)


def _render(form: OutcomeForm | SummaryForm) -> Typed:
    return Typed(form, written(form.body.data))


def _concludable(actor: Actor, tx: Tx, thread_id: int) -> Thread:
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_conclude(actor, thread.space.standing, started_by=thread.ending.started_by))
    return thread


@area.get(f"{THREAD}/conclude", access=SIGNED_IN)
def conclude_page(actor: Actor, tx: Tx, thread_id: int) -> str:
    """Where one says what came of a thread; an outcome it had before is a beginning."""
    return _conclude_again(actor, tx, OutcomeForm(), thread_id)


def _conclude_again(
    actor: Actor, tx: Tx, form: OutcomeForm, thread_id: int, preview: str | None = None
) -> str:
    thread = _concludable(actor, tx, thread_id)
    if thread.ending.status == "concluded":
        raise Conflict("This thread is concluded already. Go back to read its outcome.")
    return page("threads/conclude.html", thread=thread, form=form, preview=preview)


def _conclude_preview(actor: Actor, tx: Tx, typed: Typed, thread_id: int) -> str:
    assert isinstance(typed.form, OutcomeForm)
    return _conclude_again(actor, tx, typed.form, thread_id, typed.shown)


@area.post(
    f"{THREAD}/conclude",
    access=SIGNED_IN,
    form=OutcomeForm,
    prepare=_render,
    again=_conclude_again,
    preview=_conclude_preview,
)
def conclude(actor: Actor, tx: Tx, typed: Typed, thread_id: int) -> Response:
    """Conclude it and go to its outcome."""
    endings.conclude(actor, tx=tx, thread_id=thread_id, outcome=typed.body)
    flash("The thread is concluded.")
    return see_other(f"/threads/{thread_id}")


@area.post(f"{THREAD}/reopen", access=SIGNED_IN)
def reopen(actor: Actor, tx: Tx, thread_id: int) -> Response:
    """Take it up again."""
    endings.reopen(actor, tx=tx, thread_id=thread_id)
    flash("The thread is open again.")
    return see_other(f"/threads/{thread_id}")


@area.get(f"{THREAD}/lock", access=SIGNED_IN)
def lock_page(actor: Actor, tx: Tx, thread_id: int) -> str:
    """Where one says why no more posts can be added."""
    return _lock_again(actor, tx, LockForm(), thread_id)


def _lock_again(actor: Actor, tx: Tx, form: LockForm, thread_id: int) -> str:
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_lock(actor, thread.space.standing))
    return page("threads/lock.html", thread=thread, form=form)


@area.post(f"{THREAD}/lock", access=SIGNED_IN, form=LockForm, again=_lock_again)
def lock(actor: Actor, tx: Tx, form: LockForm, thread_id: int) -> Response:
    """Lock it."""
    endings.lock(actor, tx=tx, thread_id=thread_id, reason=form.reason.data)
    flash("The thread is locked.")
    return see_other(f"/threads/{thread_id}")


@area.post(f"{THREAD}/unlock", access=SIGNED_IN)
def unlock(actor: Actor, tx: Tx, thread_id: int) -> Response:
    """Take posts again."""
    endings.unlock(actor, tx=tx, thread_id=thread_id)
    flash("Posts can be added again.")
    return see_other(f"/threads/{thread_id}")


def _summarisable(actor: Actor, tx: Tx, thread_id: int) -> tuple[Thread, str]:
    """The thread, and its summary as it was typed."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_write(actor, thread.space.standing))
    versions = endings.summary_versions(actor, tx=tx, thread_id=thread_id)
    return thread, versions[0].source if versions else ""


@area.get(f"{THREAD}/summary", access=SIGNED_IN)
def summary_page(actor: Actor, tx: Tx, thread_id: int) -> str:
    """The summary, to change."""
    thread, source = _summarisable(actor, tx, thread_id)
    form = SummaryForm(data={"body": source, "base_version": str(thread.ending.summary_version)})
    begin_from(form, drafts.find(actor, tx=tx, kind="summary", subject_id=thread_id))
    return _summary(actor, tx, thread, form, unsaved=False)


def _summary(
    actor: Actor,
    tx: Tx,
    thread: Thread,
    form: SummaryForm,
    *,
    preview: str | None = None,
    theirs: str | None = None,
    unsaved: bool = True,
) -> str:
    draft = drafts.find(actor, tx=tx, kind="summary", subject_id=thread.id)
    return page(
        "threads/summary.html",
        thread=thread,
        form=form,
        preview=preview,
        theirs=theirs,
        draft=draft,
        unsaved=unsaved,
    )


def _summary_again(actor: Actor, tx: Tx, form: SummaryForm, thread_id: int) -> str:
    return _summary(actor, tx, _summarisable(actor, tx, thread_id)[0], form)


def _summary_preview(actor: Actor, tx: Tx, typed: Typed, thread_id: int) -> str:
    assert isinstance(typed.form, SummaryForm)
    thread, _ = _summarisable(actor, tx, thread_id)
    return _summary(actor, tx, thread, typed.form, preview=typed.shown)


@area.post(
    f"{THREAD}/summary",
    access=SIGNED_IN,
    form=SummaryForm,
    prepare=_render,
    again=_summary_again,
    preview=_summary_preview,
)
def summarise(actor: Actor, tx: Tx, typed: Typed, thread_id: int) -> Response | AfterCommit:
    """Save it; when somebody else changed it meanwhile, show both texts and change nothing."""
    form = typed.form
    assert isinstance(form, SummaryForm)
    try:
        endings.summarise(
            actor,
            tx=tx,
            thread_id=thread_id,
            body=typed.body,
            base_version=whole_number(form.base_version.data) or 0,
            draft=form.draft.data,
        )
    except endings.SummaryConflict:
        return AfterCommit(lambda: _conflict(thread_id, form))
    flash("The summary is saved.")
    return see_other(f"/threads/{thread_id}")


def _conflict(thread_id: int, form: SummaryForm) -> Response:
    with edge().db.transaction(write=False) as tx:
        thread, source = _summarisable(shown_actor(), tx, thread_id)
        form.base_version.data = str(thread.ending.summary_version)
        shown = _summary(shown_actor(), tx, thread, form, theirs=source)
    response: Response = make_response(shown)
    response.status_code = 409
    return response


@area.get(f"{THREAD}/summary/history", access=PUBLIC)
def summary_history(actor: Actor, tx: Tx, thread_id: int) -> str:
    """The versions of the summary, the newest first, each with what it changed; the one asked for without marks."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    versions = endings.summary_versions(actor, tx=tx, thread_id=thread_id)
    before = [*versions[1:], None][: len(versions)]
    shown = [
        (version, differences(older.source, version.source) if older else None)
        for version, older in zip(versions, before, strict=True)
    ]
    plain = whole_number(request.args.get("plain"))
    html = next((safe(version.html) for version in versions if version.version == plain), "")
    return page("threads/summary_history.html", thread=thread, versions=shown, plain=plain, html=html)
