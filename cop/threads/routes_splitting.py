"""Pages about splitting a thread: which posts move, what happens then, and doing it.

Choosing is a form that is only read: it goes from page to page of a long thread, and what was chosen on the others
travels in the address.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import request
from werkzeug.wrappers import Response

from cop.kernel.access import SIGNED_IN, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid
from cop.kernel.ids import new_token
from cop.kernel.markup import excerpt
from cop.threads import queries, ranges, splitting
from cop.threads.forms import ChoosePostsForm, SplitForm
from cop.threads.limits import page_of
from cop.threads.queries import Post, Thread
from cop.threads.routes import THREAD
from cop.threads.splitting import Plan
from cop.web.area import Area
from cop.web.dates import to_the_minute
from cop.web.fields import choices
from cop.web.forms import remember
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("splitting", __name__)
SPLIT = f"{THREAD}/split"


@area.get(SPLIT, access=SIGNED_IN)
def choose(actor: Actor, tx: Tx, thread_id: int) -> str:
    """The posts to choose from, a page of the thread at a time; then what will happen to those that were chosen."""
    thread = splitting.splittable(actor, tx=tx, thread_id=thread_id)
    numbers = _asked(actor, tx, thread)
    if "go" not in request.args:
        return _choose(actor, tx, thread, numbers)
    try:
        plan = splitting.plan(actor, tx=tx, thread_id=thread_id, numbers=numbers)
    except Invalid as error:
        return _choose(actor, tx, thread, numbers, error)
    form = SplitForm(data={"key": new_token(), "posts": ranges.written(plan.numbers)})
    return _confirm(plan, form)


def _asked(actor: Actor, tx: Tx, thread: Thread) -> set[int]:
    first = whole_number(request.args.get("from"))
    if first is not None:
        return set(splitting.from_on(actor, tx=tx, thread=thread, number=first))
    here = {whole_number(each) for each in request.args.getlist("posts")}
    return ranges.read(request.args.get("others", ""), last=thread.places) | {
        number for number in here if number is not None and number <= thread.places
    }


def _choose(
    actor: Actor, tx: Tx, thread: Thread, numbers: Collection[int], error: Invalid | None = None
) -> str:
    args = request.args
    now = whole_number(args.get("page")) or whole_number(args.get("go")) or 0
    if "from" in args and not now:
        now = page_of(min(numbers, default=1))
    now = min(max(now, 1), thread.pages)
    posts = [
        post
        for post in queries.posts(actor, tx=tx, thread=thread, page=now)
        if post.number > 1 and post.deleted_at is None
    ]
    here = {post.number for post in posts}
    form = ChoosePostsForm(data={"posts": [str(number) for number in here & set(numbers)]})
    form.posts.choices = choices((str(post.number), _label(post)) for post in posts)
    if error is not None:
        remember(form, error)
    return page(
        "threads/split.html",
        thread=thread,
        form=form,
        hints={str(post.number): _words(post) for post in posts},
        others=ranges.written(set(numbers) - here),
        chosen=len(set(numbers)),
        page_number=now,
    )


def _label(post: Post) -> str:
    return f"Post {post.number} by {post.author.name}, {to_the_minute(post.created_at, utc_now())}"


def _words(post: Post) -> str:
    """How a post begins, for who may read it."""
    words = excerpt(post.html) or "Only files"
    if post.hidden is None:
        return words
    return f"Hidden by {post.hidden.by}: {words}" if post.hidden.readable else f"Hidden by {post.hidden.by}"


def _confirm(plan: Plan, form: SplitForm) -> str:
    return page("threads/split_there.html", plan=plan, thread=plan.thread, form=form)


def _again(actor: Actor, tx: Tx, form: SplitForm, thread_id: int) -> str:
    """What will happen, with what is wrong about the title; the choice again, where that is what is wrong."""
    thread = splitting.splittable(actor, tx=tx, thread_id=thread_id)
    numbers = ranges.read(form.posts.data or "", last=thread.places)
    try:
        plan = splitting.plan(actor, tx=tx, thread_id=thread_id, numbers=numbers)
    except Invalid as error:
        still = set(splitting.from_on(actor, tx=tx, thread=thread, number=1))
        return _choose(actor, tx, thread, numbers & still, error)
    return _confirm(plan, form)


@area.post(SPLIT, access=SIGNED_IN, form=SplitForm, again=_again)
def split(actor: Actor, tx: Tx, form: SplitForm, thread_id: int) -> Response:
    """Split it and go to the new thread."""
    thread = splitting.splittable(actor, tx=tx, thread_id=thread_id)
    numbers = ranges.read(form.posts.data or "", last=thread.places)
    new_id = splitting.split(
        actor, tx=tx, thread_id=thread_id, numbers=numbers, title=form.title.data, key=form.once()
    )
    flash("These posts are a thread of their own now.")
    return see_other(f"/threads/{new_id}")
