"""What the library's pages parse. Limits are those of the database's CHECKs."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms import ValidationError as Wrong
from wtforms.validators import DataRequired, InputRequired, Length

from cop.accounts.forms import ADDRESS_WANTED, is_address
from cop.accounts.limits import EMAIL_MAX
from cop.files.intake import Received
from cop.library.limits import NOTE_MAX, REASON_MAX, SUMMARY_MAX, TITLE_MAX
from cop.library.service import Details
from cop.library.upload import UploadField
from cop.library.versions import Said
from cop.library.vocabulary import AUDIENCES, CATEGORIES, KINDS, LICENCES, OGL, REGIMES
from cop.web.date_parts import DateParts
from cop.web.fields import choices
from cop.web.forms import Form, SentOnce, one_line, stripped
from cop.web.numbers import whole_number

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)
_CHOOSE = ("", "Choose one")
CHECKED_LABEL = "I have looked at what is hidden in the document. Everybody who can download it may see it."

# Fields stand in the order in which they are made, and the summary of errors follows it: on the page of a new document
# the document comes first.
_DOCUMENT = UploadField("Document")
_NOTE = TextAreaField(
    "What changed",
    [
        DataRequired("Enter what changed"),
        Length(max=NOTE_MAX, message=f"What changed must be {NOTE_MAX} characters or fewer"),
    ],
    filters=[stripped],
    description="In plain words, for somebody who used the version before: what is new, what is gone, and why.",
    render_kw={"rows": 3, "count": True},
)


class DetailsForm(Form):
    """What is said about an asset. Who can own it and who can read it depends on its team: `offer` fills that in."""

    title = StringField(
        "Title",
        [
            DataRequired("Enter a title"),
            Length(max=TITLE_MAX, message=f"Title must be {TITLE_MAX} characters or fewer"),
        ],
        filters=[one_line],
        description="Say what it is and what it is for, for example “Emergency placements: outcomes specification”.",
    )
    summary = TextAreaField(
        "Summary",
        [
            DataRequired("Enter a summary"),
            Length(max=SUMMARY_MAX, message=f"Summary must be {SUMMARY_MAX} characters or fewer"),
        ],
        filters=[one_line],
        description="One or two sentences: who tested it, what it solves, what somebody would miss without it.",
        render_kw={"rows": 3, "count": True},
    )
    kind = SelectField(
        "Kind", choices=choices([_CHOOSE, *KINDS.items()]), validators=[InputRequired("Choose a kind")]
    )
    category = SelectField(
        "Category",
        choices=choices([_CHOOSE, *((name, name) for name in CATEGORIES)]),
        validators=[InputRequired("Choose a category")],
    )
    audience = RadioField(
        "Who can find and download it once it is published",
        choices=choices(AUDIENCES.items()),
        validators=[InputRequired("Choose who can find and download it")],
    )
    regime = SelectField(
        "Legal regime",
        choices=choices([("", "Not decided yet"), *REGIMES.items()]),
        description="The procurement law it was written for. Needed before you publish.",
    )
    licence = SelectField(
        "Licence",
        choices=choices(
            [("", "Not decided yet"), *((key, licence.name) for key, licence in LICENCES.items())]
        ),
        default=OGL,
        description="What others may do with it. Most public sector documents use the Open Government Licence.",
    )
    owner = SelectField(
        "Owner",
        coerce=whole_number,
        validate_choice=False,
        description="Answers questions about it, and looks at it again on the review date.",
    )
    review_date = DateParts(
        "Review date",
        required=False,
        description="When somebody should check that it is still right. For example, 30 9 2027",
    )

    def validate_review_date(self, bound: Any) -> None:
        """Within a century."""
        if bound.data is not None and not EARLIEST <= bound.data <= LATEST:
            bound.wrong = ("year",)
            raise Wrong(f"Review date must be between {EARLIEST.year} and {LATEST.year}")

    def details(self) -> Details:
        """What was typed, for the service."""
        return Details(
            title=self.title.data,
            summary=self.summary.data,
            kind=self.kind.data,
            category=self.category.data,
            audience=self.audience.data,
            regime=self.regime.data or None,
            licence=self.licence.data or None,
            owner_id=self.owner.data,
            review_date=self.review_date.data,
        )

    def offer(self, *, owners: list[tuple[int, str]], for_team: bool) -> None:
        """Fill in who can own it, and leave the team out of the audiences when there is none."""
        offered = [("", "Not decided yet"), *((str(key), words) for key, words in owners)]
        self.owner.choices = choices(offered)
        audiences = [(key, words) for key, words in AUDIENCES.items() if for_team or key != "team"]
        self.audience.choices = choices(audiences)


class VersionForm(DetailsForm):
    """What a draft of the next version says. Kind, category, owner and readers are those of the document."""

    note = _NOTE
    kind = category = audience = owner = None
    revision = HiddenField()

    @property
    def base(self) -> int:
        """The revision the writer started from; 0, which never was one, when the page was tampered with."""
        return whole_number(self.revision.data) or 0

    def said(self) -> Said:
        """What was typed, for the service."""
        return Said(
            note=self.note.data,
            title=self.title.data,
            summary=self.summary.data,
            regime=self.regime.data or None,
            licence=self.licence.data or None,
            review_date=self.review_date.data,
        )


class NextForm(VersionForm):
    """The next version: its document, what changed, and what it says about itself."""

    file = _DOCUMENT

    def typed(self) -> tuple[Said, Received]:
        """What was typed and taken in."""
        assert self.file.kept is not None
        return self.said(), self.file.kept


class AddForm(DetailsForm, SentOnce):
    """A document and what is said about it."""

    file = _DOCUMENT

    def typed(self) -> tuple[Details, Received, str | None]:
        """What was typed and taken in."""
        assert self.file.kept is not None
        return self.details(), self.file.kept, self.once()


class ChangeForm(DetailsForm):
    """Details to change; `checked` is asked for only when a published document is shown to more people."""

    revision = HiddenField()
    checked = BooleanField(CHECKED_LABEL)

    @property
    def base(self) -> int:
        """The revision the writer started from; 0, which never was one, when the page was tampered with."""
        return whole_number(self.revision.data) or 0


class FileForm(Form):
    """Another document for a draft."""

    file = UploadField("Document")


class PublishForm(Form):
    """The document somebody looked at, and that they did."""

    file_id = HiddenField()
    checked = BooleanField(CHECKED_LABEL)

    @property
    def seen(self) -> int:
        """Id of the document on the page; 0, which none has, when the page was tampered with."""
        return whole_number(self.file_id.data) or 0


class ReviewForm(Form):
    """That the document was looked at again: when to do so next, and what to say about it."""

    version = HiddenField()
    review_date = DateParts("Next review date")
    note = TextAreaField(
        "Note (optional)",
        [Length(max=NOTE_MAX, message=f"Note must be {NOTE_MAX} characters or fewer")],
        filters=[stripped],
        description="What you looked at, for the next person. Everybody who can read the document reads this.",
        render_kw={"rows": 3, "count": True},
    )

    @property
    def seen(self) -> int:
        """The version that was looked at; 0, which none has, when the page was tampered with."""
        return whole_number(self.version.data) or 0


class TellForm(Form):
    """An address to be told of a document."""

    email = EmailField(
        "Your email address",
        [
            DataRequired("Enter your email address"),
            Length(max=EMAIL_MAX, message="Enter a shorter email address"),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "email", "spellcheck": "false"},
    )

    def validate_email(self, bound: Any) -> None:
        """Mail could be sent to it, by its form."""
        if not is_address(bound.data):
            raise Wrong(ADDRESS_WANTED)


class WithdrawForm(Form):
    """Why a document should not be used any more."""

    reason = TextAreaField(
        "Why should nobody use it any more?",
        [
            DataRequired("Enter the reason"),
            Length(max=REASON_MAX, message=f"Reason must be {REASON_MAX} characters or fewer"),
        ],
        filters=[stripped],
        description="Everybody who could download it reads this, so leave personal details out.",
        render_kw={"rows": 3, "count": True},
    )
