"""What the pages of threads parse. Limits are those of the database's CHECKs."""

from __future__ import annotations

from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional, ValidationError

from cop.threads.attaching import WithFiles
from cop.threads.drafts import Typed
from cop.threads.limits import (
    DECISION_REASON_MAX,
    DRAFT_BODY_MAX,
    DRAFT_TITLE_MAX,
    LOCK_REASON_MAX,
    POST_MAX,
    REPORT_REASONS,
    REPORT_WORDS_MAX,
    TITLE_MAX,
)
from cop.threads.wording import LEVEL_WORDS, TEAM_HINTS, THREAD_HINTS
from cop.web.fields import choices
from cop.web.forms import Form, SentOnce, one_line, stripped, unix_lines
from cop.web.numbers import whole_number


def _body(label: str, missing: str) -> TextAreaField:
    return TextAreaField(
        label,
        [
            DataRequired(missing),
            Length(max=POST_MAX, message=f"A post has at most {POST_MAX:,} characters. Split it into two."),
        ],
        filters=[unix_lines],
    )


def _title(label: str) -> StringField:
    return StringField(
        label,
        [
            DataRequired("Enter a title"),
            Length(max=TITLE_MAX, message=f"Title must be {TITLE_MAX} characters or fewer"),
        ],
        filters=[one_line],
        description="Say what it is about, as a question or a claim: people decide by the title whether to read on.",
        render_kw={"autocomplete": "off"},
    )


class Addressing(Form):
    """What is asked back when a name after an @ means several people, and which names stay as they were typed."""

    name = HiddenField(filters=[stripped])
    person = RadioField("Whom do you mean?", [Optional()], choices=[], validate_choice=False)
    left = HiddenField(filters=[stripped])


class ReplyForm(WithFiles, SentOnce, Addressing):
    """A reply, and the post it quotes."""

    body = _body("Your reply", "Write your reply before you post it")
    draft = HiddenField(filters=[stripped])
    quote = HiddenField(filters=[stripped])


class ThreadForm(WithFiles, SentOnce, Addressing):
    """A new thread."""

    title = _title("Title")
    body = _body("First post", "Write the first post")
    draft = HiddenField(filters=[stripped])


class EditForm(WithFiles, Addressing):
    """A post's new text, and the version its writer began from."""

    body = _body("Your post", "A post cannot be empty. To take it away, remove it.")
    base_version = HiddenField(filters=[stripped])
    draft = HiddenField(filters=[stripped])


class OutcomeForm(Form):
    """What came of a thread."""

    body = _body("What came out of it", "Say what came out of it")


class LockForm(Form):
    """Why no more posts can be added."""

    reason = TextAreaField(
        "Why is it locked?",
        [
            DataRequired("Say why it is locked"),
            Length(max=LOCK_REASON_MAX, message=f"Reason must be {LOCK_REASON_MAX} characters or fewer"),
        ],
        filters=[stripped],
        description="Everybody who can read the thread reads this.",
        render_kw={"rows": 3, "count": True},
    )


class SummaryForm(Form):
    """The summary's new text, and the version its writer began from."""

    body = _body("Summary", "A summary cannot be empty")
    base_version = HiddenField(filters=[stripped])
    draft = HiddenField(filters=[stripped])


class DraftForm(SentOnce):
    """What is being typed, as it stands. `draft` is the revision it began from, `writer` whose page sends it."""

    title = StringField(filters=[unix_lines], validators=[Length(max=DRAFT_TITLE_MAX)])
    body = TextAreaField(
        "Your text",
        [
            Length(
                max=DRAFT_BODY_MAX,
                message=f"A draft has at most {DRAFT_BODY_MAX:,} characters. Cut it in two.",
            )
        ],
        filters=[unix_lines],
    )
    quote = HiddenField(filters=[stripped])
    base_version = HiddenField(filters=[stripped])
    draft = HiddenField(filters=[stripped])
    writer = HiddenField(filters=[stripped])

    def typed(self) -> Typed:
        """What was typed, for the service."""
        return Typed(
            title=self.title.data or "",
            body=self.body.data or "",
            quote_id=whole_number(self.quote.data),
            base_version=whole_number(self.base_version.data),
            base=self.draft.data or "",
            key=self.once(),
        )


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


class ReportForm(Form):
    """Why a post should not be there."""

    reason = RadioField(
        "What is wrong with it?",
        [InputRequired("Choose what is wrong with it")],
        choices=choices(REPORT_REASONS.items()),
    )
    words = TextAreaField(
        "Say more, if it helps",
        [
            Length(
                max=REPORT_WORDS_MAX, message=f"What you say must be {REPORT_WORDS_MAX:,} characters or fewer"
            )
        ],
        filters=[unix_lines, stripped],
        description="Do not repeat what is private in it.",
        render_kw={"rows": 4, "count": True},
    )

    def validate_words(self, field: TextAreaField) -> None:
        """Something else has to be said in words."""
        if self.reason.data == "other" and not field.data:
            raise ValidationError("Say what is wrong with it")


class DecideForm(Form):
    """What to do with a post, by the button that was pressed, and why; `version` is the text that was read."""

    reason = TextAreaField(
        "Why?",
        [
            DataRequired("Say why"),
            Length(
                max=DECISION_REASON_MAX, message=f"Reason must be {DECISION_REASON_MAX} characters or fewer"
            ),
        ],
        filters=[unix_lines, stripped],
        render_kw={"rows": 3, "count": True},
    )
    decision = HiddenField(filters=[stripped])
    version = HiddenField(filters=[stripped])


class PlaceForm(Form):
    """The number of a post, from the button that stands with it."""

    number = HiddenField(filters=[stripped])


class ChoosePostsForm(Form):
    """The posts of one page of a thread, by their numbers, to choose some of them."""

    posts = SelectMultipleField(
        "Which posts move?", choices=[], validate_choice=False, render_kw={"small": True}
    )


class SplitForm(SentOnce):
    """The title of a new thread, and the numbers of the posts it is made of (`ranges.py`)."""

    title = _title("Title of the new thread")
    posts = HiddenField(filters=[stripped])
