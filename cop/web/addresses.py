"""Whose internet address it is: what counters of strangers go by."""

from __future__ import annotations

from ipaddress import IPv6Address, ip_address, ip_network

NETWORK_BITS = 64
"""Of an IPv6 address the part that a line has; the rest is for whoever sits behind it to choose, 2**64 times over."""


def line_of(address: str | None) -> str:
    """The line behind an address: an IPv4 address itself, of an IPv6 address its /64, "" for none."""
    try:
        found = ip_address(address or "")
    except ValueError:
        # Not an address (a socket in the file system has none): itself, so that it counts as one.
        return address or ""
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ip_network((int(found), NETWORK_BITS), strict=False))
    return str(found)
