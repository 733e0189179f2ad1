"""Limits that forms, the service and the database's CHECKs share."""

from __future__ import annotations

TITLE_MAX = 150
SUMMARY_MAX = 400
CATEGORY_MAX = 60
NOTE_MAX = 500
"""What changed in a version, in plain words."""
REASON_MAX = 500
