"""The whole-life cost model for vans: four ways to have one, pence per mile, and what happens when the guesses move."""

from cop.demo.documents.cells import Cell, Sheet, Workbook, head

WAYS = ("Electric, bought", "Electric, contract hire", "Electric, hire with maintenance", "Diesel, bought")
# Label, look, and the value for each way; the row's place in the sheet is its place here plus three.
INPUTS: tuple[tuple[str, str, tuple[float, float, float, float]], ...] = (
    ("Years in use", "number", (7, 7, 7, 7)),
    ("Miles a year", "number", (11000, 11000, 11000, 11000)),
    ("Price of the van", "money", (31000, 0, 0, 25500)),
    ("Resale value, share of price", "percent", (0.22, 0, 0, 0.24)),
    ("Cost of borrowing, a year", "percent", (0.045, 0.045, 0.045, 0.045)),
    ("Monthly rental", "money", (0, 400, 440, 0)),
    ("Energy cost per mile, pence", "pence", (16 / 3, 16 / 3, 16 / 3, 118 * 4.546 / 40)),
    ("Maintenance and tyres, a year", "money", (484, 484, 66, 792)),
    ("Charging bay and connection", "money", (4200, 4200, 4200, 0)),
    ("Years a bay lasts", "number", (15, 15, 15, 15)),
    ("Insurance, licence, administration, a year", "money", (715, 605, 495, 902)),
    ("Damage charged at the end of a lease", "money", (0, 640, 640, 0)),
    ("Years of one lease", "number", (4, 4, 4, 4)),
)
LINES = (
    ("Depreciation", "{c}5*(1-{c}6)/{m}*100"),
    ("Cost of borrowing", "{c}5*(1+{c}6)/2*{c}7*{c}3/{m}*100"),
    ("Rental", "{c}8*12*{c}3/{m}*100"),
    ("Energy", "{c}9"),
    ("Maintenance and tyres", "{c}10/{y}*100"),
    ("Charging bay and connection", "{c}11*{c}3/{c}12/{m}*100"),
    ("Insurance, licence, administration", "{c}13/{y}*100"),
    ("Damage at the end of a lease", "{c}14*{c}3/{c}15/{m}*100"),
)
RESALES = (0.0, 0.10, 0.22, 0.30)
YEARS = (5, 7, 9)


def workbook(read_me: Sheet) -> Workbook:
    """The whole model, behind the sheet that explains it."""
    return Workbook((read_me, _inputs(), _result(), _what_if()))


def _inputs() -> Sheet:
    rows: list[tuple[Cell | None, ...]] = [(Cell("Inputs", "title"),), head("For one van", *WAYS)]
    for label, look, values in INPUTS:
        rows.append((Cell(label), *(Cell(value, f"input {look}") for value in values)))
    return Sheet("Inputs", (8.0, 4.0, 4.4, 5.6, 4.0), tuple(rows), header_row=2)


def pence(way: int) -> list[float]:
    """The eight lines of cost for one of the four ways, in pence per mile, in the order of LINES."""
    years, miles, price, resale, rate, rental, energy, upkeep, bay, bay_years, other, damage, lease = (
        values[way] for _, _, values in INPUTS
    )
    distance = years * miles
    return [
        price * (1 - resale) / distance * 100,
        price * (1 + resale) / 2 * rate * years / distance * 100,
        rental * 12 * years / distance * 100,
        energy,
        upkeep / miles * 100,
        bay * years / bay_years / distance * 100,
        other / miles * 100,
        damage * years / lease / distance * 100,
    ]


def _result() -> Sheet:
    rows: list[tuple[Cell | None, ...]] = [(Cell("Pence per mile", "title"),), head("Line", *WAYS)]
    columns = [(f"Inputs!{letter}", pence(way)) for way, letter in enumerate("BCDE")]
    for number, (label, formula) in enumerate(LINES):
        cells = [Cell(label)]
        for column, values in columns:
            filled = formula.format(c=column, m=f"({column}3*{column}4)", y=f"{column}4")
            cells.append(Cell(values[number], "pence", filled))
        rows.append(tuple(cells))
    totals = [
        Cell(sum(values), "pence", f"SUM({letter}3:{letter}10)")
        for letter, (_, values) in zip("BCDE", columns, strict=True)
    ]
    rows.append((Cell("All", "head"), *totals))
    return Sheet("Pence per mile", (8.0, 4.0, 4.4, 5.6, 4.0), tuple(rows), header_row=2)


def _what_if() -> Sheet:
    rows: list[tuple[Cell | None, ...]] = [
        (
            Cell(
                "The bought electric van, if it sells for more or less and lasts longer or shorter: pence per mile",
                "title",
            ),
        ),
        head("Resale value", *(f"{years} years" for years in YEARS)),
        (Cell("Years", "note"), *(Cell(years, "input number") for years in YEARS)),
    ]
    _, miles, price, _, rate, _, _, _, bay, bay_years, _, _, _ = (values[0] for _, _, values in INPUTS)
    fixed = sum(pence(0)[3:5]) + bay / bay_years / miles * 100 + pence(0)[6]
    for number, resale in enumerate(RESALES, start=4):
        cells = [Cell(resale, "input percent")]
        for letter, years in zip("BCD", YEARS, strict=True):
            van = price * (1 - resale) / (years * miles) * 100 + price * (1 + resale) / 2 * rate / miles * 100
            formula = (
                f"Inputs!$B$5*(1-$A{number})/({letter}$3*Inputs!$B$4)*100"
                f"+Inputs!$B$5*(1+$A{number})/2*Inputs!$B$7/Inputs!$B$4*100"
                f"+Inputs!$B$9+(Inputs!$B$10+Inputs!$B$11/Inputs!$B$12+Inputs!$B$13)/Inputs!$B$4*100"
            )
            cells.append(Cell(van + fixed, "pence", formula))
        rows.append(tuple(cells))
    return Sheet("What if", (4.0, 3.0, 3.0, 3.0), tuple(rows), header_row=2)
