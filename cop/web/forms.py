"""Forms: parsed outside any transaction; what was typed survives every kind of refusal.

Field limits are named constants shared with socket schemas and with the database's CHECKs. The CSRF token lives in
Flask's signed cookie, so that pages for strangers store nothing on the server.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

from flask import g, request
from flask_wtf.csrf import generate_csrf, validate_csrf
from wtforms import Form as WTForm
from wtforms import HiddenField
from wtforms.validators import ValidationError as CsrfError

from cop.kernel.errors import Invalid
from cop.kernel.ids import KEY_MAX, KEY_MIN
from cop.web import form_words
from cop.web.origin import from_our_own_page

CSRF_FIELD = "csrf_token"


class Form(WTForm):  # type: ignore[misc]
    """Base of all forms. Text is stripped of the spaces around it by the fields' own filters, never silently cut."""

    class Meta:
        """WTForms' settings: messages in English, CSRF handled by the edge and not by each form."""

        locales = ("en_GB", "en")
        csrf = False

        def get_translations(self, form: Any) -> Any:
            """Our own words instead of the library's."""
            return form_words

    @property
    def failed(self) -> bool:
        """True when something has to be put right."""
        return bool(self.errors)


class SentOnce(Form):
    """A form whose key, made with its page, makes sending it again find what the first time made."""

    key = HiddenField()

    def once(self) -> str | None:
        """The key, or None when it is not one of ours."""
        typed: str = self.key.data or ""
        return typed if KEY_MIN <= len(typed) <= KEY_MAX and typed.isascii() and typed.isprintable() else None


# Control characters, halves of surrogate pairs, byte order marks, and overrides of the direction of reading, which make
# whatever follows a name or a title read as something else. The same as `cop.kernel.markup` takes out of a post.
_NOT_TYPED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_BLANKS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs by their category that look like nothing."""


def _shows(text: str) -> bool:
    """Whether anything in it can be seen: a name of zero-width spaces is nobody's."""
    return any(unicodedata.category(char)[0] in "LNPS" and char not in _BLANKS for char in text)


def stripped(value: Any) -> Any:
    """Field filter: drop the white space around typed text and what no one types; leave anything else alone."""
    return _NOT_TYPED.sub("", value).strip() if isinstance(value, str) else value


def one_line(value: Any) -> Any:
    """Field filter: like `stripped`, white space of any kind and length becomes one space; empty if nothing shows."""
    if not isinstance(value, str):
        return value
    text = " ".join(_NOT_TYPED.sub("", " ".join(value.split())).split())
    return text if _shows(text) else ""


def unix_lines(value: Any) -> Any:
    """Field filter: browsers send CRLF; limits count characters as the person saw them."""
    if not isinstance(value, str):
        return value
    return _NOT_TYPED.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))


def check_csrf() -> None:
    """Refuse a form that did not come from one of our pages, or is too old; what was typed is shown again.

    The token alone is not believed where the browser says that another site sent it: a token and its cookie can be
    planted together.
    """
    if not from_our_own_page():
        raise Invalid("This was sent by another site, so nothing was saved. If you meant it, send it again.")
    try:
        validate_csrf(_unmasked(request.form.get(CSRF_FIELD) or request.headers.get("X-CSRF-Token") or ""))
    except CsrfError as error:
        raise Invalid(
            "This page was open for too long, so nothing was sent yet. Check it and send it again."
        ) from error


def csrf_token() -> str:
    """The token that POST forms carry, behind a mask of this answer's own.

    Pages are compressed: were the token the same in each, its length would give it away bit by bit (BREACH).
    """
    if "masked_csrf" not in g:
        token = str(generate_csrf()).encode()
        mask = secrets.token_bytes(len(token))
        g.masked_csrf = urlsafe_b64encode(mask + _xor(token, mask)).decode()
    masked: str = g.masked_csrf
    return masked


def _unmasked(sent: str) -> str:
    """The token behind the mask; empty, which no token is, when this is none of ours."""
    try:
        both = urlsafe_b64decode(sent.encode())
        half = len(both) // 2
        return _xor(both[half:], both[:half]).decode()
    except ValueError:
        return ""


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(left ^ right for left, right in zip(one, other, strict=True))


def remember(form: Form, error: Invalid) -> None:
    """Put a refusal where the person looks for it: beside its field, or in the summary when it has none."""
    field = form._fields.get(error.field) if error.field else None
    if field is not None:
        field.errors = [*field.errors, error.message]
    elif not form.errors:
        form.form_errors = [*form.form_errors, error.message]
