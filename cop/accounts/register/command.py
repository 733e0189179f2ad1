"""The command `cop register`: look a name up, and bring in a newer published edition."""

from __future__ import annotations

from pathlib import Path

import click

from cop.accounts.register.names import Certain, Choice, Resolution, Successors, Unknown, resolve
from cop.accounts.register.reader import REGISTER_FILE, Authority, english_register
from cop.accounts.register.refresh import RefreshPlan, plan_refresh
from cop.kernel.errors import Invalid

NONE, SEVERAL = 1, 3
"""What `find` ends with besides 0; 2 is how a command ends that was typed wrong."""


@click.group("register")
def register() -> None:
    """The register of English authorities."""


@register.command("find")
@click.argument("name")
def find(name: str) -> None:
    """Say which authority NAME (or a code) means.

    Ends with status 0 when it means exactly one, which may have ended; with 3 when it could mean several, which are
    listed; with 1 when there is none.
    """
    resolution = resolve(name, english_register())
    unknown = isinstance(resolution, Unknown)
    click.echo("\n".join(_answer(resolution)), err=unknown)
    if unknown:
        click.get_current_context().exit(NONE)
    if isinstance(resolution, Choice):
        click.get_current_context().exit(SEVERAL)


@register.command("refresh")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--write", is_flag=True, help="Write the register; without it the changes are only shown.")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    default=REGISTER_FILE,
    help="Where to write; the register that ships with the product unless given.",
)
def refresh(file: Path, *, write: bool, target: Path) -> None:
    """Show what the published edition FILE would change, and write it with --write."""
    try:
        plan = plan_refresh(english_register(), file)
    except Invalid as error:
        raise click.ClickException(error.message) from error
    for line in _lines(plan):
        click.echo(line)
    if not write:
        if not plan.is_empty:
            click.echo("Nothing was written. Add --write to write it.")
        return
    try:
        _write_whole(target, plan.text())
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror}. Use --to.") from error
    click.echo(f"Wrote {len(plan.register.authorities)} authorities to {target}.")


def _write_whole(target: Path, text: str) -> None:
    """All of the file or none of it: a reader never meets half a register."""
    beside = target.with_name(target.name + ".new")
    beside.write_text(text, encoding="utf-8", newline="")
    beside.replace(target)


def _lines(plan: RefreshPlan) -> list[str]:
    lines = [f"New: {_title(authority)}, {authority.kind}" for authority in plan.added]
    lines += [f"Ended on {authority.end_date}: {_title(authority)}" for authority in plan.ended]
    lines += [
        f"Changed: {change.name} ({change.gss_code}), {change.field.replace('_', ' ')}: "
        f"“{change.before}” becomes “{change.after}”"
        for change in plan.changed
    ]
    lines += [
        f"Not in the file, kept: {_title(authority)}"
        for authority in plan.not_published
        if authority.end_date is None
    ]
    older = sum(authority.end_date is not None for authority in plan.not_published)
    if plan.is_empty:
        lines.append("The register already says what this edition says.")
    lines.append(
        f"{len(plan.added)} new, {len(plan.ended)} ended, {len(plan.changed)} values changed, "
        f"{older} former authorities kept that the file does not have."
    )
    return lines


def _answer(resolution: Resolution) -> list[str]:
    if isinstance(resolution, Certain):
        return [f"{_title(resolution.authority)}, by {resolution.matched_by}"]
    if isinstance(resolution, Successors):
        ended = resolution.predecessor
        head = f"{_title(ended)}, by {resolution.matched_by}, ended on {ended.end_date}. In its place:"
        return [head, *(f"- {_title(authority)}" for authority in resolution.successors)]
    if isinstance(resolution, Choice):
        return ["One of these:", *(f"- {_title(authority)}" for authority in resolution.candidates)]
    suggestions = [f"- {_title(authority)}" for authority in resolution.suggestions]
    return [resolution.reason, *(["Did you mean:", *suggestions] if suggestions else [])]


def _title(authority: Authority) -> str:
    return f"{authority.official_name} ({authority.gss_code})"
