"""Limits and words of teams, in characters; forms say them and the database checks them."""

from __future__ import annotations

NAME_MAX = 120
QUESTION_MAX = 300
AMBITION_MAX = 300
MEASURE_MAX = 500
BASELINE_MAX = 500
SCOPE_MAX = 4_000
GAP_NOTE_MAX = 200
TITLE_MAX = 120
STATES = ("forming", "active", "finishing", "closed")
ACCESS_MODES = ("open", "network", "private")
ROLES = ("lead", "facilitator", "member")
