"""Pages about teams: the list, a team, starting one, its charter, its steps and its end date."""

from __future__ import annotations

from flask import make_response, request
from werkzeug.wrappers import Response

from cop.accounts import lineage
from cop.accounts import policy as accounts_policy
from cop.accounts import queries as accounts
from cop.accounts.functions import FUNCTIONS
from cop.kernel.access import OFFICER, PUBLIC, SIGNED_IN, Actor, require
from cop.kernel.db import Tx
from cop.kernel.errors import NotFound
from cop.kernel.ids import new_token
from cop.teams import closing, guests, of_organisations, open_items, policy, queries, service, wording
from cop.teams.forms import CharterForm, StartForm
from cop.teams.forms_work import ReasonedEndDateForm
from cop.teams.frame import Due, Frame, frame, shown_card, today
from cop.teams.queries import Member, Team
from cop.teams.slots import TEAM_ACTIVITY
from cop.web.actor import shown_actor
from cop.web.area import AfterCommit, Area
from cop.web.edge import edge
from cop.web.forms import Form
from cop.web.numbers import whole_number
from cop.web.templating import flash, page, see_other

area = Area("teams", __name__)

TEAM = "/teams/<int:team_id>"
ACTIVITY_SHOWN = 8
PEOPLE_SHOWN = 12
DONE_WORDS = {
    "activate": "The team is at work.",
    "finish": "The team is finishing.",
    "close": "The team is closed. This page is its story now.",
}


@area.get("/teams", access=PUBLIC)
def team_list(actor: Actor, tx: Tx) -> str:
    """Teams the reader may know of, those that end soonest first; one's own above them."""
    after = request.args.get("after")
    found = queries.cards(actor, tx=tx, after=after)
    own = [] if after else queries.own_cards(actor, tx=tx)
    mine = {card.id for card in own}
    return page(
        "teams/list.html",
        own=[shown_card(card) for card in own],
        cards=[shown_card(card) for card in found.rows if card.id not in mine],
        older=f"/teams?after={found.older}" if found.older else None,
        first="/teams" if after else None,
        may_start=bool(policy.can_start(actor)),
    )


@area.get("/organisations/<int:organisation_id>/teams", access=SIGNED_IN)
def of_organisation(actor: Actor, tx: Tx, organisation_id: int) -> str:
    """The teams with people from one organisation, for whoever may look people up."""
    body = lineage.bodies(actor, tx=tx, organisation_ids=[organisation_id]).get(organisation_id)
    if body is None or not accounts_policy.can_see_people(actor):
        raise NotFound
    after = request.args.get("after")
    among = of_organisations.team_ids(actor, organisation_id=organisation_id)
    found = queries.cards(actor, tx=tx, among=among, after=after)
    here = f"/organisations/{organisation_id}/teams"
    return page(
        "teams/of_organisation.html",
        body=body,
        cards=[shown_card(card) for card in found.rows],
        older=f"{here}?after={found.older}" if found.older else None,
        first=here if after else None,
    )


@area.get("/teams/new", access=OFFICER)
def start_page(actor: Actor, tx: Tx) -> str:
    """The charter of a new team."""
    assert actor.person_id is not None
    line = accounts.lines_by_id(actor, tx=tx, person_ids=[actor.person_id])[actor.person_id]
    data = {"start_date": today(), "access_mode": "open", "function": line.function, "title": line.job}
    data["key"] = new_token()
    return _start_again(actor, tx, StartForm(data=data))


def _start_again(actor: Actor, tx: Tx, form: StartForm) -> str:
    return page("teams/start.html", form=form)


@area.post("/teams/new", access=OFFICER, form=StartForm, again=_start_again)
def start(actor: Actor, tx: Tx, form: StartForm) -> Response:
    """Start a team and go to its page."""
    team_id = service.start_team(
        actor,
        tx=tx,
        charter=form.charter(),
        function=form.function.data,
        title=form.title.data or "",
        key=form.once(),
    )
    flash("You have started a team. Next, add the people it needs.")
    return see_other(f"/teams/{team_id}")


@area.get(TEAM, access=PUBLIC)
def show(actor: Actor, tx: Tx, team_id: int) -> str:
    """A team's page; those who may only see its card see that, and who may read the rest."""
    team = queries.team(actor, tx=tx, team_id=team_id)
    around = frame(actor, tx=tx, team=team, current="overview")
    if not team.can_read:
        may_extend = bool(policy.can_extend(actor, team.standing))
        return page(
            "teams/card.html",
            frame=around,
            team=team,
            card=_hint(team),
            may_extend=may_extend,
            visits=guests.own(actor, tx=tx, team_id=team_id),
        )
    if team.status == "closed":
        return _story(actor, tx, team, around)
    people = _by_role(queries.members(actor, tx=tx, team_id=team_id))
    activity = sorted(TEAM_ACTIVITY.items(actor, tx, team), key=lambda item: item.at, reverse=True)
    manages = bool(policy.can_manage(actor, team.standing))
    return page(
        "teams/show.html",
        frame=around,
        team=team,
        people=people[:PEOPLE_SHOWN],
        more_people=max(0, len(people) - PEOPLE_SHOWN),
        role_words=wording.ROLE_WORDS,
        activity=activity[:ACTIVITY_SHOWN],
        scope_in=wording.points(team.scope_in),
        scope_out=wording.points(team.scope_out),
        gap=wording.nobody_from(team.missing),
        links=bool(accounts_policy.can_see_people(actor)),
        access_hint=_hint(team),
        steps=queries.steps(actor, tx=tx, team_id=team_id) if manages else [],
        manages=manages,
        may_extend=bool(policy.can_extend(actor, team.standing)),
        mix=wording.mix(team.content, team.unhappy, team.people),
        asked=bool(policy.can_take_stance(actor, team.standing)) and team.own_stance is None,
        due=_due(actor, tx, team_id) if team.standing.is_member else [],
    )


def _by_role(members: list[Member]) -> list[Member]:
    return sorted(members, key=lambda member: ("lead", "facilitator", "member").index(member.role))


def _due(actor: Actor, tx: Tx, team_id: int) -> list[Due]:
    """What this reader has on this team's list, in words."""
    now = today()
    mine = open_items.items(actor, tx=tx, team_id=team_id)
    return [
        Due(item.title, item.href or f"/teams/{team_id}/items", *wording.by_when(item.due, now))
        for item in mine
        if item.state == "open" and item.owner is not None and item.owner.id == actor.person_id
    ]


def _story(actor: Actor, tx: Tx, team: Team, around: Frame) -> str:
    """A closed team, to be read from the beginning to the end."""
    saved = closing.reports(actor, tx=tx, team_id=team.id)
    return page(
        "teams/story.html",
        frame=around,
        team=team,
        report=saved[0] if saved else None,
        story=closing.story(actor, tx=tx, team=team),
        people=_by_role(queries.members(actor, tx=tx, team_id=team.id)),
        former=queries.members(actor, tx=tx, team_id=team.id, former=True) if team.standing.is_member else [],
        functions=FUNCTIONS,
        role_words=wording.ROLE_WORDS,
        moment_words=wording.MOMENT_WORDS,
        scope_in=wording.points(team.scope_in),
        scope_out=wording.points(team.scope_out),
        access_hint=_hint(team),
        links=bool(accounts_policy.can_see_people(actor)),
    )


def _hint(team: Team) -> str:
    return wording.ACCESS_HINTS[team.access_mode]


@area.get(f"{TEAM}/charter", access=SIGNED_IN)
def charter_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """The charter to change."""
    team = _managed(actor, tx, team_id)
    return _draw_charter(team, CharterForm(data=_typed(team)))


def _typed(team: Team) -> dict[str, object]:
    values: dict[str, object] = {
        key: getattr(team, key)
        for key in (
            "name", "question", "ambition", "ambition_by", "measure", "baseline", "scope_in", "scope_out",
            "gap_note", "access_mode", "start_date", "end_date",
        )
    }  # fmt: skip
    return {**values, "functions_wanted": list(team.wanted), "base_version": str(team.version)}


def _managed(actor: Actor, tx: Tx, team_id: int) -> Team:
    team = queries.readable_team(actor, tx=tx, team_id=team_id)
    require(policy.can_manage(actor, team.standing))
    return team


def _draw_charter(team: Team, form: CharterForm, theirs: Team | None = None) -> str:
    fixed_end = None if team.status == "forming" else team.end_date
    return page("teams/charter.html", team=team, form=form, fixed_end=fixed_end, theirs=theirs)


def _charter_again(actor: Actor, tx: Tx, form: CharterForm, team_id: int) -> str:
    return _draw_charter(_managed(actor, tx, team_id), form)


@area.post(f"{TEAM}/charter", access=SIGNED_IN, form=CharterForm, again=_charter_again)
def change_charter(actor: Actor, tx: Tx, form: CharterForm, team_id: int) -> Response | AfterCommit:
    """Rewrite the charter; when somebody else did so meanwhile, show both and change nothing."""
    team = _managed(actor, tx, team_id)
    if team.status != "forming" and not any(form.end_date.typed.values()):
        # At work the form does not offer the end date, so what it does not say stays as it is.
        form.end_date.data = team.end_date
    # 0, which never was a version, when the page was tampered with: both charters are shown then.
    version = whole_number(form.base_version.data) or 0
    try:
        service.change_charter(
            actor,
            tx=tx,
            team_id=team_id,
            charter=form.charter(),
            base_version=version,
            opened=form.opened.data,
        )
    except service.CharterConflict:
        return AfterCommit(lambda: _charter_conflict(team_id, form))
    flash("The charter has changed.")
    return see_other(f"/teams/{team_id}")


def _charter_conflict(team_id: int, form: CharterForm) -> Response:
    actor = shown_actor()
    with edge().db.transaction(write=False) as tx:
        team = _managed(actor, tx, team_id)
        form.base_version.data = str(team.version)
        response = make_response(_draw_charter(team, form, theirs=team))
    response.status_code = 409
    return response


class StepForm(Form):
    """The name of a step comes with its button."""


@area.get(f"{TEAM}/steps/<name>", access=SIGNED_IN)
def step_page(actor: Actor, tx: Tx, team_id: int, name: str) -> str:
    """A step of the team's life as a question: what must be true, what will happen."""
    return _step_again(actor, tx, StepForm(), team_id, name)


def _step_again(actor: Actor, tx: Tx, form: StepForm, team_id: int, name: str) -> str:
    team = _managed(actor, tx, team_id)
    for step in queries.steps(actor, tx=tx, team_id=team_id):
        if step.name == name:
            return page("teams/step.html", team=team, step=step, form=form)
    raise NotFound


@area.post(f"{TEAM}/steps/<name>", access=SIGNED_IN, form=StepForm, again=_step_again)
def take_step(actor: Actor, tx: Tx, form: StepForm, team_id: int, name: str) -> Response:
    """Take the step."""
    service.take_step(actor, tx=tx, team_id=team_id, name=name)
    flash(DONE_WORDS[name])
    return see_other(f"/teams/{team_id}")


@area.get(f"{TEAM}/end-date", access=SIGNED_IN)
def end_date_page(actor: Actor, tx: Tx, team_id: int) -> str:
    """The board moves the end date."""
    return _end_date_again(actor, tx, ReasonedEndDateForm(), team_id)


def _end_date_again(actor: Actor, tx: Tx, form: ReasonedEndDateForm, team_id: int) -> str:
    team = queries.team(actor, tx=tx, team_id=team_id)
    require(policy.can_extend(actor, team.standing))
    return page("teams/end_date.html", team=team, form=form)


@area.post(f"{TEAM}/end-date", access=SIGNED_IN, form=ReasonedEndDateForm, again=_end_date_again)
def extend(actor: Actor, tx: Tx, form: ReasonedEndDateForm, team_id: int) -> Response:
    """Record the board's decision."""
    assert form.end_date.data is not None
    service.extend(actor, tx=tx, team_id=team_id, end_date=form.end_date.data, reason=form.reason.data)
    flash("The end date has moved. The reason stands on the team’s timeline.")
    return see_other(f"/teams/{team_id}")
