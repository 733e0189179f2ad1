"""`cop backup`, `cop restore` and `cop doctor`. The composition root says how to open what they work on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

import click

from cop.files.store import FileStore
from cop.kernel.db import Database
from cop.operations.archive import Damaged
from cop.operations.backup import WontOverwrite, backup, note_made
from cop.operations.doctor import Patient, examine
from cop.operations.envelope import KeyProblem, read_key
from cop.operations.restore import Contents, WontRestore, look, restore
from cop.settings import SECRET_NAMES, Settings

Opened = Callable[[], AbstractContextManager[tuple[Settings, Database]]]
Rebuild = Callable[[Settings, Database], int]
SHOWN = 10
KEY_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
KEY_HELP = "A file with the key. Default: COP_BACKUP_KEY_FILE; without either the backup is not encrypted."


def _key(settings: Settings, given: Path | None) -> bytes | None:
    path = given or settings.backup_key_file
    return read_key(path) if path else None


def backup_command(opened: Opened) -> click.Command:
    """The command, working on what `opened()` gives."""

    @click.command("backup")
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--key-file", type=KEY_FILE, help=KEY_HELP)
    def command(file: Path, key_file: Path | None) -> None:
        """Write database, files and settings to FILE while the server runs. A folder gets a file named by the time."""
        with opened() as (settings, db):
            target = file / f"cop-{datetime.now():%Y%m%d-%H%M%S}.backup" if file.is_dir() else file  # noqa: DTZ005
            began = time.monotonic()
            try:
                secret = _key(settings, key_file)
                store = FileStore(settings.var / "files")
                made = backup(db, store, target=target, secret=secret, tell=click.echo)
            except (KeyProblem, WontOverwrite, Damaged) as error:
                raise click.ClickException(str(error)) from error
            note_made(settings.var, made)
        sealed = "encrypted" if secret else "not encrypted: guard it like the server"
        click.echo(
            f"{made.path}: {made.rows} rows and {made.files} files in {made.size:,} bytes, {sealed}. "
            f"{time.monotonic() - began:.1f} seconds."
        )
        click.echo(f"Contents: {made.content}")
        for what, hashes in (("not in the store", made.missing), ("damaged in the store", made.damaged)):
            if hashes:
                names = ", ".join(hashes[:SHOWN])
                raise click.ClickException(
                    f"The backup is whole but for {len(hashes)} files that are {what}: {names}"
                )

    return command


def restore_command(settings_of: Callable[[], Settings], rebuild: Rebuild) -> click.Command:
    """The command; `rebuild` writes the search index anew and says how many documents it has."""

    @click.command("restore")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    @click.option("--key-file", type=KEY_FILE, help="A file with the key, for an encrypted backup.")
    @click.option(
        "--look", "only_look", is_flag=True, help="Only say what is in it, and whether it is whole."
    )
    def command(file: Path, key_file: Path | None, only_look: bool) -> None:
        """Bring a backup back into an empty server, on SQLite or PostgreSQL. The server must not run meanwhile."""
        settings = settings_of()
        try:
            secret = _key(settings, key_file)
            if only_look:
                _say(look(file, secret), values=True)
                return
            settings.var.mkdir(parents=True, exist_ok=True)
            store = FileStore(settings.var / "files")
            found = restore(settings.database_url, store, source=file, secret=secret, tell=click.echo)
        except (KeyProblem, WontRestore, Damaged) as error:
            raise click.ClickException(str(error)) from error
        db = Database.open(settings.database_url)
        try:
            click.echo("Writing the search index ...")
            documents = rebuild(settings, db)
        finally:
            db.dispose()
        _say(found, values=False)
        click.echo(f"{documents} documents can be found. Check with: cop doctor. People sign in again.")

    return command


def _say(found: Contents, *, values: bool) -> None:
    head = found.head
    click.echo(
        f"Backup of {head.made_at}, CoP {head.program}, database version {head.revision} ({head.database}): "
        f"{found.rows} rows, {found.files} files."
    )
    if not head.settings:
        return
    click.echo("Settings of the server it was taken from:")
    for name, value in head.settings.items():
        hidden = value is None or (name in SECRET_NAMES and not values)
        click.echo(f"  {name}: (secret, not shown)" if hidden else f"  {name}={value}")


def doctor_command(patient: Callable[[bool], AbstractContextManager[Patient]]) -> click.Command:
    """The command; `patient(thorough)` opens a server even when it is not at the version of this program."""

    @click.command("doctor")
    @click.option("--quick", is_flag=True, help="Leave out what takes minutes in a large community.")
    def command(quick: bool) -> None:
        """Say what is wrong and how to mend it. Ends with status 1 when something is wrong."""
        counted: Counter[str] = Counter()
        with patient(not quick) as shown:
            for finding in examine(shown):
                counted[finding.level] += 1
                click.echo(f"{finding.level:6} {finding.what}")
                if finding.mend:
                    click.echo(f"{'':6} → {finding.mend}")
        if counted["wrong"]:
            things = "1 thing is" if counted["wrong"] == 1 else f"{counted['wrong']} things are"
            raise click.ClickException(f"{things} wrong.")
        click.echo("Nothing is wrong." if counted["look"] else "All is well.")

    return command
