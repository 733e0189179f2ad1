"""The whole permission matrix, all mails and all bad input on both databases, and what follows for everybody else.

It takes the time it takes, half an hour, whatever was asked for.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys

from tests.bench.promise import Promise

ASKED = [
    f"tests/integration/test_{name}.py" for name in ("matrix", "matrix_standings", "mail_matrix", "bad_input")
]


def soak(seconds: float, rng: random.Random) -> list[Promise]:
    """Ask every row of everybody."""
    command = [sys.executable, "-m", "pytest", "-q", "-s", "-n", "2", "--dist", "loadfile", *ASKED]
    status = subprocess.run(command, check=False, env={**os.environ, "COP_WHOLE_MATRIX": "1"}).returncode
    return [
        Promise("matrix: everybody may do what follows from the table, and nothing else", status, 0, "status")
    ]
