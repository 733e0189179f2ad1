"""The commands that the README shows do run: each in a process of its own, with a folder of its own."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import ROOT
from tests.architecture.test_docs import shell_lines

# Whatever the README shows of `cop`. `make run` has a test file of its own; `make test` is too large for a test.
CHEAP = [line for line in shell_lines("README.md") if " -m cop " in line]


def test_the_readme_shows_cheap_commands() -> None:
    assert len(CHEAP) >= 3


@pytest.mark.parametrize("line", CHEAP)
def test_the_readmes_commands_run(line: str, tmp_path: Path) -> None:
    words = shlex.split(line)
    setting = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    command = [sys.executable, *words[len(setting) + 1 :]]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COP_")}
    env = {**kept, **setting, "COP_VAR": str(tmp_path / "var")}
    if "routes" in words:
        migrated = subprocess.run(
            [sys.executable, "-m", "cop", "migrate"], cwd=ROOT, env=env, capture_output=True, check=False
        )
        assert migrated.returncode == 0, migrated.stderr
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) > 200
