"""Bodies as they come over the wire: whole or in chunks, packed or not, cut where they are cut."""

from __future__ import annotations

import email
import os
import select
import socket
import struct
import zlib
from email.message import Message
from io import BufferedIOBase

import cramjam


class HalfSentError(Exception):
    """The client went away before its request was whole."""


class Body:
    """A request's body, read in two goes so that a fault can strike between them."""

    def __init__(self, file: BufferedIOBase, headers: Message) -> None:
        self._file = file
        self._chunked = "chunked" in (headers.get("Transfer-Encoding") or "")
        self._left = int(headers.get("Content-Length") or 0)
        self._parts: list[bytes] = []

    def half(self) -> bytes:
        """Return about the first half of what comes: half the length, or the first chunk."""
        if self._chunked:
            self._chunk()
        elif self._left:
            self._exactly((self._left + 1) // 2)
        return b"".join(self._parts)

    def whole(self) -> bytes:
        """Return all of it; raises `HalfSentError`."""
        while self._chunked:
            self._chunk()
        if self._left:
            self._exactly(self._left)
        return b"".join(self._parts)

    def _exactly(self, size: int) -> None:
        found = self._file.read(size)
        if len(found) < size:
            raise HalfSentError
        self._left -= size
        self._parts.append(found)

    def _chunk(self) -> None:
        line = self._file.readline(100)
        try:
            size = int(line.split(b";")[0], 16)
        except ValueError:
            raise HalfSentError from None
        found = self._file.read(size + 2)
        if len(found) < size + 2:
            raise HalfSentError
        self._chunked = size > 0
        self._parts.append(found[:-2])


def unpacked(body: bytes, encoding: str) -> bytes:
    """Undo a body's `Content-Encoding`."""
    if encoding == "gzip":
        return zlib.decompress(body, 31)
    if encoding == "deflate":
        return zlib.decompress(body)
    if encoding == "lz4":
        return bytes(cramjam.lz4.decompress(body))
    if encoding == "zstd":
        return bytes(cramjam.zstd.decompress(body))
    return body


def form(body: bytes, kind: str) -> dict[str, str]:
    """Return the fields of a `multipart/form-data` body."""
    message = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body)
    fields: dict[str, str] = {}
    for part in message.walk():
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes):
            fields[name] = value.decode()
    return fields


def reset(connection: socket.socket) -> None:
    """Break a connection so that the other side sees a reset, not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())


def gone(connection: socket.socket) -> bool:
    """Return whether the other side has closed the connection."""
    readable, _, _ = select.select([connection], [], [], 0)
    try:
        # The plain socket's method: one with TLS refuses to look without taking.
        return bool(readable) and not socket.socket.recv(connection, 1, socket.MSG_PEEK)
    except OSError:
        return True
