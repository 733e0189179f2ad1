"""What the sign-in and profile pages parse."""

from __future__ import annotations

from collections.abc import Sequence

from email_validator import EmailNotValidError, validate_email
from wtforms import (
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length

from cop.accounts.functions import FUNCTIONS
from cop.accounts.limits import DOMAIN_MAX, EMAIL_MAX, INTEREST_MAX, JOB_MAX, MERGE_REASON_MAX, NAME_MAX
from cop.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from cop.accounts.queries import Organisation
from cop.web.carried import unpack
from cop.web.fields import choices
from cop.web.forms import Form, one_line, stripped


class SignInForm(Form):
    """Address and password; `next` is where to go afterwards, `carried` a refused POST to offer again."""

    email = EmailField(
        "Email address",
        [
            DataRequired("Enter your email address"),
            Length(max=EMAIL_MAX, message="Enter a shorter email address"),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "username", "spellcheck": "false"},
    )
    password = PasswordField(
        "Password", [InputRequired("Enter your password")], render_kw={"autocomplete": "current-password"}
    )
    next = HiddenField(filters=[stripped])
    carried = HiddenField()

    @property
    def file_lost(self) -> bool:
        """Whether a file was chosen in the refused POST, which is not carried along."""
        return any(len(each) == 1 for each in unpack(self.carried.data or ""))


class CodeForm(Form):
    """The second step of signing in: the code of an app, or a recovery code; the rest goes along with it."""

    code = StringField(
        "Code from your app",
        filters=[one_line],
        description="Six digits. Your app shows a new code every 30 seconds.",
        render_kw={
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "spellcheck": "false",
            "width": 10,
        },
    )
    recovery = StringField(
        "Recovery code",
        filters=[one_line],
        description="One of the ten that you printed or wrote down. Each works once.",
        render_kw={"autocomplete": "off", "spellcheck": "false", "width": 20},
    )
    next = HiddenField(filters=[stripped])
    carried = HiddenField()

    @property
    def file_lost(self) -> bool:
        """Whether a file was chosen in the refused POST, which is not carried along."""
        return any(len(each) == 1 for each in unpack(self.carried.data or ""))


class FirstCodeForm(Form):
    """The first code of a new app, which shows that it was set up well."""

    code = StringField(
        "Code that your app shows now",
        [DataRequired("Enter the six digits that your app shows")],
        filters=[one_line],
        render_kw={
            "autocomplete": "one-time-code",
            "inputmode": "numeric",
            "spellcheck": "false",
            "width": 10,
        },
    )


class PresentPasswordForm(Form):
    """Who sits here? Asked before the second step changes; whoever came by a link just now is not asked."""

    current = PasswordField("Your password", render_kw={"autocomplete": "current-password"})
    next = HiddenField(filters=[stripped])


class ProfileForm(Form):
    """One's own name, job title and function."""

    name = StringField(
        "Full name",
        [DataRequired("Enter your full name"), Length(max=NAME_MAX, message="Use a shorter name")],
        filters=[one_line],
        render_kw={"autocomplete": "name"},
    )
    job = StringField(
        "Job title",
        [Length(max=JOB_MAX, message=f"Job title must be {JOB_MAX} characters or fewer")],
        filters=[one_line],
        render_kw={"autocomplete": "organization-title"},
    )
    function = SelectField(
        "Function you bring",
        choices=choices(FUNCTIONS.items()),
        validate_choice=True,
    )


class InterestForm(Form):
    """A declared interest, in the person's own words."""

    text = TextAreaField(
        "Interest",
        [
            DataRequired("Describe the interest, or choose that you have none to declare"),
            Length(max=INTEREST_MAX, message=f"Describe it in {INTEREST_MAX} characters or fewer"),
        ],
        filters=[stripped],
        description="For example shares in a supplier, a second job, or a close relative who works for one.",
    )


class PasswordForm(Form):
    """A new password, after the present one; whoever has none, or came by a link, is not asked for one."""

    current = PasswordField(
        "Present password",
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        "New password",
        [
            InputRequired("Enter a new password"),
            Length(max=MAX_LENGTH, message=f"Use a password of at most {MAX_LENGTH} characters"),
        ],
        description=f"At least {MIN_LENGTH} characters. Three random words work well.",
        render_kw={"autocomplete": "new-password"},
    )


ADDRESS_WANTED = "Enter an email address in the correct format, like name@example.com"


def is_address(text: str) -> bool:
    """Whether mail could be sent to it, by its form alone; no name is looked up."""
    try:
        # Few mail servers deliver to addresses outside ASCII, and letters that look alike are not the same address.
        validate_email(text, check_deliverability=False, test_environment=True, allow_smtputf8=False)
        text.encode("ascii")
    except (EmailNotValidError, UnicodeEncodeError):
        return False
    return len(text) <= EMAIL_MAX


class _KnownAddress:
    """Validator: an address that mail could be sent to."""

    def __call__(self, form: Form, field: EmailField) -> None:
        if not is_address(field.data):
            raise ValidationError(ADDRESS_WANTED)


class NewPersonForm(Form):
    """An account that a platform admin makes for somebody. The fields stand in the order of the page, which the
    summary of errors follows; no browser fills in the admin's own details."""

    name = StringField(
        "Full name",
        [DataRequired("Enter their full name"), Length(max=NAME_MAX, message="Use a shorter name")],
        filters=[one_line],
        render_kw={"autocomplete": "off"},
    )
    email = EmailField(
        "Email address",
        [
            DataRequired("Enter an email address"),
            Length(max=EMAIL_MAX, message="Enter a shorter email address"),
            _KnownAddress(),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    organisation = StringField(
        "Organisation",
        [
            DataRequired("Enter the organisation they act for"),
            Length(max=NAME_MAX, message="Use a shorter name"),
        ],
        filters=[one_line],
        description="Its name or its code, for example Leeds or E08000035.",
    )
    # Asked only when what was typed could mean several; the value is an organisation's id.
    meant = RadioField("Which organisation do you mean?", choices=[], validate_choice=False)
    # Nothing is chosen beforehand: the first of the list would be wrong for most people, and nobody would notice.
    function = SelectField(
        "Function they bring",
        [InputRequired("Choose the function they bring")],
        choices=choices([("", "Choose one"), *FUNCTIONS.items()]),
    )
    job = StringField(
        "Job title",
        [Length(max=JOB_MAX, message=f"Job title must be {JOB_MAX} characters or fewer")],
        filters=[one_line],
        render_kw={"autocomplete": "off"},
    )

    def ask_which(self, bodies: Sequence[Organisation]) -> None:
        """Offer these organisations to choose from."""
        self.meant.choices = choices(
            [(str(body.id), ", ".join(filter(None, (body.official_name, body.region)))) for body in bodies]
        )


class JoinForm(NewPersonForm):
    """Asking for an account of one's own."""

    email = EmailField(
        "Work email address",
        [
            DataRequired("Enter your work email address"),
            Length(max=EMAIL_MAX, message="Enter a shorter email address"),
            _KnownAddress(),
        ],
        filters=[stripped],
        description="We send a link to it. Nobody but the admins sees the address.",
        render_kw={"autocomplete": "email", "spellcheck": "false"},
    )
    name = StringField(
        "Full name",
        [DataRequired("Enter your full name"), Length(max=NAME_MAX, message="Use a shorter name")],
        filters=[one_line],
        render_kw={"autocomplete": "name"},
    )
    function = SelectField(
        "Function you bring",
        [InputRequired("Choose the function you bring")],
        choices=choices([("", "Choose one"), *FUNCTIONS.items()]),
    )
    organisation = StringField(
        "Organisation you work for",
        [
            DataRequired("Enter the organisation you work for"),
            Length(max=NAME_MAX, message="Use a shorter name"),
        ],
        filters=[one_line],
        description="Its name or its code, for example Leeds or E08000035.",
        render_kw={"autocomplete": "organization"},
    )


class LinkForm(Form):
    """An address to send a link to, by which its owner signs in; what they had typed waits for them."""

    email = EmailField(
        "Email address",
        [
            DataRequired("Enter your email address"),
            Length(max=EMAIL_MAX, message="Enter a shorter email address"),
            _KnownAddress(),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "username", "spellcheck": "false"},
    )
    next = HiddenField(filters=[stripped])
    carried = HiddenField()


class OrganisationChoiceForm(Form):
    """One of a few organisations, by its id; the page says which there are."""

    organisation = RadioField("Organisation", choices=[], validate_choice=False)
    next = HiddenField(filters=[stripped])

    def chosen(self) -> int:
        """The id that was chosen; 0, which no organisation has, for nothing."""
        typed = self.organisation.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


class MemberForm(Form):
    """Somebody who has an account already and works for this organisation as well."""

    email = EmailField(
        "Email address of their account",
        [
            DataRequired("Enter the email address of their account"),
            Length(max=EMAIL_MAX, message="Enter a shorter email address"),
            _KnownAddress(),
        ],
        filters=[stripped],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class DomainForm(Form):
    """What follows the @ in an organisation's addresses."""

    domain = StringField(
        "Add a domain",
        [DataRequired("Enter a domain"), Length(max=DOMAIN_MAX, message="Use a shorter domain")],
        filters=[one_line],
        description="What follows the @ in your people’s addresses, for example leeds.gov.uk. "
        "A subdomain is a domain of its own.",
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class RolesForm(Form):
    """The standings of somebody."""

    roles = SelectMultipleField(
        "Standing",
        choices=choices(
            [
                ("board", "Member of the board"),
                ("librarian", "Librarian"),
                ("organisation_admin", "Admin of their organisation"),
                ("platform_admin", "Platform admin"),
            ]
        ),
        render_kw={
            "hints": {
                "board": "Chooses targets, extends teams, and reads the cards of all teams. Shown to everybody.",
                "librarian": "Looks after published assets of the library.",
                "organisation_admin": "Lets people of their own organisation in, and out.",
                "platform_admin": "Runs the platform. Not a reader of content.",
            }
        },
    )


class MergeForm(Form):
    """Which of two accounts stays, by the number of its person; the page names both."""

    kept = RadioField("Which account stays?", choices=[], validate_choice=False)

    def chosen(self) -> int:
        """The number that was chosen; 0, which nobody has, for nothing."""
        typed = self.kept.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else 0


class MergeReasonForm(Form):
    """Why two accounts become one, for the record."""

    reason = StringField(
        "Why they become one",
        [
            DataRequired("Say why, in a few words"),
            Length(max=MERGE_REASON_MAX, message=f"Use {MERGE_REASON_MAX} characters or fewer"),
        ],
        filters=[one_line],
        description="Kept on the record. Platform admins can read it.",
    )


class NewOrganisationForm(Form):
    """A body beside the register of councils."""

    name = StringField(
        "Name",
        [DataRequired("Enter the organisation’s name"), Length(max=NAME_MAX, message="Use a shorter name")],
        filters=[one_line],
    )
    kind = RadioField(
        "Kind",
        [InputRequired("Choose what kind of organisation it is")],
        choices=choices(
            [
                ("consortium", "Buying consortium"),
                ("supplier", "Supplier"),
                ("central", "Central body"),
                ("community", "Community group"),
            ]
        ),
    )
