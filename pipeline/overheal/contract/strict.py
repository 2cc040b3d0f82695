"""The definitive reading of one document: exact JSON, then the schema's own models."""

from __future__ import annotations

import json
import re
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from overheal.contract import schema
from overheal.contract.exact import parse
from overheal.contract.refusal import explain, nearest, unknown_key
from overheal.errors import RecordError

UNNAMED_SOURCE = "urn:overheal:unnamed"
"""Source of bare documents that name none."""

NEWER_MINOR_LABEL = "overheal.newer_minor"
"""Label that counts the unknown keys of a newer minor version which were kept in `ext`."""

_ACTION_TYPES = [f"io.overheal.action.{phase}.v1" for phase in get_args(schema.Phase)]
_TYPES = [*_ACTION_TYPES, schema.OBSERVATION_TYPE]
_NEWER_TYPE = re.compile(r"io\.overheal\.[a-z.]+\.v([2-9]|[1-9][0-9]+)\Z")
_SCHEMA_URN = re.compile(
    r"urn:overheal:schema:(action-event|observation):([0-9]{1,9})(?:\.([0-9]{1,9}))?\Z"
)
_EXTENSION = re.compile(r"[a-z0-9]{1,40}\Z")
_BARE_KEYS = ("id", "time", "source")

Parts = tuple[dict[str, Any], dict[str, Any]]


def validated(raw: bytes) -> Parts:
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


def _structured(document: dict[str, Any]) -> Parts:
    if "data_base64" in document:
        raise RecordError(
            "unsupported_encoding",
            "$.data_base64",
            "expected JSON, found binary data",
            "send the event as a JSON object under `data`",
        )
    if not isinstance(document.get("data"), dict):
        raise RecordError(
            "missing_field",
            "$.data",
            f"expected an object, found {_kind(document['data'])}"
            if "data" in document
            else "is missing",
            "put the event as an object under `data`",
        )
    attributes = {key: value for key, value in document.items() if key != "data"}
    known = schema.Envelope.model_fields
    for key, value in attributes.items():
        if key in known:
            continue
        if not _EXTENSION.match(key):
            raise unknown_key((), key, [*known, "data"])
        if not isinstance(value, str | int | bool):
            raise RecordError(
                "invalid_value",
                f"$.{key}",
                f"expected a string, whole number or boolean as a CloudEvents extension attribute, "
                f"found {_kind(value)}",
                "put structures under `data.ext`",
            )
    envelope = _dump(schema.Envelope, attributes, ())
    data = _data(document["data"], envelope, ("data",))
    extensions = {key: _label(envelope.pop(key)) for key in attributes if key not in known}
    if extensions:
        data["labels"] = {**extensions, **data.get("labels", {})}
    return envelope, data


def _bare(document: dict[str, Any]) -> Parts:
    data = {key: value for key, value in document.items() if key not in _BARE_KEYS}
    for key in ("id", "time"):
        if key not in document:
            raise RecordError(
                "missing_field",
                f"$.{key}",
                "is missing",
                "send a CloudEvent with `specversion`, or the bare data with `id` and `time` in it",
            )
    is_action = "kind" not in document or "action_id" in document or "phase" in document
    source = document.get("source")
    attributes = {
        "specversion": "1.0",
        "id": document["id"],
        "source": UNNAMED_SOURCE if source is None or source == "" else source,
        # The phase itself is judged with the data.
        "type": _ACTION_TYPES[0] if is_action else schema.OBSERVATION_TYPE,
        "time": document["time"],
    }
    envelope = _dump(schema.Envelope, attributes, ())
    body = _dump(schema.ActionEvent if is_action else schema.Observation, data, ())
    if is_action:
        envelope["type"] = f"io.overheal.action.{body['phase']}.v1"
    return envelope, body


def _data(data: dict[str, Any], envelope: dict[str, Any], root: tuple[str, ...]) -> dict[str, Any]:
    kind = envelope["type"]
    if kind not in _TYPES:
        if _NEWER_TYPE.match(kind):
            raise RecordError(
                "newer_version",
                "$.type",
                f"expected version 1, found {kind!r}",
                "upgrade overheal, or send version 1",
            )
        near = nearest(kind, _TYPES)
        raise RecordError(
            "wrong_type",
            "$.type",
            f"expected one of {', '.join(_TYPES)}, found {kind[:80]!r}",
            f"did you mean {near!r}?" if near else "only overheal's own event types can be read",
        )
    model = schema.Observation if kind == schema.OBSERVATION_TYPE else schema.ActionEvent
    newer = _is_newer_minor(envelope.get("dataschema"), model)
    body = _dump(model, data, root, adopt_unknown=newer)
    if model is schema.ActionEvent:
        expected = f"io.overheal.action.{body['phase']}.v1"
        if kind != expected:
            raise RecordError(
                "wrong_type",
                "$.type",
                f"expected {expected!r} for phase {body['phase']!r}, found {kind!r}",
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
            "wrong_schema",
            "$.dataschema",
            f"expected {known!r}, found {dataschema[:80]!r}",
            "correct `dataschema`, or leave it out",
        )
    if int(match[2]) != 1:
        raise RecordError(
            "newer_version",
            "$.dataschema",
            f"expected major version 1, found {match[2]}",
            "upgrade overheal, or send version 1",
        )
    return int(match[3] or 0) > 0


def _dump(
    model: type[BaseModel],
    value: dict[str, Any],
    root: tuple[str, ...],
    *,
    adopt_unknown: bool = False,
) -> dict[str, Any]:
    try:
        text = json.dumps(value, allow_nan=False)
        return model.model_validate_json(text).model_dump(exclude_unset=True, exclude_none=True)
    except ValidationError as error:
        if adopt_unknown:
            slimmer = _without_unknown(value, error)
            if slimmer is not None:
                return _dump(model, slimmer, root, adopt_unknown=True)
        raise explain(error, model, root) from None


def _without_unknown(value: dict[str, Any], error: ValidationError) -> dict[str, Any] | None:
    """Move the keys that `error` calls unknown into `ext` and label them; None where none is.

    A nested key is filed under its dotted path.
    """
    slimmer = json.loads(json.dumps(value))
    ext, labels = slimmer.get("ext") or {}, slimmer.get("labels") or {}
    unknown = [p["loc"] for p in error.errors(include_url=False) if p["type"] == "extra_forbidden"]
    if not unknown or not isinstance(ext, dict) or not isinstance(labels, dict):
        return None
    for *parents, key in unknown:
        holder = slimmer
        for parent in parents:
            holder = holder[parent]
        name = ".".join(str(part) for part in (*parents, key))
        ext[name if name not in ext else f"{NEWER_MINOR_LABEL}.{name}"] = holder.pop(key)
    earlier = str(labels.get(NEWER_MINOR_LABEL, "0"))
    counted = int(earlier) if re.fullmatch("[0-9]{1,6}", earlier) else 0
    labels[NEWER_MINOR_LABEL] = str(counted + len(unknown))
    return {**slimmer, "ext": ext, "labels": labels}


def _label(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(value: Any) -> str:
    names = {
        list: "a list",
        dict: "an object",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return names.get(type(value), "null")
