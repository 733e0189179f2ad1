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
MILESTONE_MAX = 160
ITEM_MAX = 200
ITEM_LINK_MAX = 300
HANDED_TO_MAX = 160
HANDED_NOTE_MAX = 600
DECISION_MAX = 600
DECIDED_BY_MAX = 160
REASON_MAX = 600
REPORT_MAX = 16_000
SOURCE_KIND_MAX = 32
ITEM_STATES = ("open", "done", "handed_over")
STANCES = ("content", "unhappy")
MILESTONES_MAX = 60
OPEN_ITEMS_MAX = 300
