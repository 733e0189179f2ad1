"""What happens to accounts."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class PersonAdded(Event):
    """An account was made for somebody."""

    person_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class ProfileChanged(Event):
    """Somebody changed their name, job or function."""

    person_id: int


@dataclass(frozen=True, slots=True)
class InterestDeclared(Event):
    """Somebody declared an interest; `interest_id` is None for "none to declare"."""

    person_id: int
    interest_id: int | None


@dataclass(frozen=True, slots=True)
class InterestWithdrawn(Event):
    """A declared interest ended."""

    person_id: int
    interest_id: int


@dataclass(frozen=True, slots=True)
class PasswordChanged(Event):
    """A password was set."""

    person_id: int


@dataclass(frozen=True, slots=True)
class RoleGiven(Event):
    """A standing was given to somebody."""

    person_id: int
    role: str


@dataclass(frozen=True, slots=True)
class PersonSuspended(Event):
    """An account was stopped; its sessions ended with it."""

    person_id: int


@dataclass(frozen=True, slots=True)
class PersonReinstated(Event):
    """A stopped account works again."""

    person_id: int


@dataclass(frozen=True, slots=True)
class OrganisationAdded(Event):
    """A body that is not in the register of councils was added."""

    organisation_id: int


@dataclass(frozen=True, slots=True)
class RegisterRefreshed(Event):
    """The register of English authorities was loaded or brought up to date."""

    added: int
    changed: int
