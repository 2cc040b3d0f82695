"""Parts of JSON values, whatever stands where they should be."""

from __future__ import annotations

from typing import Any


def part(value: Any, *path: str) -> dict[str, Any]:
    """Return the object at a path of keys; an empty one where there is something else.

    >>> part({"spec": {"template": 3}}, "spec", "template")
    {}
    """
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def parts(value: Any) -> list[dict[str, Any]]:
    """Return the objects in a list; none where there is something else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def text(value: dict[str, Any], key: str) -> str:
    """Return the string under a key; empty where there is something else."""
    found = value.get(key)
    return found if isinstance(found, str) else ""
