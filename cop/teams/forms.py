"""What the team pages parse. Limits are those of the database's CHECKs."""

from __future__ import annotations

from datetime import date
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Length

from cop.accounts.functions import FUNCTIONS
from cop.teams.limits import (
    ACCESS_MODES,
    AMBITION_MAX,
    BASELINE_MAX,
    GAP_NOTE_MAX,
    MEASURE_MAX,
    NAME_MAX,
    QUESTION_MAX,
    ROLES,
    SCOPE_MAX,
    TITLE_MAX,
)
from cop.teams.opening import LABEL as OPENED_LABEL
from cop.teams.service import Charter
from cop.teams.wording import ACCESS_HINTS, ACCESS_WORDS, ROLE_HINTS, ROLE_WORDS
from cop.web.date_parts import DateParts
from cop.web.fields import choices
from cop.web.forms import Form, SentOnce, one_line, stripped, unix_lines

EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


def _at_most(limit: int, what: str) -> Length:
    return Length(max=limit, message=f"{what} must be {limit:,} characters or fewer")


class CharterForm(Form):
    """A team's charter. Only the name and the question are needed to begin; starting the work asks for the rest."""

    name = StringField(
        "Name of the team",
        [DataRequired("Enter a name for the team"), _at_most(NAME_MAX, "Name")],
        filters=[one_line],
        description="A few words for the spend area, for example “Agency staff in social care”.",
    )
    question = TextAreaField(
        "Question",
        [DataRequired("Enter the question the team will answer"), _at_most(QUESTION_MAX, "Question")],
        filters=[one_line],
        description="Begin with “How might…”. It stands at the top of every page of the team.",
        render_kw={"rows": 2, "count": True},
    )
    ambition = TextAreaField(
        "Ambition",
        [_at_most(AMBITION_MAX, "Ambition")],
        filters=[one_line],
        description="One sentence with a number, for example “15% off the average price of the first week”.",
        render_kw={"rows": 2, "count": True},
    )
    ambition_by = DateParts(
        "When the ambition should be reached",
        required=False,
        what="ambition’s date",
        description="For example, 31 3 2027",
    )
    measure = TextAreaField(
        "How it is measured",
        [_at_most(MEASURE_MAX, "How it is measured")],
        filters=[one_line],
        render_kw={"rows": 2},
    )
    baseline = TextAreaField(
        "Where things stand today",
        [_at_most(BASELINE_MAX, "Where things stand today")],
        filters=[one_line],
        description="The same measure now, with its source.",
        render_kw={"rows": 2},
    )
    scope_in = TextAreaField(
        "What the team works on",
        [_at_most(SCOPE_MAX, "What the team works on")],
        filters=[unix_lines, stripped],
        description="One point on each line.",
        render_kw={"rows": 4},
    )
    scope_out = TextAreaField(
        "What it leaves alone",
        [_at_most(SCOPE_MAX, "What it leaves alone")],
        filters=[unix_lines, stripped],
        description="One point on each line. Saying this early saves weeks.",
        render_kw={"rows": 4},
    )
    functions_wanted = SelectMultipleField(
        "Functions the team needs",
        choices=choices(FUNCTIONS.items()),
        description="The page shows which of them nobody brings yet. Work can start with people from four.",
        render_kw={"small": True},
    )
    gap_note = StringField(
        "Why the missing ones matter",
        [_at_most(GAP_NOTE_MAX, "Why the missing ones matter")],
        filters=[one_line],
        description="Shown while somebody is missing. You can leave this empty.",
    )
    access_mode = RadioField(
        "Who can read what the team writes",
        choices=choices((mode, ACCESS_WORDS[mode]) for mode in ACCESS_MODES),
        validate_choice=False,
        render_kw={"hints": ACCESS_HINTS},
    )
    opened = BooleanField(
        OPENED_LABEL, description="Only needed when you let more people read it than today."
    )
    start_date = DateParts("Start date", description="For example, 2 11 2026")
    end_date = DateParts(
        "End date", required=False, description="A few intense weeks. Work cannot start without it."
    )
    base_version = HiddenField()

    def validate_access_mode(self, bound: Any) -> None:
        """One of the three."""
        if bound.data not in ACCESS_MODES:
            raise ValidationError("Choose who can read what the team writes")

    def validate_functions_wanted(self, bound: Any) -> None:
        """Only functions there are; WTForms' own message would not say what to do."""
        if set(bound.data or ()) - set(FUNCTIONS):
            raise ValidationError("Choose functions from the list")

    def validate_ambition(self, bound: Any) -> None:
        """An ambition without a figure cannot be missed, nor met."""
        if bound.data and not any(char.isdigit() for char in bound.data):
            raise ValidationError("Put a number in the ambition, in figures, for example 15%")

    def validate_start_date(self, bound: Any) -> None:
        """Within a century."""
        _within(bound)

    def validate_ambition_by(self, bound: Any) -> None:
        """Within a century."""
        _within(bound)

    def validate_end_date(self, bound: Any) -> None:
        """Within a century and not before the start."""
        _within(bound)
        if self.start_date.data and bound.data and bound.data < self.start_date.data:
            raise ValidationError("End date must be on or after the start date")

    def charter(self) -> Charter:
        """What was typed, as the service takes it; call it on a form that is valid."""
        assert self.start_date.data is not None
        return Charter(
            name=self.name.data,
            question=self.question.data,
            start_date=self.start_date.data,
            access_mode=self.access_mode.data,
            ambition=self.ambition.data or "",
            ambition_by=self.ambition_by.data,
            measure=self.measure.data or "",
            baseline=self.baseline.data or "",
            scope_in=self.scope_in.data or "",
            scope_out=self.scope_out.data or "",
            gap_note=self.gap_note.data or "",
            end_date=self.end_date.data,
            functions_wanted=frozenset(self.functions_wanted.data or ()),
        )


def _within(bound: Any) -> None:
    if bound.data is not None and not EARLIEST <= bound.data <= LATEST:
        raise ValidationError(f"Use a year between {EARLIEST.year} and {LATEST.year - 1}")


class StartForm(CharterForm, SentOnce):
    """The charter, and what the person who starts the team brings to it."""

    function = SelectField("Function you bring", choices=choices(FUNCTIONS.items()), validate_choice=False)
    title = StringField(
        "Line under your name",
        [_at_most(TITLE_MAX, "Line under your name")],
        filters=[one_line],
        description="For example “Service lead”. You can leave this empty.",
    )

    def validate_function(self, bound: Any) -> None:
        """One from the list."""
        _known_function(bound)


class PlaceForm(Form):
    """Somebody's role on a team, the function they bring, and the line under their name."""

    role = RadioField(
        "Role",
        choices=choices((role, ROLE_WORDS[role]) for role in reversed(ROLES)),
        validate_choice=False,
        render_kw={"hints": ROLE_HINTS},
    )
    function = SelectField("Function they bring", choices=choices(FUNCTIONS.items()), validate_choice=False)
    title = StringField(
        "Line under their name",
        [_at_most(TITLE_MAX, "Line under their name")],
        filters=[one_line],
        description="For example “Finance, capital”. You can leave this empty.",
    )

    def validate_role(self, bound: Any) -> None:
        """One of the three."""
        if bound.data not in ROLES:
            raise ValidationError("Choose a role")

    def validate_function(self, bound: Any) -> None:
        """One from the list."""
        _known_function(bound)


def _known_function(bound: Any) -> None:
    if bound.data not in FUNCTIONS:
        raise ValidationError("Choose a function from the list")
