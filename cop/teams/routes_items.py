"""Pages about what a team has to do and what it decided: one list, with an owner and a date on each line."""

from __future__ import annotations

from werkzeug.wrappers import Response

from cop.accounts.queries import PersonLine
from cop.kernel.access import PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.teams import decisions, open_items, policy, queries
from cop.teams.forms_work import DecisionForm, HandOverForm, ItemForm, day_in_london
from cop.teams.frame import frame, today
from cop.teams.queries import Team
from cop.teams.routes import TEAM
from cop.web.area import Area
from cop.web.templating import flash, page, see_other

area = Area("team_items", __name__)

ITEM = f"{TEAM}/items/<int:item_id>"
DECISION = f"{TEAM}/decisions/<int:decision_id>"


@area.get(f"{TEAM}/items", access=PUBLIC)
def show(actor: Actor, tx: Tx, team_id: int) -> str:
    """The list: what is open, what was decided, what is settled."""
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    listed = open_items.items(actor, tx=tx, team_id=team_id)
    return page(
        "teams/items.html",
        frame=frame(actor, tx=tx, team=team, current="items"),
        team=team,
        still=[item for item in listed if item.state == "open"],
        over=[item for item in listed if item.state != "open"],
        decisions=decisions.decisions(actor, tx=tx, team_id=team_id),
        now=today(),
        writes=bool(policy.can_write(actor, team.standing)),
        manages=bool(policy.can_manage(actor, team.standing)),
    )


def _back(team_id: int) -> Response:
    return see_other(f"/teams/{team_id}/items")


def _written(actor: Actor, tx: Tx, team_id: int) -> Team:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_write(actor, team.standing))
    return team


def _managed(actor: Actor, tx: Tx, team_id: int) -> Team:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_manage(actor, team.standing))
    return team


def _people(actor: Actor, tx: Tx, team_id: int) -> list[PersonLine]:
    return [member.person for member in queries.members(actor, tx=tx, team_id=team_id)]


@area.get(f"{TEAM}/items/new", access=SIGNED_IN)
def new_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """A new item."""
    return _new_again(actor, tx, ItemForm(data={"owner": str(actor.person_id)}), team_id)


def _new_again(actor: Actor, tx: Tx, form: ItemForm, team_id: int) -> str:
    team = _written(actor, tx, team_id)
    form.offer(_people(actor, tx, team_id))
    return page("teams/item.html", team=team, form=form, item=None)


@area.post(f"{TEAM}/items/new", access=SIGNED_IN, form=ItemForm, again=_new_again)
def add(actor: Actor, tx: Tx, form: ItemForm, team_id: int) -> Response:
    """Put it on the list."""
    open_items.add(
        actor,
        tx=tx,
        team_id=team_id,
        title=form.title.data,
        href=form.href.data or "",
        owner_id=form.owner_id(),
        due=form.due.data,
    )
    flash("It is on the list.")
    return _back(team_id)


@area.get(ITEM, access=SIGNED_IN)
def change_page(actor: Actor, tx: Tx, team_id: int, item_id: int) -> str:
    """An item to change, or to give to somebody else."""
    found = open_items.item(actor, tx=tx, team_id=team_id, item_id=item_id)
    data = {
        "title": found.title,
        "href": found.href,
        "owner": str(found.owner.id) if found.owner else "",
        "due": found.due,
    }
    return _change_again(actor, tx, ItemForm(data=data), team_id, item_id)


def _change_again(actor: Actor, tx: Tx, form: ItemForm, team_id: int, item_id: int) -> str:
    team = _written(actor, tx, team_id)
    found = open_items.item(actor, tx=tx, team_id=team_id, item_id=item_id)
    form.offer(_people(actor, tx, team_id))
    return page("teams/item.html", team=team, form=form, item=found)


@area.post(ITEM, access=SIGNED_IN, form=ItemForm, again=_change_again)
def change(actor: Actor, tx: Tx, form: ItemForm, team_id: int, item_id: int) -> Response:
    """Change it."""
    open_items.change(
        actor,
        tx=tx,
        team_id=team_id,
        item_id=item_id,
        title=form.title.data,
        href=form.href.data or "",
        owner_id=form.owner_id(),
        due=form.due.data,
    )
    flash("The item has changed.")
    return _back(team_id)


@area.post(f"{ITEM}/done", access=SIGNED_IN)
def finish(actor: Actor, tx: Tx, team_id: int, item_id: int) -> Response:
    """Mark it as done."""
    open_items.finish(actor, tx=tx, team_id=team_id, item_id=item_id)
    flash("The item is marked as done.")
    return _back(team_id)


@area.post(f"{ITEM}/reopen", access=SIGNED_IN)
def reopen(actor: Actor, tx: Tx, team_id: int, item_id: int) -> Response:
    """Open it again."""
    open_items.reopen(actor, tx=tx, team_id=team_id, item_id=item_id)
    flash("The item is open again.")
    return _back(team_id)


@area.get(f"{ITEM}/hand-over", access=SIGNED_IN)
def hand_over_page(actor: Actor, tx: Tx, team_id: int, item_id: int) -> str:
    """Hand it to somebody outside the team."""
    return _hand_over_again(actor, tx, HandOverForm(), team_id, item_id)


def _hand_over_again(actor: Actor, tx: Tx, form: HandOverForm, team_id: int, item_id: int) -> str:
    team = _managed(actor, tx, team_id)
    found = open_items.item(actor, tx=tx, team_id=team_id, item_id=item_id)
    return page("teams/hand_over.html", team=team, form=form, item=found)


@area.post(f"{ITEM}/hand-over", access=SIGNED_IN, form=HandOverForm, again=_hand_over_again)
def hand_over(actor: Actor, tx: Tx, form: HandOverForm, team_id: int, item_id: int) -> Response:
    """Record to whom it went."""
    open_items.hand_over(
        actor, tx=tx, team_id=team_id, item_id=item_id, to=form.to.data, note=form.note.data or ""
    )
    flash("The item is handed over.")
    return _back(team_id)


@area.get(f"{TEAM}/decisions/new", access=SIGNED_IN)
def decision_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """A decision to write down."""
    form = DecisionForm(data={"decided_on": day_in_london(), "decided_by": "The team"})
    return _decision_again(actor, tx, form, team_id)


def _decision_again(actor: Actor, tx: Tx, form: DecisionForm, team_id: int) -> str:
    team = _managed(actor, tx, team_id)
    return page("teams/decision.html", team=team, form=form, decision=None)


@area.post(f"{TEAM}/decisions/new", access=SIGNED_IN, form=DecisionForm, again=_decision_again)
def record(actor: Actor, tx: Tx, form: DecisionForm, team_id: int) -> Response:
    """Write it down."""
    assert form.decided_on.data is not None
    decisions.record_decision(
        actor,
        tx=tx,
        team_id=team_id,
        text=form.text.data,
        decided_on=form.decided_on.data,
        decided_by=form.decided_by.data,
    )
    flash("The decision is recorded.")
    return _back(team_id)


@area.get(DECISION, access=SIGNED_IN)
def right_page(actor: Actor, tx: Tx, team_id: int, decision_id: int) -> str:
    """A recorded decision to put right."""
    found = decisions.decision(actor, tx=tx, team_id=team_id, decision_id=decision_id)
    data = {"text": found.text, "decided_on": found.decided_on, "decided_by": found.decided_by}
    return _right_again(actor, tx, DecisionForm(data=data), team_id, decision_id)


def _right_again(actor: Actor, tx: Tx, form: DecisionForm, team_id: int, decision_id: int) -> str:
    team = _managed(actor, tx, team_id)
    found = decisions.decision(actor, tx=tx, team_id=team_id, decision_id=decision_id)
    return page("teams/decision.html", team=team, form=form, decision=found)


@area.post(DECISION, access=SIGNED_IN, form=DecisionForm, again=_right_again)
def put_right(actor: Actor, tx: Tx, form: DecisionForm, team_id: int, decision_id: int) -> Response:
    """Put it right."""
    assert form.decided_on.data is not None
    decisions.change_decision(
        actor,
        tx=tx,
        team_id=team_id,
        decision_id=decision_id,
        text=form.text.data,
        decided_on=form.decided_on.data,
        decided_by=form.decided_by.data,
    )
    flash("The record is put right.")
    return _back(team_id)
