"""What the pages of threads parse. Limits are those of the database's CHECKs."""

from __future__ import annotations

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from cop.threads.limits import POST_MAX, TITLE_MAX
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
