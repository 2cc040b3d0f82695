"""What a user writes: one TOML file plus `OVERHEAL_*` environment variables, and the catalog.

Environment variables nest by two underscores: `OVERHEAL_DETECTORS__THRASHING__REVERSALS=5` is the
key `detectors.thrashing.reversals`. Unknown keys are errors that name the nearest valid one.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from overheal.adapters.base import Adapter
from overheal.adapters.kubernetes import KubernetesRules
from overheal.adapters.registry import all_adapters
from overheal.catalog import Catalog, parse
from overheal.contract.redaction import Redactor
from overheal.contract.refusal import explain
from overheal.contract.schema import AgentKind, Part
from overheal.detect.registry import FLEET_DETECTORS, SCOPE_DETECTORS, names
from overheal.detect.settings import SettingsBook
from overheal.errors import ConfigError

PREFIX = "OVERHEAL_"


class RedactionConfig(Part):
    """What to remove beside the built-in fields and patterns."""

    fields: list[str] = Field(default_factory=list)
    patterns: list[str] = Field(default_factory=list)
    allow_fields: list[str] = Field(default_factory=list)


class KubernetesConfig(Part):
    """How to read Kubernetes input."""

    cluster: str = ""
    environment: str = "production"
    service_labels: list[str] = Field(
        default_factory=lambda: list(KubernetesRules().service_labels)
    )
    managers: dict[str, str] = Field(default_factory=dict)
    agents: dict[str, AgentKind] = Field(default_factory=dict)


class ConfigFile(Part):
    """The whole configuration."""

    detectors: dict[str, dict[str, Any]] = Field(default_factory=dict)
    redaction: RedactionConfig = Field(default_factory=RedactionConfig)
    kubernetes: KubernetesConfig = Field(default_factory=KubernetesConfig)


class Config:
    """Configuration and catalog, checked, as the values that the parts want."""

    def __init__(self, file: ConfigFile, catalog: Catalog, digest: str) -> None:
        self.catalog = catalog
        self.digest = digest
        self._kubernetes = file.kubernetes
        self.settings = SettingsBook(file.detectors, catalog.overrides)
        self.redactor = Redactor(
            extra_fields=file.redaction.fields,
            extra_patterns=file.redaction.patterns,
            allow_fields=file.redaction.allow_fields,
        )

    def adapters(self) -> list[Adapter]:
        """Return a fresh instance of every adapter, as configured."""
        chosen = self._kubernetes
        rules = KubernetesRules(
            service_labels=tuple(chosen.service_labels),
            managers=chosen.managers,
            agents=chosen.agents,
        )
        options = {
            "kubernetes": {
                "rules": rules,
                "cluster": chosen.cluster,
                "environment": chosen.environment,
            }
        }
        return all_adapters(options)


def load(
    config_path: str | None, catalog_path: str | None, environment: Mapping[str, str]
) -> Config:
    """Read and check both files; either may be absent.

    Raises `ConfigError` naming file, key and the nearest valid name.
    """
    written = read_document(config_path) if config_path else {}
    origin = config_path or "the environment"
    document = _merged(written, _from_environment(environment))
    try:
        file = ConfigFile.model_validate(document)
    except ValidationError as error:
        problem = explain(error, ConfigFile)
        path = problem.path.removeprefix("$.")
        raise ConfigError(f"{origin}: {path}: {problem.problem}; {problem.remedy}") from None
    services = read_document(catalog_path) if catalog_path else {}
    catalog = parse(services, catalog_path or "catalog", names())
    digest = hashlib.blake2b(
        json.dumps([document, services], sort_keys=True, default=str).encode(), digest_size=8
    ).hexdigest()
    config = Config(file, catalog, digest)
    _check(config, file, origin, catalog_path or "catalog", services)
    return config


def read_document(path: str) -> dict[str, Any]:
    """Return a TOML or YAML file as a dictionary; raises `ConfigError` naming file and line."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: is not UTF-8 text") from None
    try:
        is_yaml = path.endswith((".yaml", ".yml"))
        document = yaml.safe_load(text) if is_yaml else tomllib.loads(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {' '.join(str(error).split())}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{path}: expected keys and values")
    return document


def _check(
    config: Config, file: ConfigFile, origin: str, catalog: str, services: dict[str, Any]
) -> None:
    """Build every detector's settings once, so that mistakes show before anything runs."""
    kinds = {kind.name: kind for kind in (*FLEET_DETECTORS, *SCOPE_DETECTORS)}
    for name in file.detectors:
        if name not in kinds:
            raise ConfigError(
                f"{origin}: detectors.{name}: unknown detector; there are {', '.join(kinds)}"
            )
    try:
        for kind in kinds.values():
            config.settings.lookup(kind)
    except ConfigError as error:
        raise ConfigError(f"{origin}: detectors.{error}") from None
    try:
        for kind in kinds.values():
            lookup = config.settings.lookup(kind)
            for service in services.get("services", {}):
                lookup("", service)
    except ConfigError as error:
        raise ConfigError(f"{catalog}: {error}") from None


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for name, text in sorted(environment.items()):
        if not name.startswith(PREFIX):
            continue
        *parents, key = name.removeprefix(PREFIX).lower().split("__")
        holder = document
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[key] = _value(text)
    return document


def _value(text: str) -> Any:
    """Return a variable's value: a TOML value where it reads as one, else the text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _merged(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged
