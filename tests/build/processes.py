"""Web process and worker apart, each of which a test may kill -9 and start again, and a client over real HTTP."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import requests

from cop.settings import Settings
from cop.supervisor import gunicorn_command
from tests.architecture.rules import ROOT
from tests.build.servers import START_SECONDS, clean_environment, free_port

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class NoToken(Exception):
    """The page had no form: the session is over, or the server could not draw it."""


class Processes:
    """A demonstration server on a database, in two parts. `app` is what gunicorn loads."""

    def __init__(self, var: Path, url: str, *, app: str = "wsgi:app", **extra: str) -> None:
        var.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.env = clean_environment(
            COP_DEMO="1",
            COP_VAR=str(var),
            COP_DATABASE_URL=url,
            COP_RATE_LIMIT="1000000",
            HOST="127.0.0.1",
            PORT=str(self.port),
            **extra,
        )
        self.settings = Settings.from_env(self.env)
        self._app = app
        self._log = (var.parent / f"{var.name}-processes.log").open("ab")
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None

    def start_web(self) -> None:
        """Start the web process and wait until it answers."""
        command = [self._app if part == "wsgi:app" else part for part in gunicorn_command(self.settings)]
        self.web = self._start(command)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(requests.RequestException):
                if requests.get(f"{self.base}/readyz", timeout=5).ok:
                    return
            if self.web.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start: {self.log()[-2000:]}")

    def start_worker(self) -> None:
        """Start the worker."""
        self.worker = self._start([sys.executable, "-m", "cop", "worker"])

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdout=self._log, stderr=self._log, start_new_session=True
        )

    def log(self) -> str:
        """What the processes have said."""
        return Path(self._log.name).read_text(errors="replace")

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a `cop` command on the same settings."""
        command = [sys.executable, "-m", "cop", *arguments]
        return subprocess.run(command, env=self.env, cwd=ROOT, text=True, capture_output=True, check=False)

    def kill(self, process: subprocess.Popen[bytes] | None) -> None:
        """kill -9 a process and everything it started."""
        if process is not None and process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def freeze(self, process: subprocess.Popen[bytes] | None) -> None:
        """Stop a process and everything it started in the middle of what they do; `thaw` or `kill` them then."""
        assert process is not None
        os.killpg(process.pid, signal.SIGSTOP)

    def thaw(self, process: subprocess.Popen[bytes] | None) -> None:
        """Let a frozen process go on."""
        assert process is not None
        os.killpg(process.pid, signal.SIGCONT)

    def stop(self) -> None:
        """End both, politely first."""
        processes = [process for process in (self.web, self.worker) if process is not None]
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill(process)
        self._log.close()


class Caller:
    """One signed-in client over real HTTP; it fetches a CSRF token when it has none."""

    def __init__(self, base: str, session_token: str) -> None:
        self._base = base
        self._http = requests.Session()
        self._http.cookies.set("cop_session", session_token)
        self._token: str | None = None

    def get(self, path: str) -> requests.Response:
        """GET a path; redirects are not followed."""
        answer = self._http.get(self._base + path, timeout=30, allow_redirects=False)
        found = TOKEN.search(answer.text)
        self._token = found[1] if found else self._token
        return answer

    def post(
        self, path: str, *, files: Mapping[str, tuple[str, bytes]] | None = None, **fields: Any
    ) -> requests.Response:
        """POST a form, with files by field as (name, content); redirects are not followed."""
        data = {"csrf_token": self.csrf_token(), **fields}
        return self._http.post(self._base + path, data=data, files=files, timeout=30, allow_redirects=False)

    def csrf_token(self) -> str:
        """The token of the last page, or of one fetched for it."""
        if self._token is None:
            self.get("/profile/edit")
        if self._token is None:
            raise NoToken
        return self._token

    def cookies(self) -> str:
        """All cookies as a request carries them."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._http.cookies)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()
