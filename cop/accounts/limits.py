"""Limits of what people type about themselves, in characters; forms say them and the database checks them."""

from __future__ import annotations

NAME_MAX = 200
EMAIL_MAX = 254
JOB_MAX = 120
INTEREST_MAX = 500
DOMAIN_MAX = 190
MERGE_REASON_MAX = 300
