"""Who wrote a field, as `managedFields` tell: the manager and mostly the time, never the value."""

from __future__ import annotations

from typing import Any

from overheal.adapters.kubernetes.parts import part, parts, text
from overheal.adapters.kubernetes.times import lenient


def images_of(template: dict[str, Any]) -> dict[str, str]:
    """Return the image of every container of a pod template."""
    return {
        text(container, "name"): text(container, "image")
        for container in parts(part(template, "spec").get("containers"))
        if text(container, "image")
    }


def split(manager: str) -> tuple[str, str]:
    """Return field manager and subresource of `manager/subresource`."""
    name, _, subresource = manager.partition("/")
    return name or "unknown-writer", subresource


def writers_of(managed: list[dict[str, Any]], field: str, below: str = "") -> dict[str, str]:
    """Return the managers of a field of `spec`, each with the time of its last write.

    With `below` the field may stand anywhere under that one.
    """
    writers = {}
    for entry in managed:
        spec = part(entry, "fieldsV1", "f:spec")
        if _holds(part(spec, below), field) if below else field in spec:
            manager, subresource = text(entry, "manager"), text(entry, "subresource")
            name = f"{manager}/{subresource}" if subresource else manager
            writers[name] = text(entry, "time")
    return writers


def _holds(fields: dict[str, Any], field: str) -> bool:
    return field in fields or any(
        _holds(below, field) for below in fields.values() if isinstance(below, dict) and below
    )


def newest(writers: dict[str, str], before: dict[str, str]) -> tuple[str, int]:
    """Return who wrote last, and when (0: not told): new managers and changed times first."""
    if not writers:
        return "", 0
    changed = {name: time for name, time in writers.items() if before.get(name) != time}
    timeless = {name: time for name, time in writers.items() if not time}
    candidates = changed or timeless or writers
    name = max(candidates, key=lambda writer: lenient(candidates[writer]))
    return name, lenient(candidates[name])
