"""What forms say when something is wrong, in place of WTForms' own words, which blame and call things invalid.

Forms give fields messages of their own where they can say more ("Enter the team's question"); these are for the rest.
"""

from __future__ import annotations

_WORDS = {
    "This field is required.": "Fill this in",
    "Not a valid choice.": "Choose one of the options",
    "'%(value)s' is not a valid choice for this field.": "Choose only from the options",
    "'%(value)s' are not valid choices for this field.": "Choose only from the options",
    "Invalid Choice: could not coerce.": "Choose one of the options",
    "Invalid choice(s): one or more data inputs could not be coerced.": "Choose only from the options",
    "Choices cannot be None.": "There is nothing to choose from yet",
    "Not a valid integer value.": "Enter a whole number, such as 12",
    "Not a valid decimal value.": "Enter a number, such as 12.5",
    "Not a valid float value.": "Enter a number, such as 12.5",
    "Not a valid date value.": "Enter a real date",
    "Not a valid datetime value.": "Enter a real date and time",
    "Not a valid time value.": "Enter a real time",
    "Invalid email address.": "Enter an email address with an @, such as name@example.gov.uk",
    "Invalid URL.": "Enter a web address that starts with https://",
    "Invalid input.": "Check what you typed",
    "Invalid value, must be one of: %(values)s.": "Choose one of the options",
    "Invalid field name '%s'.": "Check what you typed",
    "Field must be equal to %(other_name)s.": "The two entries must be the same",
    "Field must be at least %(min)d character long.": "Enter at least %(min)d character",
    "Field must be at least %(min)d characters long.": "Enter at least %(min)d characters",
    "Field cannot be longer than %(max)d character.": "Use %(max)d character or fewer",
    "Field cannot be longer than %(max)d characters.": "Use %(max)d characters or fewer",
    "Field must be exactly %(max)d character long.": "Enter exactly %(max)d character",
    "Field must be exactly %(max)d characters long.": "Enter exactly %(max)d characters",
    "Field must be between %(min)d and %(max)d characters long.": "Enter between %(min)d and %(max)d characters",
    "Number must be at least %(min)s.": "Enter %(min)s or more",
    "Number must be at most %(max)s.": "Enter %(max)s or less",
    "Number must be between %(min)s and %(max)s.": "Enter a number from %(min)s to %(max)s",
}


def gettext(message: str) -> str:
    """Our words for a message of WTForms; an unknown one stays as it is."""
    return _WORDS.get(message, message)


def ngettext(one: str, many: str, count: int) -> str:
    """Our words for a message that depends on a number."""
    return gettext(one if count == 1 else many)
