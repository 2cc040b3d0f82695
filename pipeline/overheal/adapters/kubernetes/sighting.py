"""One reading of a Kubernetes Event, whichever of its many forms it came in."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from overheal.adapters.kubernetes.parts import part, text
from overheal.adapters.kubernetes.times import SECOND, micros_of
from overheal.errors import RecordError

COMBINED = "(combined from similar events): "
_CONTAINER = re.compile(r'\b[Cc]ontainer "?([a-z0-9][a-z0-9.-]*)')
_FIELD = re.compile(r"containers\{(.+)\}|Containers\{(.+)\}")


class Sighting(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What one reading of an Event says. Times are µs UTC; absent strings are empty.

    `last` is when it last happened and may be too late by up to `spread`; `first` is when it first
    did. `name` is the Event's own name, `object` the name of what it is about. `combined` tells
    that the message stands for several similar ones, of which it shows the latest. `snapshot`
    tells that it stood in a list or table: there an Event stands where it last happened, whatever
    else it stood for before.
    """

    uid: str = ""
    name: str = ""
    namespace: str = ""
    kind: str = ""
    object: str = ""
    object_uid: str = ""
    container: str = ""
    reason: str
    message: str
    combined: bool = False
    component: str = ""
    instance: str = ""
    host: str = ""
    action: str = ""
    type: str = ""
    count: int = 1
    first: int = 0
    last: int = 0
    version: int = 0
    spread: int = SECOND
    table: bool = False
    snapshot: bool = False
    namespace_known: bool = True

    @property
    def identity(self) -> str:
        """What distinguishes this Event from all others, empty where only its content does."""
        return self.uid or (f"{self.namespace}/{self.name}" if self.name else "")


def is_event(document: dict[str, Any], within: str = "") -> bool:
    """Whether a JSON object is an Event in one of the forms that `read_event` knows."""
    kind = document.get("kind") or document.get("Kind")
    if kind:
        return kind == "Event" and ("reason" in document or "Reason" in document)
    if "severity" in document and "timestamp" in document:
        return False  # a notification of Flux
    if "involvedObject" in document or "InvolvedObject" in document or "regarding" in document:
        return True
    compact = "reason" in document and "message" in document
    return compact and ("lastTimestamp" in document or within == "EventList")


def read_event(raw: dict[str, Any], *, snapshot: bool = False) -> Sighting:
    """Read a core/v1 or events.k8s.io/v1 Event, also in Go's casing or in OpenShift's short form.

    Raises `RecordError` where it has no time or nothing to say.
    """
    event = _lowered(raw) if "Reason" in raw or "InvolvedObject" in raw else raw
    meta = part(event, "metadata") or part(event, "objectMeta")
    about = part(event, "involvedObject") or part(event, "regarding")
    source = part(event, "source") or part(event, "deprecatedSource")
    series = part(event, "series")
    reason = text(event, "reason")
    message = (text(event, "message") or text(event, "note")).strip()
    if not reason and not message:
        raise RecordError("no_reason", "$.reason", "is missing", "an Event has a reason")
    combined = message.startswith(COMBINED)
    if combined:
        message = message[len(COMBINED) :]
    happened = micros_of(event.get("eventTime"), "$.eventTime")
    first = micros_of(
        event.get("firstTimestamp") or event.get("deprecatedFirstTimestamp"), "$.firstTimestamp"
    )
    last = max(
        happened,
        micros_of(
            event.get("lastTimestamp") or event.get("deprecatedLastTimestamp"), "$.lastTimestamp"
        ),
        micros_of(series.get("lastObservedTime"), "$.series.lastObservedTime"),
    )
    last = last or first or micros_of(meta.get("creationTimestamp"), "$.metadata.creationTimestamp")
    if not last:
        raise RecordError(
            "no_time", "$", "the Event has no time", "keep lastTimestamp or eventTime"
        )
    count = series.get("count") or event.get("count") or event.get("deprecatedCount") or 1
    return Sighting(
        uid=text(meta, "uid"),
        name=text(meta, "name"),
        namespace=text(about, "namespace") if about else text(event, "namespace"),
        kind=text(about, "kind"),
        object=text(about, "name"),
        object_uid=text(about, "uid"),
        container=container_of(text(about, "fieldPath"), message),
        reason=reason,
        message=message,
        combined=combined,
        component=text(event, "reportingComponent")
        or text(event, "reportingController")
        or text(source, "component"),
        instance=text(event, "reportingInstance"),
        host=text(source, "host"),
        action=text(event, "action"),
        type=text(event, "type"),
        count=count if isinstance(count, int) and 1 <= count < 2**53 else 1,
        first=min(first or happened or last, last),
        last=last,
        version=version_of(meta),
        snapshot=snapshot,
    )


def container_of(field_path: str, message: str) -> str:
    """Return the container an Event is about, by its field path or else by its message.

    >>> container_of("spec.containers{app}", ""), container_of("", "Started container app")
    ('app', 'app')
    """
    found = _FIELD.search(field_path)
    if found:
        return found[1] or found[2]
    found = _CONTAINER.search(message)
    return found[1] if found else ""


def version_of(meta: dict[str, Any]) -> int:
    """Return an object's resourceVersion as a number, 0 where it is none."""
    text = meta.get("resourceVersion")
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 0


def _lowered(value: Any) -> Any:
    """Turn Go's field names (`InvolvedObject`, `UID`) into those of the API."""
    if not isinstance(value, dict):
        return value
    return {_lower(key): _lowered(part) for key, part in value.items()}


def _lower(key: str) -> str:
    if key.isupper():
        return key.lower()
    if key[:3].isupper():  # APIVersion
        return key[:3].lower() + key[3:]
    return key[:1].lower() + key[1:]
