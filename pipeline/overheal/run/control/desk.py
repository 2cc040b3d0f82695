"""Where expectations and drills are declared: a store's folder, or the control topic of a fleet."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, Self

from overheal.contract.refusal import nearest
from overheal.declared import Declared, Record
from overheal.errors import ConfigError
from overheal.run.stored import in_folder
from overheal.store import Store, StoredRecovery


class Desk(Protocol):
    """Takes records and tells what was declared; use as a context.

    What is declared holds from `lead` microseconds after the present on, so that everybody has
    read it by then.
    """

    lead: int

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def declared(self) -> Declared:
        """Return everything that was declared so far."""
        ...

    def write(self, record: Record) -> None:
        """Take a record, durably."""
        ...

    def recoveries(self, service: str, start: int, end: int) -> list[StoredRecovery] | None:
        """Return automated recoveries of a service (µs UTC), None where they are not known."""
        ...

    def check_service(self, name: str) -> str:
        """Return a warning about a service that was never seen, or "".

        Raises `ConfigError` for a short name that fits several.
        """
        ...


class FolderDesk:
    """The store in a folder; raises as `open_store` does."""

    lead = 0

    def __init__(self, folder: Path) -> None:
        self._store: Store = in_folder(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def declared(self) -> Declared:
        """Return everything that was declared so far."""
        return self._store.declared()

    def write(self, record: Record) -> None:
        """Take a record, durably."""
        self._store.write_declared([record])

    def recoveries(self, service: str, start: int, end: int) -> list[StoredRecovery] | None:
        """Return automated recoveries of a service."""
        return self._store.recoveries(service, start, end)

    def check_service(self, name: str) -> str:
        """Return a warning about a service that was never seen, or ""."""
        return checked(name, self._store.service_names())


def checked(name: str, known: list[str]) -> str:
    """Return a warning about a service that is not `known`, or ""; see `Desk.check_service`."""
    fits = sorted({one for one in known if name in (one, one.rpartition("/")[2])})
    if len(fits) > 1 and name not in fits:
        raise ConfigError(f"{name!r} fits {', '.join(fits)}; write the full name")
    if fits or not known:
        return ""
    near = nearest(name, [*known, *(one.rpartition("/")[2] for one in known)])
    hint = f"did you mean {near!r}?" if near else "`overheal services` lists those that are known"
    return f"no event of a service {name!r} was seen yet; {hint}"
