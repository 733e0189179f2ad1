"""Rows of the matrix about what one has read, hears of and is offered while one writes; see matrix_table.py."""

from __future__ import annotations

#                                         thing    an su re of gu me le fa bo li oa ad
TOLD = """
GET  /stop/one/{stop_one}                 any      R  R  R  R  R  R  R  R  R  R  R  R
POST /stop/one/{stop_one}                 any      d  d  d  d  d  d  d  d  d  d  d  d
GET  /teams/{team}/follow                 open     -  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/follow                 network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/follow                 private  -  -  -  -  R  R  R  R  -  -  -  -
POST /teams/{team}/follow                 open     -  >  >  >  >  >  >  >  >  >  >  >
POST /teams/{team}/follow                 network  -  -  -  >  >  >  >  >  >  >  >  >
POST /teams/{team}/follow                 private  -  -  -  -  >  >  >  >  -  -  -  -
POST /teams/{team}/threads/read           open     -  >  >  >  >  >  >  >  >  >  >  >
POST /teams/{team}/threads/read           network  -  -  -  >  >  >  >  >  >  >  >  >
POST /teams/{team}/threads/read           private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /threads/{thread}/follow             open     -  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{thread}/follow             network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{thread}/follow             private  -  -  -  -  R  R  R  R  -  -  -  -
POST /threads/{thread}/follow             open     -  >  >  >  >  >  >  >  >  >  >  >
POST /threads/{thread}/follow             network  -  -  -  >  >  >  >  >  >  >  >  >
POST /threads/{thread}/follow             private  -  -  -  -  >  >  >  >  -  -  -  -
POST /threads/{thread}/read               open     -  >  >  >  >  >  >  >  >  >  >  >
POST /threads/{thread}/read               network  -  -  -  >  >  >  >  >  >  >  >  >
POST /threads/{thread}/read               private  -  -  -  -  >  >  >  >  -  -  -  -
POST /threads/{thread}/unread             open     -  >  >  >  >  >  >  >  >  >  >  >
POST /threads/{thread}/unread             network  -  -  -  >  >  >  >  >  >  >  >  >
POST /threads/{thread}/unread             private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /threads/{thread}/seen               open     -  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{thread}/seen               network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{thread}/seen               private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /threads/{thread}/calling            open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /threads/{thread}/calling            network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /threads/{thread}/calling            private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /teams/{team}/threads/calling        open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/threads/calling        network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/threads/calling        private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /teams/{team}/threads/related        open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/threads/related        network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/threads/related        private  -  -  -  -  R  R  R  R  -  -  -  -
"""
