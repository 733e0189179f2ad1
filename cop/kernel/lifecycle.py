"""State machines as tables: transitions are data, buttons and diagrams come from them.

`apply` asks the policy, then the guard (whose reason a person reads), then changes the row only if it is still in
the state it was read in; otherwise somebody else was quicker, which is a Conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import InstrumentedAttribute

from cop.kernel.access import ALLOWED, Actor, Verdict, require
from cop.kernel.db import Tx
from cop.kernel.errors import Conflict, Invalid
from cop.kernel.events import Event, record

Policy = Callable[[Actor, Any], Verdict]
Guard = Callable[[Tx, Any], Verdict]


def no_guard(tx: Tx, entity: Any) -> Verdict:
    """Nothing else has to be true."""
    return ALLOWED


@dataclass(frozen=True, slots=True)
class Transition:
    """One arrow: `label` is the button's text, `policy` says who may, `guard` what must be true first."""

    name: str
    label: str
    from_: tuple[str, ...]
    to: str
    policy: Policy
    event: Callable[[Any], Event]
    guard: Guard = no_guard


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The transitions of one kind of thing; `status` is the mapped column that holds the state."""

    status: InstrumentedAttribute[str]
    states: tuple[str, ...]
    transitions: tuple[Transition, ...]

    def find(self, name: str) -> Transition:
        """The transition of that name; an unknown one is a message, not a fault: the name came from a form."""
        for transition in self.transitions:
            if transition.name == name:
                return transition
        raise Invalid("Choose one of the steps offered on the page.")

    def available(self, actor: Actor, *, tx: Tx, entity: Any) -> Sequence[tuple[Transition, Verdict]]:
        """What the actor may do from the present state, each with the guard's verdict (its reason if no)."""
        state = getattr(entity, self.status.key)
        return [
            (transition, transition.guard(tx, entity))
            for transition in self.transitions
            if state in transition.from_ and transition.policy(actor, entity)
        ]

    def apply(self, actor: Actor, *, tx: Tx, entity: Any, name: str) -> None:
        """Take the step, or raise Forbidden, Invalid (the guard's reason) or Conflict."""
        transition = self.find(name)
        state = getattr(entity, self.status.key)
        require(transition.policy(actor, entity))
        if state not in transition.from_:
            raise Conflict("This has already moved on. Reload the page to see where it stands.")
        verdict = transition.guard(tx, entity)
        if not verdict:
            raise Invalid(verdict.reason)
        owner = self.status.class_
        result = tx.session.execute(
            update(owner)
            .where(owner.id == entity.id, self.status == state)
            .values({self.status.key: transition.to})
            .execution_options(synchronize_session=False)
        )
        assert isinstance(result, CursorResult)
        if result.rowcount != 1:
            raise Conflict("This has already moved on. Reload the page to see where it stands.")
        tx.session.refresh(entity, [self.status.key])
        record(tx, actor, transition.event(entity))

    def mermaid(self) -> str:
        """The diagram of this table for the documentation, in Mermaid's notation."""
        lines = ["stateDiagram-v2", f"    [*] --> {self.states[0]}"]
        for transition in self.transitions:
            lines += [f"    {state} --> {transition.to}: {transition.label}" for state in transition.from_]
        return "\n".join(lines)
