"""`make test`: sees to a browser, says in one line what cannot run here, and runs every test.

With CI=true a part that cannot run is a failure, real files (COP_REAL_DATA) excepted.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Side by side, a file to a process; sockets, which are timed to the tenth of a second, run apart.
TOGETHER = ("tests/unit", "tests/architecture", "tests/integration")
SOCKETS = ("tests/live",)
BROWSER = ("tests/browser",)
NO_BROWSER = "browser journeys and axe (no Chromium)"
WITHOUT_POSTGRESQL = "COP_TEST_WITHOUT_POSTGRESQL"
NO_POSTGRESQL = "PostgreSQL (it does not start)"


def browser() -> str | None:
    """Path of an installed Chromium."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def install_browser() -> None:
    """Ask the system's package manager for Chromium, where we may and it has one."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"],
    ):
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.run(command, check=False, env=environment, timeout=600, **quiet)


def postgresql_starts() -> bool:
    """Whether a PostgreSQL of our own can be started here, on this machine and as this user."""
    command = [
        sys.executable,
        "-c",
        "from tests.build.databases import start_server; start_server()[0].cleanup()",
    ]
    try:
        return subprocess.run(command, check=False, capture_output=True, timeout=60).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def missing_parts() -> list[str]:
    """What cannot run here that ought to, after asking the package manager for a browser."""
    if browser() is None:
        install_browser()
    missing = [] if browser() else [NO_BROWSER]
    return missing if postgresql_starts() else [*missing, NO_POSTGRESQL]


def missing_files() -> list[str]:
    """The real files, when they are not at hand; never a failure."""
    real = os.environ.get("COP_REAL_DATA")
    return [] if real and os.path.isdir(real) else ["real files (COP_REAL_DATA is not set)"]


def main(arguments: Sequence[str]) -> int:
    """Run everything; return pytest's status, or 1 when CI misses a part."""
    strict = os.environ.get("CI", "").lower() == "true"
    missing = missing_parts()
    skipped = missing + missing_files()
    print(f"Cannot run here: {', '.join(skipped) if skipped else 'nothing, everything runs'}.", flush=True)
    if missing and strict:
        print("CI=true: a part that cannot run is a failure.", flush=True)
        return 1
    return _run(missing)


def _run(missing: Sequence[str]) -> int:
    for command in (
        ["ruff", "format", "--check", "--quiet", "."],
        ["ruff", "check", "--quiet", "."],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ):
        if _status(command):
            print(f"{command[0]} found something to mend.", flush=True)
            return 1
    # Told to them alone: this process may be one that tests this very module, and goes on with others.
    told = {WITHOUT_POSTGRESQL: "1"} if NO_POSTGRESQL in missing else {}
    side_by_side = ("-n", str(min(os.cpu_count() or 1, 4)), "--dist", "loadfile")
    statuses = [_pytest(told, *side_by_side, *TOGETHER), _pytest(told, *SOCKETS)]
    if NO_BROWSER not in missing:
        statuses.append(_pytest(told, *side_by_side, *BROWSER))
    return max(statuses)


def _pytest(told: Mapping[str, str], *arguments: str) -> int:
    return _status([sys.executable, "-m", "pytest", *arguments], told)


def _status(command: Sequence[str], told: Mapping[str, str] | None = None) -> int:
    return subprocess.run(command, check=False, env={**os.environ, **(told or {})}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
