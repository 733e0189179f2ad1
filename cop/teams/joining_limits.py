"""Limits of joining a team, in characters, days and numbers; forms say them and the database checks them."""

from __future__ import annotations

JOINING_NOTE_MAX = 500
ANSWER_MAX = 300
THING_MAX = 20
INVITATION_DAYS = 14
OPEN_INVITATIONS_MAX = 40
SENT_MAX = 5
WHOLE_TEAM = "team"
"""The thing that an invitation names when it is not one thread, room or prototype but the team itself."""
