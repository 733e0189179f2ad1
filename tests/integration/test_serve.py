"""`cop serve` as an operator meets it: it starts, it ends, it mends itself, and it refuses what is not safe."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import websocket

from cop.accounts import service
from cop.accounts.passwords import DEMO_PASSWORD, hash_password
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from tests.build.servers import Server, checkout_command, clean_environment, free_port, is_alive, run, until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

SECRET = "only-this-test-uses-it-0123456789-abcdefghij"


def demo_environment(var: Path) -> dict[str, str]:
    """The demonstration in a folder of its own."""
    return clean_environment(COP_DEMO="1", COP_VAR=str(var))


def own_environment(var: Path, **changes: str) -> dict[str, str]:
    """A server for others, as the operator's guide sets one up."""
    basis = {
        "COP_VAR": str(var),
        "COP_SECRET": SECRET,
        "COP_PUBLIC_URL": "https://cop.testshire.example",
        "COP_SMTP_URL": "smtp://127.0.0.1:25",
        "COP_MAIL_FROM": "cop@testshire.example",
    }
    return clean_environment(**{**basis, **changes})


def migrate(env: dict[str, str]) -> None:
    """Bring the database of these settings up to date."""
    done = run([*checkout_command(), "migrate"], env)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a migrated database, made once: nobody here changes more than its accounts."""
    folder = tmp_path_factory.mktemp("serve") / "var"
    migrate(demo_environment(folder))
    return folder


@pytest.fixture(scope="module")
def server(var: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running demonstration."""
    with Server(
        checkout_command(), demo_environment(var), Path.cwd(), tmp_path_factory.mktemp("logs")
    ) as running:
        yield running


def test_both_processes_come_up_and_are_ready(server: Server) -> None:
    assert f"CoP is at http://127.0.0.1:{server.port}" in server.output()
    assert server.get("/healthz") == (200, b'{"status":"ok"}\n')
    assert server.get("/readyz")[0] == 200
    assert len(server.worker_pids()) == 1
    assert len(server.web_pids()) == 2, "gunicorn's arbiter and one worker"


def test_a_worker_that_is_killed_is_started_again(server: Server) -> None:
    (before,) = server.worker_pids()
    os.kill(before, signal.SIGKILL)
    until(lambda: server.worker_pids() not in ([], [before]), 15, "another worker")
    assert not is_alive(before)
    assert server.get("/healthz")[0] == 200
    assert "the worker ended with status -9 and is started again" in server.errors()


def test_a_web_worker_that_is_killed_is_started_again(server: Server) -> None:
    before = set(server.web_pids())
    os.kill(max(before), signal.SIGKILL)
    until(lambda: len(set(server.web_pids()) - before) == 1, 15, "another web process")
    until(server._answers_or_ended, 15, "an answer")
    assert server.get("/readyz")[0] == 200


def test_a_socket_is_closed_at_once_when_the_server_leaves(tmp_path: Path, var: Path) -> None:
    with Server(checkout_command(), demo_environment(var), Path.cwd(), tmp_path) as running:
        client = websocket.create_connection(
            f"ws://127.0.0.1:{running.port}/socket.io/?EIO=4&transport=websocket",
            origin=f"http://127.0.0.1:{running.port}",
            timeout=8,
        )
        assert client.recv()[:1] == "0"
        client.send("40")
        assert client.recv()[:2] == "40"
        running.children()
        os.kill(running.pid, signal.SIGINT)
        # Otherwise gunicorn cuts it after 10 seconds, together with everything else that is still going on.
        assert client.sock is not None
        with closing(client.sock):
            while client.recv():
                pass
        until(lambda: running.orphans() == [], 20, "both processes end")
        assert running.process is not None
        assert running.process.wait(20) == 0


def test_ctrl_c_ends_both_and_a_second_start_keeps_the_data(tmp_path: Path) -> None:
    env = demo_environment(tmp_path / "var")
    migrate(env)
    made = run(
        [
            *checkout_command(),
            *("user", "create-admin", "--email", "ada@testshire.example", "--name", "Ada Admin"),
            *("--organisation", "Testshire", "--password", "correct horse battery staple"),
        ],
        env,
    )
    assert made.returncode == 0, made.stderr
    for _ in range(2):
        with Server(checkout_command(), env, Path.cwd(), tmp_path) as running:
            assert running.interrupt() == 0
            assert running.orphans() == []
            assert "Warning" not in running.errors()
            assert "Traceback" not in running.errors()
        migrate(env)
        with sqlite3.connect(tmp_path / "var" / "cop.db") as connection:
            rows = connection.execute("SELECT name FROM person").fetchall()
        connection.close()
        assert rows == [("Ada Admin",)]


def test_a_supervisor_that_is_killed_leaves_no_orphan(tmp_path: Path, var: Path) -> None:
    with Server(checkout_command(), demo_environment(var), Path.cwd(), tmp_path) as running:
        assert len(running.children()) >= 3
        os.kill(running.pid, signal.SIGKILL)
        until(lambda: running.orphans() == [], 15, "the children notice")


REFUSALS = [
    ({"COP_DEMO": "1", "HOST": "0.0.0.0"}, "well-known passwords, so it only serves this machine"),
    ({"COP_DEMO": "1", "HOST": "cop.testshire.example"}, "HOST is cop.testshire.example, use 127.0.0.1"),
    ({"COP_SECRET": ""}, "COP_SECRET is missing"),
    ({"COP_SECRET": "short"}, "COP_SECRET must be at least 32 random characters"),
    ({"COP_SECRET": "a" * 40}, "COP_SECRET must be at least 32 random characters"),
    ({"COP_PUBLIC_URL": ""}, "COP_PUBLIC_URL is missing"),
    ({"COP_PUBLIC_URL": "http://cop.testshire.example"}, "must begin with https://"),
    ({"COP_SMTP_URL": ""}, "There is no way to send mail. Set COP_SMTP_URL"),
    ({"COP_MAIL_FROM": ""}, "COP_MAIL_FROM is missing"),
    ({"COP_SMTP_URL": "mail.testshire.example"}, "COP_SMTP_URL must look like smtp://"),
    ({"COP_SITENAME": "Our place"}, "Unknown setting COP_SITENAME"),
    ({"PORT": "eighty"}, "PORT must be a whole number from 1 to 65535, not 'eighty'"),
]


@pytest.mark.parametrize(("changes", "sentence"), REFUSALS)
def test_it_refuses_settings_that_are_not_safe(var: Path, changes: dict[str, str], sentence: str) -> None:
    refused(own_environment(var, **changes), sentence)


def test_it_refuses_the_demonstrations_secret_elsewhere(var: Path) -> None:
    secret = (var / "demo-secret").read_text()
    refused(own_environment(var, COP_SECRET=secret), "COP_SECRET is the demonstration's")


def test_it_refuses_a_port_that_is_taken(var: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        refused(own_environment(var, PORT=str(port)), f"Port {port} is in use. Set PORT to another one")


def test_it_refuses_a_database_that_is_not_migrated(tmp_path: Path) -> None:
    refused(own_environment(tmp_path / "new"), "Run: cop migrate")


def test_it_refuses_published_passwords_outside_the_demonstration(tmp_path: Path) -> None:
    env = own_environment(tmp_path / "var")
    migrate(env)
    db = Database.open(f"sqlite:///{tmp_path / 'var' / 'cop.db'}")
    with db.transaction(write=True) as tx:
        organisation = service.add_organisation(SYSTEM, tx=tx, kind="council", name="Testshire")
        service.add_person(
            SYSTEM,
            tx=tx,
            email="demo@testshire.example",
            name="Demo Person",
            organisation_id=organisation,
            function="legal",
            hashed=hash_password(DEMO_PASSWORD, demo=True),
            published=True,
        )
    db.dispose()
    refused(env, "This database holds demonstration accounts")


PORT_MODULE = [sys.executable, "-m", "cop.supervisor"]


def test_whether_the_port_is_free_is_answered_without_loading_the_rest(tmp_path: Path) -> None:
    env = demo_environment(tmp_path / "var")
    done = run(PORT_MODULE, {**env, "PORT": str(free_port())})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = str(other.getsockname()[1])
        done = run(PORT_MODULE, {**env, "PORT": port})
        assert (done.returncode, done.stderr.partition(".")[0]) == (1, f"Error: Port {port} is in use")
        if socket.has_dualstack_ipv6():
            # gunicorn takes this to mean IPv4 as well.
            every = own_environment(tmp_path / "var", HOST="::", PORT=port)
            assert f"Port {port} is in use" in run(PORT_MODULE, every).stderr
    (tmp_path / "file").write_text("in the way")
    for wrong in ({"PORT": "eighty"}, {"COP_VAR": str(tmp_path / "file" / "var")}):
        done = run(PORT_MODULE, {**env, **wrong})
        assert done.returncode == 1
        assert re.fullmatch(r"Error: [^\n]+\n", done.stderr), done.stderr


def refused(env: dict[str, str], sentence: str) -> None:
    """`cop serve` ends at once, not with 0, and says one plain sentence instead of a traceback."""
    done = run([*checkout_command(), "serve"], {"PORT": str(free_port()), **env})
    assert done.returncode != 0
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert re.fullmatch(r"Error: [^\n]+\n", done.stderr), "one sentence or two, on one line"
    assert "CoP is at" not in done.stdout
