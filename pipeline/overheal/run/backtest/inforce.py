"""The rules of both sides: those in force, as the store records them, and the new ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from overheal.detect.registry import named, names
from overheal.detect.settings import SettingsBook
from overheal.errors import ConfigError
from overheal.model import DAY
from overheal.run import config as configuration
from overheal.run.backtest.plan import Setting
from overheal.run.catalogs import told_rules
from overheal.run.config.judging import from_judging
from overheal.state.words import clock
from overheal.store import Store


@dataclass(frozen=True)
class Files:
    """What the user names: new settings, what to compare with, and a catalog; paths or None."""

    config: str | None = None
    against: str | None = None
    catalog: str | None = None


@dataclass(frozen=True)
class Rulings:
    """Both sides as `run.config.judging` writes them, and where the first comes from, in words."""

    before: bytes
    after: bytes
    origin: str


def rulings(store: Store, files: Files, environment: Mapping[str, str]) -> Rulings:
    """Return both sides.

    Before are the settings of `against`, else the newest that the store records, else defaults.
    Without a `catalog` both have the one that the store records. Raises `ConfigError` for files
    that are wrong, or settings that cannot be together with those of the catalog.
    """
    recorded = told_rules(store)
    after = configuration.load(files.config, files.catalog, environment).judging()
    if files.against is not None:
        before = configuration.load(files.against, files.catalog, environment).judging()
        origin = f"those of {files.against}"
    elif recorded is not None:
        before = recorded.document.encode()
        origin = f"those in force since {clock(recorded.holds_from)}, as the store records them"
        if recorded.holds_from < DAY:
            origin = "those in force, as the store records them"
    else:
        before = configuration.load(None, files.catalog, {}).judging()
        origin = "the defaults: the store records no others (--against FILE names some)"
    if files.catalog is None and recorded is not None:
        after = with_catalog(after, recorded.document.encode())
        before = with_catalog(before, recorded.document.encode())
    check(after, files.config or "the settings")
    return Rulings(before, after, origin)


def with_catalog(judging: bytes, other: bytes) -> bytes:
    """Return the settings of one with the catalog of another."""
    document = json.loads(judging)
    document["catalog"] = json.loads(other)["catalog"]
    return written(document)


def with_setting(judging: bytes, setting: Setting) -> bytes:
    """Return rules in which one setting is as it is after, and everything else as it is."""
    document = json.loads(judging)
    if setting.service:
        entry = document["catalog"].setdefault("services", {}).setdefault(setting.service, {})
        detectors: dict[str, Any] = entry.setdefault("detectors", {})
    else:
        detectors = document["detectors"]
    detectors.setdefault(setting.detector, {})[setting.name] = setting.after
    return written(document)


def written(document: dict[str, Any]) -> bytes:
    """Return rules as `run.config.judging` writes them."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


def check(judging: bytes, origin: str) -> None:
    """Raise `ConfigError` where settings cannot be together."""
    catalog, _ = from_judging(judging)
    detectors = json.loads(judging)["detectors"]
    book = SettingsBook(detectors, catalog.overrides, strict=True)
    try:
        for name in names():
            settings = book.lookup(named(name)[0])
            for service in catalog.file.services:
                settings("", service)
    except ConfigError as error:
        raise ConfigError(f"{origin}: with the catalog, {error}") from None
