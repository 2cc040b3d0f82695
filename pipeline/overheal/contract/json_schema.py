"""JSON Schema (draft 2020-12) of whole documents, so that any validator agrees with the decoder.

Three things no validator can be told: whether a time exists, that `1.0` is no whole number, and
how deep a document may nest.
"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel

from overheal.contract import schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def action_schema() -> dict[str, Any]:
    """Return the schema of an action event as a CloudEvent."""
    phases = get_args(schema.Phase)
    document = _document(
        schema.ActionEvent,
        schema.ACTION_SCHEMA,
        [f"io.overheal.action.{phase}.v1" for phase in phases],
        "overheal action event, version 1",
    )
    document["allOf"] = [
        {
            "$comment": f"`type` and phase agree: {phase}",
            "if": {"properties": {"type": {"const": f"io.overheal.action.{phase}.v1"}}},
            "then": {"properties": {"data": {"properties": {"phase": {"const": phase}}}}},
        }
        for phase in phases
    ]
    event = document["$defs"]["ActionEvent"]
    event["allOf"] = [
        _once(("finished", "verified"), "actual", "What happened is known once it is finished."),
        _once(("finished",), "duration_seconds", "And how long it took."),
    ]
    return document


def observation_schema() -> dict[str, Any]:
    """Return the schema of an observation as a CloudEvent."""
    return _document(
        schema.Observation,
        schema.OBSERVATION_SCHEMA,
        [schema.OBSERVATION_TYPE],
        "overheal observation, version 1",
    )


def _document(model: type[BaseModel], urn: str, types: list[str], title: str) -> dict[str, Any]:
    envelope, data = schema.Envelope.model_json_schema(), model.model_json_schema()
    parts = data.pop("$defs", {})
    data["anyOf"] = [
        {"$comment": "A service, or the scope of what has none.", **_stated("service")},
        _stated("scope"),
    ]
    properties = envelope["properties"]
    properties["type"] |= {"enum": types}
    nullable = properties["dataschema"]
    nullable["anyOf"] = [{"const": urn}, {"type": "null"}]
    definitions = {model.__name__: data, **parts}
    body = _untitled(
        {
            "description": envelope["description"],
            "type": "object",
            "properties": {
                **properties,
                "data": {"$ref": f"#/$defs/{model.__name__}"},
                "data_base64": False,
            },
            "patternProperties": {
                f"^(?!(?:{'|'.join([*properties, 'data'])})$)[a-z0-9]{{1,40}}$": {
                    "type": ["string", "integer", "boolean"],
                    "description": "A CloudEvents extension attribute; kept as a label.",
                }
            },
            "required": [*envelope["required"], "data"],
            "additionalProperties": False,
            "$defs": definitions,
        }
    )
    return {"$schema": DIALECT, "$id": urn, "title": title, **body}


def _once(phases: tuple[str, ...], field: str, why: str) -> dict[str, Any]:
    return {
        "$comment": why,
        "if": {"properties": {"phase": {"enum": list(phases)}}, "required": ["phase"]},
        "then": _stated(field),
    }


def _stated(field: str) -> dict[str, Any]:
    return {"required": [field], "properties": {field: {"not": {"type": "null"}}}}


def _untitled(value: Any) -> Any:
    """Drop the titles that pydantic makes of names; our descriptions say more."""
    if isinstance(value, list):
        return [_untitled(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {name: _untitled(part) for name, part in inner.items()}
        if key in ("properties", "$defs", "patternProperties")
        else _untitled(inner)
        for key, inner in value.items()
        if key != "title"
    }
