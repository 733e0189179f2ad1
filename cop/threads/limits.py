"""Limits of threads and posts, in characters and in posts to a page; forms say them, the database checks them."""

from __future__ import annotations

TITLE_MAX = 150
POST_MAX = 20_000
PAGE_SIZE = 50
CALLED_MAX = 20
"""People whom one post can mention: more would be a circular, not a conversation."""
FILES_MAX = 5
"""Files of one post."""
ALT_MAX = 500
LEVELS = ("everything", "mentions", "nothing")
DEFAULT_LEVEL = "mentions"
LEVEL_MAX = 12
SPLIT_MAX = 2_000
"""Posts that one split moves: all who write wait meanwhile."""
STATES = ("open", "concluded", "reopened")
LOCK_REASON_MAX = 500
REACTIONS = {"agree": "Agree", "thanks": "Thanks", "unsure": "Not sure", "more": "Want to know more"}
"""What one can say to a post with one press, in the order shown."""
REPORT_REASONS = {
    "personal": "It tells something private about a person",
    "confidential": "It gives away something confidential",
    "abuse": "It is abusive or discriminates",
    "spam": "It is advertising, or has nothing to do with the work",
    "other": "Something else",
}
"""Why somebody reports a post, in the order shown."""
REPORT_WORDS_MAX = 1_000
REPORTS_OPEN_MAX = 50
"""Open reports of one post: more would tell nobody anything new."""
DECISION_REASON_MAX = 500
DRAFT_TITLE_MAX = 1_000
DRAFT_BODY_MAX = 60_000
"""What is too long for a post is kept all the same while its writer shortens it."""
DRAFTS_MAX = 200
"""Drafts that one person may have at a time."""


def page_of(number: int) -> int:
    """The page a post's number stands on, from 1."""
    return (number - 1) // PAGE_SIZE + 1
