"""Families of Markdown made to be slow, deep or confusing to render, each as a function from a size to a text.

Every family grows without limit: `FAMILIES[name](size)` is a text of about `size` characters. Written for the tests of
the renderer; the browser tests and the benchmark use them too.
"""

from collections.abc import Callable

Family = Callable[[int], str]

SIZES = (500, 4_000, 16_000, 40_000, 50_000)
"""The sizes, in characters, at which the tests try each family; the last is the longest a form accepts."""


def _repeat(unit: str, *, before: str = "", after: str = "") -> Family:
    """A family that repeats one fragment between a beginning and an end."""

    def family(size: int) -> str:
        room = max(size - len(before) - len(after), len(unit))
        return before + unit * (room // len(unit)) + after

    return family


def _paired(opening: str, middle: str, closing: str) -> Family:
    """A family of openings, all of them closed, one inside the other."""

    def family(size: int) -> str:
        depth = max(size // (len(opening) + len(closing)), 1)
        return opening * depth + middle + closing * depth

    return family


def _deeper_list(marker: str, indent: int) -> Family:
    """A list whose every item is indented further than the one before."""

    def family(size: int) -> str:
        lines: list[str] = []
        while size > 0:
            lines.append(" " * (indent * len(lines)) + f"{marker} item")
            size -= len(lines[-1]) + 1
        return "\n".join(lines)

    return family


def _growing_runs(character: str, between: str) -> Family:
    """Runs of one character, each longer than the last, so that none finds its equal."""

    def family(size: int) -> str:
        runs: list[str] = []
        while size > 0:
            runs.append(character * (len(runs) + 1))
            size -= len(runs[-1]) + len(between)
        return between.join(runs)

    return family


def _shrinking_fences(size: int) -> str:
    """Opening fences, each shorter than the last, and not one of them closed."""
    lines: list[str] = []
    while size > 0:
        lines.append("`" * (len(lines) + 3) + "python")
        size -= len(lines[-1]) + 1
    return "\n".join(reversed(lines))


def _wide_table(size: int) -> str:
    """A very wide header above rows of one cell, each of which must be filled up to the header's width."""
    columns = max(size // 6, 1)
    return "|" + "a|" * columns + "\n|" + "-|" * columns + "\n" + "b|\n" * (size // 9)


def _table_of_backticks(size: int) -> str:
    """A table whose rows hold backticks that never pair."""
    row = "|" + "\\``|" * max(size // 8, 1)
    return f"{row}\n{'|' + '-|' * max(size // 8, 1)}\n{row}"


def _reference_definitions(size: int) -> str:
    """Many definitions, then many uses of them."""
    count = max(size // 32, 1)
    return (
        "\n".join(f"[r{n}]: http://e.org/{n} 'x'" for n in range(count)) + "\n\n" + "[a][r1] " * (size // 16)
    )


def _quotes_over_lines(size: int) -> str:
    """Quotation marks that deepen line by line up to the deepest allowed and then go on."""
    lines: list[str] = []
    while size > 0:
        lines.append("> " * (len(lines) % 19 + 1) + "words")
        size -= len(lines[-1]) + 1
    return "\n".join(lines)


def _no_blank_line(size: int) -> str:
    """One paragraph of short lines, each with a little of everything."""
    return _repeat("a *b* `c` [d](/e) <f> _g_\n")(size)


FAMILIES: dict[str, Family] = {
    "opening brackets": _repeat("["),
    "closing brackets": _repeat("]"),
    "brackets one inside the other": _paired("[", "x", "]"),
    "brackets each with a blank": _repeat("[ "),
    "links without an end": _repeat("[a](b"),
    "links with nothing in them": _repeat("[]()"),
    "good links by the thousand": _repeat("[a](/b) "),
    "links one inside the other": _paired("[a", "x", "](/b)"),
    "link texts closed once": _repeat("[", after="](/b)"),
    "link addresses full of brackets": _repeat("(", before="[a](", after=")"),
    "link titles without an end": _repeat('[a](b "'),
    "link titles of both quotes": _repeat("\"'", before="[a](b ", after=")"),
    "link addresses in angle brackets": _repeat("[a](<b"),
    "images without an end": _repeat("![a](b"),
    "images one inside the other": _paired("![a", "x", "](/files/b.png)"),
    "exclamation marks and brackets": _repeat("!["),
    "quotation marks on one line": _repeat("> "),
    "quotation marks without blanks": _repeat(">"),
    "quotation marks deepening": _quotes_over_lines,
    "quotation marks on every line": _repeat("> a\n"),
    "quotation marks in list items": _repeat("- > "),
    "numbers of list items on one line": _repeat("1. "),
    "dashes of list items on one line": _repeat("- ", after="x"),
    "rules of dashes": _repeat("- - -\n"),
    "one long rule": _repeat("- "),
    "rules that are none": _repeat("- - - x\n"),
    "rules of asterisks with a word": _repeat("* * *", after="x"),
    "lists that deepen by four": _deeper_list("-", 4),
    "lists that deepen by two": _deeper_list("1.", 2),
    "lists of every kind of marker": _repeat("* a\n+ b\n- c\n1. d\n"),
    "list items far apart": _repeat("- a\n\n\n"),
    "list items with code": _repeat("- a\n\n        code\n\n"),
    "huge numbers of list items": _repeat("9", after=". item"),
    "many huge numbers": _repeat("99999999999999999999. item\n"),
    "single backticks": _repeat("`a "),
    "runs of backticks that grow": _growing_runs("`", " a "),
    "one run of backticks": _repeat("`"),
    "backslashes and backticks": _repeat("\\`"),
    "backslashes": _repeat("\\"),
    "fences that are never closed": _repeat("```a\n"),
    "fences that shrink": _shrinking_fences,
    "fences inside fences": _repeat("```\n~~~\n"),
    "empty fences": _repeat("```\n```\n"),
    "fences with attributes": _repeat("``` {.a #b c=d}\n"),
    "less-than signs": _repeat("<"),
    "less-than signs and letters": _repeat("<a "),
    "comments without an end": _repeat("<!--"),
    "comments inside comments": _paired("<!--", "x", "-->"),
    "processing instructions": _repeat("<?"),
    "character data sections": _repeat("<![CDATA["),
    "blocks of HTML without an end": _repeat("<div>\n\n"),
    "blocks of HTML one inside the other": _paired("<div>", "*x*", "</div>"),
    "Markdown in HTML": _repeat("<div markdown=1>\n\n*x*\n\n</div>\n\n"),
    "attributes without an end": _repeat(' a="', before="<p"),
    "closing tags": _repeat("</p>"),
    "asterisks": _repeat("*"),
    "asterisks and letters": _repeat("*a "),
    "asterisks and underscores": _repeat("*a_"),
    "asterisks and underscores that open": _repeat("*a _b "),
    "asterisks in pairs and threes": _repeat("**a***b*"),
    "emphasis one inside the other": _paired("*a **b ", "x", "** *"),
    "underscores": _repeat("_a__"),
    "runs of asterisks that grow": _growing_runs("*", "a"),
    "closing asterisks": _repeat("a* "),
    "headings underlined": _repeat("a\n=\n"),
    "underlines of nothing": _repeat("=\n-\n"),
    "headings": _repeat("# a\n"),
    "one heading of hash signs": _repeat("#"),
    "headings that end in a backslash": _repeat("# #\\\n"),
    "pipes": _repeat("|"),
    "tables without rows": _repeat("|a|b|\n|-|-|\n"),
    "tables without a blank line": _repeat("a|b\n", before="a|b\n-|-\n"),
    "tables with captions": _repeat("Table: a\n|a|\n|-|\n|1|\n\n"),
    "captions without tables": _repeat("Table: a|b\n\n"),
    "captions in the way of captions": _repeat("|a|\n|-|\nTable: `a` *b*\n\n"),
    "one endless caption": _repeat("*a* ", before="|a|b|\n|-|-|\n|1|2|\n\nTable: "),
    "tables far too wide": _wide_table,
    "tables of backticks": _table_of_backticks,
    "definitions of references": _reference_definitions,
    "one definition with many quotes": _repeat('"', before="[a]: ", after="x"),
    "definitions without an end": _repeat("[a]: \n"),
    "references one after the other": _repeat("[a][b]"),
    "character references": _repeat("&amp;"),
    "character references without an end": _repeat("&#x"),
    "character references of controls": _repeat("&#2;&#3;&#0;"),
    "addresses in angle brackets": _repeat("<http://a.org>"),
    "addresses in angle brackets without an end": _repeat("<http://a.org"),
    "mailboxes in angle brackets": _repeat("<a@b.org>"),
    "at signs in angle brackets": _repeat("a@", before="<", after=">"),
    "bare addresses": _repeat("https://a.org/b "),
    "one endless address": _repeat("a/", before="https://a.org/"),
    "addresses that end in brackets": _repeat(")", before="https://a.org/"),
    "addresses run together": _repeat("https://"),
    "one very long word": _repeat("a"),
    "one very long line": _repeat("words and words "),
    "very short lines": _repeat("a\n"),
    "nothing but line ends": _repeat("\n"),
    "nothing but blanks": _repeat(" "),
    "blank lines of blanks": _repeat("   \n"),
    "tabs": _repeat("\t"),
    "tabs after list markers": _repeat("-\ta\n\t"),
    "tabs one more each line": _repeat("\t\ta\n"),
    "carriage returns": _repeat("a\r\rb\r\n"),
    "null characters": _repeat("a\x00*"),
    "the parser's own marks": _repeat("\x02wzxhzdk:0\x03\x02klzzwxh:0000\x03\x02amp\x03"),
    "the parser's own marks without controls": _repeat("klzzwxh:0000 wzxhzdk:0 "),
    "right-to-left overrides": _repeat("\u202ea\u202c\u2067*b*\u2069"),
    "zero-width characters": _repeat("*\u200ba\u200b*\u2060\ufeff"),
    "combining marks": _repeat("\u0301", before="a"),
    "lone surrogates": _repeat("\ud800*a*\udfff"),
    "characters beyond the first plane": _repeat("\U0001f600*\U0001f600* "),
    "separators of lines and paragraphs": _repeat("a\u2028b\u2029\x0b\x0c\x85"),
    "blanks of every width": _repeat("-\u00a0a\u2003\u3000*b*\n"),
    "indented code": _repeat("    a\n\n"),
    "a little of everything": _no_blank_line,
    "hard line breaks": _repeat("a  \n"),
    "mentions that never close": _repeat("@[a"),
    "mentions without a number": _repeat("@[a](person:"),
    "nothing but mentions": _repeat("@[a](person:1)"),
    "mentions with long names": _repeat("@[" + "a" * 150 + "](person:1) "),
    "mentions within mentions": _repeat("@[a @[b](person:1) ](person:2)"),
    "documents and threads": _repeat("[a](asset:1)[b](thread:2)[c](post:3"),
    "mentions of what cannot be": _repeat("@[a](person:999999999999999)@[a](asset:1)[a](person:1)"),
    "escapes of everything": _repeat("\\*\\_\\[\\]\\(\\)\\<\\`\\|"),
}
"""Names that say what is repeated, and the functions."""
