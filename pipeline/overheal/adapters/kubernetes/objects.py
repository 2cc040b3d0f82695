"""Kubernetes objects as such: kinds, watch events around them, and the times inside."""

from __future__ import annotations

from typing import Any

from overheal.adapters.kubernetes.parts import part, parts
from overheal.adapters.kubernetes.times import lenient

WATCH_TYPES = frozenset({"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR"})
SCALED = frozenset({"Deployment", "StatefulSet", "ReplicaSet", "ReplicationController"})

_CONDITION_TIMES = ("lastTransitionTime", "lastUpdateTime", "lastHeartbeatTime")
_STATES = ("state", "lastState")
_CONTAINERS = ("containerStatuses", "initContainerStatuses")


def unwrapped(document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return the watch's word for what happened (empty outside a watch), and the object."""
    item = document.get("object")
    if str(document.get("type")) in WATCH_TYPES and isinstance(item, dict):
        return str(document["type"]), item
    return "", document


def kind_of(item: dict[str, Any], within: str) -> str:
    """Return an object's kind, from its own word or from the list it stood in."""
    kind = item.get("kind")
    if isinstance(kind, str) and kind:
        return kind
    return within.removesuffix("List") if within != "List" else ""


def latest(item: dict[str, Any]) -> int:
    """Return the latest moment that an object's version names, 0 where it names none.

    A version is at least as old as everything inside it, and later versions keep most of it: so
    this is the best known bound for when it was written. Times in the future by design (the
    deletion's grace) are not asked.
    """
    meta, spec, status = part(item, "metadata"), part(item, "spec"), part(item, "status")
    times = [lenient(meta.get("creationTimestamp"))]
    times += [lenient(each.get("time")) for each in parts(meta.get("managedFields"))]
    times += [lenient(each.get("timeAdded")) for each in parts(spec.get("taints"))]
    for condition in parts(status.get("conditions")):
        times += [lenient(condition.get(key)) for key in _CONDITION_TIMES]
    for group in _CONTAINERS:
        for container in parts(status.get(group)):
            for key in _STATES:
                for state in parts(list(part(container, key).values())):
                    times += [lenient(state.get("startedAt")), lenient(state.get("finishedAt"))]
    return max(times)
