"""Looks up the names in a form's text before it is saved, and asks back where one of them means several people."""

from __future__ import annotations

from collections.abc import Callable

from flask import request

from cop.accounts.functions import in_small_letters
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Gone, Invalid, NotFound
from cop.kernel.markup import people_called, render_markdown
from cop.teams import queries as teams
from cop.teams.queries import Space
from cop.threads import addressing, policy, queries
from cop.threads.addressing import Addressed, Where
from cop.threads.forms import EditForm, ReplyForm, ThreadForm
from cop.threads.limits import CALLED_MAX, POST_MAX
from cop.web.actor import shown_actor
from cop.web.edge import edge
from cop.web.fields import choices
from cop.web.numbers import whole_number

Find = Callable[[Actor, Tx], tuple[Where, Space]]
_BETWEEN = "|"


def in_thread(actor: Actor, tx: Tx) -> tuple[Where, Space]:
    """A reply stands in the thread of the address."""
    thread = queries.thread(actor, tx=tx, thread_id=(request.view_args or {})["thread_id"])
    return Where(thread.space.team_id, thread.id), thread.space


def in_team(actor: Actor, tx: Tx) -> tuple[Where, Space]:
    """A first post will stand in a thread of the team of the address."""
    space = teams.space(actor, tx=tx, team_id=(request.view_args or {})["team_id"])
    return Where(space.team_id), space


def in_post(actor: Actor, tx: Tx) -> tuple[Where, Space]:
    """An edited post stands in its thread."""
    text = queries.text(actor, tx=tx, post_id=(request.view_args or {})["post_id"])
    return Where(text.space.team_id, text.thread_id), text.space


def addressed(form: ReplyForm | ThreadForm | EditForm, find: Find) -> str:
    """The form's text with everybody it calls by number. Raises Invalid to ask back; the form then shows the question.

    Whoever may not write there gets no answers: the act itself refuses them in its own words.
    """
    source: str = form.body.data
    if "@" not in source and "](" not in source:
        return source
    left = {name for name in (form.left.data or "").split(_BETWEEN) if name}
    chosen = _answer(form, left)
    with edge().db.transaction(write=False) as tx:
        actor = shown_actor()
        try:
            where, space = find(actor, tx)
        except (NotFound, Gone):
            return source
        if not policy.can_write(actor, space.standing):
            return source
        found = addressing.resolve(actor, tx=tx, where=where, source=source, chosen=chosen, left=left)
    if len(found.source) > POST_MAX:
        raise Invalid(f"A post has at most {POST_MAX:,} characters. Split it into two.", "body")
    form.body.data = found.source
    _ask_back(form, found, left)
    if len(people_called(render_markdown(found.source).html)) > CALLED_MAX:
        raise Invalid(f"A post can mention at most {CALLED_MAX} people", "body")
    return found.source


def _answer(form: ReplyForm | ThreadForm | EditForm, left: set[str]) -> dict[str, int]:
    """Whom the writer chose for the name that was asked back; nobody means that it stays as typed."""
    name = (form.name.data or "").lower()
    if not name or not form.person.data:
        return {}
    number = whole_number(form.person.data)
    if number is None:
        left.add(name)
        return {}
    return {name: number}


def _ask_back(form: ReplyForm | ThreadForm | EditForm, found: Addressed, left: set[str]) -> None:
    # An answer that was used is not asked again.
    form.name.data, form.person.data = "", None
    deaf = [name for name in found.deaf if name.lower() not in left]
    form.left.data = _BETWEEN.join(sorted(left | {name.lower() for name in deaf}))
    if found.asked is not None:
        form.left.data = _BETWEEN.join(sorted(left))
        form.name.data = found.asked
        form.person.label.text = f"Whom do you mean by “@{found.asked}”?"
        people = [
            (str(line.id), f"{line.name}, {line.organisation_name}, {in_small_letters(line.function)}")
            for line in found.options
        ]
        form.person.choices = choices([*people, ("nobody", "None of them: leave it as I typed it")])
        raise Invalid(f"Say whom you mean by “@{found.asked}”", "person")
    if deaf:
        who = " and ".join([", ".join(deaf[:-1]), deaf[-1]]) if len(deaf) > 1 else deaf[0]
        raise Invalid(
            f"{who} cannot read this thread and will not be told. Send it again if you want it so.", "body"
        )
