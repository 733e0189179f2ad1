"""Markdown to safe HTML: the only place where typed text becomes mark-up.

Text is rendered once, when it is written, and stored as HTML beside the renderer's version. A text that would cost
too much to format is shown escaped, exactly as typed, so nothing a person wrote is ever refused or lost here.

The text is first cut, line by line, into fenced code, quotations and the rest; only the rest goes through the
parser, in pieces of at most 16,000 characters. Last of all nh3 removes whatever is not on its short list.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from itertools import islice, takewhile

import nh3
from markdown import Markdown
from markupsafe import Markup

from cop.kernel.markdown_parser import CAPTION, Meter, TooCostly, build_parser
from cop.kernel.web_address import may_link_to, picture_address

VERSION = 4
"""The renderer's version, stored beside each rendered text so that old HTML can be found and rendered again."""

MAX_SOURCE = 50_000
"""The longest source, in characters, that a form accepts."""

_MAX_PIECE = 16_000
_MAX_MARKERS = 20
_MAX_QUOTATION = 4_000
_BUDGET = 2_000_000
"""Work allowed for one text, in characters passed over (see `Meter`): 100 to 180 ms, which leaves room below 250."""

_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u202a-\u202e\u2066-\u2069]"
)
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})[ \t]*\.?([A-Za-z0-9#+.-]{0,30})")
_QUOTE = re.compile(r" {0,3}> ?")
_MARKERS = re.compile(r"[ \t]*(?:(?:>|[-*+](?=[ \t])|\d+\.(?=[ \t]))[ \t]*)*")
_ONE_MARKER = re.compile(r">|[-*+]|\d+\.")
_RULE = re.compile(r" {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})")
_LIST_START = re.compile(r" {0,3}(?:[-*+]|1\.) +\S")
_NOT_A_PARAGRAPH = re.compile(r" {0,3}(?:[-*+]|\d+\.) |    |\||#")
_CONTINUED = re.compile(r" |[-*+] |\d+\. ")
_BLANK_LINE = re.compile(r"\n *\n+")
_NEXT_ITEM = re.compile(r"\n(?=[-*+] |\d+\. )")
_DEEP_QUOTE = re.compile(r"(?: {0,3}>){2,}")
_SPECIAL = re.compile(r"[\\`*_{}\[\]()#+!.>|-]")
_LANGUAGE = re.compile(r"language-[A-Za-z0-9#+.-]{1,30}")
_BLOCKS = frozenset(
    {
        "p",
        "br",
        "hr",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "div",
        "table",
        "caption",
        "tr",
        "th",
        "td",
    }
)
_ALIGNED = {"align-center", "align-right"}

# Fitting out a parser takes longer than a short text does, so those that came to an end are used again, by one thread
# at a time (taking from a list and adding to it are atomic).
_PARSERS_KEPT = 4
_kept: list[tuple[Markdown, Meter]] = []


@dataclass(frozen=True)
class Rendered:
    """One rendered text: safe HTML, the renderer's version, and whether it had to be shown as plain text."""

    html: str
    version: int
    plain: bool


def safe(html_from_database: str) -> Markup:
    """Mark HTML that `render_markdown` made as safe to show. Never call it with typed text."""
    return Markup(html_from_database)  # noqa: S704


def render_markdown(source: str) -> Rendered:
    """Render Markdown typed by a person to safe HTML; show it escaped where formatting it would cost too much."""
    text = _tidy(source)
    if len(text) > MAX_SOURCE:
        return _plain(text)
    parser, meter = _take_parser()
    try:
        rendered = _render_lines(text.split("\n"), parser, meter, depth=0)
    except (TooCostly, RecursionError):
        # The parser stopped in the middle of something: it is not used again.
        return _plain(text)
    parser.reset()
    meter.spent = 0
    if len(_kept) < _PARSERS_KEPT:
        _kept.append((parser, meter))
    return Rendered(sanitise(rendered), VERSION, plain=False)


def _take_parser() -> tuple[Markdown, Meter]:
    try:
        return _kept.pop()
    except IndexError:
        meter = Meter(_BUDGET)
        return build_parser(meter), meter


def sanitise(untrusted: str) -> str:
    """Keep of any HTML what a post may contain: no script, style, form, frame, remote picture, id or foreign class."""
    return _CLEANER.clean(untrusted)


def _plain(text: str) -> Rendered:
    return Rendered(f'<pre class="plain">{html.escape(text)}</pre>', VERSION, plain=True)


def _tidy(source: str) -> str:
    """Unify line ends and remove what no one types.

    Control characters would collide with the parser's own marks, lone surrogates cannot be stored, and bidirectional
    overrides make text read as something other than what it says (right-to-left marks themselves stay).
    """
    text = source.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return _CONTROLS.sub("", text)


def _render_lines(lines: list[str], parser: Markdown, meter: Meter, depth: int) -> str:
    """Render fenced code, quotations and the rest each in its own way. The result is not yet sanitised."""
    if depth > _MAX_MARKERS:
        raise TooCostly
    meter.charge(sum(map(len, lines)) + len(lines))
    fences = _Fences(lines, meter)
    parts: list[str] = []
    loose: list[str] = []
    at = 0
    while at < len(lines):
        code = fences.block_at(at)
        # Only lines that begin with ">" are quoted: a reply typed straight below is not put in the other's mouth.
        starts_quote = not code and _QUOTE.match(lines[at])
        quoted = list(takewhile(_QUOTE.match, islice(lines, at, None))) if starts_quote else []
        if code or quoted:
            parts += _render_loose(loose, parser)
            loose = []
        if code:
            parts.append(code.html)
            at += code.lines
        elif quoted:
            inner = _render_lines(
                [_QUOTE.sub("", line, count=1) for line in quoted], parser, meter, depth + 1
            )
            parts.append(f"<blockquote>\n{inner}\n</blockquote>")
            at += len(quoted)
        else:
            loose.append(lines[at])
            at += 1
    return "\n".join([*parts, *_render_loose(loose, parser)])


@dataclass(frozen=True)
class _CodeBlock:
    html: str
    lines: int


class _Fences:
    """Finds fenced code in a list of lines, in time that grows with their number and not with its square."""

    def __init__(self, lines: list[str], meter: Meter) -> None:
        self._lines = lines
        self._meter = meter
        self._never_closed = {"`": len(lines) + _MAX_PIECE, "~": len(lines) + _MAX_PIECE}

    def block_at(self, at: int) -> _CodeBlock | None:
        """The fenced code that opens on line `at`, or None. A fence that is never closed is ordinary text."""
        opening = _FENCE.match(self._lines[at])
        if opening is None:
            return None
        fence, language = opening.groups()
        # Once a fence of this length was looked for in vain, one as long or longer will not be found further down.
        if len(fence) >= self._never_closed[fence[0]]:
            return None
        for end in range(at + 1, len(self._lines)):
            closing = self._lines[end].strip(" ")
            if len(closing) >= len(fence) and not closing.strip(fence[0]):
                code = html.escape("".join(f"{line}\n" for line in self._lines[at + 1 : end]), quote=False)
                kind = f' class="language-{language.lower()}"' if language else ""
                return _CodeBlock(f"<pre><code{kind}>{code}</code></pre>", end + 1 - at)
        self._meter.charge(len(self._lines) - at)
        self._never_closed[fence[0]] = len(fence)
        return None


def _render_loose(lines: list[str], parser: Markdown) -> list[str]:
    if any(_too_many_markers(line) for line in lines):
        raise TooCostly
    text = "\n".join(_lists_apart(_captions_apart(lines))).expandtabs(4)
    return [converted for piece in _pieces(text) if (converted := parser.convert(piece))]


def _too_many_markers(line: str) -> bool:
    start = _MARKERS.match(line)
    return (
        start is not None
        and len(_ONE_MARKER.findall(start.group())) > _MAX_MARKERS
        and not (len(line) < 200 and _RULE.fullmatch(line))
    )


def _captions_apart(lines: list[str]) -> Iterator[str]:
    """Put a blank line between a table and its caption, which would otherwise be one of its rows."""
    previous = ""
    for line in lines:
        under, over = (
            "|" in previous and line.startswith(CAPTION),
            "|" in line and previous.startswith(CAPTION),
        )
        if under or over:
            yield ""
        previous = line
        yield line


def _lists_apart(lines: Iterable[str]) -> Iterator[str]:
    """Put the blank line before a list that the parser wants and most people leave out."""
    in_paragraph, previous_blank = False, True
    for line in lines:
        if in_paragraph and _LIST_START.match(line) and not _RULE.fullmatch(line):
            yield ""
            in_paragraph = False
        elif not line.strip():
            in_paragraph = False
        elif previous_blank:
            in_paragraph = not _NOT_A_PARAGRAPH.match(line)
        previous_blank = not line.strip()
        yield line


def _pieces(text: str) -> Iterator[str]:
    """Cut a long text at blank lines, if possible where no list is under way, or else between the items of a list."""
    while len(text) > _MAX_PIECE:
        cuts = [cut.end() for cut in _BLANK_LINE.finditer(text, 0, _MAX_PIECE)]
        cuts = cuts or [cut.end() for cut in _NEXT_ITEM.finditer(text, 0, _MAX_PIECE)]
        if not cuts:
            raise TooCostly
        cut = next((cut for cut in reversed(cuts) if not _CONTINUED.match(text, cut)), cuts[-1])
        yield text[:cut]
        text = text[cut:]
    yield text


def _keep_attribute(tag: str, attribute: str, value: str) -> str | None:
    """The sanitiser's last word on each attribute: the value to keep, or None."""
    match tag, attribute:
        case "a", "href":
            return value if may_link_to(value) else None
        case "img", "src":
            return picture_address(value)
        case "code", "class":
            return value if _LANGUAGE.fullmatch(value) else None
        case "ol", "start":
            return value if value.isascii() and value.isdigit() and len(value) <= 9 else None
        case "div", "aria-label":
            # The name of a table's frame is its caption, in plain words; nothing else in a post is named.
            return value if value == "Table" or value.startswith(CAPTION) else None
    return value


# Links carry "nofollow ugc" because the site does not vouch for what members link to, "noopener" in case a browser
# opens another tab, and "noreferrer" so that the address of a closed room does not travel to the site linked to.
_CLEANER = nh3.Cleaner(
    tags={*_BLOCKS, "strong", "em", "code", "a", "img", "thead", "tbody"},
    attributes={
        "a": {"href"},
        "img": {"src", "alt"},
        "code": {"class"},
        "ol": {"start"},
        "div": {"aria-label"},
    },
    tag_attribute_values={
        "div": {"class": {"table-scroll"}, "tabindex": {"0"}, "role": {"group"}},
        "a": {"class": {"mention"}},
        "th": {"scope": {"col", "row"}, "class": _ALIGNED},
        "td": {"class": _ALIGNED},
    },
    attribute_filter=_keep_attribute,
    link_rel="nofollow noopener noreferrer ugc",
    url_schemes={"http", "https", "mailto"},
)


class _Words(HTMLParser):
    """Collects the words of HTML, one line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.words.append("\n")
        elif tag == "img":
            self.words.append(f" {dict(attrs).get('alt') or ''} ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody or something that a text names by its number: "people", "library", "threads" or "posts", and which."""

    kind: str
    id: int


MENTION_CLASS = 'class="mention"'
"""Stands in every text that mentions anything, and in no other."""
_MENTION = re.compile(
    r'<a class="mention" href="/(people|library|threads|posts)/(\d{1,15})"[^<>]*>([^<>]*)</a>'
)
_QUOTATION = re.compile(r"<(/?)blockquote>|" + _MENTION.pattern)


def mentions(rendered_html: str) -> list[Mention]:
    """What HTML made here mentions, in order, each once."""
    return list(dict.fromkeys(Mention(m[1], int(m[2])) for m in _MENTION.finditer(rendered_html)))


def people_called(rendered_html: str) -> list[int]:
    """The people whom HTML made here mentions in its own words, each once: not those whom a quotation mentions."""
    depth, found = 0, []
    for m in _QUOTATION.finditer(rendered_html):
        if m[1] is not None:
            depth += -1 if m[1] else 1
        elif depth == 0 and m[2] == "people":
            found.append(int(m[3]))
    return list(dict.fromkeys(found))


def fill_in(rendered_html: str, names: Mapping[Mention, tuple[str, bool]]) -> str:
    """HTML made here with what it mentions by the names given: words, and whether this reader can go there.

    What has no name keeps its words, but leads nowhere: the reader may not see it.
    """

    def named(m: re.Match[str]) -> str:
        words, linked = names.get(Mention(m[1], int(m[2])), (html.unescape(m[3]), False))
        shown = html.escape(f"@{words.removeprefix('@')}" if m[1] == "people" else words)
        if not linked:
            return f'<span class="mention">{shown}</span>'
        return f'<a class="mention" href="/{m[1]}/{m[2]}">{shown}</a>'

    return _MENTION.sub(named, rendered_html)


def to_plain_text(rendered_html: str) -> str:
    """The words of HTML made here, one line for each block, for the search index and plain emails."""
    words = _Words()
    words.feed(rendered_html)
    words.close()
    lines = (line.strip() for line in "".join(words.words).split("\n"))
    return "\n".join(line for line in lines if line)


def excerpt(rendered_html: str, limit: int = 200) -> str:
    """The first words of HTML made here, on one line of at most `limit` characters, with "…" if cut."""
    words = " ".join(to_plain_text(rendered_html).split())
    if len(words) <= limit:
        return words
    start = words[: limit - 1]
    if not words[limit - 1].isspace() and " " in start:
        start = start.rsplit(" ", 1)[0]
    return f"{start.rstrip(' ,;:')}…"


def first_quoted_line(rendered_html: str, limit: int = 80) -> str:
    """The first words that HTML made here quotes, without the line that says whose they are; empty without any."""
    start = rendered_html.find("<blockquote>")
    if start < 0:
        return ""
    lines = to_plain_text(rendered_html[start : rendered_html.find("</blockquote>", start)]).split("\n")
    words = next((line for line in lines if not line.endswith(" wrote:")), "")
    return excerpt(html.escape(words), limit)


_QUOTE_TAG = re.compile(r"<(/?)blockquote>")
_QUOTED_LINE = re.compile(r"[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*>")


def without_quotations(rendered_html: str, instead: str = "") -> str:
    """HTML made here without what it quotes; `instead` (safe HTML) stands where something was."""
    depth, at, kept = 0, 0, []
    for m in _QUOTE_TAG.finditer(rendered_html):
        if depth == 0:
            kept += [rendered_html[at : m.start()], instead]
        depth = max(depth + (-1 if m[1] else 1), 0)
        at = m.end()
    return "".join([*kept, rendered_html[at:]]) if depth == 0 else "".join(kept)


def without_quoted_lines(source: str, instead: str = "") -> str:
    """Markdown without what it quotes, to the end of each quoted paragraph; `instead` stands where something was."""
    kept: list[str] = []
    inside = False
    for line in source.split("\n"):
        begins = _QUOTED_LINE.match(line) is not None
        if begins and not inside and instead:
            kept.append(instead)
        # A line without a mark right after a quoted one belongs to the same paragraph.
        inside = begins or (inside and line.strip() != "")
        if not inside:
            kept.append(line)
    return "\n".join(kept)


def quote(source: str, name: str) -> str:
    """A post as a Markdown quotation under its author's name, ready for the reply box, ending with a blank line.

    What the post itself quotes is left out below the second level, and a long post ends with "…".
    """
    lines = [line for line in _tidy(source).strip("\n").split("\n") if not _DEEP_QUOTE.match(line)]
    kept: list[str] = []
    room = _MAX_QUOTATION
    for line in lines:
        # With the mark before it and its end, so that a post of empty lines is cut as well.
        room -= len(line) + 3
        if room < 0:
            kept.append("…")
            break
        kept.append(line)
    words = " ".join(_SPECIAL.sub(r"\\\g<0>", _tidy(name)).split())
    return "".join(f"{f'> {line}'.rstrip()}\n" for line in [f"**{words}** wrote:", "", *kept]) + "\n"
