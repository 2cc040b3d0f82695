"""From what people wrote to the settings of each detector, for each service."""

from __future__ import annotations

import dataclasses
import difflib
import math
from collections.abc import Callable, Mapping
from typing import Any

from overheal.detect.base import Described, Settings
from overheal.errors import ConfigError

Overrides = Mapping[str, Mapping[str, Any]]
"""Detector name → setting → value."""


class SettingsBook:
    """Settings of all detectors: defaults, then `overrides`, then those of one service.

    `strict` refuses what contradicts itself; what was taken once is read back without it.
    """

    def __init__(
        self,
        overrides: Overrides | None = None,
        of_service: Callable[[str], Overrides] = lambda _: {},
        *,
        strict: bool = False,
    ) -> None:
        self._check = refuse_contradictions if strict else _let_pass
        self._overrides = overrides or {}
        self._of_service = of_service
        self._special: dict[str, Overrides] = {}

    def lookup(self, detector: type[Described[Any, Any]]) -> Callable[[str, str], Any]:
        """Return the function from environment and service to a detector's settings.

        Raises `ConfigError` for unknown or impossible global settings; the returned function does
        so for those of a service.
        """
        name, kind = detector.name, detector.settings_type
        common = build(kind, self._overrides.get(name, {}), name)
        self._check(common, name)
        known: dict[str, Any] = {}
        of_services = self._special

        def settings(_environment: str, service: str) -> Any:
            special = of_services.get(service)
            if special is None:
                special = of_services[service] = self._of_service(service)
            if not special or not special.get(name):
                return common
            found = known.get(service)
            if found is None:
                where = f"services.{service}.{name}"
                values = {**self._overrides.get(name, {}), **special[name]}
                found = known[service] = build(kind, values, where)
                self._check(found, where)
            return found

        return settings


def build(kind: type[Settings], values: Mapping[str, Any], where: str) -> Any:
    """Return settings of a kind with `values` in place of defaults; raises `ConfigError`."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    checked: dict[str, Any] = {}
    for key, value in values.items():
        field = fields.get(key)
        if field is None:
            near = difflib.get_close_matches(key, fields, n=1, cutoff=0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"valid: {', '.join(fields)}"
            raise ConfigError(f"{where}.{key}: unknown setting; {hint}")
        checked[key] = _checked(field, value, f"{where}.{key}")
    return kind(**checked)


def _checked(field: dataclasses.Field[Any], value: Any, where: str) -> Any:
    """Return a value as the setting's default has it: yes or no, a whole number, a number."""
    expected: type[Any] = type(field.default)
    if expected is bool:
        if not isinstance(value, bool):
            raise ConfigError(f"{where}: expected true or false, found {value!r}")
        return value
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or (expected is int and not isinstance(value, int)):
        raise ConfigError(
            f"{where}: expected {expected.__name__}, found {value!r}; "
            f"it is in {field.metadata['unit']}"
        )
    too_small = value < 0 or (value == 0 and field.metadata["bound"] == "inclusive")
    if too_small or not math.isfinite(value):
        raise ConfigError(f"{where}: must be positive and finite, found {value!r}")
    return expected(value)


def refuse_contradictions(settings: Settings, where: str) -> None:
    """Raise `ConfigError` where settings, each possible by itself, cannot be together."""
    problem = settings.contradiction()
    if problem:
        raise ConfigError(f"{where}.{problem}")


def _let_pass(_settings: Settings, _where: str) -> None:
    return None
