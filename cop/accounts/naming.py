"""From what somebody typed to one organisation, or a sentence that says which ones it could mean."""

from __future__ import annotations

from cop.accounts import queries
from cop.accounts.queries import Organisation
from cop.accounts.register import names
from cop.accounts.register.reader import Authority, english_register
from cop.kernel.access import Actor
from cop.kernel.db import Tx
from cop.kernel.errors import Invalid

OFFERED = 6


def one_organisation(actor: Actor, *, tx: Tx, text: str, field: str) -> Organisation:
    """The organisation that a name or code means for certain.

    An exact name of a body beside the register is certain, too. Anything else is Invalid beside `field`, with the
    ones it could mean: an abolished council leads to its successors, an ambiguous name to a choice.
    """
    exact = [
        body
        for body in queries.other_organisations(actor, tx=tx, text=text)
        if body.name.casefold() == text.casefold()
    ]
    resolution = names.resolve(text, english_register())
    if isinstance(resolution, names.Certain) and not exact:
        found = queries.organisations_by_gss(actor, tx=tx, codes=[resolution.authority.gss_code])
        if resolution.authority.gss_code in found:
            return found[resolution.authority.gss_code]
    if len(exact) == 1 and not isinstance(resolution, names.Certain):
        return exact[0]
    raise Invalid(_sentence(text, resolution), field)


def council_id(actor: Actor, *, tx: Tx, name: str) -> int | None:
    """The id of the authority of the register that a name means for certain, or None."""
    resolution = names.resolve(name, english_register())
    if not isinstance(resolution, names.Certain) or resolution.matched_by is names.MatchedBy.CLOSE_SPELLING:
        return None
    code = resolution.authority.gss_code
    found = queries.organisations_by_gss(actor, tx=tx, codes=[code])
    return found[code].id if code in found else None


def _sentence(text: str, resolution: names.Resolution) -> str:
    if isinstance(resolution, names.Successors):
        return f"{resolution.predecessor.name} was replaced. Enter one of: {_listed(resolution.successors)}."
    if isinstance(resolution, names.Choice):
        return f"“{text}” could mean several. Enter one of: {_listed(resolution.candidates)}."
    if isinstance(resolution, names.Certain):
        code = resolution.authority.gss_code
        return f"“{text}” is the name of a council and of another body. Enter {code} if you mean the council."
    if isinstance(resolution, names.Unknown) and resolution.suggestions:
        return f"No organisation goes by that name. Did you mean {_listed(resolution.suggestions)}?"
    return "No organisation goes by that name. Check the spelling, or add it first."


def _listed(authorities: tuple[Authority, ...]) -> str:
    return "; ".join(f"{item.official_name} ({item.gss_code})" for item in authorities[:OFFERED])
