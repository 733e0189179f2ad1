"""GET /search: one box, public, with an address that can be shared and works without JavaScript."""

from __future__ import annotations

from flask import request

from cop.accounts import lineage
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.search import tallies, wording
from cop.search.document import FACETS, PUBLISHER, THREAD
from cop.search.queries import Finder, Found, Wanted
from cop.search.query import MAX_TYPED
from cop.search.visible import ANYWHERE, Chosen
from cop.web.area import Area
from cop.web.edge import use
from cop.web.numbers import whole_number
from cop.web.templating import page

area = Area("search", __name__)

MOST_CHOSEN = 20
VALUE_LENGTH = 100


@area.get("/search", access=PUBLIC)
def results(actor: Actor, tx: Tx) -> str:
    """Results, or what can be searched when nothing was typed."""
    wanted = _wanted(actor, tx)
    finder = use(Finder)
    found = finder.find(actor, tx=tx, wanted=wanted)
    if found.query and not wanted.after:
        if found.stopped:
            tallies.note_stopped()
        elif wanted.within == ANYWHERE and (not found.unfiltered or found.loosened):
            tallies.note_miss(found.query)
    groups = [
        {"name": name, "label": wording.FACET_NAMES[name], "options": options}
        for name, options in found.groups
    ]
    return page(
        "search/results.html",
        wanted=wanted,
        found=found,
        groups=groups,
        taken=_taken(wanted, found),
        heading=wording.heading(wanted, found),
        typed=wording.typed_shown(wanted),
        wording=wording,
    )


def _wanted(actor: Actor, tx: Tx) -> Wanted:
    args = request.args
    chosen = {name: values for name in FACETS if (values := _values(args.getlist(name)))}
    # One letter more than is used, so that the page can say that something was left out.
    typed = args.get("q", "").replace("\x00", " ").strip()[: MAX_TYPED + 1]
    return Wanted(
        typed,
        chosen,
        newest=args.get("sort") == "newest",
        after=args.get("after"),
        thread=whole_number(args.get(THREAD)),
        earlier=args.get(wording.EARLIER) == "1",
        publisher=lineage.chosen(actor, tx=tx, organisation_id=whole_number(args.get(PUBLISHER))),
    )


def _values(given: list[str]) -> frozenset[str]:
    """Values that could be a facet's: short and printable. Others cannot match anything and are left out."""
    return frozenset(
        value for value in given[:MOST_CHOSEN] if 0 < len(value) <= VALUE_LENGTH and value.isprintable()
    )


def _taken(wanted: Wanted, found: Found) -> list[tuple[str, str]]:
    """The filters now on: (label, address without it)."""
    chosen: Chosen = wanted.chosen
    facets = [
        (option.label, wording.without(wanted, name, option.value))
        for name, options in found.groups
        for option in options
        if option.chosen and option.value in chosen.get(name, ())
    ]
    if wanted.earlier:
        facets.append(("Earlier versions too", wording.without_earlier(wanted)))
    if wanted.publisher is not None:
        facets.insert(0, (f"Published by {wanted.publisher.body.name}", wording.of_anybody(wanted)))
    if wanted.thread is None:
        return facets
    return [(wording.thread_shown(found), wording.out_of_thread(wanted)), *facets]
