"""What an entry of the benign corpus is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from overheal.detect import registry
from tests.support.made import History

EVERYBODY = frozenset(registry.names())


@dataclass(frozen=True)
class Benign:
    """An ordinary history, about which the detectors in `silent` must say nothing.

    `harmful` is the same shape gone wrong, about which `raises` must say something: it shows that
    the ordinary one is close enough to trouble to be worth a test. `catalog` holds in the ordinary
    one only, `harmful_catalog` in the other, `declared` in both.
    """

    name: str
    ordinary: Callable[[], History]
    harmful: Callable[[], History]
    raises: str
    silent: frozenset[str] = EVERYBODY
    catalog: dict[str, Any] = field(default_factory=dict)
    declared: dict[str, Any] = field(default_factory=dict)
    harmful_catalog: dict[str, Any] = field(default_factory=dict)


def unless(*names: str) -> frozenset[str]:
    """Return everybody but these detectors, which may speak."""
    return EVERYBODY - frozenset(names)
