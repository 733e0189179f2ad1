"""The part of the matrix about accounts and their administration; `matrix_table` says how to read it."""

from __future__ import annotations

#                                         thing    an su re of gu me le fa bo li oa ad
ACCOUNTS = """
GET  /register                            any      R  >  >  >  >  >  >  >  >  >  >  >
POST /register                            any      d  d  d  d  d  d  d  d  d  d  d  d
GET  /register/{prove_token}              any      R  R  R  R  R  R  R  R  R  R  R  R
POST /register/{prove_token}              any      d  d  d  d  d  d  d  d  d  d  d  d
GET  /sign-in/link                        any      R  >  >  >  >  >  >  >  >  >  >  >
POST /sign-in/link                        any      d  d  d  d  d  d  d  d  d  d  d  d
GET  /sign-in/link/{sign_in_token}        any      R  R  R  R  R  R  R  R  R  R  R  R
POST /sign-in/link/{sign_in_token}        any      >  >  >  >  >  >  >  >  >  >  >  >
GET  /merge/{merge_token}                 any      R  R  R  R  R  R  R  R  R  R  R  R
POST /merge/{merge_token}                 any      d  d  d  d  d  d  d  d  d  d  d  d
POST /merge/{merge_token}/refuse          any      d  d  d  d  d  d  d  d  d  d  d  d
GET  /sign-in                             any      R  >  >  >  >  >  >  >  >  >  >  >
POST /sign-in                             any      >  >  >  >  >  >  >  >  >  >  >  >
GET  /sign-in/code                        any      >  >  >  >  >  >  >  >  >  >  >  >
POST /sign-in/code                        any      u  u  u  u  u  u  u  u  u  u  u  u
POST /sign-out                            any      -  >  >  >  >  >  >  >  >  >  >  >
POST /sign-out-everywhere                 any      -  >  >  >  >  >  >  >  >  >  >  >
GET  /profile                             any      -  R  R  R  R  R  R  R  R  R  R  R
GET  /profile/edit                        any      -  R  R  R  R  R  R  R  R  R  R  R
POST /profile/edit                        any      -  >  >  >  >  >  >  >  >  >  >  >
GET  /profile/interests                   any      -  R  R  R  R  R  R  R  R  R  R  R
POST /profile/interests                   any      -  >  >  >  >  >  >  >  >  >  >  >
POST /profile/interests/none              any      -  >  >  >  >  >  >  >  >  >  >  >
POST /profile/interests/{interest}/end    any      -  -  -  >  -  -  -  -  -  -  -  -
GET  /profile/password                    any      -  R  R  R  R  R  R  R  R  R  R  R
POST /profile/password                    any      -  >  >  >  >  >  >  >  >  >  >  >
GET  /profile/organisation                any      -  R  R  R  R  R  R  R  R  R  R  R
POST /profile/organisation                any      -  u  u  >  u  u  u  u  u  u  u  u
GET  /profile/successor                   any      -  -  -  -  -  -  -  -  -  -  -  -
POST /profile/successor                   any      -  -  -  -  -  -  -  -  -  -  -  -
GET  /profile/second-step                 any      -  R  R  R  R  R  R  R  R  R  R  R
POST /profile/second-step                 any      -  >  >  >  >  >  >  >  >  >  >  >
GET  /profile/second-step/app             any      -  g  g  g  g  g  g  g  g  g  g  g
POST /profile/second-step/app             any      -  g  g  g  g  g  g  g  g  g  g  g
GET  /profile/second-step/codes           any      -  -  -  -  -  -  -  -  -  R  -  -
POST /profile/second-step/codes           any      -  -  -  -  -  -  -  -  -  d  -  -
GET  /profile/second-step/off             any      -  -  -  -  -  -  -  -  -  R  -  -
POST /profile/second-step/off             any      -  -  -  -  -  -  -  -  -  >  -  -
GET  /profile/notifications               any      -  R  R  R  R  R  R  R  R  R  R  R
POST /profile/notifications               any      -  >  >  >  >  >  >  >  >  >  >  >
GET  /inbox                               any      -  R  R  R  R  R  R  R  R  R  R  R
POST /inbox/seen                          any      -  >  >  >  >  >  >  >  >  >  >  >
GET  /stop/{stop}                         any      R  R  R  R  R  R  R  R  R  R  R  R
POST /stop/{stop}                         any      d  d  d  d  d  d  d  d  d  d  d  d
GET  /people                              any      -  -  -  R  -  R  R  R  R  R  R  R
GET  /people/{stranger}                   any      -  -  -  >  -  R  R  R  R  R  R  R
GET  /people/{colleague}                  any      -  -  -  R  R  >  R  R  R  R  R  R
"""

#                                         thing    an su re of gu me le fa bo li oa ad
ADMIN = """
GET  /admin                               any      -  -  -  -  -  -  -  -  -  -  -  R
GET  /admin/deliveries                    any      -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/deliveries/retry              any      -  -  -  -  -  -  -  -  -  -  -  >
POST /admin/deliveries/{parked}/retry     any      -  -  -  -  -  -  -  -  -  -  -  >
GET  /admin/deliveries/{parked}/drop      any      -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/deliveries/{parked}/drop      any      -  -  -  -  -  -  -  -  -  -  -  >
GET  /admin/people                        any      -  -  -  -  -  -  -  -  -  -  -  R
GET  /admin/organisations                 any      -  -  -  -  -  -  -  -  -  -  -  R
GET  /admin/people/new                    any      -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/people/new                    any      -  -  -  -  -  -  -  -  -  -  -  d
GET  /admin/organisations/new             any      -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/organisations/new             any      -  -  -  -  -  -  -  -  -  -  -  >
GET  /admin/people/{stranger}/roles       any      -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/people/{stranger}/roles       any      -  -  -  -  -  -  -  -  -  -  -  >
GET  /admin/people/{stranger}/suspend     any      -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/people/{stranger}/suspend     any      -  -  -  -  -  -  -  -  -  -  -  >
POST /admin/people/{stranger}/reinstate   any      -  -  -  -  -  -  -  -  -  -  -  >
GET  /admin/people/{has_second_step}/second-step any -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/people/{has_second_step}/second-step any -  -  -  -  -  -  -  -  -  -  -  >
GET  /admin/people/{stranger}/merge       any      -  -  -  -  -  -  -  -  -  -  -  R
GET  /admin/people/{stranger}/merge/{colleague} any -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/people/{stranger}/merge/{colleague} any -  -  -  -  -  -  -  -  -  -  -  >
GET  /admin/merges/{merge}                any      -  -  -  -  -  -  -  -  -  -  -  R
GET  /admin/merges/{was_merged}           any      -  -  -  -  -  -  -  -  -  -  -  R
POST /admin/merges/{merge}                any      -  -  -  -  -  -  -  -  -  -  -  >
POST /admin/merges/{merge}/call-off       any      -  -  -  -  -  -  -  -  -  -  -  >
GET  /organisations/{organisation}/people any      -  -  -  -  -  -  -  -  -  -  R  R
POST /organisations/{organisation}/people/domains any -  -  -  -  -  -  -  -  -  -  >  >
POST /organisations/{organisation}/people/domains/{domain}/remove any -  -  -  -  -  -  -  -  -  -  >  >
POST /organisations/{organisation}/people/waiting/{waits}/approve any -  -  -  -  -  -  -  -  -  -  >  >
POST /organisations/{organisation}/people/waiting/{waits}/refuse any -  -  -  -  -  -  -  -  -  -  >  >
GET  /organisations/{organisation}/people/add any -  -  -  -  -  -  -  -  -  -  R  R
POST /organisations/{organisation}/people/add any -  -  -  -  -  -  -  -  -  -  >  >
GET  /organisations/{organisation}/people/{stranger}/leave any -  -  -  -  -  -  -  -  -  -  R  R
POST /organisations/{organisation}/people/{stranger}/leave any -  -  -  -  -  -  -  -  -  -  >  >
"""
