"""Which addresses typed by people may become links or pictures.

Links: http and https with a host, mailto with a mailbox, and pages of this site ("/teams/3", "#top"). Pictures: files
of this site only, since a picture from elsewhere would tell its owner who read the post and when.
"""

import html
import re

import nh3

_LONGEST = 2_000
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\<>\"'`{}\u2028\u2029]")
# No user name before the host: "https://www.gov.uk@elsewhere.example" is made to deceive.
_WEB = re.compile(r"https?://[^/?#@:]+(?::\d{1,5})?(?:[/?#].*)?", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!#$%&*+/=?^_|~-]{1,64}@[A-Za-z0-9.-]{1,255}(?:\?.*)?", re.IGNORECASE)
_MAILBOX = re.compile(r"[A-Za-z0-9.!#$%&*+/=?^_|~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
# "//host" is another site under this page's scheme, and browsers read "/\" the same way.
_HERE = re.compile(r"(?:/(?![/\\])|#).*")
_PICTURE = re.compile(r"/files/(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*[A-Za-z0-9_~-][A-Za-z0-9._~-]*")

# The sanitiser drops an address its own parser refuses ("https://www.1", a port above 65535), and would leave a link
# that leads nowhere; asking it first leaves plain words instead.
_PROBE = nh3.Cleaner(
    tags={"a"}, attributes={"a": {"href"}}, link_rel=None, url_schemes={"http", "https", "mailto"}
)


def link_address(typed: str) -> str | None:
    """The address a link may carry, or None if the text must stay text."""
    address = typed.strip()
    if address.lower().startswith("www."):
        address = f"https://{address}"
    elif _MAILBOX.fullmatch(address):
        address = f"mailto:{address}"
    return address if may_link_to(address) and _parses(address) else None


def may_link_to(address: str) -> bool:
    """Whether an address has one of the forms that links may have. It may still not parse."""
    return (
        len(address) <= _LONGEST
        and _FORBIDDEN.search(address) is None
        and any(pattern.fullmatch(address) for pattern in (_WEB, _MAIL, _HERE))
    )


def picture_address(typed: str) -> str | None:
    """The address a picture may carry, "/files/…" without "..", query or fragment, or None."""
    address = typed.strip()
    return address if len(address) <= _LONGEST and _PICTURE.fullmatch(address) else None


def _parses(address: str) -> bool:
    return "href" in _PROBE.clean(f'<a href="{html.escape(address)}"></a>')
