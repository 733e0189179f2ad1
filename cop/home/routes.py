"""The front page: what this is, a search box, teams at work, and what is new in the library."""

from __future__ import annotations

from flask import Response
from werkzeug.wrappers import Response as AnyResponse

from cop.home.front import front
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.clock import utc_now
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.web.area import Area
from cop.web.assets import static_url
from cop.web.dates import in_london
from cop.web.edge import edge
from cop.web.paper import print_response
from cop.web.templating import page, see_other

area = Area("home", __name__)

# They find something in the demonstration's documents; elsewhere nobody can know what would.
DEMO_EXAMPLES = (
    ("children’s placements specification", "/search?q=children%27s+placements+specification"),
    ("social value evaluation", "/search?q=social+value+evaluation"),
    ("fleet charging lots", "/search?q=fleet+charging+lots"),
)
ROBOTS = "User-agent: *\nDisallow: {}\n"


@area.get("/", access=PUBLIC)
def home(actor: Actor, tx: Tx) -> str:
    """The front page; for somebody on a team it begins with their teams."""
    shown = front(actor, tx=tx, today=in_london(utc_now()))
    examples = DEMO_EXAMPLES if edge().settings.demo else ()
    return page("home/working.html" if shown.own else "home/home.html", front=shown, examples=examples)


@area.get("/style", access=PUBLIC)
def style(actor: Actor, tx: Tx) -> str:
    """The style guide, in the demonstration only."""
    if not edge().settings.demo:
        raise NotFound
    return page("style/index.html")


@area.get("/robots.txt", access=PUBLIC)
def robots(actor: Actor, tx: Tx) -> Response:
    """Crawlers may read what is public, but not search; a demonstration is nothing to be found."""
    return Response(ROBOTS.format("/" if edge().settings.demo else "/search"), mimetype="text/plain")


@area.get("/print.css", access=PUBLIC)
def print_styles(actor: Actor, tx: Tx) -> Response:
    """How pages look on paper; the sheet knows this site's address, so that printed links can be typed."""
    return print_response()


@area.get("/favicon.ico", access=PUBLIC)
def favicon(actor: Actor, tx: Tx) -> AnyResponse:
    """Browsers that do not read the page's head ask here for its icon."""
    return see_other(static_url("img/mark.svg"))
