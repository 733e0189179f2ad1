"""What the pages of joining parse: inviting, answering, asking to join, letting in, handing over the lead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField, ValidationError
from wtforms.fields import EmailField
from wtforms.validators import DataRequired, Length

from cop.accounts.forms import JoinForm, is_address
from cop.accounts.functions import FUNCTIONS
from cop.accounts.limits import EMAIL_MAX
from cop.teams.forms import PlaceForm
from cop.teams.invitations import Wish
from cop.teams.joining_limits import ANSWER_MAX, JOINING_NOTE_MAX
from cop.teams.queries import Member
from cop.web.fields import choices
from cop.web.forms import Form, one_line, stripped, unix_lines

MEMBER, GUEST, OF_THING, READS = "member", "guest", "of_thing", "reads"
AS_WHAT = {
    MEMBER: "A member of the team",
    OF_THING: "A guest of this {}, who may write in it",
    READS: "A guest of this {}, who only reads it",
    GUEST: "A guest of the whole team, who only reads",
}
HINTS = {
    MEMBER: "Reads and writes everything, and is shown among the team’s people.",
    OF_THING: "Sees the team’s name and question besides, and nothing else of its work.",
    READS: "Sees the team’s name and question besides, and nothing else of its work.",
    GUEST: "Reads what the team writes and publishes, without being on it.",
}


def _note(label: str, hint: str) -> TextAreaField:
    return TextAreaField(
        label,
        [Length(max=JOINING_NOTE_MAX, message=f"{label} must be {JOINING_NOTE_MAX} characters or fewer")],
        filters=[unix_lines, stripped],
        description=hint,
        render_kw={"rows": 3, "count": True},
    )


class InviteForm(Form):
    """An invitation by email. `offer` says what may be chosen."""

    email = EmailField(
        "Email address",
        [
            DataRequired("Enter the email address of whoever you invite"),
            Length(max=EMAIL_MAX, message="Enter a shorter email address"),
        ],
        filters=[stripped],
        description="We send a link to it. They need no account yet.",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    as_what = RadioField("Invite them as", choices=[], validate_choice=False, render_kw={"hints": HINTS})
    function = SelectField(
        "Function the team wants from them", choices=choices(FUNCTIONS.items()), validate_choice=False
    )
    note = _note(
        "Note to them", "They read it with the invitation, not in the email. You can leave this empty."
    )
    thing = HiddenField(filters=[stripped])

    def offer(self, words: str) -> None:
        """What can be chosen: of a thing called so ("thread"), or of the team alone when empty."""
        keys = (MEMBER, OF_THING, READS, GUEST) if words else (MEMBER, GUEST)
        self.as_what.choices = choices((key, AS_WHAT[key].format(words)) for key in keys)

    def validate_email(self, bound: Any) -> None:
        """Something mail can be sent to."""
        if not is_address(bound.data or ""):
            raise ValidationError("Enter an email address in the correct format, like name@example.gov.uk")

    def validate_as_what(self, bound: Any) -> None:
        """One of those there are; that a guest of one thing needs a thing the view knows."""
        if bound.data not in AS_WHAT:
            raise ValidationError("Choose what they are invited as")

    def validate_function(self, bound: Any) -> None:
        """One from the list."""
        if bound.data not in FUNCTIONS:
            raise ValidationError("Choose a function from the list")

    def wish(self, thing: tuple[str, int] | None) -> Wish:
        """What was typed, as the service takes it."""
        chosen = self.as_what.data
        of_thing = chosen in (OF_THING, READS)
        # As a member one is on the whole team, and the link leads to the thing one was invited from.
        kind, number = thing if thing is not None and chosen != GUEST else (None, None)
        if of_thing and kind is None:
            # A form that was tampered with: there is no such thing to be a guest of.
            kind, number = "nothing", 0
        return Wish(
            email=self.email.data,
            standing="member" if chosen == MEMBER else "guest",
            function=self.function.data,
            note=self.note.data or "",
            may_write=chosen in (MEMBER, OF_THING),
            thing=kind,
            thing_id=number,
        )


class AnswerForm(Form):
    """A button that says what it does."""


class ArriveForm(JoinForm):
    """Making an account with the address that an invitation was sent to, which its link has proved."""

    email = None


class AskForm(Form):
    """Asking to join a team."""

    note = _note(
        "Note to the team’s lead", "Say in a sentence or two what you would bring. You can leave this empty."
    )


class AdmitForm(PlaceForm):
    """Letting in somebody who asked."""

    title = None


class DeclineForm(Form):
    """Saying no, in a word."""

    answer = StringField(
        "Your answer",
        [Length(max=ANSWER_MAX, message=f"Your answer must be {ANSWER_MAX} characters or fewer")],
        filters=[one_line],
        description="They read it. You can leave this empty.",
    )


class HandOverForm(Form):
    """Who leads from now on."""

    member = RadioField("Who should lead the team", choices=[], validate_choice=False)

    def offer(self, members: Sequence[Member]) -> None:
        """Whom it can be given to."""
        self.member.choices = choices(
            (
                str(row.id),
                f"{row.person.name}, {row.about}" + (" (facilitator)" if row.role == "facilitator" else ""),
            )
            for row in members
        )

    def validate_member(self, bound: Any) -> None:
        """Somebody; whether they can the service knows."""
        if not str(bound.data or "").isdecimal():
            raise ValidationError("Choose who should lead the team")
