"""Pages about the people of a team: who is on it, finding and adding somebody, changing and removing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from cop.accounts import policy as accounts_policy
from cop.accounts import queries as accounts
from cop.accounts.functions import FUNCTIONS
from cop.accounts.queries import PersonLine
from cop.kernel.access import PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.teams import policy, queries, service, wording
from cop.teams.forms import PlaceForm
from cop.teams.frame import frame
from cop.teams.queries import Member, Team
from cop.teams.routes import TEAM
from cop.web.area import Area
from cop.web.forms import one_line
from cop.web.templating import flash, page, see_other

area = Area("team_people", __name__)

PERSON = "<int:person_id>"
MEMBER = f"{TEAM}/people/<int:member_id>"
SEARCH_MAX = 100


@dataclass(frozen=True, slots=True)
class FunctionGroup:
    """The people who bring one function; empty for one that is wanted and missing."""

    key: str
    label: str
    members: Sequence[Member]


def _groups(members: Sequence[Member], missing: Sequence[str]) -> list[FunctionGroup]:
    return [
        FunctionGroup(key, label, [member for member in members if member.function == key])
        for key, label in FUNCTIONS.items()
        if key in missing or any(member.function == key for member in members)
    ]


@area.get(f"{TEAM}/people", access=PUBLIC)
def people(actor: Actor, tx: Tx, team_id: int) -> str:
    """Everybody on the team by function, what is missing, and who has left."""
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    members = queries.members(actor, tx=tx, team_id=team_id)
    own = next((member for member in members if member.person.id == actor.person_id), None)
    return page(
        "teams/people.html",
        frame=frame(actor, tx=tx, team=team, current="people"),
        team=team,
        groups=_groups(members, team.missing),
        former=queries.members(actor, tx=tx, team_id=team_id, former=True) if team.standing.is_member else [],
        role_words=wording.ROLE_WORDS,
        manages=bool(policy.can_manage(actor, team.standing)),
        own=own,
        functions_line=wording.functions_line(len(team.wanted), len(team.functions), team.missing),
        mix=wording.mix(team.content, team.unhappy, team.people),
        asked=bool(policy.can_take_stance(actor, team.standing)),
        links=bool(accounts_policy.can_see_people(actor)),
    )


def _managed(actor: Actor, tx: Tx, team_id: int) -> Team:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_manage(actor, team.standing))
    return team


@area.get(f"{TEAM}/people/add", access=SIGNED_IN)
def find(actor: Actor, tx: Tx, team_id: int) -> str:
    """Find somebody by name, organisation or exact address; with a function and no name, those who bring it."""
    team = _managed(actor, tx, team_id)
    typed = one_line(request.args.get("q", ""))[:SEARCH_MAX]
    function = _asked_function()
    if function and not typed:
        found = accounts.people_with_function(actor, tx=tx, function=function)
    else:
        found = _matches(actor, tx, typed)
    present = {member.person.id for member in queries.members(actor, tx=tx, team_id=team_id)}
    return page(
        "teams/find.html",
        team=team,
        typed=typed,
        found=found,
        present=present,
        function=function,
        wanted=wording.function_in_sentence(function) if function else "",
        missing=[(key, wording.function_in_sentence(key)) for key in team.missing if key != function],
        full=len(found) >= accounts.FOUND_MAX,
    )


def _asked_function() -> str:
    """The function named in the address, empty for none or one there is not."""
    asked = request.args.get("function", "")
    return asked if asked in FUNCTIONS else ""


def _matches(actor: Actor, tx: Tx, typed: str) -> list[PersonLine]:
    if "@" in typed:
        person_id = accounts.person_id_by_email(actor, tx=tx, email=typed)
        lines = accounts.lines_by_id(actor, tx=tx, person_ids=[person_id] if person_id else [])
        return list(lines.values())
    return accounts.find_people(actor, tx=tx, text=typed)


@area.get(f"{TEAM}/people/add/{PERSON}", access=SIGNED_IN)
def place_page(actor: Actor, tx: Tx, team_id: int, person_id: int) -> str:
    """Choose the role and the function for somebody who was found."""
    line = service.addable(actor, tx=tx, person_id=person_id)
    form = PlaceForm(
        data={"role": "member", "function": _asked_function() or line.function, "title": line.job}
    )
    return _place_again(actor, tx, form, team_id, person_id)


def _place_again(actor: Actor, tx: Tx, form: PlaceForm, team_id: int, person_id: int) -> str:
    team = _managed(actor, tx, team_id)
    line = service.addable(actor, tx=tx, person_id=person_id)
    return page("teams/place.html", team=team, person=line, form=form, member=None)


@area.post(f"{TEAM}/people/add/{PERSON}", access=SIGNED_IN, form=PlaceForm, again=_place_again)
def add(actor: Actor, tx: Tx, form: PlaceForm, team_id: int, person_id: int) -> Response:
    """Add them."""
    line = service.addable(actor, tx=tx, person_id=person_id)
    service.add_member(
        actor,
        tx=tx,
        team_id=team_id,
        person_id=person_id,
        role=form.role.data,
        function=form.function.data,
        title=form.title.data or "",
    )
    flash(f"{line.name} is on the team.")
    return see_other(f"/teams/{team_id}/people")


@area.get(MEMBER, access=SIGNED_IN)
def member_page(actor: Actor, tx: Tx, team_id: int, member_id: int) -> str:
    """Somebody's role and function, to change."""
    member = queries.member(actor, tx=tx, team_id=team_id, member_id=member_id)
    form = PlaceForm(data={"role": member.role, "function": member.function, "title": member.title})
    return _member_again(actor, tx, form, team_id, member_id)


def _member_again(actor: Actor, tx: Tx, form: PlaceForm, team_id: int, member_id: int) -> str:
    team = _managed(actor, tx, team_id)
    member = queries.member(actor, tx=tx, team_id=team_id, member_id=member_id)
    return page("teams/place.html", team=team, person=member.person, form=form, member=member)


@area.post(MEMBER, access=SIGNED_IN, form=PlaceForm, again=_member_again)
def change(actor: Actor, tx: Tx, form: PlaceForm, team_id: int, member_id: int) -> Response:
    """Change them."""
    service.change_member(
        actor,
        tx=tx,
        team_id=team_id,
        member_id=member_id,
        role=form.role.data,
        function=form.function.data,
        title=form.title.data or "",
    )
    flash("The change is made.")
    return see_other(f"/teams/{team_id}/people")


@area.get(f"{MEMBER}/remove", access=SIGNED_IN)
def remove_page(actor: Actor, tx: Tx, team_id: int, member_id: int) -> str:
    """Ask before somebody is taken off the team, or leaves it."""
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    member = queries.member(actor, tx=tx, team_id=team_id, member_id=member_id)
    own = member.person.id == actor.person_id
    if not own:
        require(policy.can_manage(actor, team.standing))
    return page(
        "teams/remove.html", team=team, member=member, own=own, hint=wording.ACCESS_WORDS[team.access_mode]
    )


@area.post(f"{MEMBER}/remove", access=SIGNED_IN)
def remove(actor: Actor, tx: Tx, team_id: int, member_id: int) -> Response:
    """Take them off the team."""
    member = queries.member(actor, tx=tx, team_id=team_id, member_id=member_id)
    own = member.person.id == actor.person_id
    service.remove_member(actor, tx=tx, team_id=team_id, member_id=member_id)
    flash("You have left the team." if own else f"{member.person.name} is no longer on the team.")
    # Somebody who left a private team could not open its page any more.
    return see_other("/teams" if own else f"/teams/{team_id}/people")
