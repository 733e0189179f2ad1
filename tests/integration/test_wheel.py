"""The wheel works outside its checkout: built, installed and served with nothing of the project in sight."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.rules import ROOT
from tests.build.servers import Server, clean_environment, run

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

SOURCES = (
    *("cop", "templates", "static", "migrations", "wsgi.py"),
    *("setup.cfg", "pyproject.toml", "LICENSE", "README.md"),
)
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")


class Installed(NamedTuple):
    """A wheel, and the environment it was installed into."""

    wheel: Path
    bin: Path


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build from a copy, so that nothing left over in the checkout gets in, and install without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    copy.mkdir()
    for name in SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, copy / name)
    offline = ("--no-deps", "--no-index")
    call(*PIP, "wheel", *offline, "--no-build-isolation", "--wheel-dir", str(folder), str(copy))
    (wheel,) = folder.glob("cop-*.whl")
    shutil.rmtree(copy)
    call(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"))
    python = folder / "venv" / "bin" / "python"
    call(*PIP, "--python", str(python), "install", *offline, str(wheel))
    # The locked dependencies are those of the environment the tests run in; CoP itself is not installed there.
    packages = next((folder / "venv" / "lib").glob("python*/site-packages"))
    (packages / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return Installed(wheel, folder / "venv" / "bin")


def call(*command: str) -> None:
    """Run a command that must succeed."""
    done = run(command, clean_environment(), Path(sys.prefix))
    assert done.returncode == 0, done.stdout + done.stderr


def files_of_the_checkout() -> set[str]:
    """What the wheel must hold, by its path there."""
    found = {"wsgi.py"}
    for folder in ("cop", "templates", "static", "migrations"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                inside = path.relative_to(ROOT).as_posix()
                found.add(inside if folder == "cop" else f"cop/{inside}")
    return found


def test_the_wheel_holds_the_program_and_nothing_else(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
        licences = [name for name in archive.namelist() if name.endswith(".dist-info/licenses/LICENSE")]
    assert held == files_of_the_checkout()
    assert len(licences) == 1


class Addresses(HTMLParser):
    """Addresses of the styles and scripts that a page loads."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a link or a script element points to."""
        named = dict(attrs)
        address = named.get("href") if tag == "link" else named.get("src") if tag == "script" else None
        if address:
            self.found.append(address)


def test_it_is_served_from_an_empty_folder(installed: Installed, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    cop = str(installed.bin / "cop")
    env = clean_environment(COP_DEMO="1", HOME=str(tmp_path / "home"))
    where = subprocess.run(
        [installed.bin / "python", "-c", "import cop, wsgi; print(cop.__file__)"],
        env={**env, "COP_DATABASE_URL": f"sqlite:///{tmp_path / 'other.db'}", "COP_VAR": str(tmp_path)},
        cwd=empty,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(where.stdout.strip()).is_relative_to(installed.bin.parent), (
        "the installed one, not the checkout"
    )
    assert "The database is at" in said(cop, "migrate", env=env, folder=empty)
    assert "@" in said(cop, "demo", env=env, folder=empty), "it says with which addresses to sign in"
    assert "The index agrees." in said(cop, "search", "verify", env=env, folder=empty), "uploads were read"
    assert "GET   /healthz " in said(cop, "routes", "--access", env=env, folder=empty)
    with Server([cop], env, empty, tmp_path) as server:
        assert server.get("/readyz")[0] == 200
        status, home = server.get("/")
        assert status == 200
        page = Addresses()
        page.feed(home.decode())
        styles = [address for address in page.found if ".css" in address]
        assert styles
        assert any(".js" in address for address in page.found)
        for address in page.found:
            status, body = server.get(address)
            assert status == 200, address
            assert body, address
        assert server.interrupt() == 0
        assert server.orphans() == []
        assert "Traceback" not in server.errors()
        assert "Warning" not in server.errors()
    assert sorted(path.name for path in empty.iterdir()) == ["var"], "nothing is written elsewhere"
    assert said(cop, "audit", "verify", env=env, folder=empty)


def said(*command: str, env: dict[str, str], folder: Path) -> str:
    """What a command that must succeed printed."""
    done = run(command, env, folder)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    return done.stdout
