"""Passwords: argon2id, 19 MiB, two passes, at most four at a time (OWASP's minimum; STACK.md).

A wrong address costs the same time as a wrong password: an unknown one is checked against a hash nobody has.
"""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cop.kernel.errors import Invalid
from cop.kernel.ids import new_token

MIN_LENGTH = 10
MAX_LENGTH = 200

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_gate = threading.BoundedSemaphore(4)
_NOBODYS = _hasher.hash(new_token())

DEMO_PASSWORD = "think-together-2026"  # noqa: S105 - published on purpose; refused outside the demo


def _normal(password: str) -> str:
    """The same letters typed on another keyboard are the same password (RFC 8265 asks for NFC)."""
    return unicodedata.normalize("NFC", password)


def check_password(password: str, *, demo: bool = False) -> None:
    """Raise Invalid for one that is too short, too long, too plain, or the demo's own outside the demo."""
    if len(password) < MIN_LENGTH:
        raise Invalid(
            f"Use a password of at least {MIN_LENGTH} characters. Three random words work well.", "password"
        )
    if len(password) > MAX_LENGTH:
        raise Invalid(f"Use a password of at most {MAX_LENGTH} characters.", "password")
    if len(set(password)) < 4 or (password == DEMO_PASSWORD and not demo):
        raise Invalid("That password is too easy to guess. Three random words work well.", "password")


def hash_password(password: str, *, demo: bool = False) -> str:
    """Hash a new password, slowly on purpose; never call it inside a transaction.

    Raises Invalid for one that will not do, see `check_password`.
    """
    check_password(password, demo=demo)
    with _gate:
        return _hasher.hash(_normal(password))


def matches(hashed: str | None, password: str) -> bool:
    """Whether the password belongs to the hash; takes the same time when there is no hash at all."""
    with _gate:
        try:
            return (
                _hasher.verify(hashed or _NOBODYS, _normal(password[: MAX_LENGTH + 1])) and hashed is not None
            )
        except (VerificationError, InvalidHashError):
            return False
