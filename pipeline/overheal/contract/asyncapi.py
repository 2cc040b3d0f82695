"""AsyncAPI 3.0: which messages travel over which topic."""

from __future__ import annotations

from typing import Any

import msgspec

from overheal.contract.letter import Letter

_JSON_SCHEMA = "application/schema+json;version=draft-2020-12"
_CLOUDEVENT = "application/cloudevents+json"

MESSAGES: dict[str, tuple[str, str, str, dict[str, Any]]] = {
    "action": (
        "Action event",
        "One phase of one operational action.",
        _CLOUDEVENT,
        {"$ref": "./action-event.v1.json"},
    ),
    "observation": (
        "Observation",
        "Something about the world rather than an action: a symptom, an alert, a page, a counter.",
        _CLOUDEVENT,
        {"$ref": "./observation.v1.json"},
    ),
    "finding": (
        "Finding",
        "What a detector reports, at one revision; at most a hundred member ids.",
        "application/json",
        {"$ref": "./report.v1.json#/$defs/FindingPart"},
    ),
    "dead_letter": (
        "Dead letter",
        "A record that was refused: its position, the reason, and its redacted bytes.",
        "application/json",
        {"$ref": "#/components/schemas/Letter"},
    ),
}

CHANNELS: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "actions": (
        "overheal.actions.v1",
        "What producers write, under any key.",
        ("action", "observation"),
        "any",
    ),
    "events": (
        "overheal.events.v1",
        "The same in canonical form: validated, redacted, with a scope.",
        ("action", "observation"),
        "the scope",
    ),
    "findings": (
        "overheal.findings.v1",
        "Findings, newest revision last; one partition, compacted.",
        ("finding",),
        "the finding's id",
    ),
    "deadLetters": (
        "overheal.dead-letters.v1",
        "What was refused, with the reason.",
        ("dead_letter",),
        "that of the refused record",
    ),
}

OPERATIONS = {
    "receiveActions": ("receive", "actions", "Producers' events are read, checked and redacted."),
    "sendEvents": ("send", "events", "Checked events are written for the detectors."),
    "receiveEvents": ("receive", "events", "Detectors read the events of their scopes."),
    "sendFindings": ("send", "findings", "Findings are published as soon as they are known."),
    "receiveFindings": ("receive", "findings", "Findings are read for paging and posting."),
    "sendDeadLetters": ("send", "deadLetters", "A refused record is kept, never dropped."),
}


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document."""
    _, components = msgspec.json.schema_components(
        [Letter], ref_template="#/components/schemas/{name}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "overheal",
            "version": "1.0.0",
            "description": "Events about automated actions, and what is found in them.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": _CLOUDEVENT,
        "channels": {
            name: {
                "address": address,
                "description": description,
                "messages": {
                    message: {"$ref": f"#/components/messages/{message}"} for message in messages
                },
            }
            for name, (address, description, messages, _) in CHANNELS.items()
        },
        "operations": {
            name: {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel}"},
                "summary": summary,
                "messages": [
                    {"$ref": f"#/channels/{channel}/messages/{message}"}
                    for message in CHANNELS[channel][2]
                ],
            }
            for name, (action, channel, summary) in OPERATIONS.items()
        },
        "components": {
            "messages": {
                name: {
                    "name": name,
                    "title": title,
                    "summary": summary,
                    "contentType": content_type,
                    "payload": {"schemaFormat": _JSON_SCHEMA, "schema": payload},
                    "bindings": {"kafka": {"key": _key_of(name), "bindingVersion": "0.5.0"}},
                }
                for name, (title, summary, content_type, payload) in MESSAGES.items()
            },
            "schemas": components,
        },
    }


def _key_of(message: str) -> dict[str, str]:
    keys = [f"{key} on {address}" for address, _, sent, key in CHANNELS.values() if message in sent]
    return {"type": "string", "description": f"Key: {'; '.join(keys)}."}
