"""What one app remembers of drawn posts is its own: in another's database the same number is another post."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cop.app import create_app
from cop.kernel.db import Database
from cop.settings import Settings
from tests.build.community import Community
from tests.build.databases import SqliteMaker
from tests.build.pages import Visitor
from tests.build.teams import Teams


def test_two_apps_remember_apart(make_settings: Callable[[str], Settings], sqlite_maker: SqliteMaker) -> None:
    for words in ("Those of the first.", "Those of the second."):
        url = sqlite_maker.fresh()
        db = Database.open(url)
        amira = Community(db).person("Amira Khan")
        teams = Teams(db)
        thread_id = teams.thread(amira, teams.team(amira), words)
        app = create_app(replace(make_settings(url), public_url="http://localhost"), db)
        assert words in Visitor(app).get(f"/threads/{thread_id}").text
        db.dispose()
