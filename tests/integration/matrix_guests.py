"""What guests may do, spelled out by hand: where it is otherwise than for the supplier of matrix_table.py."""

from __future__ import annotations

from tests.integration.matrix_reports import GUESTS_REPORTS, GUESTS_SPLITTING
from tests.integration.matrix_table import EACH, MODES
from tests.integration.matrix_writing import GUESTS_WRITING

# Who is a guest by an invitation, and acts for a supplier: like the supplier on no team, but for these. A guest of one
# thread may write in it here; a guest of the whole team reads. The calendar is that of the officer, whoever asks.
#                                         thing    thread team
GUESTS = """
GET  /teams/{team}                        network    R      R
GET  /teams/{team}                        private    R      R
GET  /teams/{team}/charter                network    -      x
GET  /teams/{team}/charter                private    -      x
POST /teams/{team}/charter                network    -      x
POST /teams/{team}/charter                private    -      x
GET  /teams/{team}/steps/finish           network    -      x
GET  /teams/{team}/steps/finish           private    -      x
POST /teams/{team}/steps/finish           network    x      x
POST /teams/{team}/steps/finish           private    x      x
GET  /teams/{team}/end-date               network    x      x
GET  /teams/{team}/end-date               private    x      x
POST /teams/{team}/end-date               network    x      x
POST /teams/{team}/end-date               private    x      x
GET  /teams/{team}/people                 network    -      R
GET  /teams/{team}/people                 private    -      R
GET  /teams/{team}/people/add             network    -      x
GET  /teams/{team}/people/add             private    -      x
GET  /teams/{team}/people/{place}         network    -      x
GET  /teams/{team}/people/{place}         private    -      x
POST /teams/{team}/people/{place}         network    x      x
POST /teams/{team}/people/{place}         private    x      x
GET  /teams/{team}/people/{place}/remove  network    -      x
GET  /teams/{team}/people/{place}/remove  private    -      x
POST /teams/{team}/people/{place}/remove  network    -      x
POST /teams/{team}/people/{place}/remove  private    -      x
GET  /calendar/{calendar}/team-{team}.ics private    -      -
GET  /teams/{team}/joining                network    -      x
GET  /teams/{team}/joining                private    -      x
GET  /teams/{team}/joining/invite         network    -      x
GET  /teams/{team}/joining/invite         private    -      x
POST /teams/{team}/joining/invite         network    -      x
POST /teams/{team}/joining/invite         private    -      x
POST /teams/{team}/joining/invitations/{invitation}/again network - x
POST /teams/{team}/joining/invitations/{invitation}/again private - x
POST /teams/{team}/joining/invitations/{invitation}/withdraw network - x
POST /teams/{team}/joining/invitations/{invitation}/withdraw private - x
POST /teams/{team}/joining/invitations/{waiting}/admit network - x
POST /teams/{team}/joining/invitations/{waiting}/admit private - x
POST /teams/{team}/joining/invitations/{waiting}/refuse network - x
POST /teams/{team}/joining/invitations/{waiting}/refuse private - x
GET  /teams/{team}/joining/requests/{request} network - x
GET  /teams/{team}/joining/requests/{request} private - x
POST /teams/{team}/joining/requests/{request}/accept network - x
POST /teams/{team}/joining/requests/{request}/accept private - x
POST /teams/{team}/joining/requests/{request}/decline network - x
POST /teams/{team}/joining/requests/{request}/decline private - x
GET  /teams/{team}/guests/{guest}/end     network    -      x
GET  /teams/{team}/guests/{guest}/end     private    -      x
POST /teams/{team}/guests/{guest}/end     network    -      x
POST /teams/{team}/guests/{guest}/end     private    -      x
GET  /teams/{team}/ask                    network    R      R
GET  /teams/{team}/ask                    private    R      R
POST /teams/{team}/ask                    network    >      >
POST /teams/{team}/ask                    private    >      >
GET  /teams/{team}/lead                   network    -      x
GET  /teams/{team}/lead                   private    -      x
POST /teams/{team}/lead                   network    x      x
POST /teams/{team}/lead                   private    x      x
GET  /teams/{team}/follow                 network    -      R
GET  /teams/{team}/follow                 private    -      R
POST /teams/{team}/follow                 network    -      >
POST /teams/{team}/follow                 private    -      >
POST /teams/{team}/threads/read           network    -      >
POST /teams/{team}/threads/read           private    -      >
GET  /threads/{thread}/follow             network    R      R
GET  /threads/{thread}/follow             private    R      R
POST /threads/{thread}/follow             network    >      >
POST /threads/{thread}/follow             private    >      >
GET  /threads/{thread}/calling            open       R      x
GET  /threads/{thread}/calling            network    R      x
GET  /threads/{thread}/calling            private    R      x
GET  /threads/{thread}/seen               network    R      R
GET  /threads/{thread}/seen               private    R      R
POST /threads/{thread}/read               network    >      >
POST /threads/{thread}/read               private    >      >
POST /threads/{thread}/unread             network    >      >
POST /threads/{thread}/unread             private    >      >
GET  /teams/{team}/threads                network    -      R
GET  /teams/{team}/threads                private    -      R
GET  /teams/{team}/threads/new            network    -      x
GET  /teams/{team}/threads/new            private    -      x
POST /teams/{team}/threads/new            network    -      x
POST /teams/{team}/threads/new            private    -      x
GET  /threads/{thread}                    network    R      R
GET  /threads/{thread}                    private    R      R
POST /threads/{thread}                    open       >      x
POST /threads/{thread}                    network    >      x
POST /threads/{thread}                    private    >      x
GET  /threads/{thread}/posts              network    R      R
GET  /threads/{thread}/posts              private    R      R
GET  /posts/{post}                        network    >      >
GET  /posts/{post}                        private    >      >
GET  /posts/{post}/quote                  open       R      x
GET  /posts/{post}/quote                  network    R      x
GET  /posts/{post}/quote                  private    R      x
GET  /posts/{post}/history                network    R      R
GET  /posts/{post}/history                private    R      R
GET  /posts/{removed}/history             network    g      g
GET  /posts/{removed}/history             private    g      g
GET  /posts/{post}/edit                   network    x      x
GET  /posts/{post}/edit                   private    x      x
POST /posts/{post}/edit                   network    x      x
POST /posts/{post}/edit                   private    x      x
POST /posts/{removed}/edit                private    g      g
GET  /posts/{post}/remove                 network    x      x
GET  /posts/{post}/remove                 private    x      x
POST /posts/{post}/remove                 network    x      x
POST /posts/{post}/remove                 private    x      x
GET  /teams/{team}/library                network    -      R
GET  /teams/{team}/library                private    -      R
GET  /teams/{team}/library/new            network    -      x
GET  /teams/{team}/library/new            private    -      x
POST /teams/{team}/library/new            network    -      x
POST /teams/{team}/library/new            private    -      x
GET  /library/{network}                   each       -      R
GET  /library/{team_only}                 each       -      R
GET  /library/{network}/download/1        each       -      R
GET  /library/{team_only}/download/1      each       -      R
POST /library/{network}/follow            each       -      >
POST /library/{team_only}/follow          each       -      >
POST /library/{network}/unfollow          each       -      >
POST /library/{team_only}/unfollow        each       -      >
GET  /library/{network}/versions/new      each       -      x
GET  /library/{team_only}/versions/new    each       -      x
POST /library/{network}/versions/new      each       -      x
POST /library/{team_only}/versions/new    each       -      x
GET  /library/{versioned}/versions/1      each       -      R
GET  /library/{versioned}/download/1      each       -      R
GET  /library/{versioned}/versions/1/withdraw each       -      x
POST /library/{versioned}/versions/1/withdraw each       -      x
GET  /library/{versioned}/compare         each       -      R
GET  /library/{versioned}/compare?old=1&new=2 each       -      R
GET  /library/{due}                       each       -      R
GET  /library/{due}/versions              each       -      R
GET  /library/{due}/download/1            each       -      R
GET  /library/{due}/review                each       -      x
POST /library/{due}/review                each       -      x
GET  /library/{team_only}/review          each       -      x
POST /library/{team_only}/review          each       -      x
GET  /library/{network}/edit              each       -      x
GET  /library/{team_only}/edit            each       -      x
POST /library/{network}/edit              each       -      x
POST /library/{team_only}/edit            each       -      x
GET  /library/{network}/withdraw          each       -      x
GET  /library/{team_only}/withdraw        each       -      x
POST /library/{network}/withdraw          each       -      x
POST /library/{team_only}/withdraw        each       -      x
"""


def guests() -> dict[tuple[str, str, str], tuple[str, str]]:
    """What a guest of one thread and a guest of a whole team may do, where it is not what a supplier may."""
    found = {}
    for line in (GUESTS + GUESTS_WRITING + GUESTS_REPORTS + GUESTS_SPLITTING).split("\n"):
        if line:
            method, address, thing, thread, team = line.split()
            for mode in EACH if thing == "each" else MODES[thing]:
                found[method, address, mode] = (thread, team)
    return found
