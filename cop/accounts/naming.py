"""From what somebody typed to one organisation, or the ones it could mean."""

from __future__ import annotations

from cop.accounts import queries
from cop.accounts.queries import Organisation
from cop.accounts.register import names
from cop.accounts.register.reader import Authority, english_register
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid

OFFERED = 8


class SeveralMeant(Invalid):
    """A name that does not mean one organisation for certain; `bodies` are the ones it could mean, likeliest first."""

    def __init__(self, message: str, field: str, bodies: list[Organisation]) -> None:
        super().__init__(message, field)
        self.bodies = bodies


def one_organisation(actor: Actor, *, tx: Tx, text: str, field: str, chosen: str = "") -> Organisation:
    """The organisation that a name or code means for certain, or the one of several whose id was `chosen`.

    An exact name of a body beside the register is certain, too. An abolished council leads to its successors, an
    ambiguous or misspelt name to a choice: these raise SeveralMeant, a name that nothing goes by Invalid.
    """
    exact = [
        body
        for body in queries.other_organisations(actor, tx=tx, text=text)
        if body.name.casefold() == text.casefold()
    ]
    resolution = names.resolve(text, english_register())
    likely = _bodies(actor, tx, _authorities(resolution))
    bodies = [*likely, *exact][:OFFERED]
    if len(bodies) == 1 and (exact or isinstance(resolution, names.Certain)):
        return bodies[0]
    if not bodies:
        raise Invalid("No organisation goes by that name. Check the spelling, or add it first.", field)
    for body in bodies:
        if str(body.id) == chosen:
            return body
    raise SeveralMeant(_why(text, resolution), field, bodies)


def council_id(actor: Actor, *, tx: Tx, name: str) -> int | None:
    """The id of the authority of the register that a name means for certain; None for a body beside the register.

    Invalid, with codes to enter instead, where the name could mean several councils or one that was replaced.
    """
    resolution = names.resolve(name, english_register())
    meant = _authorities(resolution)
    if isinstance(resolution, names.Successors) or (isinstance(resolution, names.Choice) and len(meant) > 1):
        listed = "; ".join(f"{item.gss_code} for {item.official_name}" for item in meant[:OFFERED])
        raise Invalid(f"{_why(name, resolution)} Enter {listed}.")
    if not isinstance(resolution, names.Certain) or resolution.matched_by is names.MatchedBy.CLOSE_SPELLING:
        return None
    found = _bodies(actor, tx, meant)
    return found[0].id if found else None


def _authorities(resolution: names.Resolution) -> tuple[Authority, ...]:
    if isinstance(resolution, names.Certain):
        return (resolution.authority,)
    if isinstance(resolution, names.Successors):
        return resolution.successors
    if isinstance(resolution, names.Choice):
        return resolution.candidates
    return resolution.suggestions


def _bodies(actor: Actor, tx: Tx, authorities: tuple[Authority, ...]) -> list[Organisation]:
    found = queries.organisations_by_gss(actor, tx=tx, codes=[item.gss_code for item in authorities])
    return [found[item.gss_code] for item in authorities if item.gss_code in found]


def _why(text: str, resolution: names.Resolution) -> str:
    if isinstance(resolution, names.Successors):
        return f"{resolution.predecessor.name} was replaced. Choose the council that took its place."
    if isinstance(resolution, names.Certain):
        return f"“{text}” is the name of a council and of another body. Choose which one you mean."
    if isinstance(resolution, names.Choice):
        return f"“{text}” could mean several. Choose which one you mean."
    return f"No organisation is called “{text}”. Choose one of these if you mean it, or check the spelling."
