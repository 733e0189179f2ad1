"""The import contracts hold, and each of them bites on a copy of the product that breaks it on purpose."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.rules import ROOT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])"

BREAKS = {
    "kernel knows the web": (
        "cop/kernel/ids.py",
        "from cop.web import edge as _edge\n",
        "Imports only go down",
    ),
    "teams know the library": (
        "cop/teams/queries.py",
        "from cop.library import queries as _q\n",
        "Imports only go down",
    ),
    "a rule knows its route": (
        "cop/teams/policy.py",
        "from cop.teams import routes as _r\n",
        "Inside a domain",
    ),
    "a verb knows Flask": (
        "cop/threads/service.py",
        "from flask import request as _r\n",
        "Flask stays at the edge",
    ),
    "a package nobody placed": ("cop/novelty/__init__.py", '"""New."""\n', "Imports only go down"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the product in a folder."""
    return subprocess.run(
        [sys.executable, "-c", LINT], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_the_contracts_hold() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("what", BREAKS)
def test_the_contract_bites(what: str, tmp_path: Path) -> None:
    path, line, contract = BREAKS[what]
    shutil.copytree(
        ROOT / "cop", tmp_path / "cop", ignore=shutil.ignore_patterns("__pycache__", "files/*.docx")
    )
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    target = tmp_path / path
    target.parent.mkdir(exist_ok=True)
    text = target.read_text() if target.exists() else ""
    target.write_text(text.replace("from __future__ import annotations\n", "", 1) + "\n" + line)
    result = lint(tmp_path)
    assert result.returncode != 0
    said = " ".join((result.stdout + result.stderr).split())
    assert "BROKEN" in said or "missing" in said.lower(), said[-2000:]
    assert contract in said or what == "a package nobody placed", said[-2000:]
