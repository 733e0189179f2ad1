"""The functions people bring to a team, in the order pages list them. Keys are stored, words are shown."""

from __future__ import annotations

FUNCTIONS: dict[str, str] = {
    "service_user": "Service user",
    "commissioning": "Commissioning",
    "social_care": "Social care",
    "procurement": "Procurement",
    "commercial": "Commercial",
    "finance": "Finance",
    "legal": "Legal",
    "it": "IT",
    "policy": "Policy",
    "hr": "HR",
    "fleet": "Fleet",
    "estates": "Estates and energy",
    "community": "Community",
    "supplier": "Supplier",
    "other": "Something else",
}

_ACRONYMS = frozenset({"it", "hr"})


def in_small_letters(key: str) -> str:
    """A function's words within a sentence or a line: "social care", "IT"."""
    return FUNCTIONS[key] if key in _ACRONYMS else FUNCTIONS[key].lower()
