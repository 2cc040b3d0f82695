"""What a user writes: one TOML file plus `OVERHEAL_*` environment variables, and the catalog.

Environment variables nest by two underscores: `OVERHEAL_DETECTORS__THRASHING__REVERSALS=5` is the
key `detectors.thrashing.reversals`. Unknown keys are errors that name the nearest valid one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from overheal.adapters.registry import format_names
from overheal.catalog import parse
from overheal.contract.refusal import explain, nearest
from overheal.detect.registry import FLEET_DETECTORS, SCOPE_DETECTORS, names
from overheal.errors import ConfigError
from overheal.run.config.built import Config
from overheal.run.config.documents import from_environment, merged, read_document
from overheal.run.config.judging import digest_of, from_judging
from overheal.run.config.places import check_kafka, check_store
from overheal.run.config.sections import SECRETS, ConfigFile
from overheal.run.config.values import address

__all__ = ["Config", "from_judging", "load", "read_document"]

_JUDGING = ("detectors", "redaction", "kubernetes")


def load(
    config_path: str | None, catalog_path: str | None, environment: Mapping[str, str]
) -> Config:
    """Read and check both files; either may be absent.

    Files that hold secrets are read when the part that needs them is asked for. Raises
    `ConfigError` naming file, key and the nearest valid name.
    """
    written = read_document(config_path) if config_path else {}
    origin = config_path or "the environment"
    document = merged(written, from_environment(environment))
    file = _validated(document, origin)
    services = read_document(catalog_path) if catalog_path else {}
    catalog = parse(services, catalog_path or "catalog", names())
    deciding = {name: document[name] for name in _JUDGING if name in document}
    digest = digest_of(json.dumps([deciding, services], sort_keys=True, default=str).encode())
    config = Config(file, catalog, digest)
    _check_detectors(config, file, origin, catalog_path or "catalog")
    _check_processes(file, origin)
    return config


def _validated(document: dict[str, Any], origin: str) -> ConfigFile:
    try:
        return ConfigFile.model_validate(document)
    except ValidationError as error:
        problem = explain(error, ConfigFile)
        path = problem.path.removeprefix("$.")
        if path.rpartition(".")[2] in SECRETS:
            raise ConfigError(f"{origin}: {path}: write it in quotation marks") from None
        raise ConfigError(f"{origin}: {path}: {problem.problem}; {problem.remedy}") from None


def _check_processes(file: ConfigFile, origin: str) -> None:
    try:
        check_kafka(file.kafka)
        check_store(file.store)
        if file.operations.listen:
            address(file.operations.listen)
        formats = ["auto", *format_names()]
        if file.ingest.format not in formats:
            near = nearest(file.ingest.format, formats)
            remedy = f"did you mean {near!r}?" if near else f"valid: {', '.join(formats)}"
            raise ConfigError(f"ingest.format: no format {file.ingest.format!r}; {remedy}")  # noqa: TRY301 - the origin is added below
        if file.worker.pending_events < file.worker.batch_events:
            raise ConfigError(  # noqa: TRY301
                "worker.pending_events: must not be less than worker.batch_events, or no block "
                "would ever be full"
            )
    except ConfigError as error:
        raise ConfigError(f"{origin}: {error}") from None


def _check_detectors(config: Config, file: ConfigFile, origin: str, catalog: str) -> None:
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
        config.check_services()
    except ConfigError as error:
        raise ConfigError(f"{catalog}: {error}") from None
