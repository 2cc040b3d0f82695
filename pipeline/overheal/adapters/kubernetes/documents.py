"""Canonical documents, as the adapter's parts put them together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from overheal.adapters.kubernetes.names import Names
from overheal.adapters.kubernetes.times import written
from overheal.contract.schema import ACTION_SCHEMA, OBSERVATION_SCHEMA, OBSERVATION_TYPE

FINISHED = "io.overheal.action.finished.v1"
LONGEST_TEXT = 4_000

_encode = msgspec.json.Encoder().encode


class Subject(msgspec.Struct, frozen=True, gc=False):
    """What a document is about."""

    kind: str
    name: str
    namespace: str = ""
    uid: str = ""
    host: str = ""


class Documents:
    """Writes canonical documents for one cluster and environment."""

    def __init__(self, names: Names, cluster: str, environment: str) -> None:
        self._names = names
        self._cluster = cluster
        self._environment = environment
        self.source = f"urn:overheal:kubernetes:{cluster}" if cluster else "urn:overheal:kubernetes"

    def action(
        self,
        *,
        ident: str,
        at: int,
        agent: Mapping[str, str],
        type: str,  # noqa: A002 - the schema's word
        name: str,
        about: Subject,
        trigger: str,
        condition: str,
        expected: str,
        derived: Sequence[str],
        outcome: str = "unknown",
        detail: str = "",
        field: str = "",
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
        desired: dict[str, Any] | None = None,
        occurrences: dict[str, Any] | None = None,
        labels: Mapping[str, str] | None = None,
        ext: dict[str, Any] | None = None,
    ) -> bytes:
        """Return a finished action. `derived` are the fields filled in beside the usual ones."""
        filled = {"expected.outcome", "duration_seconds", *derived}
        if outcome == "unknown":
            filled.add("actual.outcome")
        data: dict[str, Any] = {
            "action_id": ident,
            "phase": "finished",
            **self._place(about),
            "agent": dict(agent),
            "action": {"type": type, "name": name},
            "trigger": {"kind": trigger, "condition": condition[:LONGEST_TEXT] or name},
            "expected": {"outcome": expected},
            "actual": {"outcome": outcome},
            "duration_seconds": 0,
            "derived": sorted(filled),
        }
        if about.name:
            data["target"] = self._target(about, field)
        if detail:
            data["actual"]["detail"] = detail[:LONGEST_TEXT]
        if desired is not None:
            data["intent"] = {"desired": desired}
        data |= _given(before=before, after=after, ext=ext, occurrences=occurrences, labels=labels)
        return self._enveloped(ident, FINISHED, ACTION_SCHEMA, at, data)

    def observation(
        self,
        *,
        ident: str,
        at: int,
        kind: str,
        signal: str,
        about: Subject,
        status: str = "",
        message: str = "",
        severity: str = "",
        agent: Mapping[str, str] | None = None,
        occurrences: dict[str, Any] | None = None,
        witness_of: str = "",
        derived: Sequence[str] = (),
        labels: Mapping[str, str] | None = None,
    ) -> bytes:
        """Return an observation; with `witness_of` it is another sight of that action."""
        data: dict[str, Any] = {**self._place(about), "kind": kind, "signal": signal}
        if about.kind and about.name:
            data["target"] = self._target(about, "")
        data |= _given(
            status=status,
            severity=severity,
            agent=agent,
            occurrences=occurrences,
            causality={"witness_of": witness_of} if witness_of else None,
            derived=sorted(set(derived)),
            ext={"message": message[:LONGEST_TEXT]} if message else None,
            labels=labels,
        )
        return self._enveloped(ident, OBSERVATION_TYPE, OBSERVATION_SCHEMA, at, data)

    def service(self, about: Subject) -> str:
        """Return the service of a subject, empty where it belongs to none."""
        return self._names.service(about.namespace, about.kind, about.name, about.host)

    def _place(self, about: Subject) -> dict[str, str]:
        place = {"environment": self._environment, "scope": self._names.scope(about.namespace)}
        service = self.service(about)
        if service:
            place["service"] = service
        return place

    def _target(self, about: Subject, field: str) -> dict[str, Any]:
        target: dict[str, Any] = {"kind": about.kind or "object", "name": about.name}
        return target | _given(
            namespace=about.namespace, cluster=self._cluster, uid=about.uid, field=field
        )

    def _enveloped(
        self, ident: str, kind: str, schema: str, at: int, data: dict[str, Any]
    ) -> bytes:
        envelope = {
            "specversion": "1.0",
            "id": ident,
            "source": self.source,
            "type": kind,
            "time": written(at),
            "dataschema": schema,
            "data": data,
        }
        if "service" in data:
            envelope["subject"] = data["service"]
        return _encode(envelope)


def _given(**parts: Any) -> dict[str, Any]:
    """Return the parts that say something."""
    return {key: part for key, part in parts.items() if part}


def counted(count: int, first_at: int, last_at: int) -> dict[str, Any] | None:
    """Return `occurrences` for more than one; a single one needs none."""
    if count <= 1:
        return None
    return {
        "count": count,
        "first_at": written(min(first_at, last_at)),
        "last_at": written(last_at),
    }
