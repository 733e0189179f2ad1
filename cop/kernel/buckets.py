"""Token buckets: how often one person may do one class of thing. Never per address alone: a council is one NAT."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass

PRUNE_AT = 4096


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` events at once, refilled at `per_second`."""

    per_second: float
    burst: float


class Buckets:
    """Token buckets in memory, one per (who, event class); a full bucket is forgotten, so memory is bounded
    by who was active lately."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._left: dict[Hashable, tuple[float, float, Rate]] = {}

    def take(self, key: Hashable, rate: Rate) -> int:
        """Take one token; return 0, or the whole seconds (at least 1) to wait when there is none."""
        now = self._clock()
        with self._lock:
            tokens, since, _ = self._left.get(key, (rate.burst, now, rate))
            tokens = min(rate.burst, tokens + (now - since) * rate.per_second)
            if tokens >= 1:
                self._left[key] = (tokens - 1, now, rate)
                wait = 0
            else:
                self._left[key] = (tokens, now, rate)
                wait = max(1, math.ceil((1 - tokens) / rate.per_second))
            if len(self._left) > PRUNE_AT:
                self._prune(now)
        return wait

    def __len__(self) -> int:
        """How many buckets are remembered."""
        return len(self._left)

    def _prune(self, now: float) -> None:
        self._left = {
            key: (tokens, since, rate)
            for key, (tokens, since, rate) in self._left.items()
            if tokens + (now - since) * rate.per_second < rate.burst
        }
