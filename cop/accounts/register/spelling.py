"""Take the name of a council apart: the place it names, and the words that say what sort of council it is."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Words that narrow nothing down: they are dropped before names are compared.
NEUTRAL = frozenset({"council", "the", "of", "and", "authority", "local"})
# Words that say what sort of council is meant, and what each of them asks for. "cc" is a city or a county council.
STATUS_WORDS: dict[str, frozenset[str]] = {
    "county": frozenset({"county"}),
    "city": frozenset({"city"}),
    "borough": frozenset({"borough"}),
    "district": frozenset({"district"}),
    "metropolitan": frozenset({"metropolitan"}),
    "unitary": frozenset({"unitary"}),
    "ua": frozenset({"unitary"}),
    "corporation": frozenset({"corporation"}),
    "combinedauthority": frozenset({"combined"}),
    "londonborough": frozenset({"london"}),
    "lb": frozenset({"london"}),
    "lbc": frozenset({"london"}),
    "royalborough": frozenset({"royal"}),
    "rb": frozenset({"royal"}),
    "mbc": frozenset({"metropolitan"}),
    "mdc": frozenset({"metropolitan"}),
    "dc": frozenset({"district"}),
    "bc": frozenset({"borough"}),
    "cc": frozenset({"city or county"}),
}
# One spelling for words that people write in several ways.
SAME_WORD = {
    "saint": "st",
    "upon": "on",
    "boro": "borough",
    "met": "metropolitan",
    "dist": "district",
    "shires": "shire",
    "beds": "bedfordshire",
    "berks": "berkshire",
    "bucks": "buckinghamshire",
    "cambs": "cambridgeshire",
    "derbys": "derbyshire",
    "glos": "gloucestershire",
    "hants": "hampshire",
    "herts": "hertfordshire",
    "hunts": "huntingdonshire",
    "lancs": "lancashire",
    "leics": "leicestershire",
    "lincs": "lincolnshire",
    "northants": "northamptonshire",
    "northumbs": "northumberland",
    "notts": "nottinghamshire",
    "oxon": "oxfordshire",
    "salop": "shropshire",
    "staffs": "staffordshire",
    "warks": "warwickshire",
    "wilts": "wiltshire",
    "worcs": "worcestershire",
    "yorks": "yorkshire",
}
COMPASS = {
    "n": ("north",),
    "s": ("south",),
    "e": ("east",),
    "w": ("west",),
    "ne": ("north", "east"),
    "nw": ("north", "west"),
    "se": ("south", "east"),
    "sw": ("south", "west"),
}
DIRECTIONS = frozenset({"north", "south", "east", "west", "mid", "central", "greater", "great", "new"})
# Phrases that mean one thing together and another word by word.
PHRASES = (
    (re.compile(r"\b(?:mayoral )?combined (?:county )?authority\b"), "combinedauthority"),
    (re.compile(r"\b(?:cca|mca|ca)$"), "combinedauthority"),
    (re.compile(r"\bcity region\b"), "cityregion"),
    (re.compile(r"\bvale royal\b"), "valeroyal"),
    (re.compile(r"\blondon boro(?:ugh)?\b"), "londonborough"),
    (re.compile(r"\broyal boro(?:ugh)?\b"), "royalborough"),
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. Keys have no spaces, so that hyphens, full stops and run-together words do not matter."""

    exact: str
    """All of it, folded: "northyorkshirecouncil"."""
    plain: str
    """Without the words that narrow nothing down, the words for the kind last: "durham county", "northyorkshire"."""
    core: str
    """Without the words that say what sort of council it is, too; empty when nothing else was typed."""
    words: tuple[str, ...]
    """The words of the core."""
    hints: frozenset[str]
    """What sort of council is meant: "county", "city", "city or county", "borough", "london", "combined" …"""

    @property
    def directions(self) -> tuple[str, ...]:
        """North, south and the like: a misspelling never excuses a different one."""
        return tuple(word for word in self.words if word in DIRECTIONS)


def fold(text: str) -> str:
    """Lower case, accents and apostrophes away, "&" spelt out, everything else that is no letter a space."""
    spread = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(char for char in spread if not unicodedata.combining(char))
    joined = re.sub(r"['’‘`´ʼ]", "", bare.replace("&", " and "))
    return " ".join(re.sub(r"[^a-z0-9]+", " ", joined).split())


def take_apart(text: str) -> Name:
    """The parts of a name as typed; raises nothing, whatever is typed."""
    folded = fold(text)
    for pattern, replacement in PHRASES:
        folded = pattern.sub(replacement, folded)
    words = _same_words(folded.split())
    plain = [word for word in words if word not in NEUTRAL]
    core = tuple(word for word in plain if word not in STATUS_WORDS)
    hints: frozenset[str] = frozenset().union(*(STATUS_WORDS[word] for word in plain if word in STATUS_WORDS))
    # Every name of a council loses "and", "of" and "the" in its exact form too: they come and go in real lists.
    exact = "".join(word for word in words if word not in {"and", "of", "the"})
    kinds = sorted(word for word in set(plain) if word in STATUS_WORDS)
    return Name(exact, " ".join(["".join(core), *kinds]).strip(), "".join(core), core, hints)


def _same_words(words: list[str]) -> list[str]:
    result: list[str] = []
    for place, word in enumerate(words):
        if place == 0 and len(words) > 1 and word in COMPASS:
            result.extend(COMPASS[word])
        elif _is_council(word):
            result.append("council")
        else:
            result.append(SAME_WORD.get(word, word))
    return result


def _is_council(word: str) -> bool:
    return word in {
        "council",
        "councils",
        "coucil",
        "concil",
        "councl",
        "counci",
        "councill",
        "counsil",
        "cncl",
    }
