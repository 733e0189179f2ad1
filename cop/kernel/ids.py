"""How large ids get; random tokens and their hashes. A token is shown once; only its hash is stored."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_BYTES = 32
KEY_MIN, KEY_MAX = 16, 64
"""Length in characters of a key that a form carries so that sending it twice is harmless; ours are tokens of 43."""
LARGEST_ID = 2**31 - 1
"""The largest number an id column holds on both databases."""


def new_token() -> str:
    """Return a fresh URL-safe token of 256 random bits."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Return the SHA-256 of a token in hex: fast is right here, because the token itself is random."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
