"""What was promised, what was measured, and the ratio of the two."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles


@dataclass(frozen=True, slots=True)
class Promise:
    """A figure beside its limit. Equal is kept: a limit of 0 promises that something never happens."""

    what: str
    measured: float
    allowed: float
    unit: str = "ms"

    @property
    def kept(self) -> bool:
        """Whether the figure is within its limit."""
        return self.measured <= self.allowed

    def line(self) -> str:
        """One line: PASS or OVER, the figure, its limit and their ratio."""
        ratio = f"{self.measured / self.allowed:6.2f}" if self.allowed else "      "
        figures = f"{self.measured:9.1f} of {self.allowed:g} {self.unit}"
        return f"{'PASS' if self.kept else 'OVER'} {ratio}  {figures:28} {self.what}"


@dataclass(frozen=True, slots=True)
class Spread:
    """How a series of times is spread, in the unit of its values."""

    p50: float
    p95: float
    p99: float
    longest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """The spread of at least two values."""
        cuts = quantiles(values, n=100, method="inclusive")
        return cls(cuts[49], cuts[94], cuts[98], max(values))

    def __str__(self) -> str:
        return f"p50 {self.p50:6.1f}  p95 {self.p95:6.1f}  p99 {self.p99:6.1f}  longest {self.longest:6.1f}"


def load() -> str:
    """How busy the machine is: figures of speed mean little without it."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors"
