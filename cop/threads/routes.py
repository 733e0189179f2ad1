"""Pages about threads: a team's list, starting one, reading, replying, and what is new since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response as FlaskResponse
from flask import make_response, render_template, request
from werkzeug.wrappers import Response

from cop.kernel.access import PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.clock import utc_now
from cop.kernel.db import Tx
from cop.kernel.errors import Gone, NotFound
from cop.kernel.ids import new_token
from cop.kernel.markup import quote, safe
from cop.teams import queries as teams
from cop.teams.frame import frame
from cop.teams.routes import TEAM
from cop.threads import (
    asking,
    cards,
    drafts,
    following,
    fragments,
    marks,
    mentions,
    policy,
    queries,
    related,
    service,
    unread,
    wording,
)
from cop.threads.attaching import max_body
from cop.threads.forms import EditForm, ReplyForm, ThreadForm
from cop.threads.hidden import gone
from cop.threads.limits import PAGE_SIZE, page_of
from cop.threads.queries import Post, Thread
from cop.threads.routes_drafts import begin_from
from cop.threads.texts import UNTOUCHED, Written, written
from cop.threads.unread import Place
from cop.threads.visits import visit
from cop.web.area import Area
from cop.web.edge import edge, use
from cop.web.forms import Form
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, placed, see_other

area = Area("threads", __name__)

THREAD = "/threads/<int:thread_id>"
POST = "/posts/<int:post_id>"


@dataclass(frozen=True, slots=True)
class Typed:
    """A form with its text rendered."""

    form: Form
    body: Written

    @property
    def shown(self) -> str:
        """How the text would look, as safe HTML."""
        return safe(self.body.rendered.html)

    def preview(self, actor: Actor, tx: Tx) -> str | None:
        """The same with the names of today; None where only its files were looked after."""
        if self.body is UNTOUCHED:
            return None
        linked = cards.of(actor, tx=tx, htmls=[self.shown], origins=edge().settings.origins)
        below = render_template("threads/_preview_cards.html", cards=linked[0]) if linked[0] else ""
        return mentions.filled(actor, tx=tx, html=self.shown) + safe(below)


@dataclass(frozen=True, slots=True)
class News:
    """What is new to a reader: how much, since when in words, before which element of this page, and the way there.

    `more` says that some of it is not on this page.
    """

    count: int
    since: str
    before: str | None
    jump: str
    more: bool


def _render_reply(form: ReplyForm) -> Typed:
    """Look up names and render what was typed, before any transaction that writes."""
    return typed(form, asking.in_thread)


def _render_start(form: ThreadForm) -> Typed:
    return typed(form, asking.in_team)


def typed(form: ReplyForm | ThreadForm | EditForm, find: asking.Find) -> Typed:
    """A form with its text, which is left alone where a button for its files was pressed."""
    return Typed(form, UNTOUCHED if form.file.only else written(asking.addressed(form, find)))


def _may_start(actor: Actor, tx: Tx, team_id: int) -> None:
    require(policy.can_write(actor, teams.space(actor, tx=tx, team_id=team_id).standing))


def _may_reply(actor: Actor, tx: Tx, thread_id: int) -> None:
    space, locked = queries.space_of(actor, tx=tx, thread_id=thread_id)
    require(policy.can_reply(actor, space.standing, locked=locked))


@area.get(f"{TEAM}/threads", access=PUBLIC)
def thread_list(actor: Actor, tx: Tx, team_id: int) -> str:
    """A team's threads, the one written in last first."""
    team = teams.team(actor, tx=tx, team_id=team_id)
    after = request.args.get("after")
    found = queries.listing(actor, tx=tx, team=team, after=after)
    address = f"/teams/{team_id}/threads"
    return page(
        "threads/list.html",
        frame=frame(actor, tx=tx, team=team, current="threads"),
        team=team,
        threads=found.rows,
        new=unread.counts(actor, tx=tx, thread_ids=[line.id for line in found.rows]),
        level=following.of_team(actor, tx=tx, team_id=team_id) if actor.signed_in else None,
        older=f"{address}?after={found.older}" if found.older else None,
        first=address if after else None,
        may_write=bool(policy.can_write(actor, team.standing)),
    )


@area.get(f"{TEAM}/threads/new", access=SIGNED_IN)
def start_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """A new thread."""
    form = ThreadForm(data={"key": new_token()})
    begin_from(form, drafts.find(actor, tx=tx, kind="thread", subject_id=team_id))
    return _start_again(actor, tx, form, team_id, sent=False)


def _start_again(
    actor: Actor, tx: Tx, form: ThreadForm, team_id: int, preview: str | None = None, sent: bool = True
) -> str:
    space = teams.space(actor, tx=tx, team_id=team_id)
    require(policy.can_write(actor, space.standing))
    found = related.to_title(actor, tx=tx, title=form.title.data or "")
    draft = drafts.find(actor, tx=tx, kind="thread", subject_id=team_id)
    return page(
        "threads/start.html",
        space=space,
        form=form,
        preview=preview,
        draft=draft,
        unsaved=sent,
        related=found,
    )


def _start_preview(actor: Actor, tx: Tx, typed: Typed, team_id: int) -> str:
    assert isinstance(typed.form, ThreadForm)
    return _start_again(actor, tx, typed.form, team_id, typed.preview(actor, tx))


@area.post(
    f"{TEAM}/threads/new",
    access=SIGNED_IN,
    form=ThreadForm,
    prepare=_render_start,
    again=_start_again,
    preview=_start_preview,
    max_body=max_body,
    ask=_may_start,
)
def start(actor: Actor, tx: Tx, typed: Typed, team_id: int) -> Response:
    """Start it and go to it."""
    form = typed.form
    assert isinstance(form, ThreadForm)
    started = service.start_thread(
        actor,
        tx=tx,
        team_id=team_id,
        title=form.title.data,
        body=typed.body,
        key=form.once(),
        draft=form.draft.data,
        files=form.file.wanted(),
    )
    return see_other(f"/threads/{started.thread_id}")


@area.get(THREAD, access=PUBLIC)
def show(actor: Actor, tx: Tx, thread_id: int) -> str:
    """A page of a thread, from its beginning unless the address says otherwise."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    if not actor.signed_in:
        # Strangers cannot reply, and making the form took a tenth of their page (measured).
        return _show(actor, tx, None, thread, unsaved=False)
    form = ReplyForm(data={"key": new_token()})
    begin_from(form, thread.draft)
    quoted = whole_number(request.args.get("quote"))
    if quoted is not None:
        _fill_in_quote(actor, tx, form, thread_id, quoted)
    return _show(actor, tx, form, thread, unsaved=quoted is not None)


def _fill_in_quote(actor: Actor, tx: Tx, form: ReplyForm, thread_id: int, post_id: int) -> None:
    """Put the quotation into the reply box. A post that went meanwhile is no reason to refuse the page."""
    try:
        text = queries.text(actor, tx=tx, post_id=post_id)
    except (NotFound, Gone):
        return
    quotable = text.hidden is None and text.thread_id == thread_id
    if quotable and policy.can_write(actor, text.space.standing):
        # Below what is typed already: a draft is never lost for a quotation.
        begun = f"{form.body.data.rstrip()}\n\n" if (form.body.data or "").strip() else ""
        form.body.data = begun + quote(text.source, text.author.name)
        form.quote.data = str(post_id)


def _wanted_page(thread: Thread) -> int:
    return min(whole_number(request.args.get("page")) or 1, thread.pages)


def draw_thread(actor: Actor, tx: Tx, form: ReplyForm, thread_id: int, preview: str | None = None) -> str:
    """The page of a thread with a form that was sent, or that another page gives."""
    return _show(actor, tx, form, queries.thread(actor, tx=tx, thread_id=thread_id), preview, unsaved=True)


def _show(
    actor: Actor, tx: Tx, form: ReplyForm | None, thread: Thread, preview: str | None = None, *, unsaved: bool
) -> str:
    now = _wanted_page(thread)
    posts = queries.posts(actor, tx=tx, thread=thread, page=now)
    place = unread.place_in(actor, tx=tx, thread_id=thread.id)
    if posts:
        marks.note_shown(
            actor, thread_id=thread.id, place=place, first=posts[0].number, last=posts[-1].number
        )
    places = [post.element for post in posts]
    notices, news = placed(places), _news(thread, place, posts)
    locked = thread.ending.lock is not None
    may_write = policy.can_reply(actor, thread.space.standing, locked=locked)
    # Who could be on the team is told whom to ask; who is on it may not write because it is closed.
    asks = actor.signed_in and not thread.space.standing.is_member
    leads = teams.leads(actor, tx=tx, team_ids=[thread.space.team_id]) if asks else {}
    return page(
        "threads/show.html",
        thread=thread,
        leads=leads.get(thread.space.team_id, []),
        visit=visit(actor, tx=tx, thread=thread),
        stretches=fragments.stretches(
            places,
            _drawn(actor, tx, thread, posts),
            before=[*places[-1:], *([news.before] if news and news.before else [])],
            after=notices,
        ),
        notices=notices,
        news=news,
        turns=place.turns,
        heard=_heard(actor, tx, thread),
        first=posts[0].number if posts else 0,
        last=posts[-1].number if posts else 0,
        page_number=now,
        page_size=PAGE_SIZE,
        may_write=may_write,
        form=form,
        preview=preview,
        unsaved=unsaved,
        **_whole(actor, thread),
    )


def _drawn(actor: Actor, tx: Tx, thread: Thread, posts: Sequence[Post]) -> list[str]:
    htmls = [post.html for post in posts]
    return fragments.draw(
        actor,
        thread.space,
        posts,
        memory=use(fragments.Fragments),
        names=mentions.names(actor, tx=tx, htmls=htmls),
        cards=cards.of(actor, tx=tx, htmls=htmls, origins=edge().settings.origins, thread_id=thread.id),
        locked=thread.ending.lock is not None,
    )


def _whole(actor: Actor, thread: Thread) -> dict[str, bool]:
    """What the actor may do with the thread as a whole."""
    standing = thread.space.standing
    concludes = policy.can_conclude(actor, standing, started_by=thread.ending.started_by)
    return {
        "may_summarise": bool(policy.can_write(actor, standing)),
        "may_conclude": bool(concludes),
        "may_lock": bool(policy.can_lock(actor, standing)),
    }


def _news(thread: Thread, place: Place, posts: Sequence[Post]) -> News | None:
    """What is new to the reader, None when nothing is."""
    if place.first is None or place.since is None:
        return None
    at = next((post.element for post in posts if post.number == place.first), None)
    on_page = page_of(place.first)
    jump = "#new" if at else f"/threads/{thread.id}{f'?page={on_page}' if on_page > 1 else ''}#new"
    # All of it stands on this page, which is then read: there is nothing left to be marked.
    more = at is None or on_page < thread.pages
    return News(place.new, wording.since(place.since, utc_now()), at, jump, more)


def _heard(actor: Actor, tx: Tx, thread: Thread) -> str:
    """What the reader hears of in this thread, in a sentence; empty for strangers."""
    if not policy.can_follow(actor):
        return ""
    chosen = following.of_thread(actor, tx=tx, thread_id=thread.id, team_id=thread.space.team_id)
    return wording.HEARD[chosen.level]


def _reply_preview(actor: Actor, tx: Tx, typed: Typed, thread_id: int) -> str:
    assert isinstance(typed.form, ReplyForm)
    return draw_thread(actor, tx, typed.form, thread_id, typed.preview(actor, tx))


@area.post(
    THREAD,
    access=SIGNED_IN,
    form=ReplyForm,
    prepare=_render_reply,
    again=draw_thread,
    preview=_reply_preview,
    max_body=max_body,
    ask=_may_reply,
)
def reply(actor: Actor, tx: Tx, typed: Typed, thread_id: int) -> Response:
    """Post the reply and go to it."""
    form = typed.form
    assert isinstance(form, ReplyForm)
    posted = service.reply(
        actor,
        tx=tx,
        thread_id=thread_id,
        body=typed.body,
        key=form.once(),
        quote_id=whole_number(form.quote.data),
        draft=form.draft.data,
        files=form.file.wanted(),
    )
    flash("Your reply is posted.", f"post-{posted.post_id}")
    return see_other(_address(posted.thread_id, page_of(posted.number), posted.post_id))


def place_on_page(actor: Actor, tx: Tx, post_id: int) -> str:
    """Address of a post on the page it stands on."""
    return _address(*queries.place_of(actor, tx=tx, post_id=post_id), post_id)


def _address(thread_id: int, on_page: int, post_id: int) -> str:
    return f"/threads/{thread_id}{f'?page={on_page}' if on_page > 1 else ''}#post-{post_id}"


@area.get(POST, access=PUBLIC)
def permalink(actor: Actor, tx: Tx, post_id: int) -> Response:
    """The lasting address of a post: leads to the page it stands on."""
    return see_other(place_on_page(actor, tx, post_id))


@area.get(f"{POST}/quote", access=SIGNED_IN)
def quotation(actor: Actor, tx: Tx, post_id: int) -> Response:
    """A post as a Markdown quotation, for the reply box of a page with JavaScript."""
    text = queries.text(actor, tx=tx, post_id=post_id)
    require(policy.can_write(actor, text.space.standing))
    if text.hidden is not None:
        raise gone(text.hidden)
    return FlaskResponse(quote(text.source, text.author.name), mimetype="text/plain")


@area.get(f"{THREAD}/posts", access=PUBLIC)
def changes(actor: Actor, tx: Tx, thread_id: int) -> Response:
    """What was written, edited or removed since a sequence number, as HTML to be put into an open page."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    since = whole_number(request.args.get("since")) or 0
    found = queries.changes(actor, tx=tx, thread=thread, since=since)
    return _fragment(thread, found, _drawn(actor, tx, thread, found.posts), _whole(actor, thread))


def _fragment(
    thread: Thread, found: queries.Changes, drawn: Sequence[str], whole: dict[str, bool]
) -> Response:
    html = page(
        "threads/_changes.html",
        thread=thread,
        changes=found,
        posts=zip(found.posts, drawn, strict=True),
        **whole,
    )
    return make_response(html)
