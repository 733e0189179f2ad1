"""Pages about organisations: finding one by any of its names, and what became of a council that was replaced."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request
from werkzeug.wrappers import Response

from cop.accounts import lineage, policy, queries
from cop.accounts.register import names
from cop.accounts.register.reader import Authority, english_register
from cop.accounts.slots import ORGANISATION_WORK, Group
from cop.kernel.access import PUBLIC, Actor
from cop.kernel.db import Tx
from cop.web.area import Area
from cop.web.templating import page, see_other

area = Area("organisations", __name__, url_prefix="/organisations")

TEXT_MAX = 200
KIND_WORDS = {
    "council": "Council",
    "consortium": "Buying consortium",
    "supplier": "Supplier",
    "central": "Central body",
    "community": "Community group",
}


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a name led to: a heading in words, the bodies to choose from, and who was replaced, if so."""

    heading: str
    bodies: list[queries.Organisation]
    replaced: queries.Organisation | None = None


def _bodies(actor: Actor, tx: Tx, authorities: tuple[Authority, ...]) -> list[queries.Organisation]:
    found = queries.organisations_by_gss(actor, tx=tx, codes=[item.gss_code for item in authorities])
    return [found[item.gss_code] for item in authorities if item.gss_code in found]


def _answer(actor: Actor, tx: Tx, text: str) -> _Answer:
    """Resolve a typed name: certain, replaced, a choice, or nothing with suggestions."""
    others = queries.other_organisations(actor, tx=tx, text=text)
    resolution = names.resolve(text, english_register())
    if isinstance(resolution, names.Certain):
        bodies = _bodies(actor, tx, (resolution.authority,))
        return _Answer(
            "This is the council you mean" if not others else "Which one do you mean?", bodies + others
        )
    if isinstance(resolution, names.Successors):
        before = _bodies(actor, tx, (resolution.predecessor,))
        bodies = _bodies(actor, tx, resolution.successors)
        return _Answer(
            f"{resolution.predecessor.name} was replaced", bodies + others, before[0] if before else None
        )
    if isinstance(resolution, names.Choice):
        return _Answer("Which one do you mean?", _bodies(actor, tx, resolution.candidates) + others)
    if others:
        return _Answer("Which one do you mean?", others)
    return _Answer("Nothing goes by that name", _bodies(actor, tx, resolution.suggestions))


@area.get("", access=PUBLIC)
def find(actor: Actor, tx: Tx) -> Response | str:
    """Find an organisation by name or code; one certain answer leads straight to its page."""
    text = " ".join((request.args.get("name") or "").replace("\x00", "").split())[:TEXT_MAX]
    answer = _answer(actor, tx, text) if text else None
    if answer and len(answer.bodies) == 1 and answer.heading.startswith("This is"):
        return see_other(f"/organisations/{answer.bodies[0].id}")
    return page("accounts/organisations.html", text=text, answer=answer, kind_words=KIND_WORDS)


@area.get("/<int:organisation_id>", access=PUBLIC)
def show(actor: Actor, tx: Tx, organisation_id: int) -> str:
    """One organisation: what it is, whom it replaced and who replaced it, and what all of them did."""
    body = queries.organisation(actor, tx=tx, organisation_id=organisation_id)
    line = lineage.line_of(actor, tx=tx, organisation_id=organisation_id)
    return page(
        "accounts/organisation.html",
        body=body,
        present=lineage.bodies(actor, tx=tx, organisation_ids=[organisation_id])[organisation_id],
        successors=queries.successors_of(actor, tx=tx, organisation_id=organisation_id),
        predecessors=queries.predecessors_of(actor, tx=tx, organisation_id=organisation_id),
        work=_work(actor, tx, body, line),
        kind_words=KIND_WORDS,
        manages=bool(policy.can_manage_people(actor, organisation_id)),
        sees_people=bool(policy.can_see_people(actor)),
    )


def _work(
    actor: Actor, tx: Tx, body: queries.Organisation, line: list[lineage.Named]
) -> list[tuple[lineage.Named, list[Group]]]:
    """What each of the line did, itself first; none without anything to show to this reader."""
    if not policy.can_see_work(actor, body.kind, body.id):
        return []
    groups = sorted(ORGANISATION_WORK.items(actor, tx, line), key=lambda group: group.order)
    by_body = [(each, [group for group in groups if group.organisation_id == each.id]) for each in line]
    return [(each, some) for each, some in by_body if some]
