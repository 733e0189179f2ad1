"""The made-up data set of first-week prices: the same 240 rows every time, drawn as its data sheet describes."""

import csv
import random
from pathlib import Path

ROWS = 240
START = 20240  # any number would do; it is written down so that the file can be made again
COLUMNS = (
    "placement", "council", "quarter", "age_band", "notice_hours", "slipped", "weekend", "setting", "miles_from_home",
    "days_stayed", "enhanced_hours", "reviewed_by_hour_24", "price_week_one", "ordinary_week",
)  # fmt: skip
ORDINARY = {"solo": 8900, "small": 5600, "short_break": 4700}


def rows() -> list[list[str | int]]:
    """The rows without their header, in order of serial number."""
    chance = random.Random(START)  # noqa: S311  (nothing secret is drawn)
    return [_row(number, chance) for number in range(1, ROWS + 1)]


def _row(number: int, chance: random.Random) -> list[str | int]:
    weekend = chance.random() < 0.38
    slipped = chance.random() < (0.55 if weekend else 0.45)
    setting = chance.choices(("solo", "small", "short_break"), (25, 62, 13))[0]
    miles = min(140, max(1, round(chance.lognormvariate(3.1, 0.75))))
    days = chance.randint(1, 6) if chance.random() < 0.14 else 7
    enhanced = 0
    if setting == "solo" or chance.random() < 0.25:
        enhanced = min(24 * days, round(chance.lognormvariate(3.4, 0.8)))
    reviewed = "none" if enhanced == 0 else "yes" if chance.random() < 0.6 else "no"
    ordinary = _to_five(ORDINARY[setting] * chance.gauss(1, 0.09))
    premium = 0.08 + 0.11 * weekend + 0.0012 * miles + 0.0016 * enhanced + abs(chance.gauss(0, 0.08))
    return [
        f"P{number:03}",
        chance.choice("ABCDEF"),
        chance.choices(("Q1", "Q2", "Q3", "Q4"), (24, 23, 25, 28))[0],
        chance.choices(("5-10", "11-13", "14-15", "16-17"), (9, 23, 39, 29))[0],
        chance.randint(1, 47),
        "yes" if slipped else "no",
        "yes" if weekend else "no",
        setting,
        miles,
        days,
        enhanced,
        reviewed,
        _to_five(ordinary * (1 + premium) * (0.25 + 0.75 * days / 7)),
        ordinary,
    ]


def _to_five(pounds: float) -> int:
    return 5 * round(pounds / 5)


def write_csv(path: Path) -> None:
    """Writes the file as UTF-8 with Unix line ends."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows())
