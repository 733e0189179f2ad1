"""Real servers for tests: `cop serve` as a process of its own, in a folder of its own, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.architecture.rules import ROOT

START_SECONDS = 90.0
STOP_SECONDS = 30.0


def free_port() -> int:
    """A port of this machine that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(**extra: str) -> dict[str, str]:
    """The environment without anybody's settings; what Python forgets to close is reported on standard error."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COP_", "PYTHON")) and name not in ("HOST", "PORT", "GUNICORN_CMD_ARGS")
    }
    return {**kept, "PYTHONWARNINGS": "always::ResourceWarning", **extra}


def checkout_command() -> list[str]:
    """How `cop` is called in a checkout."""
    return [sys.executable, "-m", "cop"]


def run(
    command: Sequence[str], env: Mapping[str, str], folder: Path = ROOT
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and return what it said; a status other than 0 is for the caller to judge."""
    return subprocess.run(
        command, env=dict(env), cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )


def descendants(pid: int) -> dict[int, str]:
    """Living processes below `pid`, each with its command line, by the proc file system."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except (OSError, ValueError):
            continue
        if state != "Z":
            parents[int(entry.name)] = int(parent)
    found: dict[int, str] = {}
    below = {pid}
    while below:
        below = {child for child, parent in parents.items() if parent in below and child not in found}
        found.update({child: _command_line(child) for child in below})
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def is_alive(pid: int) -> bool:
    """Whether a process runs (one that ended and was not yet collected does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def until(condition: object, seconds: float, what: str) -> None:
    """Wait until `condition()` is true, or fail with `what`."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} seconds for: {what}"
        time.sleep(0.05)


class Server:
    """One `cop serve`. Use it as a context manager: whatever happens, nothing of it is left running."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], folder: Path, logs: Path) -> None:
        self.port = free_port()
        self._command = [*command, "serve"]
        self._env = {**env, "PORT": str(self.port)}
        self._folder = folder
        self._output = logs / f"serve-{self.port}.out"
        self._errors = logs / f"serve-{self.port}.err"
        self.process: subprocess.Popen[bytes] | None = None
        self._seen: set[int] = set()

    def __enter__(self) -> Server:
        with self._output.open("wb") as output, self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                self._command, env=self._env, cwd=self._folder, stdout=output, stderr=errors
            )
        try:
            until(self._answers_or_ended, START_SECONDS, "the server answers")
            assert self.process.poll() is None, f"the server ended:\n{self.errors()}"
            until(lambda: self.worker_pids(), START_SECONDS, "the worker runs")
        except BaseException:
            self._kill_all()
            raise
        return self

    def __exit__(self, *exception: object) -> None:
        self._kill_all()

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        assert self.process is not None
        return self.process.pid

    def get(self, path: str) -> tuple[int, bytes]:
        """Status and body of a path on this server."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def children(self) -> dict[int, str]:
        """Everything the supervisor started and what that started, by process id."""
        found = descendants(self.pid)
        self._seen |= set(found)
        return found

    def worker_pids(self) -> list[int]:
        """The worker's process id, or none while it is being started."""
        return [pid for pid, line in self.children().items() if "-m cop worker" in line]

    def web_pids(self) -> list[int]:
        """The web server's process ids: gunicorn's arbiter and its worker."""
        return [pid for pid, line in self.children().items() if "gunicorn" in line]

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit status."""
        assert self.process is not None
        self.children()
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_SECONDS)

    def orphans(self) -> list[int]:
        """Processes of this server that still run although the supervisor has ended."""
        return [pid for pid in sorted(self._seen) if is_alive(pid)]

    def output(self) -> str:
        """What was printed so far."""
        return self._output.read_text()

    def errors(self) -> str:
        """What was logged so far."""
        return self._errors.read_text()

    def _answers_or_ended(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            return True
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False

    def _kill_all(self) -> None:
        if self.process is None:
            return
        if self.process.poll() is None:
            self.children()
            self.process.kill()
            self.process.wait()
        for pid in self.orphans():
            os.kill(pid, signal.SIGKILL)
