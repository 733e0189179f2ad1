"""What a check or a reader raises about a file, in words that can be shown to the person who uploaded it."""

from __future__ import annotations


class Unreadable(Exception):
    """The file is damaged, protected or dangerous; `str()` is a plain sentence that says so and what to do."""


DAMAGED = "The file is damaged or not complete. Open it, save it again and upload that."
PROTECTED = "The file is protected with a password. Remove the password and upload it again."
