"""Real servers and real clients for the tests of the live edge."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import socketio
import websocket
from sqlalchemy import delete, insert, update

from cop.kernel.db import Database
from cop.kernel.ids import token_hash
from tests.live import app as live_app

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ORIGIN = "http://live.test"


def until(condition: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Wait for something to become true; fail when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"it did not happen within {seconds} s")


class Served:
    """A gunicorn with the test application, on a database of its own."""

    def __init__(self, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.url = f"sqlite:///{folder / 'live.sqlite'}"
        self.database = Database.open(self.url)
        live_app.metadata.create_all(self.database.writes)
        self.log_path = folder / "server.log"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        options = {"origins": [ORIGIN, f"http://127.0.0.1:{self.port}"], **options}
        threads = int(options.get("max_sockets", 200)) + 32
        command = [sys.executable, "-W", "ignore", "-m", "gunicorn", "--worker-class", "gthread"]
        command += ["--threads", str(threads), "--worker-connections", str(threads * 2), "--bind"]
        command += [f"127.0.0.1:{self.port}", "--graceful-timeout", "20", "--config"]
        command += [str(HERE / "gunicorn_config.py"), "tests.live.app:from_environment()"]
        paths = str(ROOT)
        environment = {**os.environ, "PYTHONPATH": paths, "LIVE_DATABASE": self.url}
        environment["LIVE_OPTIONS"] = json.dumps(options)
        self._command, self._environment = command, environment
        self.start()

    def start(self) -> None:
        """Start the server, again after `halt`, and wait until it answers."""
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(self._command, env=self._environment, stdout=log, stderr=log)
        until(self._answers, 20)

    def halt(self) -> None:
        """Kill the server, as a crash would, with everything it had in memory."""
        for pid in (self.get("health")["pid"], self.process.pid):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log_path.read_text()
        try:
            return bool(self.get("page"))
        except OSError:
            return False

    def get(self, path: str) -> Any:
        """The JSON answer of a page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/{path}", timeout=10) as answer:
            return json.load(answer)

    def stop(self) -> None:
        """End the server and its database."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.database.dispose()

    # The database, written to from this other process

    def sign_in(self, person_id: int, token: str) -> int:
        """Make a session; return its id."""
        with self.database.transaction(write=True) as tx:
            row = {"token_hash": token_hash(token), "person_id": person_id, "alive": True}
            return tx.session.execute(
                insert(live_app.sessions).returning(live_app.sessions.c.id), row
            ).scalar_one()

    def end_session(self, session_id: int) -> None:
        """End a session in the database, as another process would."""
        with self.database.transaction(write=True) as tx:
            table = live_app.sessions
            tx.session.execute(update(table).where(table.c.id == session_id).values(alive=False))

    def thread(self, thread_id: int, *, is_open: bool, people: tuple[int, ...] = ()) -> None:
        """Make a thread with members."""
        with self.database.transaction(write=True) as tx:
            tx.session.execute(insert(live_app.threads), {"id": thread_id, "open": is_open})
            for person_id in people:
                tx.session.execute(insert(live_app.members), {"thread_id": thread_id, "person_id": person_id})

    def remove_member(self, thread_id: int, person_id: int, *, stamp: bool = False) -> None:
        """Take somebody out of a thread."""
        with self.database.transaction(write=True) as tx:
            table = live_app.members
            tx.session.execute(
                delete(table).where(table.c.thread_id == thread_id, table.c.person_id == person_id)
            )
            if stamp:
                tx.session.execute(insert(live_app.stamps), {})

    def post_elsewhere(self, thread_id: int) -> int:
        """Write a post from this process, which has no sockets to tell."""
        with self.database.transaction(write=True) as tx:
            row = {"thread_id": thread_id, "person_id": 0}
            return tx.session.execute(insert(live_app.posts).returning(live_app.posts.c.id), row).scalar_one()


class Client:
    """A python-socketio client that keeps what it is sent."""

    def __init__(self, served: Served, token: str = "") -> None:
        self.io = socketio.Client(reconnection=False, websocket_extra_options={"origin": ORIGIN})
        self.seen: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.gone = False
        self.io.on("*", lambda event, data: self.seen.put((event, data)))
        self.io.on("disconnect", self._left)
        headers = {"Cookie": f"s={token}"} if token else {}
        self.io.connect(f"http://127.0.0.1:{served.port}", headers=headers, transports=["websocket"])

    def _left(self, _reason: str) -> None:
        self.gone = True

    def ask(self, event: str, data: Any = None) -> dict[str, Any]:
        """Send an event and wait for its acknowledgement."""
        return self.io.call(event, {} if data is None else data, timeout=5)

    def join(self, topic: str) -> dict[str, Any]:
        """Join a topic."""
        return self.ask("join", {"topic": topic})

    def next(self, seconds: float = 5.0) -> tuple[str, Any]:
        """The next event."""
        return self.seen.get(timeout=seconds)

    def close(self) -> None:
        """Leave. The library forgets to close its socket when the server hung up first."""
        socket_of_library = self.io.eio.ws
        self.io.disconnect()
        if socket_of_library is not None:
            socket_of_library.shutdown()


class Raw:
    """A websocket spoken by hand, to send what no library would."""

    def __init__(self, served: Served, token: str = "", *, hello: bool = True, **options: Any) -> None:
        self.ws = websocket.create_connection(
            f"ws://127.0.0.1:{served.port}/socket.io/?EIO=4&transport=websocket",
            timeout=10,
            skip_utf8_validation=True,
            suppress_origin=options.pop("origin", None) is None,
            cookie=f"s={token}" if token else None,
            **options,
        )
        self.opening = json.loads(self.ws.recv()[1:])
        if hello:
            self.ws.send("40")
            self.hello = self.ws.recv()

    def call(self, event: str, data: Any) -> dict[str, Any]:
        """Send an event with an acknowledgement id and wait for the answer."""
        self.ws.send("427" + json.dumps([event, data]))
        while not (text := self.ws.recv()).startswith("437"):
            pass
        return json.loads(text[3:])[0]

    def ended(self, seconds: float = 5.0) -> bool:
        """Whether the server hangs up within `seconds`."""
        self.ws.settimeout(seconds)
        try:
            while True:
                opcode, data = self.ws.recv_data()
                if opcode == websocket.ABNF.OPCODE_CLOSE or not data:
                    return True
        except websocket.WebSocketTimeoutException:
            return False
        except (websocket.WebSocketException, OSError):
            return True

    def close(self) -> None:
        """Hang up without a word."""
        self.ws.shutdown()
