"""What happens to what people are told."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class PreferencesChanged(Event):
    """Somebody chose what they are sent by email; `by_link` when they did it from an email, without signing in."""

    person_id: int
    by_link: bool


@dataclass(frozen=True, slots=True)
class DigestMade(Event):
    """A digest was put together for somebody."""

    person_id: int
    digest_id: int
