"""Websocket frames as bytes (RFC 6455): what a server sends, and the answer to a client's handshake."""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Mapping
from typing import Any

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY_BYTES = 16
_TEXT, _CLOSE = 0x81, 0x88
_SHORT, _MEDIUM = 126, 65536

NORMAL, GOING_AWAY, UNSUPPORTED, POLICY, TOO_BIG, TRY_LATER = 1000, 1001, 1003, 1008, 1009, 1013


def text_frame(payload: bytes) -> bytes:
    """One unmasked, unfragmented text frame; `payload` is UTF-8."""
    return _frame(_TEXT, payload)


def close_frame(code: int) -> bytes:
    """A close frame with a status code and no reason."""
    return _frame(_CLOSE, struct.pack("!H", code))


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < _SHORT:
        return bytes((opcode, size)) + payload
    if size < _MEDIUM:
        return struct.pack("!BBH", opcode, 126, size) + payload
    return struct.pack("!BBQ", opcode, 127, size) + payload


def handshake_answer(environ: Mapping[str, Any]) -> bytes | None:
    """The bytes that accept a websocket handshake, or None when the request is not one.

    No extension and no subprotocol is ever accepted.
    """
    key = str(environ.get("HTTP_SEC_WEBSOCKET_KEY", "")).strip()
    try:
        decoded = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(decoded) != _KEY_BYTES or environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        return None
    # SHA-1 is what the protocol prescribes; it proves that we speak it and protects nothing.
    digest = hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )
