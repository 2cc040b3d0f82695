"""JSON read exactly: what readers would understand differently is refused, with its path.

Stricter than most JSON parsers. A key that stands twice, a number that is not finite, a NUL, half
of a surrogate pair and a document nested too deeply are refused, because some reader down the line
would see something else than was sent, or nothing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable
from typing import Any

from overheal.errors import RecordError

MAX_DEPTH = 64
"""How deep objects and lists may nest."""

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_LARGEST_DIGITS = 400


def parse(raw: bytes) -> Any:
    """Parse one JSON document; raises `RecordError`."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RecordError(
            "invalid_utf8",
            "$",
            f"byte {error.start} (0x{raw[error.start]:02x}) is not valid UTF-8",
            "write the file as UTF-8",
        ) from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=float,
            parse_float=float,
            parse_int=_sized,
        )
    except json.JSONDecodeError as error:
        raise _not_json(text, error) from None
    except RecursionError:
        raise _too_deep(()) from None
    _inspect(value, ())
    return value


def json_path(parts: Iterable[str | int], root: str = "$") -> str:
    """Return a JSON path.

    >>> json_path(["data", "labels", "my key", 3])
    "$.data.labels['my key'][3]"
    """
    steps = [
        f".{part}" if isinstance(part, str) and _PLAIN_KEY.match(part) else f"[{part!r}]"
        for part in parts
    ]
    return root + "".join(steps)


class _Repeating(dict[str, Any]):
    """An object in which the key `repeated` stands more than once."""

    repeated = ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeating = _Repeating(found)
    seen: set[str] = set()
    repeating.repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    return repeating


def _sized(digits: str) -> int | float:
    """Return a whole number as such where 64 bits hold it, else as the nearest float."""
    if len(digits) <= 18:
        return int(digits)
    if len(digits) > _LARGEST_DIGITS:
        return math.inf
    number = int(digits)
    return number if -(2**63) <= number < 2**64 else float(digits)


def _inspect(value: Any, path: tuple[str | int, ...]) -> None:
    if isinstance(value, str):
        _inspect_text(value, path)
    elif isinstance(value, float) and not math.isfinite(value):
        raise RecordError(
            "not_finite",
            json_path(path),
            "the number is not finite, or too large for a 64-bit float",
            "send a finite number, or leave it out",
        )
    elif isinstance(value, dict | list):
        if len(path) >= MAX_DEPTH:
            raise _too_deep(path)
        if isinstance(value, _Repeating):
            raise RecordError(
                "duplicate_key",
                json_path((*path, value.repeated)),
                f"key {value.repeated!r} stands twice",
                "send each key once",
            )
        members = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in members:
            if isinstance(key, str):
                _inspect_text(key, path)
            _inspect(inner, (*path, key))


def _inspect_text(text: str, path: tuple[str | int, ...]) -> None:
    if "\0" in text:
        raise RecordError(
            "nul",
            json_path(path),
            "the text holds the character U+0000 (NUL)",
            "remove it: stores and terminals cut text there",
        )
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError as error:
        half = ord(text[error.start])
        raise RecordError(
            "lone_surrogate",
            json_path(path),
            f"the text holds \\u{half:04x}, half of a surrogate pair and no character",
            "escape such a character as both halves of its pair, or write it as UTF-8",
        ) from None


def _not_json(text: str, error: json.JSONDecodeError) -> RecordError:
    if "\0" in text:
        return RecordError(
            "nul",
            "$",
            f"holds a NUL byte at character {text.index(chr(0))}",
            "write text without NUL bytes, as UTF-8 (is the file binary, or UTF-16?)",
        )
    return RecordError(
        "not_json",
        "$",
        f"is not JSON: {error.msg} at line {error.lineno} column {error.colno}",
        "write one JSON document per line",
    )


def _too_deep(path: tuple[str | int, ...]) -> RecordError:
    return RecordError(
        "too_deep",
        json_path(path[:6]),
        f"nested more than {MAX_DEPTH} levels deep",
        "flatten the document",
    )
