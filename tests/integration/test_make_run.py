"""`make run`, as the README tells a newcomer: it serves, Ctrl-C ends it, and a second start keeps the data."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from tests.architecture.rules import ROOT
from tests.build.processes import TOKEN
from tests.build.servers import (
    START_SECONDS,
    STOP_SECONDS,
    clean_environment,
    descendants,
    free_port,
    is_alive,
    until,
)

PYTHON = ROOT / ".venv" / "bin" / "python"
# `make test` is a make as well, and what it hands down would speak for the one that is tried here.
OF_MAKE = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MAKE_TERMOUT", "MAKE_TERMERR")
LAST_WORDS = "Ctrl-C stops it"


class Run:
    """One `make run` in a process group of its own, as a terminal gives it, with what it said in two files."""

    def __init__(self, folder: Path, var: Path, port: int) -> None:
        self._said, self._errors = folder / "make.out", folder / "make.err"
        environment = clean_environment(COP_VAR=str(var))
        for name in OF_MAKE:
            environment.pop(name, None)
        # The stamp counts as old: whether it installs is another test's matter, this one must never do it.
        command = ["make", "-o", ".venv/.run", "run", f"PORT={port}"]
        with self._said.open("wb") as said, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment, stdout=said, stderr=errors, start_new_session=True
            )
        self.base = f"http://127.0.0.1:{port}"

    def said(self) -> str:
        """What a person reads in the terminal."""
        return self._said.read_text()

    def errors(self) -> str:
        """What was logged."""
        return self._errors.read_text()

    def answers(self) -> bool:
        """Whether it has said its last words and serves; fails when it ended instead."""
        assert self.process.poll() is None, f"make ended:\n{self.said()}\n{self.errors()}"
        if LAST_WORDS not in self.said():
            return False
        try:
            return requests.get(f"{self.base}/healthz", timeout=5).ok
        except requests.RequestException:
            return False

    def ctrl_c(self) -> None:
        """Interrupt the whole group, as a terminal does, and see that everything ends without a complaint."""
        below = descendants(self.process.pid)
        assert any("gunicorn" in line for line in below.values()), below
        os.killpg(self.process.pid, signal.SIGINT)
        # make ends itself by the signal it was sent. What the server ended with it would print as an error.
        assert self.process.wait(STOP_SECONDS) in (0, -signal.SIGINT)
        assert "Error" not in self.errors(), self.errors()
        assert "Traceback" not in self.errors(), self.errors()
        until(lambda: not any(is_alive(pid) for pid in below), 5, "everything it started to end")

    def end(self) -> None:
        """Whatever happened, leave nothing running."""
        below = [self.process.pid, *descendants(self.process.pid)] if self.process.poll() is None else []
        for pid in below:
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def make_run(folder: Path, var: Path, port: int) -> Iterator[Run]:
    """A `make run` that answers."""
    running = Run(folder, var, port)
    try:
        # It migrates and loads before it serves: three starts of Python instead of one.
        until(running.answers, 2 * START_SECONDS, "make run to serve")
        yield running
    finally:
        running.end()


def _token(page: requests.Response) -> str:
    found = TOKEN.search(page.text)
    assert found is not None, page.text[:600]
    return found[1]


def test_make_run_serves_is_interrupted_and_keeps_its_data(tmp_path: Path) -> None:
    if not PYTHON.exists():
        assert os.environ.get("CI", "").lower() != "true", "make test makes .venv, and it is not there"
        pytest.skip("there is no .venv, and a test installs nothing")
    var, port = tmp_path / "var", free_port()
    with requests.Session() as browser:
        with make_run(tmp_path, var, port) as running:
            said = running.said()
            assert "The demonstration is loaded." in said
            assert f"CoP is at {running.base}\n" in said
            front = browser.get(f"{running.base}/", timeout=20)
            assert front.status_code == 200
            assert "<h1" in front.text
            people = re.findall(r"^  \S.*?  +(\S+@\S+\.example) ", said, re.MULTILINE)
            password = re.search(r"^The password of all of them is +(\S+)$", said, re.MULTILINE)
            assert len(people) > 5
            assert password is not None
            page = browser.get(f"{running.base}/sign-in", timeout=20)
            fields = {"email": people[0], "password": password[1], "csrf_token": _token(page)}
            assert browser.post(f"{running.base}/sign-in", data=fields, timeout=20).status_code == 200
            page = browser.get(f"{running.base}/profile/interests", timeout=20)
            kept = {"text": "Shares that outlive a restart", "csrf_token": _token(page)}
            assert browser.post(f"{running.base}/profile/interests", data=kept, timeout=20).ok
            running.ctrl_c()
        with make_run(tmp_path, var, port) as running:
            assert "The demonstration is there already and keeps its data." in running.said()
            # The same browser is still signed in, and what it wrote is still there.
            assert kept["text"] in browser.get(f"{running.base}/profile", timeout=20).text
            running.ctrl_c()


def test_a_port_that_is_taken_is_said_before_anything_is_promised(tmp_path: Path) -> None:
    if not PYTHON.exists():
        pytest.skip("there is no .venv, and a test installs nothing")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        running = Run(tmp_path, tmp_path / "var", port)
        try:
            assert running.process.wait(STOP_SECONDS) != 0
        finally:
            running.end()
    assert running.said() == ""
    first, *rest = running.errors().splitlines()
    assert first == f"Error: Port {port} is in use. Set PORT to another one, for example PORT={port + 1}."
    assert all(line.startswith("make") for line in rest), rest


@pytest.mark.parametrize(("lock_is_newer", "installs"), [(False, False), (True, True)])
def test_a_second_start_installs_nothing_until_the_lock_file_changes(
    tmp_path: Path, lock_is_newer: bool, installs: bool
) -> None:
    """Asked of make itself, in a folder of its own, without doing any of it."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    stamp, lock = tmp_path / ".venv" / ".run", tmp_path / "requirements" / "run.lock"
    for path, when in ((stamp, 2_000), (lock, 3_000 if lock_is_newer else 1_000)):
        path.parent.mkdir()
        path.touch()
        os.utime(path, (when, when))
    environment = {name: value for name, value in clean_environment().items() if name not in OF_MAKE}
    done = subprocess.run(
        ["make", "-n", "run"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert "-m cop serve" in done.stdout
    assert ("pip install" in done.stdout) is installs
