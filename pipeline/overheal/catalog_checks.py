"""What cannot be in a catalog, and what is likely a mistake in one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from overheal.errors import ConfigError
from overheal.state.words import clock

if TYPE_CHECKING:
    from overheal.catalog import CatalogFile

ALIKE = 0.8
"""Names that share this much are taken for one name and its misspelling."""

_PARTS = re.compile(r"[-_/.:]+")


def refuse(file: CatalogFile, origin: str) -> None:
    """Raise `ConfigError`, naming `origin`, key and remedy, for what cannot be."""
    _refuse_two_entries(file, origin)
    _refuse_two_drills(file, origin)
    for key, name in _named(file):
        near = _misspelt(name, file)
        if near is not None:
            raise ConfigError(
                f"{origin}: {key}: no service is called {name!r}; did you mean {near!r}? If it is "
                f'another service, add [services."{name}"]'
            )
    _refuse_cycles(file, origin)


def warnings(file: CatalogFile, now: int) -> list[str]:
    """Return what is allowed and may be a mistake; `now` is microseconds UTC.

    A service that only events speak of is no mistake, so its name is only mentioned.
    """
    found = [
        f"{key}: {name!r} is no service of the catalog; fine where events speak of it"
        for key, name in _named(file)
        if _entry_of(name, file) is None
    ]
    for drill in file.drills:
        until = drill.declared().until
        if until <= now:
            found.append(f"drills.{drill.id}: it was over {clock(until)}; remove it when it is old")
    return found


def _named(file: CatalogFile) -> Iterator[tuple[str, str]]:
    """Yield the key and the name of every service that something refers to."""
    for name, entry in file.services.items():
        for other in entry.depends_on:
            yield f"services.{name}.depends_on", other
        for mode, known in entry.failure_modes.items():
            for other in known.after:
                yield f"services.{name}.failure_modes.{mode}.after", other
    for drill in file.drills:
        for other in drill.services or ():
            yield f"drills.{drill.id}.services", other


def _entry_of(name: str, file: CatalogFile) -> str | None:
    """Return the key of the entry that a name means: its own, its short one, or the one it is."""
    if name in file.services:
        return name
    short = name.rpartition("/")[2]
    if short in file.services:
        return short
    fits = [key for key in file.services if key.rpartition("/")[2] == name]
    return fits[0] if fits else None


def _misspelt(name: str, file: CatalogFile) -> str | None:
    """Return the service that an unknown name is likely to mean, if any.

    Names that differ by a number or by one letter that stands alone are brothers, not mistakes.
    """
    if _entry_of(name, file) is not None:
        return None
    known = [*file.services, *(key.rpartition("/")[2] for key in file.services)]
    near = difflib.get_close_matches(name, known, n=3, cutoff=ALIKE)
    return next((one for one in near if not _brothers(name, one)), None)


def _brothers(one: str, other: str) -> bool:
    parts, others = _PARTS.split(one), _PARTS.split(other)
    if len(parts) != len(others):
        return _extends(parts, others)
    different = [pair for pair in zip(parts, others, strict=True) if pair[0] != pair[1]]
    return all(_letters(a) == _letters(b) or len(a) == len(b) == 1 for a, b in different)


def _extends(parts: list[str], others: list[str]) -> bool:
    """Whether one name is the other with more parts before or behind: `db` and `db-replica`."""
    short, long = sorted((parts, others), key=len)
    return long[: len(short)] == short or long[-len(short) :] == short


def _letters(part: str) -> str:
    return re.sub(r"[0-9]", "", part)


def _refuse_two_entries(file: CatalogFile, origin: str) -> None:
    for name, entry in file.services.items():
        path, _, short = name.rpartition("/")
        other = file.services.get(short)
        if path and other is not None:
            owners = f" ({other.owner or 'nobody'} and {entry.owner or 'nobody'})"
            raise ConfigError(
                f"{origin}: services.{short} and services.{name} both say who owns {name}{owners}; "
                "write the full name in both, or remove one of them"
            )


def _refuse_two_drills(file: CatalogFile, origin: str) -> None:
    seen = set()
    for drill in file.drills:
        if drill.id in seen:
            raise ConfigError(
                f"{origin}: drills.{drill.id}: two drills have this id; give one another"
            )
        seen.add(drill.id)


def _refuse_cycles(file: CatalogFile, origin: str) -> None:
    direct = {
        name: [found for other in entry.depends_on if (found := _entry_of(other, file)) is not None]
        for name, entry in file.services.items()
    }
    cycle = _cycle(direct)
    if cycle:
        raise ConfigError(
            f"{origin}: services.{cycle[0]}.depends_on: {' → '.join(cycle)} is a circle; remove "
            "the dependency that is not needed to serve users"
        )


def _cycle(direct: dict[str, list[str]]) -> list[str]:
    """Return the first cycle as the names on it, the first of them again at its end; or nothing."""
    done: set[str] = set()
    for start in direct:
        path: list[str] = []
        ahead = [iter([start])]
        while ahead:
            name = next(ahead[-1], None)
            if name is None:
                ahead.pop()
                if path:
                    done.add(path.pop())
            elif name in path:
                return [*path[path.index(name) :], name]
            elif name not in done:
                path.append(name)
                ahead.append(iter(direct.get(name, [])))
    return []
