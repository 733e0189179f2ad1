"""Python-Markdown, fitted with a meter: it does a bounded amount of work and then gives up.

The library is quadratic, and in places recursive, in what a hostile author can type. Counting characters beforehand
never catches everything, so the work itself is counted: every block looked at and every bracket, backtick and asterisk
scanned for is charged to a `Meter`, and `TooCostly` ends the parse. The count depends on nothing but the text, so the
same text is always rendered the same way, however busy the machine.

Left out on purpose: raw HTML (it is shown as typed, so "<name of council>" does not vanish), reference definitions
(their regular expression can be made to backtrack, and a text rendered in pieces could not share them), entities
as a pattern of their own (the serialiser leaves them alone anyway), attribute lists, abbreviations and footnotes.
"""

import html
import re
import xml.etree.ElementTree as ET
from typing import cast

from markdown import Markdown
from markdown.blockprocessors import BlockProcessor
from markdown.extensions.nl2br import BR_RE, Nl2BrExtension
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableExtension, TableProcessor
from markdown.inlinepatterns import (
    BACKTICK_RE,
    ESCAPE_RE,
    IMAGE_LINK_RE,
    LINE_BREAK_RE,
    LINK_RE,
    BacktickInlineProcessor,
    DelimiterProcessor,
    EscapeInlineProcessor,
    ImageInlineProcessor,
    InlineProcessor,
    LinkInlineProcessor,
    SubstituteTagInlineProcessor,
)
from markdown.treeprocessors import Treeprocessor
from markdown.util import ETX, STX, AtomicString

from cop.kernel.web_address import link_address, picture_address

# What things cost beside the characters they pass over. One unit is a character passed over by a loop in Python,
# about 60 ns; the figures are measured, rounded up.
_MATCH_COST = 300
_ADDRESS_COST = 400
_BLOCK_COST = 300
_ELEMENT_COST = 100
_TEXT_COST = 200

_LEFT_OUT = (
    "reference",
    "image_reference",
    "short_reference",
    "short_image_ref",
    "html",
    "entity",
    "automail",
)

_BARE_ADDRESS_RE = rf"(?<![A-Za-z0-9@./-])(?:https?://|www\.)[^\s<>\"'`|\[\]{STX}{ETX}]+"
_ANGLE_ADDRESS_RE = rf"<([^\s<>{STX}{ETX}]+)>"
# "@[Amira Khan](person:12)" and "[Placement KPIs](asset:5)": what people choose while they write, kept by its number.
_MENTION_RE = (
    r"@\[([^\[\]\n]{1,150})\]\(person:(\d{1,15})\)|\[[^\[\]\n]{1,200}\]\((asset|thread|post):(\d{1,15})\)"
)
_MENTION = "mention"
_MENTIONED = {
    "asset": ("/library/", "a document"),
    "thread": ("/threads/", "a thread"),
    "post": ("/posts/", "a post"),
}
_ANYTHING_INLINE = re.compile(r"[`\\\[!<*_\n]|https?://|www\.")
_REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AFTER_AN_ADDRESS = ".,;:!?*_~"
CAPTION = "Table: "
"""What a line of its own right before or after a table begins with when it is the table's caption."""
_CAPTION_LABEL_MAX = 200


class TooCostly(Exception):
    """The text would take too much work to format; it is to be shown as typed."""


class Meter:
    """Counts work, in characters passed over, against a budget."""

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.spent = 0

    def charge(self, units: int) -> None:
        """Add `units` of work. Raises TooCostly when the budget is spent."""
        self.spent += units
        if self.spent > self.budget:
            raise TooCostly


class _BlockMeter(BlockProcessor):
    """Tried before every other block processor: charges for the block about to be tested, and takes none."""

    def __init__(self, md: Markdown, meter: Meter) -> None:
        super().__init__(md.parser)
        self._meter = meter

    def test(self, parent: ET.Element, block: str) -> bool:
        # Each test searches the whole of what is left, so a block eaten line by line is charged again each time.
        self._meter.charge(2 * len(block) + _BLOCK_COST)
        return False


class _Table(TableProcessor):
    """Tables whose cells are charged: every row is filled up to the width of the header, however short it is."""

    def __init__(self, md: Markdown, meter: Meter) -> None:
        super().__init__(md.parser, {"use_align_attribute": True})
        self._meter = meter

    def test(self, parent: ET.Element, block: str) -> bool:
        self._charge_rows(block.split("\n", 2)[:2])
        return super().test(parent, block)

    def run(self, parent: ET.Element, blocks: list[str]) -> None:
        rows = blocks[0].split("\n")
        self._meter.charge(len(self.separator) * len(rows) * _ELEMENT_COST)
        self._charge_rows(rows)
        super().run(parent, blocks)

    def _charge_rows(self, rows: list[str]) -> None:
        # Backticks are paired by searching the rest of the row for a run of the same length, and every pipe is
        # compared with the pairs before it.
        for row in rows:
            ticks = row.count("`")
            self._meter.charge(ticks * (ticks + row.count("|")) // 4)


class _Metered(InlineProcessor):
    """An inline pattern of the library's, charged for every match it is asked about."""

    COST = _MATCH_COST

    def __init__(self, pattern: InlineProcessor, meter: Meter) -> None:
        super().__init__(pattern.pattern, pattern.md)
        self.compiled_re = pattern.getCompiledRegExp()
        self._pattern = pattern
        self._meter = meter

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own override
        self, m: re.Match[str], data: str
    ) -> tuple[ET.Element | str | None, int | None, int | None]:
        # The text around a match is copied, which is cheap a character but not free.
        self._meter.charge(self.COST + len(data) // 64)
        return self._pattern.handleMatch(m, data)


class _MeteredOutsideLinks(_Metered):
    """The same for a pattern that makes links, of which one cannot stand inside another."""

    COST = _ADDRESS_COST
    ANCESTOR_EXCLUDES = ("a",)


class _Brackets(LinkInlineProcessor):
    """`[text](address)`, charged for the search for both closing brackets."""

    def __init__(self, pattern: str, md: Markdown, meter: Meter) -> None:
        super().__init__(pattern, md)
        self._meter = meter

    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802 - the library's name
        text, end, handled = super().getText(data, index)
        self._meter.charge(2 * (end - index))
        return text, end, handled

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:  # noqa: N802 - the library's name
        href, title, end, handled = super().getLink(data, index)
        if data[index : index + 1] == "(":
            # An address that never closes is looked for up to the end of the text.
            self._meter.charge(2 * ((end if handled else len(data)) - index))
        return href, title, end, handled


class _Image(_Brackets, ImageInlineProcessor):
    """`![words](address)`, charged as a link is."""


class _Code(BacktickInlineProcessor):
    """Code spans, charged for the search for the closing backticks."""

    def __init__(self, meter: Meter) -> None:
        super().__init__(BACKTICK_RE)
        self._meter = meter

    def find_code_spans(  # type: ignore[override] # The stubs have another return type than the library.
        self, start: int, text: str
    ) -> tuple[int, int | None]:
        begin, end = cast("tuple[int, int | None]", super().find_code_spans(start, text))
        # Where no run of the same length was found, the whole text was searched; the library then settles for a
        # shorter run, which shows in its leaving a backtick inside the span.
        found = end is not None and text[begin] != "`"
        self._meter.charge(2 * ((end if end is not None and found else len(text)) - start))
        return begin, end


class _Emphasis(DelimiterProcessor):
    """Emphasis, charged for the search for the next asterisk or underscore and for the openers still waiting."""

    def __init__(self, md: Markdown, meter: Meter) -> None:
        super().__init__("*", "strong,em", md)
        self.add("_", "strong,em", smart=True)
        self._meter = meter

    def search(self, data: str, start: int) -> re.Match[str] | None:
        found = super().search(data, start)
        waiting = sum(len(delimiter.stack) for delimiter in self.delimiters.values())
        self._meter.charge((found.end() if found else len(data)) - start + waiting + 20)
        return found


class _AngleAddress(InlineProcessor):
    """`<https://…>` and `<name@example.org>`; anything else between angle brackets stays as typed."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own override
        self, m: re.Match[str], data: str
    ) -> tuple[ET.Element | None, int | None, int | None]:
        address = link_address(_resolved(m.group(1)))
        if address is None or address[0] in "/#":
            return None, None, None
        return _link(m.group(1), address), m.start(), m.end()


class _Mention(InlineProcessor):
    """Somebody, or a document, thread or post, by its number.

    What people may not all know by name is left without its title: each reader's page fills in what they may see.
    """

    ANCESTOR_EXCLUDES = ("a",)

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own override
        self, m: re.Match[str], data: str
    ) -> tuple[ET.Element, int, int]:
        name, person, kind, number = m.groups()
        if person:
            link = _link(f"@{name}", f"/people/{int(person)}")
        else:
            path, words = _MENTIONED[kind]
            link = _link(words, f"{path}{int(number)}")
        link.set("class", _MENTION)
        return link, m.start(), m.end()


class _BareAddress(InlineProcessor):
    """An address standing in the text by itself, without the full stop or bracket that follows it."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own override
        self, m: re.Match[str], data: str
    ) -> tuple[ET.Element | None, int | None, int | None]:
        typed = m.group()
        surplus = typed.count(")") - typed.count("(")
        end = len(typed)
        while end and (typed[end - 1] in _AFTER_AN_ADDRESS or (typed[end - 1] == ")" and surplus > 0)):
            surplus -= typed[end - 1] == ")"
            end -= 1
        address = link_address(_resolved(typed[:end]))
        if address is None:
            return None, None, None
        return _link(typed[:end], address), m.start(), m.start() + end


def _resolved(address: str) -> str:
    # Only references closed by a semicolon: "?a=1&copy=2" means what it says.
    return _REFERENCE.sub(lambda m: html.unescape(m.group()), address)


def _link(words: str, address: str) -> ET.Element:
    link = ET.Element("a", {"href": address})
    link.text = AtomicString(words)
    return link


class _PlainWords(Treeprocessor):
    """Marks text in which no inline pattern can match as done, and charges for the rest: every pattern is tried."""

    def __init__(self, md: Markdown, meter: Meter) -> None:
        super().__init__(md)
        self._meter = meter

    def run(self, root: ET.Element) -> None:
        for element in root.iter():
            self._meter.charge(_ELEMENT_COST)
            element.text = self._settled(element.text)
            element.tail = self._settled(element.tail)

    def _settled(self, text: str | None) -> str | None:
        if not text or isinstance(text, AtomicString):
            return text
        if not _ANYTHING_INLINE.search(text):
            return AtomicString(text)
        self._meter.charge(_TEXT_COST + 2 * len(text))
        return text


class _HouseRules(Treeprocessor):
    """What a post may show, applied to the finished tree. The sanitiser afterwards knows the same rules."""

    def run(self, root: ET.Element) -> None:
        for parent in list(root.iter()):
            self._settle(parent)
            if any(child.tag == "table" for child in parent):
                self._caption(parent)
            for index, child in enumerate(parent):
                if child.tag == "table":
                    self._head_rows(child)
                    parent[index] = self._scrolling(child)

    def _caption(self, parent: ET.Element) -> None:
        """Put captions into their tables: the line before a table, or else the one after it.

        One between two tables is the second one's, since a caption is mostly written on top.
        """
        before: ET.Element | None = None
        taken: set[int] = set()
        children = list(parent)
        for child, after, then in zip(
            children, [*children[1:], None], [*children[2:], None, None], strict=False
        ):
            if child.tag == "table":
                is_next = after is not None and (then is None or then.tag != "table")
                line = before if _is_caption(before) else after if is_next and _is_caption(after) else None
                if line is not None and id(line) not in taken:
                    taken.add(id(line))
                    child.insert(0, _as_caption(line))
            before = child
        parent[:] = [child for child in children if id(child) not in taken]

    def _head_rows(self, table: ET.Element) -> None:
        """Below an empty corner stand the names of the rows."""
        head, body = table.find("thead/tr"), table.find("tbody")
        if head is None or body is None or not len(head) or not _is_empty(head[0]):
            return
        for row in body:
            if len(row) and not _is_empty(row[0]):
                row[0].tag = "th"
                row[0].set("scope", "row")

    def _settle(self, element: ET.Element) -> None:
        match element.tag:
            case "a":
                self._settle_link(element)
            case "img":
                self._settle_picture(element)
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                # The page itself owns h1 and h2.
                element.tag = f"h{min(int(element.tag[1]) + 2, 6)}"
            case "td" | "th":
                align = element.attrib.pop("align", "left")
                if align != "left":
                    element.set("class", f"align-{align}")
                if element.tag == "th" and _is_empty(element):
                    # The corner above a column of names heads nothing, and an empty heading is read as one.
                    element.tag = "td"
                elif element.tag == "th":
                    element.attrib.setdefault("scope", "col")
            case "ol" if len(element.get("start", "")) > 9:
                del element.attrib["start"]

    def _settle_link(self, element: ET.Element) -> None:
        address = link_address(_resolved(element.get("href", "")))
        mention = element.get("class") == _MENTION
        element.attrib.clear()
        if address is None:
            element.tag = "span"
        else:
            element.set("href", address.replace("&", "&amp;"))
        if mention:
            element.set("class", _MENTION)

    def _settle_picture(self, element: ET.Element) -> None:
        address = picture_address(_resolved(element.get("src", "")))
        words = element.get("alt", "").strip()
        element.attrib.clear()
        if address is None or not words:
            element.tag, element.text = "span", words
        else:
            element.attrib.update(src=address, alt=words)

    def _scrolling(self, table: ET.Element) -> ET.Element:
        # A wide table scrolls by itself, and someone without a mouse must be able to reach it. It is a group and not a
        # region: regions are landmarks, and a thread with ten tables would have ten of the same name.
        caption = table.find("caption")
        words = " ".join("".join(caption.itertext()).split()) if caption is not None else ""
        label = f"{CAPTION}{words[:_CAPTION_LABEL_MAX]}" if words else CAPTION.rstrip(": ")
        frame = ET.Element(
            "div", {"class": "table-scroll", "tabindex": "0", "role": "group", "aria-label": label}
        )
        frame.tail, table.tail = table.tail, None
        frame.append(table)
        return frame


def _is_empty(cell: ET.Element) -> bool:
    return not len(cell) and not (cell.text or "").strip()


def _is_caption(element: ET.Element | None) -> bool:
    """Whether it is a line of words that begins as captions do."""
    return (
        element is not None
        and element.tag == "p"
        and (element.text or "").startswith(CAPTION)
        and element.find("br") is None
        and bool("".join(element.itertext())[len(CAPTION) :].strip())
    )


def _as_caption(line: ET.Element) -> ET.Element:
    caption = ET.Element("caption")
    caption.text = AtomicString((line.text or "")[len(CAPTION) :].lstrip())
    caption.extend(list(line))
    if len(caption):
        caption[-1].tail = AtomicString((caption[-1].tail or "").rstrip())
    else:
        caption.text = AtomicString(caption.text.rstrip())
    return caption


def build_parser(meter: Meter) -> Markdown:
    """A parser that charges `meter`. It is good for the pieces of one text, by one thread."""
    md = Markdown(extensions=[SaneListExtension(), Nl2BrExtension(), TableExtension()], output_format="html")
    md.preprocessors.deregister("html_block")
    for name in _LEFT_OUT:
        md.inlinePatterns.deregister(name)
    md.parser.blockprocessors.deregister("reference")
    md.parser.blockprocessors.register(_BlockMeter(md, meter), "meter", 1000)
    md.parser.blockprocessors.register(_Table(md, meter), "table", 75)
    patterns: list[tuple[str, float, InlineProcessor]] = [
        ("backtick", 190, _Metered(_Code(meter), meter)),
        ("escape", 180, _Metered(EscapeInlineProcessor(ESCAPE_RE, md), meter)),
        ("mention", 165, _MeteredOutsideLinks(_Mention(_MENTION_RE, md), meter)),
        ("link", 160, _MeteredOutsideLinks(_Brackets(LINK_RE, md, meter), meter)),
        ("image_link", 150, _Metered(_Image(IMAGE_LINK_RE, md, meter), meter)),
        ("autolink", 120, _MeteredOutsideLinks(_AngleAddress(_ANGLE_ADDRESS_RE, md), meter)),
        ("bare_address", 110, _MeteredOutsideLinks(_BareAddress(_BARE_ADDRESS_RE, md), meter)),
        ("linebreak", 100, _Metered(SubstituteTagInlineProcessor(LINE_BREAK_RE, "br"), meter)),
        ("em_strong", 60, _Metered(_Emphasis(md, meter), meter)),
        ("nl", 5, _Metered(SubstituteTagInlineProcessor(BR_RE, "br"), meter)),
    ]
    for name, priority, pattern in patterns:
        md.inlinePatterns.register(pattern, name, priority)
    md.treeprocessors.deregister("prettify")
    md.treeprocessors.register(_PlainWords(md, meter), "plain_words", 25)
    md.treeprocessors.register(_HouseRules(md), "house_rules", -10)
    return md
