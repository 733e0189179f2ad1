"""The six things that can go wrong in a domain, mapped once for HTTP, once for sockets.

Anything else that is raised is a fault of the program and becomes a 500.
"""

from __future__ import annotations


class DomainError(Exception):
    """Base of the errors a person may cause and should read; `message` is a plain English sentence."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(DomainError):
    """It does not exist, or the actor may not know that it exists: the two look the same."""

    code = "not_found"

    def __init__(self, message: str = "This page does not exist, or you may not see it.") -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """The actor sees the thing but may not do this with it; the message says why."""

    code = "forbidden"


class Invalid(DomainError):
    """What was typed cannot be used. `field` names the form field the message belongs to."""

    code = "invalid"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Conflict(DomainError):
    """Somebody else changed it first, or it exists already."""

    code = "conflict"


class Gone(DomainError):
    """It was there and is not any more (a used link, a removed post)."""

    code = "gone"


class RateLimited(DomainError):
    """Too often. `retry_after` is in whole seconds."""

    code = "rate_limited"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after
