"""Ctrl-C before anything serves: while modules are imported, while the database is made, while the demo is loaded."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from cop import interrupt
from cop.cli import main
from cop.demo import load
from cop.kernel.db import Database
from cop.migrate import newest
from cop.worker import Worker
from tests.architecture.rules import ROOT
from tests.build.servers import checkout_command, clean_environment
from tests.build.servers import run as run_process

# Interrupts itself when a module is asked for, as somebody does who changed their mind. A shell that runs the tests in
# the background has SIGINT ignored, and so would what they start.
IMPORTING = """
import os, runpy, signal, sys

signal.signal(signal.SIGINT, signal.default_int_handler)

class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Impatient())
sys.argv = ["cop", "serve"]
runpy.run_module("cop", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize("module", ["click", "sqlalchemy.orm", "cop.teams.routes"])
def test_while_modules_are_imported(module: str, tmp_path: Path) -> None:
    env = clean_environment(COP_DEMO="1", COP_VAR=str(tmp_path / "var"))
    done = run_process([sys.executable, "-c", IMPORTING.format(module=module)], env)
    assert (done.returncode, done.stdout, done.stderr) == (interrupt.STATUS, "", f"{interrupt.WORDS}\n")


@pytest.mark.parametrize("delay", [1.5, 2.2, 3.0])
def test_at_any_moment_of_the_first_migration(delay: float, tmp_path: Path) -> None:
    """Whenever it comes, there is one line, and the same command finishes the work."""
    env = clean_environment(COP_DEMO="1", COP_VAR=str(tmp_path / "var"))
    with subprocess.Popen(
        [*checkout_command(), "migrate"],
        env=env, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as process:  # fmt: skip
        timer = threading.Timer(delay, os.killpg, (process.pid, signal.SIGINT))
        timer.start()
        _, errors = process.communicate(timeout=60)
        timer.cancel()
    if process.returncode != 0:
        assert (process.returncode, errors) == (interrupt.STATUS, f"{interrupt.WORDS}\n")
    again = run_process([*checkout_command(), "migrate"], env)
    assert again.returncode == 0, again.stderr
    assert newest() in again.stdout


@pytest.fixture
def demo(sqlite_db: Database, tmp_path: Path) -> Callable[[], Result]:
    """Run `cop demo` on the test's database."""
    env = {"COP_DEMO": "1", "COP_VAR": str(tmp_path / "var"), "COP_DATABASE_URL": sqlite_db.url}
    return lambda: CliRunner(env=env).invoke(main, ["demo"])


def interrupted(*_args: object, **_named: object) -> None:
    """What Ctrl-C does to whatever runs at the moment."""
    raise KeyboardInterrupt


def people(db: Database) -> int:
    """How many people the database holds."""
    with db.transaction(write=False) as tx:
        return int(tx.session.execute(text("SELECT count(*) FROM person")).scalar_one())


def test_a_demonstration_is_loaded_whole_or_not_at_all(
    sqlite_db: Database, demo: Callable[[], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(load, "_asset", interrupted)
        done = demo()
    assert (done.exit_code, done.output) == (interrupt.STATUS, f"{interrupt.WORDS}\n")
    assert people(sqlite_db) == 0
    with monkeypatch.context() as patched:
        # All is written, and what waits for the worker goes on waiting for the one that serves.
        patched.setattr(Worker, "drain", interrupted)
        assert demo().exit_code == interrupt.STATUS
    loaded = people(sqlite_db)
    assert loaded > 10
    done = demo()
    assert done.exit_code == 0
    assert "is there already" in done.output
    assert people(sqlite_db) == loaded
