"""What the platform admin does with work that was given up."""

from __future__ import annotations

from dataclasses import dataclass

from cop.kernel.events import Event


@dataclass(frozen=True, slots=True)
class DeliveryRetried(Event):
    """Work that was given up is tried again, with all its tries."""

    delivery_id: int
    consumer: str
    of_event: int


@dataclass(frozen=True, slots=True)
class DeliveryDropped(Event):
    """Work that was given up will not be done: nobody waits for it any more."""

    delivery_id: int
    consumer: str
    of_event: int
