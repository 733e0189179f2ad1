"""Plausible words for a large made-up world: names, questions, posts and documents about buying; the same each time.

Nothing in it was said by anybody. Sentences are put together from parts, so that a thousand of them differ; each text
also holds a few rare words, because real documents do and a search index behaves by them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

FIRST = (
    "Amina",
    "Andrew",
    "Beth",
    "Callum",
    "Carys",
    "Chloe",
    "Daniel",
    "Deepa",
    "Dominic",
    "Ellie",
    "Farah",
    "Gareth",
    "Grace",
    "Hannah",
    "Imran",
    "Jack",
    "Jasmine",
    "Joanne",
    "Kofi",
    "Laura",
    "Liam",
    "Marcus",
    "Megan",
    "Mohammed",
    "Naomi",
    "Nisha",
    "Oliver",
    "Olu",
    "Patrick",
    "Priya",
    "Rachel",
    "Rhys",
    "Rosie",
    "Sam",
    "Sara",
    "Simon",
    "Tariq",
    "Tom",
    "Vicky",
    "Wei",
    "Yasmin",
    "Zoe",
)
LAST = (
    "Adeyemi",
    "Ahmed",
    "Barker",
    "Begum",
    "Bennett",
    "Chapman",
    "Clarke",
    "Davies",
    "Doyle",
    "Edwards",
    "Evans",
    "Fletcher",
    "Gill",
    "Green",
    "Hall",
    "Harris",
    "Hughes",
    "Hussain",
    "Iqbal",
    "Jackson",
    "James",
    "Kaur",
    "Khan",
    "Lewis",
    "Mason",
    "Mistry",
    "Morgan",
    "Murphy",
    "Nowak",
    "Okafor",
    "Osei",
    "Owen",
    "Palmer",
    "Patel",
    "Price",
    "Rahman",
    "Roberts",
    "Shah",
    "Singh",
    "Smith",
    "Taylor",
    "Thomas",
    "Turner",
    "Walker",
    "Ward",
    "Watson",
    "Williams",
    "Wright",
    "Young",
)
AREAS = (
    "Agency staff",
    "Adult home care",
    "Temporary accommodation",
    "School transport",
    "Highways maintenance",
    "Waste collection",
    "Grounds maintenance",
    "Children's placements",
    "Energy",
    "Office software",
    "Cloud hosting",
    "Fleet and chargers",
    "Building repairs",
    "Legal services",
    "Library books",
    "Street lighting",
    "School meals",
    "Cleaning",
    "Security",
    "Insurance",
)
_WHO = (
    "Two of our providers",
    "The finance team",
    "Our legal colleagues",
    "Three neighbouring councils",
    "People who use the service",
    "The incumbent",
    "Smaller firms",
    "Our auditors",
    "The consortium",
    "Everybody I asked",
)
_DOES = (
    "told us that",
    "worry that",
    "could show that",
    "keep asking whether",
    "doubt that",
    "have found that",
    "would sign only if",
    "measured last year that",
)
_WHAT = (
    "the price follows the length of the contract",
    "most of the cost is travel between visits",
    "a shorter specification brings more bids",
    "nobody reads the performance report",
    "the rates are indexed twice",
    "social value counts for little in the end",
    "call-off takes longer than a tender of our own",
    "the pilot saved a tenth in six months",
    "transition is where the money goes",
    "local firms cannot meet the insurance limits",
    "the framework ends before the need does",
    "outcomes can be paid for without counting hours",
)
_SO = (
    "so we should ask for evidence before we decide",
    "and I would test it with one district first",
    "which the new Act allows",
    "but the break clause protects us",
    "and it is written into the draft clause",
    "so let us put it on the list for Thursday",
    "although the data is two years old",
    "and the template is in the library",
)
_OPENINGS = (
    "What do we know about {}?",
    "Who has tried {}?",
    "Is there a better way to buy {}?",
    "What went wrong with {}?",
)
_TITLES = (
    "{}: outcomes specification",
    "{}: evaluation model",
    "{}: lessons from a pilot",
    "{}: price indexation clause",
    "{}: transition plan",
    "{}: buyer's guide",
)
_SOUNDS = (
    "bra",
    "cot",
    "den",
    "fal",
    "gor",
    "hes",
    "lin",
    "mar",
    "nor",
    "pel",
    "rus",
    "sto",
    "tun",
    "wic",
    "yar",
)
_PLACES = ("ford", "ham", "ley", "ton", "worth", "by")


def person(number: int) -> str:
    """A name; two people may share one, as people do."""
    return f"{FIRST[number * 7 % len(FIRST)]} {LAST[number * 11 % len(LAST)]}"


def area(number: int) -> str:
    """A spend area; numbered from the second time on."""
    again = (number - 1) // len(AREAS)
    name = AREAS[(number - 1) % len(AREAS)]
    return f"{name} {again + 1}" if again else name


def question(number: int, about: str) -> str:
    """The title of a thread."""
    return f"{_OPENINGS[number % len(_OPENINGS)].format(about.lower())} ({number})"


def place(rng: random.Random) -> str:
    """A place that is nowhere."""
    return (rng.choice(_SOUNDS) + rng.choice(_SOUNDS) + rng.choice(_PLACES)).capitalize()


def sentence(rng: random.Random) -> str:
    """One sentence."""
    said = f"{rng.choice(_WHO)} {rng.choice(_DOES)} {rng.choice(_WHAT)}"
    ending = rng.random()
    if ending < 0.45:
        return f"{said}, {rng.choice(_SO)}."
    if ending < 0.6:
        return f"{said} in {place(rng)}."
    return f"{said}."


def paragraph(rng: random.Random, sentences: int) -> str:
    """Some sentences."""
    return " ".join(sentence(rng) for _ in range(sentences))


def bodies(rng: random.Random, count: int) -> Iterator[str]:
    """Posts of one to six sentences, some with lists, quotes and tables."""
    shapes = (
        "{}",
        "{}\n\n{}",
        "> {}\n\n{}",
        "- {}\n- {}\n- {}",
        "**{}**\n\n{}",
        "| Option | Why |\n|---|---|\n| {} | {} |",
    )
    for number in range(count):
        shape = shapes[number % len(shapes)]
        parts = [paragraph(rng, 1 + (number + at) % 3) for at in range(shape.count("{}"))]
        yield shape.format(*parts)


def document(number: int) -> tuple[str, str, str]:
    """Title, summary and text of a document of about 300 words."""
    rng = random.Random(number)  # noqa: S311 - the same text each time, and no secret
    about = area(number % 40 + 1)
    title = f"{_TITLES[number % len(_TITLES)].format(about)}, {place(rng)}"
    return title, paragraph(rng, 2), paragraph(rng, 18)
