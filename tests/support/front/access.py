"""Who may come in, and the numbers that HTTP gives to ClickHouse's refusals."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message

from tests.support.front.engine import RefusedError

_STATUS = {
    194: 401,  # REQUIRED_PASSWORD
    192: 403,  # UNKNOWN_USER
    193: 403,  # WRONG_PASSWORD
    516: 403,  # AUTHENTICATION_FAILED
    497: 403,  # ACCESS_DENIED
    **dict.fromkeys((6, 26, 27, 38, 41, 53, 62, 69, 72, 117), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 81, 115), 404),
    48: 501,  # NOT_IMPLEMENTED
    159: 504,  # TIMEOUT_EXCEEDED
    202: 503,  # TOO_MANY_SIMULTANEOUS_QUERIES
    209: 503,  # SOCKET_TIMEOUT
}


def status_of(code: int) -> int:
    """Return the HTTP status that ClickHouse sends with an exception's code."""
    return _STATUS.get(code, 500)


@dataclass(frozen=True)
class Access:
    """The one user there is."""

    user: str
    password: str

    def check(self, headers: Message, query: Mapping[str, str]) -> None:
        """Raise `RefusedError` as ClickHouse does where name or password are wrong."""
        name, word = query.get("user", "default"), query.get("password", "")
        kind, _, value = (headers.get("Authorization") or "").partition(" ")
        if kind == "Basic":
            try:
                name, _, word = base64.b64decode(value).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                name, word = "", ""
        elif headers.get("X-ClickHouse-User"):
            name, word = headers["X-ClickHouse-User"], headers.get("X-ClickHouse-Key") or ""
        if (name, word) != (self.user, self.password):
            raise RefusedError(
                f"Code: 516. DB::Exception: {name}: Authentication failed: password is incorrect, "
                "or there is no user with such name. (AUTHENTICATION_FAILED)"
            )
