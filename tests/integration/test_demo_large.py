"""The large community of the benches, built small: its rows hold together, and its pages open for everybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from cop.accounts import sessions
from cop.app import create_app, open_finder
from cop.cli import main
from cop.demo.large import Large, Size, build_large
from cop.demo.start import show_sign_ins
from cop.files.store import FileStore
from cop.kernel.db import Database
from cop.search import consumer
from cop.settings import Settings
from tests.build.community import Community
from tests.build.pages import Visitor

SMALL = Size(people=80, teams=4, posts=120, assets=60)


@pytest.fixture
def large(db: Database, make_settings: Callable[[str], Settings]) -> Large:
    store = FileStore(make_settings(db.url).var / "files")
    return build_large(db, size=SMALL, store=store)


def test_rows_are_as_many_as_asked_and_new_ones_fit_behind_them(db: Database, large: Large) -> None:
    with db.transaction(write=False) as tx:
        count = {
            name: tx.session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in ("person", "team", "asset")
        }
        longest = tx.session.execute(
            text("SELECT count(*) FROM post WHERE thread_id = :id"), {"id": large.thread_id}
        ).scalar_one()
    assert count == {"person": SMALL.people, "team": SMALL.teams, "asset": SMALL.assets}
    assert longest == SMALL.posts
    added = Community(db).person()
    assert (added.person_id or 0) > SMALL.people


def test_its_pages_open_and_its_documents_are_found(
    db: Database, large: Large, make_settings: Callable[[str], Settings], tmp_path: Path
) -> None:
    settings = make_settings(db.url)
    finder = open_finder(settings)
    assert consumer.rebuild(db, backend=finder.backend, registry=finder.registry) > SMALL.assets
    app = create_app(settings, db)
    with db.transaction(write=False) as tx:
        people = {who: sessions.actor_of(tx, number) for who, number in large.people.items()}
    browsers = {who: Visitor(app).sign_in_as(Community(db), actor) for who, actor in people.items()}
    assert people["supplier"].is_supplier
    assert people["officer"].is_officer
    assert people["board"].is_board
    assert people["admin"].is_platform_admin
    for browser in (Visitor(app), *browsers.values()):
        for path in (
            "/",
            "/teams",
            "/library",
            "/search?q=contract",
            f"/threads/{large.thread_id}",
            "/library/1",
        ):
            browser.get(path)
    assert "Your team" in browsers["lead"].get("/").text
    browsers["officer"].get(f"/teams/{large.team_id}/people")
    with browsers["officer"].get("/library/1/download/1") as sent:
        assert sent.data.startswith(b"# A document")


def test_a_size_is_as_many_threads_and_posts_as_asked() -> None:
    for people, threads, posts in ((2000, 500, 50_000), (200, 40, 3_000), (100, 2, 10), (5000, 61, 61)):
        size = Size.of(people=people, threads=threads, posts=posts, assets=10)
        shape = size.shape()
        assert len(shape) == threads
        assert all(count >= 1 and 1 <= team <= size.teams for team, count in shape)
        assert abs(sum(count for _, count in shape) - posts) <= threads, (people, threads, posts)


def test_the_command_makes_one_and_says_who_can_sign_in(tmp_path: Path) -> None:
    env = {"COP_DEMO": "1", "COP_VAR": str(tmp_path)}
    run = CliRunner(env=env)
    assert run.invoke(main, ["migrate"]).exit_code == 0
    asked = ["demo", "--people", "120", "--threads", "12", "--posts", "200", "--assets", "30"]
    made = run.invoke(main, asked)
    assert made.exit_code == 0, made.output
    assert "person1@large.example" in made.output
    checked = run.invoke(main, ["search", "verify"])
    assert checked.exit_code == 0, checked.output
    again = run.invoke(main, asked)
    assert again.exit_code == 1
    assert "holds people already" in again.output
    settings = Settings.from_env(env)
    db = Database.open(settings.database_url)
    app = create_app(settings, db)
    show_sign_ins(app)
    assert "person1@<wbr>large.example" in Visitor(app).get("/sign-in").text
    db.dispose()
    refused = CliRunner(
        env={
            **env,
            "COP_DEMO": "0",
            "COP_SECRET": "0123456789abcdefghij-0123456789ab",
            "COP_PUBLIC_URL": "http://localhost",
        }
    ).invoke(main, asked)
    assert refused.exit_code == 1
    assert "Set COP_DEMO=1" in refused.output
