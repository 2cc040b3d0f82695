"""Rows of `kubectl get events` and `kubectl events`: ages instead of times, and no uid."""

from __future__ import annotations

import re

from overheal.adapters.base import Record
from overheal.adapters.kubernetes.sighting import COMBINED, Sighting, container_of
from overheal.adapters.kubernetes.times import SECOND, age_of
from overheal.errors import RecordError

_HOUR = 3600 * SECOND
_SERIES = re.compile(r"(\S+) \(x(\d+) over (\S+)\)")
_KINDS = {
    kind.lower(): kind
    for kind in (
        "Pod",
        "Node",
        "Deployment",
        "ReplicaSet",
        "StatefulSet",
        "DaemonSet",
        "Job",
        "CronJob",
        "ReplicationController",
        "HorizontalPodAutoscaler",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "PodDisruptionBudget",
        "ConfigMap",
        "Secret",
        "Namespace",
        "ResourceQuota",
        "Lease",
        "Service",
        "Endpoints",
        "Ingress",
    )
}
COLUMNS = frozenset({"REASON", "MESSAGE"})


def is_row(columns: dict[str, str]) -> bool:
    """Whether the columns are those of an event table."""
    return columns.keys() >= COLUMNS and ("LAST SEEN" in columns or "LASTSEEN" in columns)


def read_row(record: Record, columns: dict[str, str]) -> Sighting:
    """Read one row; its times are the record's receipt less the ages, so at the latest.

    Raises `RecordError` for a row without age, reason or object.
    """
    reason = columns.get("REASON", "")
    if not reason:
        raise RecordError("no_reason", "$.REASON", "is missing", "keep the table's columns")
    last, spread, first, count = _times(record, columns)
    kind, name = _about(columns)
    message = columns.get("MESSAGE", "").strip()
    combined = message.startswith(COMBINED)
    if combined:
        message = message[len(COMBINED) :]
    component, _, host = columns.get("SOURCE", "").partition(",")
    return Sighting(
        name=columns.get("NAME", ""),
        namespace=columns.get("NAMESPACE", "default") if kind != "Node" else "",
        kind=kind,
        object=name,
        container=container_of(columns.get("SUBOBJECT", ""), message),
        reason=reason,
        message=message,
        combined=combined,
        component=component.strip(),
        host=host.strip(),
        type=columns.get("TYPE", ""),
        count=count,
        first=first,
        last=last,
        spread=spread,
        table=True,
        snapshot=True,
        namespace_known="NAMESPACE" in columns,
    )


def _times(record: Record, columns: dict[str, str]) -> tuple[int, int, int, int]:
    """Return the last time, how much too late it may be, the first time and the count."""
    text = columns.get("LAST SEEN") or columns.get("LASTSEEN") or ""
    count = columns.get("COUNT", "")
    times = int(count) if count.isascii() and count.isdigit() and int(count) else 1
    since = columns.get("FIRST SEEN") or columns.get("FIRSTSEEN") or ""
    series = _SERIES.fullmatch(text)
    if series:
        text, times, since = series[1], max(1, int(series[2])), series[3]
    age = age_of(text)
    if age is None:
        if text != "<unknown>":
            problem = f"is not an age: {text[:40]!r}"
            raise RecordError("bad_age", "$.LAST SEEN", problem, "kubectl writes 39m or 5m54s")
        age = (0, _HOUR)  # Events live for an hour
    last = max(0, record.received_at - age[0]) // SECOND * SECOND
    oldest = age_of(since)
    first = last if oldest is None else min(last, max(0, record.received_at - sum(oldest)))
    return last, age[1], first, min(times, 2**53)


def _about(columns: dict[str, str]) -> tuple[str, str]:
    """Return kind and name of the object; old tables have KIND and the Event's NAME instead."""
    kind, slash, name = columns.get("OBJECT", "").partition("/")
    if not slash:
        kind = columns.get("KIND", kind)
        name = columns.get("NAME", "").rpartition(".")[0]
    if not kind or not name:
        raise RecordError("no_object", "$.OBJECT", "is missing", "keep the table's columns")
    return _KINDS.get(kind.lower(), kind), name
