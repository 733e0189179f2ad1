"""The rows of matrix_table.py about invitations, requests to join, guests, and handing over the lead."""

from __future__ import annotations

# Whoever holds the link of an invitation sees what it names and may say no; who takes it up by an account with another
# address waits for the lead ("d": a page says so). Nobody here has asked to join a team, so nobody can take it back.
#                                         thing    an su re of gu me le fa bo li oa ad
JOINING = """
GET  /teams/{team}/joining                open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/joining                network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/joining                private  -  -  -  -  x  x  R  R  -  -  -  -
GET  /teams/{team}/joining/invite         open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/joining/invite         network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/joining/invite         private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/joining/invite         open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invite         network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invite         private  -  -  -  -  x  x  >  >  -  -  -  -
POST /teams/{team}/joining/invitations/{invitation}/again open    -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invitations/{invitation}/again network -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invitations/{invitation}/again private -  -  -  -  x  x  >  >  -  -  -  -
POST /teams/{team}/joining/invitations/{invitation}/withdraw open    -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invitations/{invitation}/withdraw network -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invitations/{invitation}/withdraw private -  -  -  -  x  x  >  >  -  -  -  -
POST /teams/{team}/joining/invitations/{waiting}/admit open    -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invitations/{waiting}/admit network -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invitations/{waiting}/admit private -  -  -  -  x  x  >  >  -  -  -  -
POST /teams/{team}/joining/invitations/{waiting}/refuse open    -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invitations/{waiting}/refuse network -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/invitations/{waiting}/refuse private -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/joining/requests/{request} open    -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/joining/requests/{request} network -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/joining/requests/{request} private -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/joining/requests/{request}/accept open    -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/requests/{request}/accept network -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/requests/{request}/accept private -  -  -  -  x  x  >  >  -  -  -  -
POST /teams/{team}/joining/requests/{request}/decline open    -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/requests/{request}/decline network -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/joining/requests/{request}/decline private -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/guests/{guest}/end     open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/guests/{guest}/end     network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/guests/{guest}/end     private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/guests/{guest}/end     open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/guests/{guest}/end     network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/guests/{guest}/end     private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/ask                    open     -  R  R  R  x  x  x  x  R  R  R  R
GET  /teams/{team}/ask                    network  -  -  -  R  x  x  x  x  R  R  R  R
GET  /teams/{team}/ask                    private  -  -  -  -  x  x  x  x  R  -  -  R
POST /teams/{team}/ask                    open     -  >  >  >  x  x  x  x  >  >  >  >
POST /teams/{team}/ask                    network  -  -  -  >  x  x  x  x  >  >  >  >
POST /teams/{team}/ask                    private  -  -  -  -  x  x  x  x  >  -  -  >
POST /teams/{team}/ask/withdraw           each     -  -  -  -  -  -  -  -  -  -  -  -
GET  /teams/{team}/lead                   open     -  x  x  x  x  x  R  x  x  x  x  x
GET  /teams/{team}/lead                   network  -  -  -  x  x  x  R  x  x  x  x  x
GET  /teams/{team}/lead                   private  -  -  -  -  x  x  R  x  -  -  -  -
POST /teams/{team}/lead                   open     -  x  x  x  x  x  >  x  x  x  x  x
POST /teams/{team}/lead                   network  -  -  -  x  x  x  >  x  x  x  x  x
POST /teams/{team}/lead                   private  -  -  -  -  x  x  >  x  x  -  -  x
POST /teams/{team}/lead/withdraw          each     -  -  -  -  -  -  >  -  -  -  -  -
GET  /lead-offers/{offer}                 each     -  -  -  -  -  R  -  -  -  -  -  -
POST /lead-offers/{offer}/take            each     -  -  -  -  -  >  -  -  -  -  -  -
POST /lead-offers/{offer}/decline         each     -  -  -  -  -  >  -  -  -  -  -  -
GET  /invitations/{own_invitation}        any      -  -  -  R  -  -  -  -  -  -  -  -
POST /invitations/{own_invitation}/accept any      -  -  -  >  -  -  -  -  -  -  -  -
POST /invitations/{own_invitation}/decline any     -  -  -  >  -  -  -  -  -  -  -  -
GET  /invitations/{link_invitation}/{link_token} any     R  R  R  R  R  R  R  R  R  R  R  R
POST /invitations/{link_invitation}/{link_token}/accept any     -  d  d  d  d  d  d  d  d  d  d  d
POST /invitations/{link_invitation}/{link_token}/decline any     d  d  d  d  d  d  d  d  d  d  d  d
GET  /invitations/{link_invitation}/{link_token}/account any     R  >  >  >  >  >  >  >  >  >  >  >
POST /invitations/{link_invitation}/{link_token}/account any     d  x  x  x  x  x  x  x  x  x  x  x
"""

TYPED: dict[str, dict[str, str]] = {
    "/teams/{team}/joining/invite": {
        "email": "new@elsewhere.example",
        "as_what": "member",
        "function": "legal",
    },
    "/teams/{team}/joining/requests/{request}/accept": {"role": "member", "function": "legal"},
    "/teams/{team}/joining/requests/{request}/decline": {"answer": "Later."},
    "/teams/{team}/ask": {"note": "I would bring words."},
    "/invitations/{link_invitation}/{link_token}/account": {
        "name": "Neil New",
        "organisation": "The council of Testshire",
        "function": "legal",
    },
}
"""What is typed into the forms of these addresses, right in every field."""
