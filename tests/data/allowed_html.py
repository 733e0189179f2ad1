"""Says what in a piece of HTML a post must not contain, as a browser would read it.

Written against the parser html5lib and on its own terms, so that it does not repeat a mistake of the sanitiser's.
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import html5lib

_BARE = (
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "strong", "em", "pre", "blockquote"),
    *("ul", "li", "table", "caption", "thead", "tbody", "tr"),
)
_ELEMENTS: dict[str, set[str]] = {
    **{name: set() for name in _BARE},
    "a": {"href", "rel", "class"},
    "img": {"src", "alt"},
    "code": {"class"},
    "ol": {"start"},
    "div": {"class", "tabindex", "role", "aria-label"},
    "th": {"scope", "class"},
    "td": {"class"},
}
_CLASSES = re.compile(r"language-[A-Za-z0-9#+.-]{1,30}|table-scroll|align-right|align-center|mention")
_ADDRESS = re.compile(r"https?://[^/?#@\s\\]|mailto:[^\s\\]+@|/(?![/\\])|#", re.IGNORECASE)
_PICTURE = re.compile(r"/files/[A-Za-z0-9._~/-]+")


def faults(html: str) -> list[str]:
    """Everything in `html` that a post must not contain; nothing if all is well."""
    tree = html5lib.parseFragment(html, treebuilder="etree", namespaceHTMLElements=False)
    return [fault for element in tree.iter() for fault in _faults_of(element) if element is not tree]


def _faults_of(element: Element) -> Iterator[str]:
    kind: object = element.tag  # The parser puts a function here for a comment.
    if not isinstance(kind, str):
        yield f"a comment: {element.text!r}"
        return
    if element.tag not in _ELEMENTS:
        yield f"the element {element.tag!r}"
        return
    for name, value in element.attrib.items():
        if name not in _ELEMENTS[element.tag]:
            yield f"the attribute {name!r} of {element.tag}"
        elif name == "aria-label" and value != "Table" and not value.startswith("Table: "):
            yield f"the name {value!r}"
        elif name == "scope" and value not in ("col", "row"):
            yield f"the scope {value!r}"
        elif name == "class" and not _CLASSES.fullmatch(value):
            yield f"the class {value!r}"
        elif name == "href" and not _ADDRESS.match(value):
            yield f"a link to {value!r}"
        elif name == "src" and (not _PICTURE.fullmatch(value) or ".." in value):
            yield f"a picture from {value!r}"
    if element.tag == "a" and not {"href", "rel"} <= element.attrib.keys():
        yield "a link without href or rel"
    if element.tag == "img" and not element.get("alt", "").strip():
        yield "a picture without words"
