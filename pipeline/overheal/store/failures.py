"""What a failure of the store means: whether the same call may succeed later, and what to do."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator

from clickhouse_connect.driver.exceptions import ClickHouseError

from overheal.errors import StoreError, StoreUnavailable

_FULL = re.compile(r"No space left on device|errno: ?28\b|NOT_ENOUGH_SPACE|Disk quota exceeded")
_FULL_FILE = re.compile(r"File too large|errno: ?27\b")
_STATUS = re.compile(r"HTTP status (\d{3})")
_CODE = re.compile(r"\b[Cc]ode: (\d+)")
_NOT_ENOUGH_SPACE = 243
_PASSING = frozenset(
    {
        *(159, 209, 210),  # time-outs, connections that break
        *(202, 203, 241, 252, 439, 700, 745),  # too much at once: queries, memory, parts, threads
        *(173, 242, 243, 499),  # no memory, a table that is read-only now, no room, no object store
        *(225, 319, 473, 517, 529, 999),  # no keeper, no leader, in the way of somebody else
        *(198, 279, 425),  # names that do not resolve, no connection, a failing system call
        *(236, 394),  # stopped by hand, or since the server is going down
    }
)
_BUSY_STATUS = frozenset({408, 425, 429, 502, 503, 504})
DENIED = frozenset({192, 193, 194, 497, 516})
MAY_NOT_WRITE = frozenset({164, 497})
"""The user, or its settings, may only read."""


def explained(name: str, error: Exception) -> StoreError:
    """Return what an error of the driver or of the system means for the store called `name`."""
    text = str(error)
    if disk_full(error):
        return StoreUnavailable(full(name))
    if isinstance(error, OSError):
        return StoreUnavailable(f"the store {name} cannot be reached: {error}; is it running?")
    found = code(error)
    if found in _PASSING:
        return StoreUnavailable(
            f"the store {name} cannot take this just now: {sentence(text)}; try again later"
        )
    if found in DENIED:
        return StoreError(
            f"the store {name} does not let this user in: {sentence(text)}; check the user's name, "
            "password and rights"
        )
    if found is None:
        return _without_code(name, error, text)
    return StoreError(f"the store {name} refused: {sentence(text)}")


def disk_full(error: Exception) -> bool:
    """Whether there is no room: on the disk, in a quota, or in a file that may not grow."""
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    text = str(error)
    return code(error) == _NOT_ENOUGH_SPACE or bool(_FULL.search(text) or _FULL_FILE.search(text))


def full(place: str) -> str:
    """Return the sentence for a place without room."""
    return (
        f"the disk that holds {place} is full; free some space there and run this again: "
        "what is stored stays, and nothing is stored twice"
    )


def code(error: Exception) -> int | None:
    """Return the engine's number for an error, or None where it does not come from the engine.

    Of the driver's error, or of the `StoreError` that it led to.
    """
    if isinstance(error, StoreError) and isinstance(error.__cause__, Exception):
        return code(error.__cause__)
    if not isinstance(error, ClickHouseError):
        return None
    number = getattr(error, "code", None)
    if number is not None:
        return int(number)
    found = _CODE.search(str(error))
    return int(found[1]) if found else None


def sentence(text: str) -> str:
    """Return the readable part of an engine's message, without code, version, URL and stack."""
    first = text.split("\n", maxsplit=1)[0].split(" (for url ", maxsplit=1)[0]
    found = re.search(r"DB::(?:\w+::)*\w*Exception: (.*)", first)
    words = (found[1] if found else first).split(" Stack trace", maxsplit=1)[0]
    words = re.sub(r"\s*\(version [^()]*(?:\([^()]*\))?[^()]*\)\s*$", "", words).rstrip(" .")
    return words if len(words) <= 300 else words[:299] + "…"


def _without_code(name: str, error: Exception, text: str) -> StoreError:
    status = _STATUS.search(text)
    if status and int(status[1]) in _BUSY_STATUS:
        return StoreUnavailable(
            f"the store {name} cannot take this just now (HTTP status {status[1]}); try again later"
        )
    if status:
        return StoreError(
            f"the store {name} answered with HTTP status {status[1]}; check that the address is "
            "that of a ClickHouse server, and the user's name and password"
        )
    causes = [type(cause).__name__ for cause in _causes(error)]
    if any("SSL" in cause or "Certificate" in cause for cause in causes):
        return StoreError(
            f"the store {name} does not prove who it is (TLS: {_root(error)}); set ca_file to the "
            "certificate of its authority"
        )
    if "HTTPError" in causes or "OSError" in causes or _from_the_network(error):
        return StoreUnavailable(
            f"the store {name} cannot be reached: {_root(error)}; is it running?"
        )
    return StoreError(f"the store {name} refused: {sentence(text)}")


def _from_the_network(error: Exception) -> bool:
    return any(
        isinstance(cause, (OSError, EOFError)) or type(cause).__module__.startswith("urllib3")
        for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Return an error and what led to it, the innermost last."""
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        reason = getattr(at, "reason", None)
        at = reason if isinstance(reason, BaseException) else at.__cause__ or at.__context__


def _root(error: BaseException) -> str:
    """Return the innermost cause as words; the outer ones quote whole addresses."""
    *_, last = _causes(error)
    words = re.sub(r"<[^>]*>:? ?|\w+\(host=[^)]*\):? ?", "", str(last)) or type(last).__name__
    return sentence(words)
