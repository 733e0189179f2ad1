"""`python -m tests.approved.update`: write the approved lists anew. Look at the difference before you commit it."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from cop.app import create_app
from cop.settings import Settings
from cop.web.area import declared_routes

ROUTES = Path(__file__).parent / "routes.txt"


def routes() -> str:
    """Every route with its method and who may come in, one on each line, as `cop routes --access` prints them."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings.from_env({"COP_DEMO": "1", "COP_VAR": folder}))
        app.extensions["cop"].db.dispose()
    return "".join(f"{method:5} {path:60} {who}\n" for method, path, who in declared_routes(app))


def main() -> None:
    """Write the list of routes."""
    ROUTES.write_text(routes())
    sys.stdout.write(f"{ROUTES} is written. Look at the difference: git diff {ROUTES}\n")


if __name__ == "__main__":
    main()
