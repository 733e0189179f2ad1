"""The `cop` command. Each command opens the database itself and owns its transaction."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from sqlalchemy.exc import OperationalError

from cop import __version__, interrupt
from cop.accounts import naming, second_step
from cop.accounts import queries as accounts_queries
from cop.accounts import service as accounts
from cop.accounts.forms import ADDRESS_WANTED, is_address
from cop.accounts.passwords import DEMO_PASSWORD, check_password, hash_password
from cop.accounts.register import reader
from cop.accounts.register.command import register as register_group
from cop.app import (
    build_worker,
    create_app,
    log_as,
    open_database,
    open_finder,
    open_scanner,
    refuse_published_passwords,
    refuse_without_mail,
)
from cop.demo import start as demonstration
from cop.demo.large import Size
from cop.files.store import FileStore
from cop.kernel import audit, outbox
from cop.kernel.access import SYSTEM
from cop.kernel.db import Database
from cop.kernel.errors import DomainError, Invalid
from cop.kernel.ids import LARGEST_ID
from cop.migrate import UnknownRevision, current, newest, revisions
from cop.migrate import migrate as run_migrations
from cop.operations import cli as operations_cli
from cop.operations.doctor import Patient
from cop.search import cli as search_cli
from cop.search import consumer as search_consumer
from cop.search.queries import Finder
from cop.settings import KNOWN, Settings, SettingsError
from cop.supervisor import Supervisor, port_problem
from cop.web.area import declared_routes
from cop.worker import run_until_signalled


def _settings() -> Settings:
    try:
        return Settings.from_env()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _database() -> Iterator[tuple[Settings, Database]]:
    settings = _settings()
    if current(settings.database_url) != newest():
        raise click.ClickException("The database is not at the version this program needs. Run: cop migrate")
    db = open_database(settings)
    try:
        yield settings, db
    except DomainError as error:
        raise click.ClickException(error.message) from error
    finally:
        db.dispose()


class PlainWords(click.Group):
    """Says in a sentence what this machine refused. Anything else is a fault of ours and shows where it happened."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        interrupt.unwind()
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            click.echo(interrupt.last_words(), err=True)
            ctx.exit(interrupt.STATUS)
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            raise click.ClickException(f"{error.strerror or error}{where}") from error
        except OperationalError as error:
            raise click.ClickException(f"The database cannot be used: {error.orig}") from error


@click.group(cls=PlainWords)
@click.version_option(__version__)
def main() -> None:
    """CoP, a community-of-practice server for sector-led council procurement."""


@main.command()
def serve() -> None:
    """Serve the web and run the worker, until Ctrl-C."""
    with _database() as (settings, db):
        try:
            refuse_without_mail(settings)
            refuse_published_passwords(settings, db)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
    log_as(settings)
    if problem := port_problem(settings):
        raise click.ClickException(problem)
    click.echo(f"CoP is at {settings.public_url}")
    if settings.demo:
        click.echo(demonstration.sign_in_lines(demonstration.community().people))
    click.echo("Ctrl-C stops it, within a few seconds.")
    sys.exit(Supervisor(settings).run())


@main.command()
@click.option(
    "--people", type=click.IntRange(100, 100_000), help="Make a large world instead, of so many people."
)
@click.option(
    "--threads", type=click.IntRange(2, 100_000), default=500, show_default=True, help="Its threads."
)
@click.option(
    "--posts", type=click.IntRange(10, 5_000_000), default=50_000, show_default=True, help="Its posts."
)
@click.option(
    "--assets", type=click.IntRange(10, 500_000), default=5_000, show_default=True, help="Its documents."
)
def demo(people: int | None, threads: int, posts: int, assets: int) -> None:
    """Load the demonstration community, the first time only, and say who can sign in."""
    if people is not None:
        _large_world(Size.of(people=people, threads=threads, posts=posts, assets=assets))
        return
    with _database() as (settings, db):
        loaded = demonstration.load_once(db, settings)
    click.echo(
        "The demonstration is loaded." if loaded else "The demonstration is there already and keeps its data."
    )
    click.echo(f"At {settings.public_url} you can sign in as:\n")
    click.echo(demonstration.sign_in_table(demonstration.community().people))


def _large_world(size: Size) -> None:
    began = time.monotonic()
    click.echo("Making a large world: some minutes, most of them for its search index ...")
    with _database() as (settings, db):
        documents = demonstration.load_large(db, settings, size)
    click.echo(
        f"{documents:,} documents can be found after {time.monotonic() - began:.0f} seconds. Sign in as:\n"
    )
    for each in demonstration.large_sign_ins(size.people):
        click.echo(f"  {each.email:30} {each.purpose}")
    click.echo(f"\nThe password of all is {DEMO_PASSWORD}")


@main.command()
def worker() -> None:
    """Run the worker alone: search index, text of uploads, the event log's chain."""
    with _database() as (settings, db):
        try:
            refuse_without_mail(settings)
        except SettingsError as error:
            raise click.ClickException(str(error)) from error
        log_as(settings)
        status = run_until_signalled(build_worker(settings, db))
    sys.exit(status)


@main.command()
@click.option("--to", "revision", default="head", help="A revision, or base to take everything back.")
def migrate(revision: str) -> None:
    """Bring the database to the version this program needs, and load the register of councils."""
    settings = _settings()
    settings.var.mkdir(parents=True, exist_ok=True)
    try:
        run_migrations(settings.database_url, revision)
    except UnknownRevision as error:
        raise click.ClickException(f"{error}. --to takes one of {', '.join(revisions())}.") from error
    if revision == "head":
        authorities = reader.english_register().authorities
        db = open_database(settings)
        # What is found by the name of a council is indexed anew when the register says something else of it.
        open_finder(settings)
        with db.transaction(write=True) as tx:
            added, changed = accounts.load_register(SYSTEM, tx=tx, authorities=authorities)
        db.dispose()
        if added or changed:
            click.echo(f"Register of English authorities: {added} added, {changed} changed.")
    click.echo(f"The database is at {current(settings.database_url) or 'no version'}.")


@main.group()
def user() -> None:
    """Accounts."""


def _address(context: click.Context, option: click.Parameter, value: str) -> str:
    """What was typed, if it is an address; a prompt asks again."""
    if not is_address(value.strip()):
        raise click.BadParameter(ADDRESS_WANTED)
    return value.strip()


def _password(context: click.Context, option: click.Parameter, value: str) -> str:
    """What was typed, if it will do; a prompt asks again at once, before it is typed a second time."""
    try:
        check_password(value)
    except Invalid as error:
        raise click.BadParameter(error.message) from error
    return value


@user.command("create-admin")
@click.option("--email", prompt="Email address", callback=_address)
@click.option("--name", prompt="Full name")
@click.option("--organisation", prompt="Organisation that runs this server")
@click.password_option(callback=_password)
def create_admin(email: str, name: str, organisation: str, password: str) -> None:
    """Make a platform admin. They act for a council of the register or for a central body, which is made."""
    with _database() as (_, db):
        hashed = hash_password(password)
        with db.transaction(write=True) as tx:
            organisation_id = naming.council_id(SYSTEM, tx=tx, name=organisation)
            if organisation_id is None:
                organisation_id = accounts.central_body(SYSTEM, tx=tx, name=organisation)
            accounts.add_person(
                SYSTEM,
                tx=tx,
                email=email,
                name=name,
                organisation_id=organisation_id,
                function="it",
                hashed=hashed,
                roles=("platform_admin",),
            )
    click.echo(
        f"{name} can sign in as a platform admin. People are added under Administration, at the top of each page."
    )


@user.command("new-password")
@click.option("--email", prompt="Email address of the account", callback=_address)
@click.password_option(callback=_password)
def new_password(email: str, password: str) -> None:
    """Set the password of somebody who forgot theirs; they are signed out everywhere."""
    with _database() as (_, db):
        hashed = hash_password(password)
        with db.transaction(write=True) as tx:
            person_id = accounts_queries.person_id_by_email(SYSTEM, tx=tx, email=email)
            if person_id is None:
                raise click.ClickException("Nobody who can sign in has this email address.")
            accounts.reset_password(SYSTEM, tx=tx, person_id=person_id, hashed=hashed)
    click.echo("The password has been set. They can change it on their profile.")


@user.command("second-step-off")
@click.option("--email", prompt="Email address of the account", callback=_address)
def second_step_off(email: str) -> None:
    """Turn the second step off for somebody who lost their phone and their codes, and end their sessions."""
    with _database() as (_, db), db.transaction(write=True) as tx:
        person_id = accounts_queries.person_id_by_email(SYSTEM, tx=tx, email=email)
        if person_id is None or not second_step.is_on(SYSTEM, tx=tx, person_id=person_id):
            raise click.ClickException("Nobody with this email address signs in with a second step.")
        second_step.reset(SYSTEM, tx=tx, person_id=person_id)
    click.echo("It is off. They are told by email, and set it up again on their profile.")


@main.command()
@click.option("--access", is_flag=True, help="Show who may use each route.")
def routes(access: bool) -> None:
    """List every address the server answers."""
    with _database() as (settings, db):
        for method, path, who in declared_routes(create_app(settings, db)):
            click.echo(f"{method:5} {path:60} {who}" if access else f"{method:5} {path}")


@main.command("settings")
def show_settings() -> None:
    """List every setting and what it means."""
    for name, meaning in KNOWN.items():
        click.echo(f"{name}\n    {meaning}")


@main.group("audit")
def audit_group() -> None:
    """The event log."""


@audit_group.command("verify")
def audit_verify() -> None:
    """Walk the hash chain over the event log."""
    with _database() as (_, db), db.transaction(write=False) as tx:
        result = audit.verify(tx)
    click.echo(f"{result.checked} events are chained, {result.unchained} wait to be.")
    if result.broken_at is not None:
        raise click.ClickException(f"The chain breaks at event {result.broken_at}.")


@main.group("outbox", invoke_without_command=True)
@click.pass_context
def outbox_group(context: click.Context) -> None:
    """Show what waits for the worker, and what it gave up on: the newest fifty, with their numbers."""
    if context.invoked_subcommand is not None:
        return
    with _database() as (_, db):
        waiting = outbox.waiting(db)
        if not waiting:
            click.echo("Nothing waits for the worker.")
        for consumer, (due, parked) in sorted(waiting.items()):
            click.echo(f"{consumer}: {due} waiting, {parked} parked")
        for failure in outbox.parked(db):
            click.echo(f"  {failure.id}: {failure.event_kind} for {failure.consumer} failed: {failure.error}")


@outbox_group.command("retry")
@click.argument("number", type=click.IntRange(1, LARGEST_ID), required=False)
def retry_outbox(number: int | None) -> None:
    """Put everything that is parked back in the queue, or the one delivery of this NUMBER."""
    with _database() as (_, db):
        back = outbox.retry(db, delivery_id=number)
    if number is not None and not back:
        raise click.ClickException(f"No parked delivery has the number {number}. cop outbox lists them.")
    said = "1 delivery is" if back == 1 else f"{back} deliveries are"
    click.echo(f"{said} back in the queue." if back else "Nothing is parked.")


@contextmanager
def _searchable() -> Iterator[tuple[Database, Finder]]:
    with _database() as (settings, db):
        yield db, open_finder(settings)


def _rebuild(settings: Settings, db: Database) -> int:
    finder = open_finder(settings)
    return search_consumer.rebuild(db, backend=finder.backend, registry=finder.registry)


@contextmanager
def _patient(thorough: bool) -> Iterator[Patient]:
    """A server as it is, whatever is wrong with it; only settings that make no sense end it here, and say so."""
    settings = _settings()
    if not settings.var.is_dir():
        raise click.ClickException(
            f"There is no folder {settings.var}: set COP_VAR, or run cop migrate first."
        )
    db = open_database(settings)
    try:
        store = FileStore(settings.var / "files", open_scanner(settings))
        yield Patient(settings, db, store, open_finder(settings), thorough)
    finally:
        db.dispose()


main.add_command(operations_cli.doctor_command(_patient))
main.add_command(operations_cli.backup_command(_database))
main.add_command(operations_cli.restore_command(_settings, _rebuild))
main.add_command(register_group)
main.add_command(search_cli.group(_searchable))
