"""CloudEvents as Kafka carries them: what a record's value and headers stand for.

The protocol binding knows two modes, and batches come on top:

- *structured*: the value is the whole document (`application/cloudevents+json`, or no content
  type);
- *binary*: the value is `data`, and each attribute is a header `ce_<name>`;
- *batch*: the value is a JSON array of documents (`application/cloudevents-batch+json`, or no
  content type and a value that begins with `[`).

Nothing here judges a document: `decode` does, afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from overheal.errors import RecordError

MAX_DOCUMENT = 960 * 1024
"""The longest document in bytes: with key and headers it fits a record under Kafka's defaults."""

PAYLOAD_KEPT = 64 * 1024
"""How many bytes of a refused document its dead letter keeps."""

HEAD_KEPT = 4 * 1024
"""How many of one that was refused as too long."""

TOO_LONG = "too_long"
TOMBSTONE = "tombstone"
EMPTY = "empty value"

_PREFIX = "ce_"
_REQUIRED = ("specversion", "id", "source", "type", "time")
_TELLING = tuple(f"{_PREFIX}{name}" for name in _REQUIRED)
_ATTRIBUTE = re.compile(r"[a-z0-9]{1,40}\Z")
_JSON_TYPE = re.compile(r"(?:application|text)/(?:[a-z0-9.+-]+\+)?json\Z")
_LIST_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*+\[")
_BRACE = 0x7B
_SPACE = b" \t\r\n"
_BOM = b"\xef\xbb\xbf"

_encode = msgspec.json.Encoder().encode
_read_value = msgspec.json.Decoder(msgspec.Raw).decode


class Ignored(msgspec.Struct, frozen=True, gc=False):
    """A record that holds no event, and why."""

    reason: str


class Batch(msgspec.Struct, frozen=True, gc=False):
    """A JSON array of documents, not cut yet."""

    raw: bytes


def is_plain(value: bytes | None, headers: Mapping[str, bytes] | None) -> bool:
    """Return whether a record is one document as it stands, at the price of a glance."""
    return not headers and bool(value) and value[0] == _BRACE and len(value) <= MAX_DOCUMENT  # type: ignore[index, arg-type]


def unwrap(
    value: bytes | None, headers: Mapping[str, bytes] | None = None
) -> bytes | Batch | Ignored:
    """Return the canonical document in a record, its documents uncut, or why it holds none.

    A record without CloudEvents headers is returned as it is, whatever it holds. Raises
    `RecordError`, and nothing else, naming the header or the size that is wrong.
    """
    if value is None:
        return Ignored(TOMBSTONE)
    if not value:
        return Ignored(EMPTY)
    if not headers:
        return _whole(value)
    content_type = _content_type(headers)
    if content_type.startswith("application/cloudevents"):
        kind = content_type.partition("+")[2]
        if kind not in ("", "json"):
            raise RecordError(
                "unsupported_encoding",
                "header content-type",
                f"expected JSON, found {content_type[:80]!r}",
                "send CloudEvents in their JSON format",
            )
        return _whole(value)
    if any(name in headers for name in _TELLING):
        return sized(_document(value, headers, content_type))
    return _whole(value)


def sized(document: bytes) -> bytes:
    """Return a document that is not too long; raises `RecordError` for one that is."""
    if len(document) > MAX_DOCUMENT:
        raise RecordError(
            TOO_LONG,
            "$",
            f"the document has {len(document):,} bytes, and {MAX_DOCUMENT:,} are the most",
            "leave out bulky parts, such as traces under `ext`, and link to them",
        )
    return document


def _whole(value: bytes) -> bytes | Batch:
    if _LIST_START.match(value):
        return Batch(value)
    return sized(value)


def _content_type(headers: Mapping[str, bytes]) -> str:
    """Return the media type in lower case without parameters, `""` where there is none."""
    for name in ("content-type", "Content-Type", "contentType"):
        if headers.get(name):
            return _text(name, headers[name]).partition(";")[0].strip().lower()
    return ""


def _document(value: bytes, headers: Mapping[str, bytes], content_type: str) -> bytes:
    """Return the structured document of a record in binary mode."""
    attributes = _attributes(headers)
    if not content_type:
        content_type = attributes.get("datacontenttype", "").partition(";")[0].strip().lower()
    if content_type and not _JSON_TYPE.match(content_type):
        raise RecordError(
            "unsupported_encoding",
            "header content-type",
            f"expected application/json, found {content_type[:80]!r}",
            "send `data` as JSON",
        )
    if content_type:
        attributes["datacontenttype"] = "application/json"
    try:
        data = bytes(_read_value(value.removeprefix(_BOM)))
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        told = str(error)[:120]
        raise RecordError(
            "not_json", "$.data", f"the value is not JSON: {told}", "send `data` as one JSON object"
        ) from None
    return b"".join((_encode(attributes)[:-1], b',"data":', data.strip(_SPACE), b"}"))


def _attributes(headers: Mapping[str, bytes]) -> dict[str, str]:
    found: dict[str, str] = {}
    for header, raw in headers.items():
        if not header.startswith(_PREFIX):
            continue
        name = header.removeprefix(_PREFIX)
        if not _ATTRIBUTE.match(name) or name == "data":
            raise RecordError(
                "invalid_header",
                _place(header),
                "is not the name of a CloudEvents attribute",
                "use lower-case letters and digits only, at most 40, and not `data`",
            )
        found[name] = _text(header, raw)
    for name in _REQUIRED:
        if not found.get(name):
            state = "is empty" if name in found else "is missing"
            raise RecordError(
                "missing_header",
                f"header {_PREFIX}{name}",
                state,
                f"send the attribute `{name}` as this header, as UTF-8 text",
            )
    return found


def _text(header: str, raw: bytes | None) -> str:
    try:
        return (raw or b"").decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordError(
            "invalid_header",
            _place(header),
            f"byte {error.start} (0x{error.object[error.start]:02x}) is not valid UTF-8",
            "send the header's value as UTF-8 text",
        ) from None


def _place(header: str) -> str:
    return f"header {header[:60].encode('ascii', 'backslashreplace').decode()}"
