"""Who is known to whom beyond the rule of accounts: domains above (teams: colleagues) register it here, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy import Select

from cop.kernel.access import Actor

Provider = Callable[[Actor], Select[int]]

_providers: dict[str, Provider] = {}


def register(name: str, provider: Provider) -> None:
    """Let a higher domain say whose profiles somebody may see besides, as ids of people. Again replaces."""
    _providers[name] = provider


def known_to(actor: Actor) -> Iterable[Select[int]]:
    """Ids of the people known to the actor, one query for each domain that said so."""
    return [provider(actor) for provider in _providers.values()]
