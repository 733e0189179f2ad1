"""Pages about two accounts that become one: the admin chooses and completes, the owner says yes by a button."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from cop.accounts import merging
from cop.accounts.forms import MergeForm, MergeReasonForm
from cop.accounts.merging import Account, Merge
from cop.accounts.routes import SEARCH_MAX
from cop.kernel.access import PLATFORM_ADMIN, PUBLIC, Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid, NotFound
from cop.web.area import AfterCommit, Area
from cop.web.fields import choices
from cop.web.templating import flash, page, see_other

area = Area("merging", __name__)

PAIR = "/admin/people/<int:person_id>/merge/<int:other_id>"
ONE = "/admin/merges/<int:merge_id>"
LINK = "/merge/<token>"


@area.get("/admin/people/<int:person_id>/merge", access=PLATFORM_ADMIN)
def find_other(actor: Actor, tx: Tx, person_id: int) -> str:
    """Find the other account of somebody, by name or address."""
    text = " ".join((request.args.get("q") or "").replace("\x00", "").split())[:SEARCH_MAX]
    return page(
        "accounts/merge_find.html",
        one=_standing(actor, tx, person_id),
        text=text,
        found=merging.candidates(actor, tx=tx, person_id=person_id, text=text),
        under_way=merging.open_for(actor, tx=tx, person_ids=[person_id]),
    )


def _standing(actor: Actor, tx: Tx, person_id: int) -> Account:
    """An account that can be merged; one that was closed or stopped cannot."""
    found = merging.account(actor, tx=tx, person_id=person_id)
    if found.stopped:
        raise NotFound
    return found


def _pair_again(actor: Actor, tx: Tx, form: MergeForm, person_id: int, other_id: int) -> str:
    if person_id == other_id:
        raise NotFound
    pair = [_standing(actor, tx, number) for number in (person_id, other_id)]
    form.kept.choices = choices((str(each.line.id), f"{each.line.name}, {each.email}") for each in pair)
    return page(
        "accounts/merge_pair.html",
        form=form,
        pair=pair,
        under_way=merging.open_for(actor, tx=tx, person_ids=[person_id, other_id]),
    )


@area.get(PAIR, access=PLATFORM_ADMIN)
def compare(actor: Actor, tx: Tx, person_id: int, other_id: int) -> str:
    """What each of two accounts is, side by side, and the choice of the one that stays."""
    return _pair_again(actor, tx, MergeForm(), person_id, other_id)


@area.post(PAIR, access=PLATFORM_ADMIN, form=MergeForm, again=_pair_again)
def ask(actor: Actor, tx: Tx, form: MergeForm, person_id: int, other_id: int) -> Response:
    """Ask the readers of both addresses whether both accounts are theirs."""
    kept_id = form.chosen()
    if kept_id not in (person_id, other_id):
        raise Invalid("Choose the account that stays", "kept")
    closed_id = other_id if kept_id == person_id else person_id
    merge_id = merging.ask(actor, tx=tx, kept_id=kept_id, closed_id=closed_id)
    flash("Both addresses get a letter now. You can complete the merge when both have been confirmed.")
    return see_other(f"/admin/merges/{merge_id}")


def _merge_again(actor: Actor, tx: Tx, form: MergeReasonForm, merge_id: int) -> str:
    found: Merge = merging.merge(actor, tx=tx, merge_id=merge_id)
    return page(
        "accounts/merge_state.html",
        form=form,
        merge=found,
        kept=merging.account(actor, tx=tx, person_id=found.kept_id),
        closed=merging.account(actor, tx=tx, person_id=found.closed_id),
    )


@area.get(ONE, access=PLATFORM_ADMIN)
def show(actor: Actor, tx: Tx, merge_id: int) -> str:
    """How far a merge has come."""
    return _merge_again(actor, tx, MergeReasonForm(), merge_id)


@area.post(ONE, access=PLATFORM_ADMIN, form=MergeReasonForm, again=_merge_again)
def complete(actor: Actor, tx: Tx, form: MergeReasonForm, merge_id: int) -> Response:
    """Make the two accounts one."""
    kept_id = merging.complete(actor, tx=tx, merge_id=merge_id, reason=form.reason.data)
    flash("The two accounts are one now. Both were signed out, and both addresses are told.")
    return see_other(f"/people/{kept_id}")


@area.post(f"{ONE}/call-off", access=PLATFORM_ADMIN)
def call_off(actor: Actor, tx: Tx, merge_id: int) -> Response:
    """Leave the two accounts as they are."""
    merging.call_off(actor, tx=tx, merge_id=merge_id)
    flash("The accounts stay as they are. The links in the letters are worth nothing now.")
    return see_other(f"/admin/merges/{merge_id}")


@area.get(LINK, access=PUBLIC)
def follow_link(actor: Actor, tx: Tx, token: str) -> str:
    """Where the link of a letter leads: the question, and a button for yes and one for no (ADR 12)."""
    _, own, other = merging.by_link(actor, tx=tx, token=token)
    return page("accounts/merge_prove.html", token=token, own=own, other=other)


@area.post(LINK, access=PUBLIC)
def prove(actor: Actor, tx: Tx, token: str) -> AfterCommit:
    """Say that both accounts are one's own."""
    merging.prove(actor, tx=tx, token=token)
    return AfterCommit(lambda: page("accounts/merge_answered.html", agreed=True))


@area.post(f"{LINK}/refuse", access=PUBLIC)
def refuse(actor: Actor, tx: Tx, token: str) -> AfterCommit:
    """Say that the other account is not one's own."""
    merging.refuse(actor, tx=tx, token=token)
    return AfterCommit(lambda: page("accounts/merge_answered.html", agreed=False))
