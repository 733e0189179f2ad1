"""The demonstration as its own commands make it, served from an empty folder for as long as somebody looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from tests.architecture.rules import ROOT
from tests.build.servers import Server, checkout_command, clean_environment, run


@contextmanager
def demonstration(folder: Path) -> Iterator[str]:
    """Make it below `folder`, serve it, and hand out its address; what the server logged must hold no fault."""
    env = clean_environment(COP_DEMO="1", COP_VAR=str(folder / "var"), COP_LOG_LEVEL="warning")
    for command in ("migrate", "demo"):
        done = run([*checkout_command(), command], env)
        assert done.returncode == 0, done.stderr
    with Server(checkout_command(), env, ROOT, folder) as server:
        yield f"http://127.0.0.1:{server.port}"
        assert "Traceback" not in server.errors()
        server.interrupt()


def kind_of(path: str) -> str:
    """A page's address without numbers: pages of one kind look alike."""
    return re.sub(r"\d+", "N", path.partition("?")[0].partition("#")[0])


def pages_linked(page: Page) -> list[str]:
    """Where the links of a page lead on this site. Downloads are files, and filters multiply without end."""
    hrefs = page.eval_on_selector_all(
        "a[href^='/']:not([download])", "links => links.map((link) => link.getAttribute('href'))"
    )
    paths = dict.fromkeys(href.partition("#")[0] for href in hrefs)
    return [path for path in paths if path and "/download/" not in path and "?" not in path]
