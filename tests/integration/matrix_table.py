"""Who may do what, spelled out by hand from PRODUCT.md's "Who may see and do what": every route × every actor.

A row is a method, an address, the thing it is about, and a letter per actor:

    R  the page, or the file      >  done, and sent on        -  does not exist (404)
    d  done, and a page says so
    x  refused, with the reason   g  gone (410)
    u  asked again, nothing done (422): a code whose password was never typed, an organisation that is not one's own

`{team}` and the like stand for things of the team of the access mode named in the third column; "each" says that all
three modes behave alike, "any" that no team is involved. Letters stand in the order of `ORDER`.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.integration.matrix_accounts import ACCOUNTS, ADMIN
from tests.integration.matrix_joining import JOINING
from tests.integration.matrix_library import LIBRARY
from tests.integration.matrix_reports import MOVING, REPORTS, SPLITTING
from tests.integration.matrix_teamwork import CALENDARS, TEAMWORK
from tests.integration.matrix_told import TOLD
from tests.integration.matrix_writing import WRITING

ORDER = (
    "anonymous",
    "supplier",  # acts for a supplier, on no team
    "resident",  # acts for a community group
    "officer",  # acts for a council, on no team; can act for the consortium as well
    "guest",  # acts for a supplier, on every team
    "member",  # owns the team's assets and wrote the post in question
    "lead",
    "facilitator",
    "board",  # an officer too, on no team
    "librarian",  # an officer too, on no team; the only one with a second step for signing in
    "organisation_admin",  # an officer too, on no team
    "admin",  # acts for a central body, so an officer too, on no team
)

# The style guide and the mail that was sent are for the demonstration only.
#                                         thing    an su re of gu me le fa bo li oa ad
PAGES = """
GET  /                                    any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /accessibility                       any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /contact                             any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /cookies                             any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /privacy                             any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /terms                               any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /style                               any      -  -  -  -  -  -  -  -  -  -  -  -
GET  /demo/mail                           any      -  -  -  -  -  -  -  -  -  -  -  -
GET  /demo/mail/20260101-000000-0123456789abcdef.eml any -  -  -  -  -  -  -  -  -  -  -  -
GET  /favicon.ico                         any      >  >  >  >  >  >  >  >  >  >  >  >
GET  /print.css                           any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /robots.txt                          any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /healthz                             any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /readyz                              any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /search                              any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /organisations                       any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /board                               any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /organisations/{organisation}        any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /organisations/{organisation}/teams  any      -  -  -  R  -  R  R  R  R  R  R  R
"""

#                                         thing    an su re of gu me le fa bo li oa ad
TEAMS = """
GET  /teams                               any      R  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/new                           any      -  -  -  R  -  R  R  R  R  R  R  R
POST /teams/new                           any      -  -  -  >  -  >  >  >  >  >  >  >
GET  /teams/{team}                        open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/{team}                        network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /teams/{team}                        private  -  -  -  -  R  R  R  R  R  -  -  R
GET  /teams/{team}/charter                open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/charter                network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/charter                private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/charter                open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/charter                network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/charter                private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/steps/finish           open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/steps/finish           network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/steps/finish           private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/steps/finish           open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/steps/finish           network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/steps/finish           private  -  -  -  -  x  x  >  >  x  -  -  x
GET  /teams/{team}/end-date               open     -  x  x  x  x  x  x  x  R  x  x  x
GET  /teams/{team}/end-date               network  -  -  -  x  x  x  x  x  R  x  x  x
GET  /teams/{team}/end-date               private  -  -  -  -  x  x  x  x  R  -  -  x
POST /teams/{team}/end-date               open     -  x  x  x  x  x  x  x  >  x  x  x
POST /teams/{team}/end-date               network  -  -  -  x  x  x  x  x  >  x  x  x
POST /teams/{team}/end-date               private  -  -  -  -  x  x  x  x  >  -  -  x
GET  /teams/{team}/people                 open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/people                 network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/people                 private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /teams/{team}/people/add             open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/people/add             network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/people/add             private  -  -  -  -  x  x  R  R  -  -  -  -
GET  /teams/{team}/people/add/{stranger}  open     -  -  -  x  -  x  R  R  x  x  x  x
GET  /teams/{team}/people/add/{stranger}  network  -  -  -  x  -  x  R  R  x  x  x  x
GET  /teams/{team}/people/add/{stranger}  private  -  -  -  -  -  x  R  R  -  -  -  -
POST /teams/{team}/people/add/{stranger}  open     -  -  -  x  -  x  >  >  x  x  x  x
POST /teams/{team}/people/add/{stranger}  network  -  -  -  x  -  x  >  >  x  x  x  x
POST /teams/{team}/people/add/{stranger}  private  -  -  -  -  -  x  >  >  x  -  -  x
GET  /teams/{team}/people/{place}         open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/people/{place}         network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/people/{place}         private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/people/{place}         open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/people/{place}         network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/people/{place}         private  -  -  -  -  x  x  >  >  x  -  -  x
GET  /teams/{team}/people/{place}/remove  open     -  x  x  x  R  x  R  R  x  x  x  x
GET  /teams/{team}/people/{place}/remove  network  -  -  -  x  R  x  R  R  x  x  x  x
GET  /teams/{team}/people/{place}/remove  private  -  -  -  -  R  x  R  R  -  -  -  -
POST /teams/{team}/people/{place}/remove  open     -  x  x  x  >  x  >  >  x  x  x  x
POST /teams/{team}/people/{place}/remove  network  -  -  -  x  >  x  >  >  x  x  x  x
POST /teams/{team}/people/{place}/remove  private  -  -  -  -  >  x  >  >  -  -  -  -
"""

#                                         thing    an su re of gu me le fa bo li oa ad
THREADS = """
GET  /teams/{team}/threads                open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/threads                network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/threads                private  -  -  -  -  R  R  R  R  -  -  -  R
GET  /teams/{team}/threads/new            open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/threads/new            network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/threads/new            private  -  -  -  -  R  R  R  R  -  -  -  -
POST /teams/{team}/threads/new            open     -  x  x  x  >  >  >  >  x  x  x  x
POST /teams/{team}/threads/new            network  -  -  -  x  >  >  >  >  x  x  x  x
POST /teams/{team}/threads/new            private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /threads/{thread}                    open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{thread}                    network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{thread}                    private  -  -  -  -  R  R  R  R  -  -  -  -
POST /threads/{thread}                    open     -  x  x  x  >  >  >  >  x  x  x  x
POST /threads/{thread}                    network  -  -  -  x  >  >  >  >  x  x  x  x
POST /threads/{thread}                    private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /threads/{thread}/posts              open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{thread}/posts              network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{thread}/posts              private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /posts/{post}                        open     >  >  >  >  >  >  >  >  >  >  >  >
GET  /posts/{post}                        network  -  -  -  >  >  >  >  >  >  >  >  >
GET  /posts/{post}                        private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /posts/{post}/quote                  open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /posts/{post}/quote                  network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /posts/{post}/quote                  private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /posts/{post}/history                open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /posts/{post}/history                network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /posts/{post}/history                private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /posts/{removed}/history             open     g  g  g  g  g  g  g  g  g  g  g  g
GET  /posts/{removed}/history             network  -  -  -  g  g  g  g  g  g  g  g  g
GET  /posts/{removed}/history             private  -  -  -  -  g  g  g  g  -  -  -  -
GET  /posts/{post}/edit                   open     -  x  x  x  x  R  x  x  x  x  x  x
GET  /posts/{post}/edit                   network  -  -  -  x  x  R  x  x  x  x  x  x
GET  /posts/{post}/edit                   private  -  -  -  -  x  R  x  x  -  -  -  -
POST /posts/{post}/edit                   open     -  x  x  x  x  >  x  x  x  x  x  x
POST /posts/{post}/edit                   network  -  -  -  x  x  >  x  x  x  x  x  x
POST /posts/{post}/edit                   private  -  -  -  -  x  >  x  x  -  -  -  -
POST /posts/{removed}/edit                private  -  -  -  -  g  g  g  g  -  -  -  -
GET  /posts/{post}/remove                 open     -  x  x  x  x  R  R  R  x  x  x  x
GET  /posts/{post}/remove                 network  -  -  -  x  x  R  R  R  x  x  x  x
GET  /posts/{post}/remove                 private  -  -  -  -  x  R  R  R  -  -  -  -
POST /posts/{post}/remove                 open     -  x  x  x  x  >  >  >  x  x  x  x
POST /posts/{post}/remove                 network  -  -  -  x  x  >  >  >  x  x  x  x
POST /posts/{post}/remove                 private  -  -  -  -  x  >  >  >  -  -  -  -
"""

MODES = {"open": ("open",), "network": ("network",), "private": ("private",), "any": ("open",)}
EACH = ("open", "network", "private")


@dataclass(frozen=True, slots=True)
class Row:
    """What happens when each actor asks for one address."""

    method: str
    address: str
    mode: str
    expected: dict[str, str]


def rows() -> list[Row]:
    """All rows, those for "each" access mode three times."""
    found = []
    tables = (
        PAGES,
        ACCOUNTS,
        ADMIN,
        TEAMS,
        JOINING,
        TEAMWORK,
        CALENDARS,
        THREADS,
        TOLD,
        WRITING,
        REPORTS,
        MOVING,
        SPLITTING,
        LIBRARY,
    )
    for line in "".join(tables).split("\n"):
        if not line:
            continue
        method, address, thing, *letters = line.split()
        assert len(letters) == len(ORDER), line
        for mode in EACH if thing == "each" else MODES[thing]:
            found.append(Row(method, address, mode, dict(zip(ORDER, letters, strict=True))))
    return found
