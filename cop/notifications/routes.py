"""Pages about being told: the inbox, what one is sent, and the link that stops it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from flask import request
from werkzeug.wrappers import Response

from cop.kernel.access import PUBLIC, SIGNED_IN, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.notifications import queries, seen, service
from cop.notifications.forms import PreferencesForm
from cop.notifications.kinds import KINDS, Stop
from cop.notifications.letters import person_of_token, thing_of_token
from cop.notifications.queries import Notice
from cop.web.area import Area
from cop.web.dates import day
from cop.web.edge import edge
from cop.web.templating import flash, page, see_other

area = Area("notifications", __name__)


def _groups(notices: Sequence[Notice]) -> list[tuple[str, list[Notice]]]:
    """What needs the reader first, the soonest due before the others, and then the rest by the day one was told."""
    needs = [each for each in notices if each.what.needs and (each.is_new or not each.what.done_once_seen)]
    groups = {"Needs you": sorted(needs, key=lambda each: each.what.due or date.max)} if needs else {}
    for each in notices:
        if each not in needs:
            groups.setdefault(day(each.at, utc_now()).capitalize(), []).append(each)
    return list(groups.items())


@area.get("/inbox", access=SIGNED_IN)
def inbox(actor: Actor, tx: Tx) -> str:
    """What one was told, newest first. What is shown counts as seen from then on."""
    after = request.args.get("after")
    found = queries.inbox(actor, tx=tx, after=after)
    for number in found.unseen:
        seen.note_notice(number)
    return page(
        "notifications/inbox.html",
        groups=_groups(found.rows),
        older=f"/inbox?after={found.older}" if found.older else None,
        first="/inbox" if after else None,
        new=queries.new_count(actor, tx=tx),
    )


@area.post("/inbox/seen", access=SIGNED_IN)
def mark_all_seen(actor: Actor, tx: Tx) -> Response:
    """Say that one has seen everything."""
    service.mark_all_seen(actor, tx=tx)
    flash("Everything is marked as seen.")
    return see_other("/inbox")


def _preferences_again(actor: Actor, tx: Tx, form: PreferencesForm) -> str:
    return page("notifications/preferences.html", form=form)


@area.get("/profile/notifications", access=SIGNED_IN)
def preferences(actor: Actor, tx: Tx) -> str:
    """What one is sent by email."""
    chosen = queries.preferences(actor, tx=tx, person_id=actor.person_id or 0)
    return _preferences_again(actor, tx, PreferencesForm.showing(chosen))


@area.post("/profile/notifications", access=SIGNED_IN, form=PreferencesForm, again=_preferences_again)
def choose(actor: Actor, tx: Tx, form: PreferencesForm) -> Response:
    """Choose what one is sent by email."""
    service.choose(actor, tx=tx, preferences=form.chosen())
    flash("Saved. This is what you will be sent from now on.")
    return see_other("/profile/notifications")


def _person(token: str) -> int:
    person_id = person_of_token(edge().settings.secret, token)
    if person_id is None:
        raise NotFound
    return person_id


@area.get("/stop/<token>", access=PUBLIC)
def stop_page(actor: Actor, tx: Tx, token: str) -> str:
    """Where the link of an email leads: a button, because programs follow links, too."""
    _person(token)
    return page("notifications/stop.html", token=token, stopped=False)


@area.post("/stop/<token>", access=PUBLIC, without_csrf_because="mail programs post here (RFC 8058)")
def stop(actor: Actor, tx: Tx, token: str) -> str:
    """Stop such emails, from the page or by one click in a mail program."""
    service.stop(actor, tx=tx, person_id=_person(token))
    return page("notifications/stop.html", token=token, stopped=True)


def _thing(token: str) -> tuple[int, Stop, int]:
    found = thing_of_token(edge().settings.secret, token)
    if found is None or found[1] not in KINDS.stops:
        raise NotFound
    return found[0], KINDS.stops[found[1]], found[2]


@area.get("/stop/one/<token>", access=PUBLIC)
def stop_one_page(actor: Actor, tx: Tx, token: str) -> str:
    """Where an email's link about one thing leads: a button. It does not say what thing: anybody may hold the link."""
    _, thing, _ = _thing(token)
    return page("notifications/stop_one.html", token=token, label=thing.label, stopped=False)


@area.post(
    "/stop/one/<token>", access=PUBLIC, without_csrf_because="the link itself is all that is asked for"
)
def stop_one(actor: Actor, tx: Tx, token: str) -> str:
    """Stop hearing of it."""
    person_id, thing, subject_id = _thing(token)
    thing.act(actor, tx, person_id, subject_id)
    return page("notifications/stop_one.html", token=token, label=thing.label, stopped=True)
