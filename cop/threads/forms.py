"""What the pages of threads parse. Limits are those of the database's CHECKs."""

from __future__ import annotations

from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from cop.threads.limits import POST_MAX, TITLE_MAX
from cop.threads.wording import LEVEL_WORDS, TEAM_HINTS, THREAD_HINTS
from cop.web.fields import choices
from cop.web.forms import Form, SentOnce, one_line, stripped, unix_lines


def _body(label: str, missing: str) -> TextAreaField:
    return TextAreaField(
        label,
        [
            DataRequired(missing),
            Length(max=POST_MAX, message=f"A post has at most {POST_MAX:,} characters. Split it into two."),
        ],
        filters=[unix_lines],
    )


class ReplyForm(SentOnce):
    """A reply, and the post it quotes."""

    body = _body("Your reply", "Write your reply before you post it")
    quote = HiddenField(filters=[stripped])


class ThreadForm(SentOnce):
    """A new thread."""

    title = StringField(
        "Title",
        [
            DataRequired("Enter a title"),
            Length(max=TITLE_MAX, message=f"Title must be {TITLE_MAX} characters or fewer"),
        ],
        filters=[one_line],
        description="Say what it is about, as a question or a claim: people decide by the title whether to read on.",
        render_kw={"autocomplete": "off"},
    )
    body = _body("First post", "Write the first post")


class EditForm(Form):
    """A post's new text, and the version its writer began from."""

    body = _body("Your post", "A post cannot be empty. To take it away, remove it.")
    base_version = HiddenField(filters=[stripped])


class TeamFollowForm(Form):
    """What one hears of in a team's threads."""

    level = RadioField(
        "What do you want to hear of in this team?",
        [InputRequired("Choose what you want to hear of")],
        choices=choices(LEVEL_WORDS.items()),
        render_kw={"hints": TEAM_HINTS},
    )


class ThreadFollowForm(Form):
    """What one hears of in one thread."""

    level = RadioField(
        "What do you want to hear of in this thread?",
        [InputRequired("Choose what you want to hear of")],
        choices=choices([("team", "As in the rest of the team"), *LEVEL_WORDS.items()]),
        render_kw={"hints": THREAD_HINTS},
    )


class PlaceForm(Form):
    """The number of a post, from the button that stands with it."""

    number = HiddenField(filters=[stripped])
