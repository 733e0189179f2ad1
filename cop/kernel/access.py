"""Who is acting, and whether they may.

Three nets, one rule source: a route without a declared `Access` fails at import; objects load only through
`visible_to(actor)`; a service calls `require(policy.can_x(actor, obj))`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from cop.kernel.errors import Forbidden

OrganisationKind = Literal["council", "consortium", "supplier", "central", "community"]
OFFICER_KINDS: frozenset[str] = frozenset({"council", "consortium", "central"})
Role = Literal["platform_admin", "board", "librarian", "organisation_admin"]
HELD_BACK = "Set up a second step for signing in first. You find it on your profile."
"""The reason why a power waits."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Facts about whoever acts, built from the database for each unit of work and never kept longer.

    `held_back`: they are an admin or lead a team, and this session has not passed a second step. The roles of an admin
    are not among `roles` then, and a team treats them as a member.
    """

    person_id: int | None = None
    name: str = ""
    organisation_id: int | None = None
    organisation_name: str = ""
    organisation_kind: OrganisationKind | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    session_id: int | None = None
    is_system: bool = False
    held_back: bool = False

    @property
    def signed_in(self) -> bool:
        """A person with a living session."""
        return self.person_id is not None

    @property
    def is_officer(self) -> bool:
        """Acts for a council, a consortium or a central body (PRODUCT.md, "Who may see and do what")."""
        return self.signed_in and self.organisation_kind in OFFICER_KINDS

    @property
    def is_supplier(self) -> bool:
        """Acts for a supplier, whatever other role they hold."""
        return self.signed_in and self.organisation_kind == "supplier"

    @property
    def is_platform_admin(self) -> bool:
        """Runs the platform; not a reader of content."""
        return "platform_admin" in self.roles

    @property
    def is_board(self) -> bool:
        """Appointed to the board."""
        return "board" in self.roles

    @property
    def reads_network(self) -> bool:
        """Reads what officers share among themselves: every officer, and the board (PRODUCT.md, "network")."""
        return self.is_officer or self.is_board


ANONYMOUS = Actor()
SYSTEM = Actor(name="CoP", is_system=True)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer of a policy; `reason` is shown to the person when it is no."""

    allowed: bool
    reason: str = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Verdict(True)


def refused(reason: str) -> Verdict:
    """Say no, with a reason a person understands."""
    return Verdict(False, reason)


def require(verdict: Verdict) -> None:
    """Raise `Forbidden` with the verdict's reason unless it is a yes."""
    if not verdict.allowed:
        raise Forbidden(verdict.reason)


@dataclass(frozen=True, slots=True)
class Access:
    """What an entry point demands before anything is loaded; who fails it gets "not found"."""

    name: str
    permits: Callable[[Actor], bool]


PUBLIC = Access("public", lambda actor: True)
SIGNED_IN = Access("signed in", lambda actor: actor.signed_in)
OFFICER = Access("officer", lambda actor: actor.is_officer)
PLATFORM_ADMIN = Access("platform admin", lambda actor: actor.is_platform_admin)
