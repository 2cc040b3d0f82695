"""Configuration and catalog, checked, as the values that the parts want."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from overheal.adapters.base import Adapter
from overheal.adapters.kubernetes import KubernetesRules
from overheal.adapters.registry import all_adapters
from overheal.catalog import Catalog
from overheal.contract.redaction import Redactor
from overheal.detect.registry import FLEET_DETECTORS, SCOPE_DETECTORS
from overheal.detect.settings import SettingsBook
from overheal.kafka.settings import KafkaSettings, TopicNames
from overheal.report.review.settings import Rates, ReadinessSettings, ReviewSettings
from overheal.run.config.judging import digest_of, to_judging
from overheal.run.config.places import kafka_settings, store_place
from overheal.run.config.sections import ConfigFile, ReviewConfig
from overheal.run.config.values import (
    FleetSettings,
    IngestSettings,
    LogSettings,
    OperationsSettings,
    TopicSettings,
    WorkerSettings,
)
from overheal.secret import Secret
from overheal.store.place import ServerAddress


class Config:
    """One configuration; made by `load`.

    `digest` names what decides how input is read and judged. `kafka` and `store` read secret files
    when first asked for, and raise `ConfigError` where one cannot be read.
    """

    def __init__(self, file: ConfigFile, catalog: Catalog, digest: str) -> None:
        self.catalog = catalog
        self.digest = digest
        self._file = file
        self.settings = SettingsBook(file.detectors, catalog.overrides, strict=True)
        self.redactor = Redactor(
            extra_fields=file.redaction.fields,
            extra_patterns=file.redaction.patterns,
            allow_fields=file.redaction.allow_fields,
        )
        self.topics = TopicNames.prefixed(file.kafka.prefix)
        self.topic_settings = TopicSettings(
            file.kafka.partitions, file.kafka.replication, file.kafka.retention_days
        )
        self.worker = WorkerSettings(**file.worker.model_dump())
        self.ingest = IngestSettings(**file.ingest.model_dump())
        self.fleet = FleetSettings(**file.fleet.model_dump())
        self.operations = OperationsSettings(**file.operations.model_dump())
        self.log = LogSettings(**file.log.model_dump())
        self.review = _review(file.review)
        self.readiness = ReadinessSettings(
            **{**file.readiness.model_dump(), "required": tuple(file.readiness.required)}
        )

    @property
    def names_fleet(self) -> bool:
        """Whether anything is said of how to reach Kafka."""
        return bool(self._file.kafka.model_fields_set)

    @cached_property
    def kafka(self) -> KafkaSettings:
        """How to reach Kafka."""
        return kafka_settings(self._file.kafka)

    @cached_property
    def store(self) -> Path | ServerAddress | None:
        """Where the store is; None where the configuration names none."""
        return store_place(self._file.store)

    def secrets(self) -> list[Secret]:
        """Return every secret, so that logs can leave them out."""
        found = list(self.kafka.secrets.values())
        if isinstance(self.store, ServerAddress) and self.store.password:
            found.append(self.store.password)
        return found

    def judging(self) -> bytes:
        """Return what decides verdicts, detectors' settings and catalog, as canonical JSON."""
        return to_judging(self._file.detectors, self.catalog._file)  # noqa: SLF001 - what it was made of

    def with_catalog(self, catalog: Catalog) -> Config:
        """Return the same settings with another catalog.

        Raises `ConfigError` where a detector's settings cannot be together with those of a service.
        """
        own = to_judging({}, catalog.file)
        config = Config(self._file, catalog, digest_of(self.digest.encode() + own))
        config.check_services()
        return config

    def check_services(self) -> None:
        """Build the settings of every service once; raises `ConfigError` where one is wrong."""
        for kind in (*FLEET_DETECTORS, *SCOPE_DETECTORS):
            lookup = self.settings.lookup(kind)
            for service in self.catalog.file.services:
                lookup("", service)

    def adapters(self) -> list[Adapter]:
        """Return a fresh instance of every adapter, as configured."""
        chosen = self._file.kubernetes
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


def _review(part: ReviewConfig) -> ReviewSettings:
    """Return the settings; what a policy's own rates leave out is what the team's rates say."""
    team = part.rates.model_dump()
    return ReviewSettings(
        **{
            **part.model_dump(),
            "stateful_types": tuple(part.stateful_types),
            "rates": Rates(**team),
            "policies": {
                name: Rates(**{**team, **own.model_dump(exclude_unset=True)})
                for name, own in part.policies.items()
            },
        }
    )
