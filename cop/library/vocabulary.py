"""The words the library sorts assets by. Keys are stored and stand in addresses; the words beside them are shown.

The order is the order in which pages list them.
"""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "specification": "Specification",
    "terms_and_clauses": "Terms and clauses",
    "evaluation_model": "Evaluation model",
    "lesson": "Lesson",
    "guide": "Guide",
    "dataset": "Dataset",
    "template": "Template",
}
REGIMES = {
    "procurement_act_2023": "Procurement Act 2023",
    "public_contracts_regulations_2015": "Public Contracts Regulations 2015",
    "concession": "Concession",
    "below_threshold": "Below threshold",
    "not_regime_specific": "Not regime-specific",
}
NO_REGIME = "not_regime_specific"
# Categories are their own keys: they follow the spend areas the board works on, and those have names, not codes.
CATEGORIES = ("Social care", "Fleet and transport", "Workforce", "Cross-cutting")

AUDIENCES = {
    "public": "Anyone",
    "network": "Officers",
    "team": "The team",
}
AUDIENCE_HINTS = {
    "public": "Everybody can find it and download it, without signing in. Suppliers and the press too.",
    "network": "People who act for a council, a consortium or a central body, when they are signed in.",
    "team": "Only people on the team.",
}
AUDIENCE_SENTENCES = {
    "public": "Anyone can read and download this, without signing in.",
    "network": "People who act for a council, a consortium or a central body can read and download this when they "
    "are signed in.",
    "team": "Only people on the team can read and download this.",
}
PUBLISH_LABELS = {
    "public": "Publish for anyone to download",
    "network": "Publish to officers",
    "team": "Publish to the team",
}
"""What the button does. It says so itself: a document that was downloaded cannot be taken back."""
PUBLISH_SENTENCES = {
    "public": "Anyone can then find it and download it, without signing in. Suppliers and the press too.",
    "network": "People who act for a council, a consortium or a central body can then find it and download it, when "
    "they are signed in.",
    "team": "Only people on the team can then find it and download it.",
}
WIDTH = {"team": 0, "network": 1, "public": 2}
"""How wide an audience is: somebody who widens it shows the document to new people."""

STATES = ("draft", "published", "withdrawn")
"""States of an asset: that of its current version, which is never a superseded one."""
VERSION_STATES = ("draft", "published", "superseded", "withdrawn")


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: its name, the address of its text (None where there is none), and what it allows in one sentence."""

    name: str
    address: str | None
    means: str


OGL = "OGL-UK-3.0"
LICENCES = {
    OGL: Licence(
        "Open Government Licence v3.0",
        "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
        "You can copy, change and share it, also commercially, if you name the source.",
    ),
    "CC-BY-4.0": Licence(
        "Creative Commons Attribution 4.0",
        "https://creativecommons.org/licenses/by/4.0/",
        "You can copy, change and share it, also commercially, if you name the author and say what you changed.",
    ),
    "CC-BY-SA-4.0": Licence(
        "Creative Commons Attribution-ShareAlike 4.0",
        "https://creativecommons.org/licenses/by-sa/4.0/",
        "You can copy, change and share it, if you name the author and share your version under the same licence.",
    ),
    "CC0-1.0": Licence(
        "Creative Commons Zero 1.0",
        "https://creativecommons.org/publicdomain/zero/1.0/",
        "You can do anything with it, without asking and without naming anybody.",
    ),
    "none": Licence(
        "No open licence",
        None,
        "You can read it. Ask the owner before you copy it, change it or share it.",
    ),
}
