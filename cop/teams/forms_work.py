"""What the pages of a team's work parse: milestones, open items, decisions, hand-overs, the closing report, stances."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.validators import DataRequired, Length

from cop.accounts.queries import PersonLine
from cop.kernel.clock import utc_now
from cop.kernel.ids import LARGEST_ID
from cop.kernel.web_address import may_link_to
from cop.teams.forms import EARLIEST, LATEST
from cop.teams.limits import (
    DECIDED_BY_MAX,
    DECISION_MAX,
    HANDED_NOTE_MAX,
    HANDED_TO_MAX,
    ITEM_LINK_MAX,
    ITEM_MAX,
    MILESTONE_MAX,
    REASON_MAX,
    REPORT_MAX,
    STANCES,
)
from cop.teams.wording import STANCE_HINTS, STANCE_WORDS
from cop.web.date_parts import DateParts
from cop.web.dates import in_london
from cop.web.fields import choices
from cop.web.forms import Form, one_line, stripped, unix_lines
from cop.web.numbers import whole_number

NOBODY = ""


def _at_most(limit: int, what: str) -> Length:
    return Length(max=limit, message=f"{what} must be {limit:,} characters or fewer")


def _within(bound: Any) -> None:
    if bound.data is not None and not EARLIEST <= bound.data <= LATEST:
        raise ValidationError(f"Use a year between {EARLIEST.year} and {LATEST.year - 1}")


class MilestoneForm(Form):
    """A day by which something should be true."""

    title = StringField(
        "Milestone",
        [DataRequired("Enter what will be true by then"), _at_most(MILESTONE_MAX, "Milestone")],
        filters=[one_line],
        description="What will be true by then, for example “Two councils have tested the referral form”.",
    )
    due = DateParts("Date", what="date", description="For example, 17 12 2026")

    def validate_due(self, bound: Any) -> None:
        """Within a century."""
        _within(bound)


class ItemForm(Form):
    """Something to do. The people who can have it are put into the form before it is validated or drawn."""

    title = StringField(
        "What has to be done",
        [DataRequired("Enter what has to be done"), _at_most(ITEM_MAX, "What has to be done")],
        filters=[one_line],
        description="Begin with a verb, for example “Ask the six councils for last year’s invoices”.",
    )
    href = StringField(
        "Link",
        [_at_most(ITEM_LINK_MAX, "Link")],
        filters=[one_line],
        description="Where it is done or talked about. You can leave this empty.",
        render_kw={"spellcheck": "false"},
    )
    owner = SelectField("Who does it", validate_choice=False, description="Somebody on the team.")
    due = DateParts(
        "By when",
        required=False,
        what="day",
        description="For example, 17 12 2026. You can leave this empty.",
    )

    def offer(self, people: Sequence[PersonLine]) -> None:
        """Offer these people as owners."""
        named = [(str(line.id), f"{line.name}, {line.organisation_name}") for line in people]
        self.owner.choices = choices([(NOBODY, "Nobody yet"), *named])

    def validate_href(self, bound: Any) -> None:
        """A page of this site, or an address on the web."""
        if bound.data and (bound.data.startswith("#") or not may_link_to(bound.data)):
            raise ValidationError("Enter a link that begins with https:// or with /")

    def validate_due(self, bound: Any) -> None:
        """Within a century."""
        _within(bound)

    def owner_id(self) -> int | None:
        """Who was chosen; a number that nobody has for anything that is no number, so that the service refuses it."""
        return None if self.owner.data in (None, NOBODY) else whole_number(self.owner.data) or LARGEST_ID


class DecisionForm(Form):
    """A decision as it is written down."""

    text = TextAreaField(
        "What was decided",
        [DataRequired("Enter what was decided"), _at_most(DECISION_MAX, "What was decided")],
        filters=[one_line],
        description="One or two sentences that somebody who was not there understands.",
        render_kw={"rows": 3, "count": True},
    )
    decided_on = DateParts("When", what="day it was decided")
    decided_by = StringField(
        "Who decided",
        [DataRequired("Enter who decided"), _at_most(DECIDED_BY_MAX, "Who decided")],
        filters=[one_line],
        description="For example “The team”, or the names of those who did.",
    )

    def validate_decided_on(self, bound: Any) -> None:
        """Within a century, and not after tomorrow: what will be decided is no decision yet."""
        _within(bound)
        if bound.data is not None and bound.data > in_london(utc_now()) + timedelta(days=1):
            raise ValidationError("The day it was decided must be today or in the past")


class HandOverForm(Form):
    """To whom an open item goes, outside the team."""

    to = StringField(
        "Who takes it",
        [
            DataRequired("Enter the person or organisation who takes it"),
            _at_most(HANDED_TO_MAX, "Who takes it"),
        ],
        filters=[one_line],
        description="A named person or an organisation outside the team, for example “Maria Lopez, YPO”.",
    )
    note = TextAreaField(
        "What they need to know",
        [_at_most(HANDED_NOTE_MAX, "What they need to know")],
        filters=[one_line],
        description="What was agreed with them, and where they find what there is. You can leave this empty.",
        render_kw={"rows": 3, "count": True},
    )


class ReasonedEndDateForm(Form):
    """The board's new end date for a team at work, and why."""

    end_date = DateParts("New end date", description="For example, 31 3 2027")
    reason = TextAreaField(
        "Reason",
        [DataRequired("Enter the reason"), _at_most(REASON_MAX, "Reason")],
        filters=[one_line],
        description="It stands on the team’s timeline for everybody who can read the team.",
        render_kw={"rows": 3, "count": True},
    )

    def validate_end_date(self, bound: Any) -> None:
        """Within a century."""
        _within(bound)


class ReportForm(Form):
    """The closing report, and the version its writer began from."""

    body = TextAreaField(
        "Closing report",
        [
            DataRequired("Write the report"),
            Length(max=REPORT_MAX, message=f"The report must be {REPORT_MAX:,} characters or fewer"),
        ],
        filters=[unix_lines],
    )
    base_version = HiddenField(filters=[stripped])


class StanceForm(Form):
    """What somebody says of themselves."""

    stance = RadioField(
        "How do you feel about the way this is bought today?",
        choices=choices([*STANCE_WORDS.items(), ("", "I would rather not say")]),
        validate_choice=False,
        render_kw={"hints": STANCE_HINTS},
    )

    def validate_stance(self, bound: Any) -> None:
        """One of the two, or neither."""
        if bound.data not in (*STANCES, ""):
            raise ValidationError("Choose how you feel about the way this is bought today")


def day_in_london() -> date:
    """Today, for what a form begins with."""
    return in_london(utc_now())
