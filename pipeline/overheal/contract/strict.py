"""The definitive reading of one document: exact JSON, then the schema's own models.

Slower than `decode`'s fast path and stricter than most JSON parsers: a key that stands twice, a
number that is not finite and a document nested too deeply are refused, because every reader would
understand something else.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from pydantic import BaseModel, ValidationError

from overheal.contract import schema
from overheal.contract.refusal import explain, unknown_key
from overheal.errors import RecordError

MAX_DEPTH = 64
"""How deep objects and lists may nest."""

_SCHEMA_URN = re.compile(r"urn:overheal:schema:(action-event|observation):(\d+)(?:\.(\d+))?\Z")
_EXTENSION = re.compile(r"[a-z0-9]{1,40}\Z")
_BARE_KEYS = ("id", "time", "source")


def parse(raw: bytes) -> Any:
    """Parse JSON exactly; raises `RecordError`."""
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
            object_pairs_hook=_unique,
            parse_constant=_not_finite,
            parse_float=_finite,
            parse_int=_sized,
        )
    except json.JSONDecodeError as error:
        raise RecordError(
            "not_json",
            "$",
            f"is not JSON: {error.msg} at column {error.colno}",
            "write one JSON document per line",
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if _depth_exceeds(value, MAX_DEPTH):
        raise _too_deep()
    return value


def refuse_ambiguous(raw: bytes) -> None:
    """Raise `RecordError` where `raw` is JSON that readers would understand differently."""
    parse(raw)


def validated(raw: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return envelope and data of one document as plain dicts, or raise `RecordError`."""
    document = parse(raw)
    if not isinstance(document, dict):
        raise RecordError(
            "not_an_object",
            "$",
            f"expected an object, found {_kind(document)}",
            "write one JSON object per event",
        )
    if "specversion" in document or isinstance(document.get("data"), dict):
        return _structured(document)
    return _bare(document)


def _structured(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    if "data_base64" in document:
        raise RecordError(
            "unsupported_encoding", "$.data_base64", "binary data", "send `data` as JSON"
        )
    if not isinstance(document.get("data"), dict):
        raise RecordError(
            "missing_field", "$.data", "is missing or not an object", "put the event under `data`"
        )
    attributes = {key: value for key, value in document.items() if key != "data"}
    known = schema.Envelope.model_fields
    for key, value in attributes.items():
        if key not in known and not (
            _EXTENSION.match(key) and isinstance(value, str | int | bool)
        ):
            raise unknown_key("$", key, [*known, "data"])
    envelope = _dump(schema.Envelope, attributes, "$")
    data = _data(document["data"], envelope, "$.data")
    extensions = {key: str(envelope.pop(key)) for key in attributes if key not in known}
    if extensions:
        data["labels"] = {**extensions, **data.get("labels", {})}
    return envelope, data


def _bare(document: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    data = {key: value for key, value in document.items() if key not in _BARE_KEYS}
    is_action = "kind" not in document or "action_id" in document or "phase" in document
    phase = document.get("phase")
    attributes = {
        "specversion": "1.0",
        "id": document.get("id"),
        "source": document.get("source") or "urn:overheal:unnamed",
        "type": f"io.overheal.action.{phase}.v1" if is_action else schema.OBSERVATION_TYPE,
        "time": document.get("time"),
    }
    for key in ("id", "time"):
        if key not in document:
            raise RecordError(
                "missing_field",
                f"$.{key}",
                "is missing",
                "bare data needs `id` and `time` beside it"
                if data
                else "this is not an action event",
            )
    envelope = _dump(schema.Envelope, attributes, "$")
    return envelope, _data(data, envelope, "$")


def _data(
    data: dict[str, Any], envelope: dict[str, Any], path: str
) -> tuple[dict[str, Any], dict[str, Any]] | Any:
    model: type[BaseModel] = schema.ActionEvent
    if envelope["type"] == schema.OBSERVATION_TYPE:
        model = schema.Observation
    newer = _is_newer_minor(envelope.get("dataschema"), model)
    body = _dump(model, data, path, adopt_unknown=newer)
    if model is schema.ActionEvent and envelope["type"] != (
        expected := f"io.overheal.action.{body['phase']}.v1"
    ):
        raise RecordError(
            "wrong_type",
            "$.type",
            f"expected {expected!r} for phase {body['phase']!r}, found {envelope['type']!r}",
            "make `type` and `data.phase` agree",
        )
    return body


def _is_newer_minor(dataschema: str | None, model: type[BaseModel]) -> bool:
    if dataschema is None:
        return False
    known = schema.OBSERVATION_SCHEMA if model is schema.Observation else schema.ACTION_SCHEMA
    match = _SCHEMA_URN.match(dataschema)
    if match is None or not known.startswith(f"urn:overheal:schema:{match[1]}:"):
        raise RecordError(
            "wrong_schema", "$.dataschema", f"found {dataschema!r}", f"expected {known!r}"
        )
    if match[2] != "1":
        raise RecordError(
            "newer_version",
            "$.dataschema",
            f"major version {match[2]} is not known here",
            "upgrade overheal, or send version 1",
        )
    return match[3] is not None and int(match[3]) > 0


def _dump(
    model: type[BaseModel], value: dict[str, Any], path: str, *, adopt_unknown: bool = False
) -> dict[str, Any]:
    try:
        text = json.dumps(value, allow_nan=False)
        return model.model_validate_json(text).model_dump(exclude_unset=True, exclude_none=True)
    except ValidationError as error:
        if adopt_unknown:
            slimmer = _without_unknown(value, error)
            if slimmer is not None:
                return _dump(model, slimmer, path, adopt_unknown=True)
        raise explain(error, model, path) from None


def _without_unknown(value: dict[str, Any], error: ValidationError) -> dict[str, Any] | None:
    """Move the keys that `error` calls unknown into `ext`; None where it names none."""
    moved: dict[str, Any] = {}
    slimmer = json.loads(json.dumps(value))
    for problem in error.errors(include_url=False):
        if problem["type"] != "extra_forbidden":
            continue
        *parents, key = problem["loc"]
        holder = slimmer
        for parent in parents:
            holder = holder[parent]
        moved[".".join(str(part) for part in problem["loc"])] = holder.pop(key)
    if not moved:
        return None
    slimmer["ext"] = {**slimmer.get("ext", {}), "newer_minor": {**moved}}
    return slimmer  # type: ignore[no-any-return]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise RecordError(
            "duplicate_key", f"$..{twice}", f"key {twice!r} stands twice", "send each key once"
        )
    return found


def _not_finite(word: str) -> NoReturn:
    raise RecordError("not_finite", "$", f"{word} is not a JSON number", "send a finite number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise RecordError(
            "not_finite", "$", f"number {text[:40]} is out of range", "send a finite number"
        )
    return number


def _sized(text: str) -> int | float:
    if len(text) <= 18:
        return int(text)
    number = int(text) if len(text) <= 400 else math.inf
    if -(2**63) <= number < 2**64:
        return number
    return _finite(text)


def _depth_exceeds(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return False
        level = below
    return True


def _too_deep() -> RecordError:
    return RecordError(
        "too_deep", "$", f"nested more than {MAX_DEPTH} levels deep", "flatten the document"
    )


def _kind(value: Any) -> str:
    names = {list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")
