"""The catalog that somebody asks with: a file's, or the one that the store was told."""

from __future__ import annotations

import os
from pathlib import Path

from overheal.catalog import Catalog
from overheal.run import config as configuration
from overheal.run.config.judging import from_judging
from overheal.store import Store


def catalog_of(path: Path | None) -> Catalog | None:
    """Return the catalog of a file, None without one; raises `ConfigError`."""
    return None if path is None else configuration.load(None, str(path), os.environ).catalog


def catalog_held(store: Store, at: int) -> Catalog:
    """Return the catalog that held at a time (microseconds UTC); empty where none was told."""
    rules = [one for one in store.inputs() if one.kind == "rules" and one.holds_from <= at]
    return from_judging(rules[-1].document.encode())[0] if rules else Catalog()


def full_names(catalog: Catalog, known: list[str]) -> dict[str, str]:
    """Return catalog name → full name; a name that fits no service, or several, stays itself."""
    fits: dict[str, list[str]] = {}
    for name in known:
        for form in {name, name.rpartition("/")[2]}:
            fits.setdefault(form, []).append(name)
    wanted = {*catalog.file.services}
    wanted.update(need for entry in catalog.file.services.values() for need in entry.depends_on)
    return {
        name: name if name in known or len(fits.get(name, ())) != 1 else fits[name][0]
        for name in wanted
    }
