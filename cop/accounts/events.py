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
class SecondStepSetUp(Event):
    """Somebody signs in with a code of their app as well from now on."""

    person_id: int


@dataclass(frozen=True, slots=True)
class SecondStepBegun(Event):
    """Somebody was shown what their app needs; nothing is asked of it until they have typed a code."""

    person_id: int


@dataclass(frozen=True, slots=True)
class SecondStepTurnedOff(Event):
    """Signing in takes no code any more: its owner wished so, or an admin for somebody who lost everything."""

    person_id: int


@dataclass(frozen=True, slots=True)
class RecoveryCodesMade(Event):
    """Somebody got new recovery codes; those from before are worth nothing."""

    person_id: int


@dataclass(frozen=True, slots=True)
class RecoveryCodeUsed(Event):
    """Somebody signed in with a recovery code instead of their app."""

    person_id: int
    left: int


@dataclass(frozen=True, slots=True)
class RoleGiven(Event):
    """A standing was given to somebody."""

    person_id: int
    role: str


@dataclass(frozen=True, slots=True)
class RoleTaken(Event):
    """A standing was taken from somebody."""

    person_id: int
    role: str


@dataclass(frozen=True, slots=True)
class MembershipGiven(Event):
    """Somebody can act for an organisation from now on, once they choose to."""

    person_id: int
    organisation_id: int


@dataclass(frozen=True, slots=True)
class MembershipEnded(Event):
    """Somebody left an organisation: their sessions ended, their work stays.

    `stopped`: it was the last one, so the account was stopped as well (PersonSuspended follows). `acts_for` is the
    organisation they act for from now on, the same one where the account was stopped. Whoever hands over what is open
    goes by these: the person, the organisation it was open for, and whether the person is still there at all.
    """

    person_id: int
    organisation_id: int
    acts_for: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class OrganisationSwitched(Event):
    """Somebody acts for another of their organisations from now on."""

    person_id: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class SuccessorChosen(Event):
    """Somebody of a council that was replaced chose which of its successors they work for now."""

    person_id: int
    predecessor_id: int
    successor_id: int


@dataclass(frozen=True, slots=True)
class DomainAdded(Event):
    """Addresses of a domain count from now on as those of an organisation's people."""

    organisation_id: int
    domain_id: int


@dataclass(frozen=True, slots=True)
class DomainRemoved(Event):
    """Addresses of a domain count no longer."""

    organisation_id: int
    domain_id: int


@dataclass(frozen=True, slots=True)
class JoiningAsked(Event):
    """Somebody asked for an account; whether the address is theirs nobody knows yet."""

    registration_id: int


@dataclass(frozen=True, slots=True)
class JoiningProved(Event):
    """Somebody who asked for an account proved their address; `waits` says that somebody has to decide."""

    registration_id: int
    organisation_id: int
    waits: bool


@dataclass(frozen=True, slots=True)
class JoiningDecided(Event):
    """Somebody decided about an account that was asked for."""

    registration_id: int
    organisation_id: int
    approved: bool


@dataclass(frozen=True, slots=True)
class SignInLinkAsked(Event):
    """A link to sign in was asked for; `person_id` is 0 where nobody who may sign in has that address."""

    person_id: int


@dataclass(frozen=True, slots=True)
class PersonSuspended(Event):
    """An account was stopped; its sessions ended with it."""

    person_id: int


@dataclass(frozen=True, slots=True)
class MergeAsked(Event):
    """An admin asked the owners of two addresses whether both accounts are theirs."""

    merge_id: int
    kept_id: int
    closed_id: int


@dataclass(frozen=True, slots=True)
class MergeProved(Event):
    """Whoever reads the letters to one of the two addresses said that both accounts are theirs."""

    merge_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class MergeCalledOff(Event):
    """Two accounts stay two: the admin took it back, or (`by_owner`) the reader of a letter said so."""

    merge_id: int
    by_owner: bool


@dataclass(frozen=True, slots=True)
class PersonMerged(Event):
    """Two accounts became one: what was of `closed_id` is of `kept_id` from now on. Older events keep their numbers."""

    merge_id: int
    kept_id: int
    closed_id: int


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


@dataclass(frozen=True, slots=True)
class OrganisationChanged(Event):
    """The register says something else of an organisation now: its name or dates, or what took its place."""

    organisation_id: int
