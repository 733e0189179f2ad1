"""Codes of an authenticator app (TOTP, RFC 6238): the secret, whether a code is right, and codes for a rainy day.

Nothing here reads or writes; `second_step` does, so that what makes a code good can be tested by itself.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b32encode
from datetime import datetime

import pyotp

STEP = 30
"""Seconds that a code is shown for."""
SKEW = 1
"""Steps that the clock of a phone may be early or late."""
DIGITS = 6
RECOVERY_CODES = 10
_SECRET_BYTES = 20
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 4
# Read aloud or from paper, these are taken for those.
_MISREAD = str.maketrans("OIL", "011")


def new_seed() -> str:
    """The half of a new secret that is stored."""
    return secrets.token_hex(32)


def secret_of(key: str, seed: str) -> str:
    """The secret that an app shares with us, in base32: from the server's own secret and the seed that is stored."""
    digest = hmac.new(key.encode(), f"second step\x00{seed}".encode(), hashlib.sha256).digest()
    return b32encode(digest[:_SECRET_BYTES]).decode()


def address_of(secret: str, *, email: str, site: str) -> str:
    """What the picture for an app says."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=site)


def step_at(moment: datetime) -> int:
    """The number of the step of time that a moment lies in."""
    return int(moment.timestamp()) // STEP


def step_of(code: str, *, secret: str, now: datetime, after: int) -> int | None:
    """The step of time this code belongs to; None when it is wrong, too old, too early, or not after the last used."""
    typed = digits(code)
    if len(typed) != DIGITS:
        return None
    present, maker = step_at(now), pyotp.TOTP(secret)
    found = None
    for step in range(present - SKEW, present + SKEW + 1):
        right = hmac.compare_digest(maker.generate_otp(step), typed)
        if right and step > after and found is None:
            found = step
    return found


def digits(code: str) -> str:
    """A code without the spaces that apps show in it and people type."""
    typed = "".join(code.split()).replace("-", "")
    return typed if typed.isascii() and typed.isdigit() else ""


def new_recovery_codes() -> list[str]:
    """Ten codes of eighty random bits each, as they are shown once."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_GROUP)) for _ in range(_GROUPS))
        for _ in range(RECOVERY_CODES)
    ]


def plain(recovery_code: str) -> str:
    """A recovery code as it is hashed, however it was typed; empty when it can be none."""
    typed = "".join(char for char in recovery_code.upper() if char.isascii() and char.isalnum())
    typed = typed.translate(_MISREAD)
    return typed if len(typed) == _GROUPS * _GROUP and set(typed) <= set(_ALPHABET) else ""
