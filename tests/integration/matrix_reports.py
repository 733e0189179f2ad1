"""Rows of `matrix_table`, in the same letters: reporting, deciding about and hiding posts, and moving a thread."""

from __future__ import annotations

from typing import Any

# The posts are the member's but for the one that quotes. The member has reported the lead's.
#                                          thing    an su re of gu me le fa bo li oa ad
REPORTS = """
GET  /posts/{restored}/report              open     R  R  R  R  R  x  R  R  R  R  R  R
GET  /posts/{restored}/report              network  -  -  -  R  R  x  R  R  R  R  R  R
GET  /posts/{restored}/report              private  -  -  -  -  R  x  R  R  -  -  -  -
POST /posts/{restored}/report              open     >  >  >  >  >  x  >  >  >  >  >  >
POST /posts/{restored}/report              network  -  -  -  >  >  x  >  >  >  >  >  >
POST /posts/{restored}/report              private  -  -  -  -  >  x  >  >  -  -  -  -
GET  /posts/{hidden}/report                open     g  g  g  g  g  x  g  g  g  g  g  g
GET  /posts/{hidden}/report                network  -  -  -  g  g  x  g  g  g  g  g  g
GET  /posts/{hidden}/report                private  -  -  -  -  g  x  g  g  -  -  -  -
POST /posts/{hidden}/report                open     g  g  g  g  g  x  g  g  g  g  g  g
POST /posts/{hidden}/report                network  -  -  -  g  g  x  g  g  g  g  g  g
POST /posts/{hidden}/report                private  -  -  -  -  g  x  g  g  -  -  -  -
GET  /posts/{reported}/decide              open     -  x  x  x  x  x  R  R  x  x  x  R
GET  /posts/{reported}/decide              network  -  -  -  x  x  x  R  R  x  x  x  R
GET  /posts/{reported}/decide              private  -  -  -  -  x  x  R  R  -  -  -  -
POST /posts/{reported}/decide              open     -  x  x  x  x  x  >  >  x  x  x  >
POST /posts/{reported}/decide              network  -  -  -  x  x  x  >  >  x  x  x  >
POST /posts/{reported}/decide              private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /posts/{hidden}/decide                open     -  x  x  x  x  x  R  R  x  x  x  R
GET  /posts/{hidden}/decide                network  -  -  -  x  x  x  R  R  x  x  x  R
GET  /posts/{hidden}/decide                private  -  -  -  -  x  x  R  R  -  -  -  -
POST /posts/{hidden}/decide                open     -  x  x  x  x  x  >  >  x  x  x  >
POST /posts/{hidden}/decide                network  -  -  -  x  x  x  >  >  x  x  x  >
POST /posts/{hidden}/decide                private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/reports                 open     -  x  x  x  x  x  R  R  x  x  x  R
GET  /teams/{team}/reports                 network  -  -  -  x  x  x  R  R  x  x  x  R
GET  /teams/{team}/reports                 private  -  -  -  -  x  x  R  R  -  -  -  -
GET  /admin/reports                        any      -  -  -  -  -  -  -  -  -  -  -  R
GET  /reports/{answered}                   each     -  -  -  -  -  R  -  -  -  -  -  -
GET  /threads/{moderated}                  open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{moderated}                  network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{moderated}                  private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /threads/{moderated}/posts            open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{moderated}/posts            network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{moderated}/posts            private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /posts/{hidden}/history               open     g  g  g  g  g  R  R  R  g  g  g  R
GET  /posts/{hidden}/history               network  -  -  -  g  g  R  R  R  g  g  g  R
GET  /posts/{hidden}/history               private  -  -  -  -  g  R  R  R  -  -  -  -
GET  /posts/{hidden}/quote                 open     -  g  g  g  g  g  g  g  g  g  g  x
GET  /posts/{hidden}/quote                 network  -  -  -  g  g  g  g  g  g  g  g  x
GET  /posts/{hidden}/quote                 private  -  -  -  -  g  g  g  g  -  -  -  -
GET  /posts/{hidden}/edit                  private  -  -  -  -  g  R  x  x  -  -  -  -
POST /posts/{hidden}/edit                  private  -  -  -  -  g  >  x  x  -  -  -  -
GET  /posts/{hidden}/remove                open     -  g  g  g  g  R  R  R  g  g  g  x
GET  /posts/{hidden}/remove                network  -  -  -  g  g  R  R  R  g  g  g  x
GET  /posts/{hidden}/remove                private  -  -  -  -  g  R  R  R  -  -  -  -
POST /posts/{hidden}/remove                open     -  x  x  x  x  >  >  >  x  x  x  x
POST /posts/{hidden}/remove                network  -  -  -  x  x  >  >  >  x  x  x  x
POST /posts/{hidden}/remove                private  -  -  -  -  x  >  >  >  -  -  -  -
POST /posts/{hidden}/reactions/agree       open     -  g  g  g  g  g  g  g  g  g  g  g
POST /posts/{hidden}/reactions/agree       network  -  -  -  g  g  g  g  g  g  g  g  g
POST /posts/{hidden}/reactions/agree       private  -  -  -  -  g  g  g  g  -  -  -  -
POST /drafts/edit/{hidden}                 private  -  -  -  -  g  >  x  x  -  -  -  -
GET  /posts/{quoting}/history              open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /posts/{quoting}/history              network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /posts/{quoting}/history              private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /posts/{quoting}/quote                open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /posts/{quoting}/quote                network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /posts/{quoting}/quote                private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /posts/{restored}/edit                open     -  x  x  x  x  R  x  x  x  x  x  x
GET  /posts/{restored}/edit                network  -  -  -  x  x  R  x  x  x  x  x  x
GET  /posts/{restored}/edit                private  -  -  -  -  x  R  x  x  -  -  -  -
"""

# Guests, where it is otherwise than for a supplier. The one of a thread is a guest of another thread than these.
#                                          thing    thread team
GUESTS_REPORTS = """
GET  /posts/{restored}/report              network  -      R
GET  /posts/{restored}/report              private  -      R
POST /posts/{restored}/report              network  -      >
POST /posts/{restored}/report              private  -      >
GET  /posts/{hidden}/report                network  -      g
GET  /posts/{hidden}/report                private  -      g
GET  /posts/{reported}/decide              network  -      x
GET  /posts/{reported}/decide              private  -      x
GET  /posts/{hidden}/decide                network  -      x
GET  /posts/{hidden}/decide                private  -      x
GET  /posts/{hidden}/edit                  network  -      g
GET  /posts/{hidden}/edit                  private  -      g
POST /posts/{hidden}/report                network  -      g
POST /posts/{hidden}/report                private  -      g
POST /posts/{reported}/decide              network  -      x
POST /posts/{reported}/decide              private  -      x
POST /posts/{hidden}/decide                network  -      x
POST /posts/{hidden}/decide                private  -      x
POST /posts/{hidden}/edit                  network  -      g
POST /posts/{hidden}/edit                  private  -      g
GET  /teams/{team}/reports                 network  -      x
GET  /teams/{team}/reports                 private  -      x
GET  /threads/{moderated}                  network  -      R
GET  /threads/{moderated}                  private  -      R
GET  /threads/{moderated}/posts            network  -      R
GET  /threads/{moderated}/posts            private  -      R
GET  /posts/{hidden}/history               network  -      g
GET  /posts/{hidden}/history               private  -      g
GET  /posts/{hidden}/quote                 network  -      g
GET  /posts/{hidden}/quote                 private  -      g
GET  /posts/{hidden}/remove                network  -      g
GET  /posts/{hidden}/remove                private  -      g
POST /posts/{hidden}/remove                network  -      x
POST /posts/{hidden}/remove                private  -      x
POST /posts/{hidden}/reactions/agree       network  -      g
POST /posts/{hidden}/reactions/agree       private  -      g
POST /drafts/edit/{hidden}                 network  -      g
POST /drafts/edit/{hidden}                 private  -      g
GET  /posts/{quoting}/history              network  -      R
GET  /posts/{quoting}/history              private  -      R
GET  /posts/{quoting}/quote                network  -      x
GET  /posts/{quoting}/quote                private  -      x
GET  /posts/{restored}/edit                network  -      x
GET  /posts/{restored}/edit                private  -      x
"""

# Elsewhere is the private team, which runs under the same lead; for what the private team wrote it is the open one.
#                                          thing    an su re of gu me le fa bo li oa ad
MOVING = """
GET  /threads/{thread}/move                open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /threads/{thread}/move                network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /threads/{thread}/move                private  -  -  -  -  x  x  R  R  -  -  -  -
GET  /threads/{thread}/move/{elsewhere}    open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /threads/{thread}/move/{elsewhere}    network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /threads/{thread}/move/{elsewhere}    private  -  -  -  -  x  x  x  x  -  -  -  -
POST /threads/{thread}/move/{elsewhere}    open     -  x  x  x  x  x  >  >  x  x  x  x
POST /threads/{thread}/move/{elsewhere}    network  -  -  -  x  x  x  >  >  x  x  x  x
POST /threads/{thread}/move/{elsewhere}    private  -  -  -  -  x  x  x  x  -  -  -  -
"""

# Of the whole one post was split off.
#                                          thing    an su re of gu me le fa bo li oa ad
SPLITTING = """
GET  /threads/{thread}/split               open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /threads/{thread}/split               network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /threads/{thread}/split               private  -  -  -  -  x  x  R  R  -  -  -  -
POST /threads/{thread}/split               open     -  x  x  x  x  x  >  >  x  x  x  x
POST /threads/{thread}/split               network  -  -  -  x  x  x  >  >  x  x  x  x
POST /threads/{thread}/split               private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /threads/{whole}                      open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{whole}                      network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{whole}                      private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /threads/{whole}/posts                open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{whole}/posts                network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{whole}/posts                private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /threads/{split}                      open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{split}                      network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{split}                      private  -  -  -  -  R  R  R  R  -  -  -  -
"""

#                                          thing    thread team
GUESTS_SPLITTING = """
GET  /threads/{thread}/split               network  x      x
GET  /threads/{thread}/split               private  x      x
POST /threads/{thread}/split               network  x      x
POST /threads/{thread}/split               private  x      x
GET  /threads/{whole}                      network  -      R
GET  /threads/{whole}                      private  -      R
GET  /threads/{whole}/posts                network  -      R
GET  /threads/{whole}/posts                private  -      R
GET  /threads/{split}                      network  -      R
GET  /threads/{split}                      private  -      R
"""

_REPORT = {"reason": "abuse", "words": "It insults people"}

# What somebody types into these forms.
MODERATING: dict[str, dict[str, Any]] = {
    "/threads/{thread}/split": {"title": "Another matter", "posts": "2"},
    "/posts/{restored}/report": _REPORT,
    "/posts/{hidden}/report": _REPORT,
    "/posts/{reported}/decide": {"decision": "keep", "reason": "It is only blunt", "version": "1"},
    "/posts/{hidden}/decide": {"decision": "show", "reason": "It is put right", "version": "2"},
    "/posts/{hidden}/edit": {"body": "Other words", "base_version": "2"},
    "/posts/{hidden}/reactions/agree": {"on": "1"},
    "/drafts/edit/{hidden}": {"body": "Half a", "base_version": "2"},
}
