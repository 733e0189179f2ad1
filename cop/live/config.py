"""Limits and intervals of the live edge, in one frozen value that the composition root builds from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from cop.kernel.buckets import Rate

PAGE_THREADS = 32
"""Threads kept for pages beside the sockets: a live socket holds a thread of the web server for its whole life."""

RATES: Mapping[str, Rate] = MappingProxyType(
    {
        "any": Rate(per_second=20, burst=60),
        "join": Rate(per_second=10 / 60, burst=10),
        "op": Rate(per_second=5, burst=20),
        "presence": Rate(per_second=5, burst=5),
    }
)
"""Event classes of LIVE.md; "any" is charged for every event, known or not, before the database is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConfig:
    """Everything the live edge may be told. Times are in seconds, sizes in bytes.

    `origins` are the exact origins (scheme, host, port) whose pages may open a socket; "*" is refused.
    `fanout` is "direct" (frame built once, written without blocking) or "stock" (as the libraries ship it,
    good for about 200 sockets; the way back if an update of python-engineio breaks the direct path).
    """

    origins: tuple[str, ...]
    max_sockets: int = 200
    max_anonymous: int | None = None
    max_per_person: int = 12
    fanout: Literal["direct", "stock"] = "direct"
    max_payload: int = 64 * 1024
    ping_interval: float = 25.0
    ping_timeout: float = 20.0
    hello_timeout: float = 10.0
    queue_frames: int = 200
    queue_bytes: int = 256 * 1024
    drain_timeout: float = 5.0
    coalesce: float = 0.05
    sweep: float = 0.5
    recheck: float = 30.0
    beacon: float = 5.0
    topics_per_socket: int = 20
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)

    def __post_init__(self) -> None:
        """Refuse what would open the edge to every site, or leave an event class without a limit."""
        if "*" in self.origins or not self.origins:
            raise ValueError("name the origins that may open a live connection; * would admit every site")
        if self.fanout not in ("direct", "stock"):
            raise ValueError("fanout is 'direct' or 'stock'")
        missing = set(RATES) - set(self.rates)
        if missing:
            raise ValueError(f"no rate given for {', '.join(sorted(missing))}")

    @property
    def anonymous_places(self) -> int:
        """Sockets for people who are not signed in: half of all unless set, so that strangers never take all."""
        return self.max_sockets // 2 if self.max_anonymous is None else self.max_anonymous

    @property
    def threads(self) -> int:
        """Threads the web server needs, so that full sockets never starve pages (gunicorn's `--threads`)."""
        return self.max_sockets + PAGE_THREADS
