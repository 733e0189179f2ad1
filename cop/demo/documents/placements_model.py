"""The evaluation model for placements: four homes scored on quality, distance and price, with every step in view."""

from cop.demo.documents.cells import Cell, Sheet, Workbook, head

QUESTIONS = (
    ("The first night", 20, "How is the child expected, received and settled? What happens at 2am?"),
    ("School and family", 15, "How will the child reach the same school and speak to the people who matter?"),
    ("Staffing and review", 15, "Who decides on enhanced staffing, and who reviews it before the 24th hour?"),
    ("Leaving well", 10, "What did the last five children who left leave to, and who decided?"),
)
DISTANCE, PRICE = 25, 15
MINIMUM, FULL, FAR = 2, 5, 60
BIDS = (
    ("Home P", (4, 4, 3, 4), 9, 5900),
    ("Home Q", (3, 3, 3, 3), 31, 4650),
    ("Home R", (5, 4, 4, 3), 22, 6400),
    ("Home S", (4, 1, 3, 4), 6, 5100),
)
NEVER = 999999
PRICE_WEIGHTS = (15, 30, 45, 60)


def workbook(read_me: Sheet) -> Workbook:
    """The whole model, behind the sheet that explains it."""
    return Workbook((read_me, _weights(), _bids(), _result(), _what_if()))


def _weights() -> Sheet:
    rows: list[tuple[Cell | None, ...]] = [
        (Cell("Weights and rules", "title"),),
        head("Criterion", "Weight", "What we ask"),
    ]
    for name, weight, asks in QUESTIONS:
        rows.append((Cell(name), Cell(weight, "input"), Cell(asks)))
    rows.append((Cell("Distance"), Cell(DISTANCE, "input"), Cell("Miles by road from home to the placement")))
    rows.append((Cell("Price"), Cell(PRICE, "input"), Cell("Ordinary weekly price, without VAT")))
    rows.append((Cell("All"), Cell(100, "number", "SUM(B3:B8)"), Cell("Must be 100")))
    rows.append(
        (Cell("Lowest score that passes"), Cell(MINIMUM, "input"), Cell("On every question, from 0 to 5"))
    )
    rows.append((Cell("Miles at which distance earns nothing"), Cell(FAR, "input"), Cell("")))
    return Sheet("Weights", (6.5, 2.5, 12.0), tuple(rows), header_row=2)


def _bids() -> Sheet:
    rows: list[tuple[Cell | None, ...]] = [
        (Cell("What each home offered, and the agreed scores", "title"),),
        head("Home", *(name for name, _, _ in QUESTIONS), "Miles", "Weekly price"),
    ]
    for name, scores, miles, price in BIDS:
        marks = tuple(Cell(score, "input") for score in scores)
        rows.append((Cell(name), *marks, Cell(miles, "input"), Cell(price, "money")))
    return Sheet("Bids", (3.0, 3.4, 3.6, 3.8, 3.2, 2.2, 3.0), tuple(rows), header_row=2)


def _passes(scores: tuple[int, ...]) -> bool:
    return min(scores) >= MINIMUM


def _points(bid: tuple[str, tuple[int, ...], int, int]) -> tuple[float, float, float]:
    """Points for quality, distance and price of one bid, in that order."""
    _, scores, miles, price = bid
    if not _passes(scores):
        return 0.0, 0.0, 0.0
    cheapest = min(other[3] for other in BIDS if _passes(other[1]))
    quality = sum(score / FULL * weight for score, (_, weight, _) in zip(scores, QUESTIONS, strict=True))
    return quality, max(0.0, 1 - miles / FAR) * DISTANCE, cheapest / price * PRICE


def _result() -> Sheet:
    rows: list[tuple[Cell | None, ...]] = [
        (Cell("Result", "title"),),
        head("Home", "Passes", "Price if it passes", "Quality", "Distance", "Price", "All", "Rank"),
    ]
    totals = [sum(_points(bid)) for bid in BIDS]
    for number, bid in enumerate(BIDS, start=3):
        passes = _passes(bid[1])
        quality, distance, price = _points(bid)
        marks = f"(Bids!B{number}*Weights!$B$3+Bids!C{number}*Weights!$B$4+Bids!D{number}*Weights!$B$5"
        total = sum((quality, distance, price))
        rows.append(
            (
                Cell(bid[0], "text", f"Bids!A{number}"),
                Cell(
                    "yes" if passes else "stop",
                    "text",
                    f'IF(MIN(Bids!B{number}:E{number})>=Weights!$B$10,"yes","stop")',
                ),
                Cell(bid[3] if passes else NEVER, "money", f'IF(B{number}="yes",Bids!G{number},{NEVER})'),
                Cell(quality, "number", f'IF(B{number}="yes",{marks}+Bids!E{number}*Weights!$B$6)/{FULL},0)'),
                Cell(
                    distance,
                    "number",
                    f'IF(B{number}="yes",MAX(0,1-Bids!F{number}/Weights!$B$11)*Weights!$B$7,0)',
                ),
                Cell(price, "number", f'IF(B{number}="yes",MIN(C$3:C$6)/C{number}*Weights!$B$8,0)'),
                Cell(total, "number", f"SUM(D{number}:F{number})"),
                Cell(1 + sum(other > total for other in totals), "number", f"RANK(G{number},G$3:G$6)"),
            )
        )
    return Sheet("Result", (3.0, 2.4, 4.0, 2.6, 2.6, 2.6, 2.4, 2.2), tuple(rows), header_row=2)


def _what_if() -> Sheet:
    rows: list[tuple[Cell | None, ...]] = [
        (Cell("What if price weighed more? Quality and distance give way in proportion", "title"),),
        head("Weight of price", *(bid[0] for bid in BIDS)),
    ]
    for number, weight in enumerate(PRICE_WEIGHTS, start=3):
        cells = [Cell(weight, "input")]
        for row, bid in enumerate(BIDS, start=3):
            quality, distance, price = _points(bid)
            value = (quality + distance) * (100 - weight) / (100 - PRICE) + price * weight / PRICE
            rest = f"(Result!D{row}+Result!E{row})*(100-$A{number})/(100-Weights!$B$8)"
            cells.append(Cell(value, "number", f"{rest}+Result!F{row}*$A{number}/Weights!$B$8"))
        rows.append(tuple(cells))
    rows.append((Cell("At 45 the plainest home overtakes the best one. At 60 it wins.", "note"),))
    return Sheet("What if", (4.0, 3.0, 3.0, 3.0, 3.0), tuple(rows), header_row=2)
