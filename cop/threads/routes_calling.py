"""What a page with JavaScript asks while somebody writes: whom they can call, what they can point to, what was said."""

from __future__ import annotations

from flask import jsonify, request
from werkzeug.wrappers import Response

from cop.accounts.functions import in_small_letters
from cop.kernel.access import SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.teams import queries as teams
from cop.teams.routes import TEAM
from cop.threads import addressing, policy, queries, related
from cop.threads.addressing import Where
from cop.threads.references import REFERENCES
from cop.threads.routes import THREAD
from cop.web.area import Area
from cop.web.templating import page

area = Area("calling", __name__)

TYPED_MAX = 60
OFFERED = 8
EACH = 4


@area.get(f"{THREAD}/calling", access=SIGNED_IN)
def in_thread(actor: Actor, tx: Tx, thread_id: int) -> Response:
    """What completes what was typed in a reply."""
    thread = queries.thread(actor, tx=tx, thread_id=thread_id)
    require(policy.can_write(actor, thread.space.standing))
    return _completed(actor, tx, Where(thread.space.team_id, thread_id))


@area.get(f"{TEAM}/threads/calling", access=SIGNED_IN)
def in_team(actor: Actor, tx: Tx, team_id: int) -> Response:
    """What completes what was typed in a first post."""
    space = teams.space(actor, tx=tx, team_id=team_id)
    require(policy.can_write(actor, space.standing))
    return _completed(actor, tx, Where(team_id))


def _completed(actor: Actor, tx: Tx, where: Where) -> Response:
    typed = request.args.get("q", "")[:TYPED_MAX]
    things = request.args.get("what") == "things"
    found = _things(actor, tx, typed) if things else _people(actor, tx, where, typed)
    answer: Response = jsonify(found[:OFFERED])
    return answer


def _people(actor: Actor, tx: Tx, where: Where, typed: str) -> list[dict[str, str]]:
    return [
        {
            "insert": addressing.mention(line),
            "name": line.name,
            "about": f"{line.organisation_name}, {in_small_letters(line.function)}",
        }
        for line in addressing.complete(actor, tx=tx, where=where, text=typed)
    ]


def _things(actor: Actor, tx: Tx, typed: str) -> list[dict[str, str]]:
    if not typed.strip():
        return []
    return [
        {
            "insert": f"[{addressing.without_brackets(each.title)}]({kind}:{each.id})",
            "name": each.title,
            "about": each.about,
        }
        for kind, provider in REFERENCES.items()
        for each in provider.find(actor, tx, typed, EACH)
    ]


@area.get(f"{TEAM}/threads/related", access=SIGNED_IN)
def related_to(actor: Actor, tx: Tx, team_id: int) -> str:
    """What was discussed already, for a title being typed. Not a page: static/js/calling.js puts it in place."""
    space = teams.space(actor, tx=tx, team_id=team_id)
    require(policy.can_write(actor, space.standing))
    return page(
        "threads/_related.html", related=related.to_title(actor, tx=tx, title=request.args.get("q", ""))
    )
