"""`cop serve`: a web process and a worker under one roof. Ctrl-C ends both; a worker that ends is started again.

`python -m cop.supervisor` only says whether it could listen. `make run` asks it first: it loads nothing else, so it
answers at once.
The web process is gunicorn with one `gthread` worker: a thread per open socket and 32 for pages (STACK.md).
"""

from __future__ import annotations

import ctypes
import errno
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType

from cop import interrupt
from cop.settings import Settings, SettingsError

log = logging.getLogger(__name__)

PAGE_THREADS = 32
STOP_SECONDS = 15.0
PR_SET_PDEATHSIG = 1


def gunicorn_command(settings: Settings) -> list[str]:
    """The command line of the web process."""
    threads = settings.max_sockets + PAGE_THREADS
    return [
        *(sys.executable, "-m", "gunicorn", "wsgi:app", "--config", "python:cop.gunicorn_hooks"),
        *("--bind", f"{settings.host}:{settings.port}"),
        *("--worker-class", "gthread", "--workers", "1"),
        *("--threads", str(threads), "--worker-connections", str(threads + 500)),
        *("--timeout", "120", "--graceful-timeout", "10", "--keep-alive", "15"),
        *("--limit-request-line", "8190", "--log-level", settings.log_level),
        "--no-control-socket",
    ]


def port_problem(settings: Settings) -> str | None:
    """Why the server cannot listen where it was told to, as a sentence; None when it can."""
    host = settings.host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Like gunicorn, which takes `::` to mean every address, those of IPv4 as well.
        both = family is socket.AF_INET6 and socket.has_dualstack_ipv6()
        socket.create_server((host, settings.port), family=family, dualstack_ipv6=both).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"Port {settings.port} is in use. Set PORT to another one, for example PORT={settings.port + 1}."
        return f"CoP cannot listen on {settings.host}, port {settings.port}: {error.strerror or error}."
    return None


def _die_with_parent() -> None:
    """On Linux the kernel ends a child whose supervisor was killed; elsewhere orphans end by other means."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Supervisor:
    """Two children and the wish to stop."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stopping = False
        self._web: subprocess.Popen[bytes] | None = None
        self._worker: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Run until a signal comes or the web process ends; return the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        self._web = self._start(gunicorn_command(self._settings))
        worker_command = [sys.executable, "-m", "cop", "worker"]
        self._worker = self._start(worker_command)
        started = time.monotonic()
        while not self._stopping:
            status = self._web.poll()
            if status is not None:
                log.error("the web process ended with status %s", status)
                break
            if self._worker.poll() is not None and not self._stopping:
                pause = 0.2 if time.monotonic() - started > 5 else 2.0
                log.warning("the worker ended with status %s and is started again", self._worker.returncode)
                time.sleep(pause)
                started = time.monotonic()
                self._worker = self._start(worker_command)
            time.sleep(0.1)
        return self._end()

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        env = dict(os.environ, HOST=self._settings.host, PORT=str(self._settings.port))
        # Children stand in a group of their own: Ctrl-C reaches them once, through the supervisor.
        return subprocess.Popen(
            command,
            env=env,
            start_new_session=True,
            # No thread runs yet, and it makes one call between fork and exec.
            preexec_fn=_die_with_parent,  # noqa: PLW1509
        )

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True

    def _end(self) -> int:
        children = [child for child in (self._web, self._worker) if child is not None]
        for child in children:
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        for child in children:
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        return 0 if self._stopping else 1


def main() -> None:
    """Say what is in the way of listening and end with 1, or end with 0 and say nothing."""
    interrupt.leave_at_once()
    try:
        problem = port_problem(Settings.from_env())
    except SettingsError as error:
        problem = str(error)
    except OSError as error:
        problem = f"{error.strerror or error}: {error.filename}"
    sys.exit(f"Error: {problem}" if problem else 0)


if __name__ == "__main__":
    main()
