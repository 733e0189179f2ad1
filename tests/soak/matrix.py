"""The whole permission matrix: also what follows from it for everybody else, every row on both databases.

It takes the time it takes, about ten minutes, whatever was asked for.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys

from tests.bench.promise import Promise

ASKED = "tests/integration/test_matrix_standings.py"


def soak(seconds: float, rng: random.Random) -> list[Promise]:
    """Ask every row of everybody."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-n", "2", "--dist", "loadscope", ASKED]
    status = subprocess.run(command, check=False, env={**os.environ, "COP_WHOLE_MATRIX": "1"}).returncode
    return [
        Promise("matrix: everybody may do what follows from the table, and nothing else", status, 0, "status")
    ]
