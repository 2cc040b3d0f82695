"""The catalog that somebody asks with: a file's, or the one that the store was told.

What `analyze` judged by is told to its store here.
"""

from __future__ import annotations

import os
from pathlib import Path

from overheal.catalog import Catalog, CatalogFile
from overheal.run import config as configuration
from overheal.run.config import Config
from overheal.run.config.judging import digest_of, from_judging, to_judging
from overheal.store import Store, TimedInput

RULES = "rules"


def catalog_of(path: Path | None) -> Catalog | None:
    """Return the catalog of a file, None without one; raises `ConfigError`."""
    return None if path is None else configuration.load(None, str(path), os.environ).catalog


def told_rules(store: Store, at: int | None = None) -> TimedInput | None:
    """Return the newest rules that a store was told, of those that hold at a time, if one is given.

    None where there are none; of those that hold from the same moment (microseconds UTC) on, what
    was written last.
    """
    rules = (
        one for one in store.inputs() if one.kind == RULES and (at is None or one.holds_from <= at)
    )
    return max(rules, key=lambda one: (one.holds_from, one.written_at), default=None)


def catalog_told(store: Store, at: int | None = None) -> Catalog | None:
    """Return the catalog of `told_rules`; raises `ConfigError` where it cannot be read."""
    told = told_rules(store, at)
    return None if told is None else from_judging(told.document.encode())[0]


def catalog_held(store: Store, at: int) -> Catalog:
    """Return the catalog that held at a time (microseconds UTC); empty where none was told."""
    return catalog_told(store, at) or Catalog()


def settled_catalog(store: Store, config: Config) -> Config:
    """Return the configuration with the catalog that the store was told last, if it has none.

    Raises `ConfigError` where the two cannot be together.
    """
    if config.catalog.file != CatalogFile():
        return config
    catalog = catalog_told(store)
    if catalog is None or catalog.file == CatalogFile():
        return config
    return config.with_catalog(catalog)


def tell_rules(store: Store, config: Config, author: str, now: int) -> bool:
    """Tell the store the rules that all of its history was judged by; return whether it is news.

    They hold from just after those that it was told before, the first from the beginning, so that
    they hold for the whole of a history that only `analyze` ever wrote. A store that was told
    nothing has the defaults. `now` is microseconds UTC.
    """
    judging = config.judging()
    told = told_rules(store)
    known = to_judging({}, CatalogFile()) if told is None else told.document.encode()
    if judging == known:
        return False
    row = TimedInput(
        kind=RULES,
        holds_from=0 if told is None else told.holds_from + 1,
        digest=digest_of(judging),
        document=judging.decode(),
        author=author,
        written_at=now,
    )
    store.write_inputs([row])
    return True


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
