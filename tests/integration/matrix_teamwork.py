"""The rows of the matrix about what a team does with its days, its list and its end. See matrix_table.py."""

from __future__ import annotations

# What a team does with its days, its list and its end: read like all it writes, written by its people, and run by its
# lead and facilitators.
#                                         thing    an su re of gu me le fa bo li oa ad
TEAMWORK = """
GET  /teams/{team}/timeline               open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/timeline               network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/timeline               private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /teams/{team}/calendar.ics           open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/calendar.ics           network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/calendar.ics           private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /teams/{team}/items                  open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/items                  network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/items                  private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /teams/{team}/steps                  open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/steps                  network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /teams/{team}/steps                  private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /teams/{team}/timeline/new           open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/timeline/new           network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/timeline/new           private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/timeline/new           open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/new           network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/new           private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/timeline/{milestone}   open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/timeline/{milestone}   network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/timeline/{milestone}   private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/timeline/{milestone}   open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/{milestone}   network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/{milestone}   private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/timeline/{milestone}/remove open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/timeline/{milestone}/remove network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/timeline/{milestone}/remove private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/timeline/{milestone}/remove open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/{milestone}/remove network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/{milestone}/remove private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/items/{item}/hand-over open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/items/{item}/hand-over network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/items/{item}/hand-over private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/items/{item}/hand-over open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/items/{item}/hand-over network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/items/{item}/hand-over private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/decisions/new          open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/decisions/new          network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/decisions/new          private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/decisions/new          open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/decisions/new          network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/decisions/new          private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/decisions/{decision}   open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/decisions/{decision}   network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/decisions/{decision}   private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/decisions/{decision}   open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/decisions/{decision}   network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/decisions/{decision}   private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/report                 open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/report                 network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /teams/{team}/report                 private  -  -  -  -  x  x  R  R  -  -  -  -
POST /teams/{team}/report                 open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/report                 network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/report                 private  -  -  -  -  x  x  >  >  -  -  -  -
POST /teams/{team}/timeline/{milestone}/reached open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/{milestone}/reached network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/{milestone}/reached private  -  -  -  -  x  x  >  >  -  -  -  -
POST /teams/{team}/timeline/{reached}/reopen open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/{reached}/reopen network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/timeline/{reached}/reopen private  -  -  -  -  x  x  >  >  -  -  -  -
POST /teams/{team}/items/{handed}/reopen  open     -  x  x  x  x  x  >  >  x  x  x  x
POST /teams/{team}/items/{handed}/reopen  network  -  -  -  x  x  x  >  >  x  x  x  x
POST /teams/{team}/items/{handed}/reopen  private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /teams/{team}/items/new              open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/items/new              network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/items/new              private  -  -  -  -  R  R  R  R  -  -  -  -
POST /teams/{team}/items/new              open     -  x  x  x  >  >  >  >  x  x  x  x
POST /teams/{team}/items/new              network  -  -  -  x  >  >  >  >  x  x  x  x
POST /teams/{team}/items/new              private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /teams/{team}/items/{item}           open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/items/{item}           network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/items/{item}           private  -  -  -  -  R  R  R  R  -  -  -  -
POST /teams/{team}/items/{item}           open     -  x  x  x  >  >  >  >  x  x  x  x
POST /teams/{team}/items/{item}           network  -  -  -  x  >  >  >  >  x  x  x  x
POST /teams/{team}/items/{item}           private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /teams/{team}/stance                 open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/stance                 network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /teams/{team}/stance                 private  -  -  -  -  R  R  R  R  -  -  -  -
POST /teams/{team}/stance                 open     -  x  x  x  >  >  >  >  x  x  x  x
POST /teams/{team}/stance                 network  -  -  -  x  >  >  >  >  x  x  x  x
POST /teams/{team}/stance                 private  -  -  -  -  >  >  >  >  -  -  -  -
POST /teams/{team}/items/{item}/done      open     -  x  x  x  >  >  >  >  x  x  x  x
POST /teams/{team}/items/{item}/done      network  -  -  -  x  >  >  >  >  x  x  x  x
POST /teams/{team}/items/{item}/done      private  -  -  -  -  >  >  >  >  -  -  -  -
POST /teams/{team}/items/{finished}/reopen open     -  x  x  x  >  >  >  >  x  x  x  x
POST /teams/{team}/items/{finished}/reopen network  -  -  -  x  >  >  >  >  x  x  x  x
POST /teams/{team}/items/{finished}/reopen private  -  -  -  -  >  >  >  >  -  -  -  -
"""

# The address carries the officer's secret, whoever uses it: it opens what the officer may read.
#                                         thing    an su re of gu me le fa bo li oa ad
CALENDARS = """
GET  /profile/calendar                    any      -  R  R  R  R  R  R  R  R  R  R  R
POST /profile/calendar                    any      -  d  d  d  d  d  d  d  d  d  d  d
POST /profile/calendar/end                any      -  >  >  >  >  >  >  >  >  >  >  >
GET  /calendar/{calendar}/team-{team}.ics open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /calendar/{calendar}/team-{team}.ics network  R  R  R  R  R  R  R  R  R  R  R  R
GET  /calendar/{calendar}/team-{team}.ics private  -  -  -  -  -  -  -  -  -  -  -  -
"""
