"""Opening a store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from overheal.errors import StoreError
from overheal.store.asked import Asked
from overheal.store.audit import Audit
from overheal.store.causal import CausalReader
from overheal.store.connection import UNKNOWN_DATABASE, Embedded, Server
from overheal.store.contested import ContestedReader
from overheal.store.dull import DullReader
from overheal.store.engine import Engine
from overheal.store.erasing import Erasing
from overheal.store.failures import code
from overheal.store.feeding import Feeding
from overheal.store.following import Following
from overheal.store.kpis import KpiReader
from overheal.store.labels import Labels
from overheal.store.lanes import LaneReader
from overheal.store.migrate import expire, lacking, migrate, refuse_short, verify
from overheal.store.owner import Ownership
from overheal.store.past import Past
from overheal.store.place import ServerAddress
from overheal.store.reader import Reader
from overheal.store.reviewing import Reviewing
from overheal.store.sandbox import Limits, Sandbox
from overheal.store.settling import Settling
from overheal.store.spans import Spans
from overheal.store.tables import Tables
from overheal.store.turns import turn
from overheal.store.upkeep import Upkeep
from overheal.store.writer import Writer


def open_store(place: Path | ServerAddress) -> Store:
    """Open the embedded store in a folder, or the one behind a server.

    A folder and its tables are made where they do not exist; a process holds one at a time.
    A server's tables are only looked at: where they are not this version's, the `StoreError` names
    the command that makes them. Raises `StoreBusy` where another process holds the folder,
    `StoreNewer` where a newer version wrote the store, `StoreUnavailable` where a server cannot be
    reached just now, and `StoreError` where no store can be there.
    """
    return _open_server(place) if isinstance(place, ServerAddress) else _open_folder(place)


def migrate_server(
    address: ServerAddress,
    retention_days: int | None = None,
    said: Callable[[str], None] | None = None,
) -> list[int]:
    """Make a server's database and tables, or bring them to this version; return what was applied.

    Events expire `retention_days` after they were received; None leaves what is set, or sets 400.
    One at a time: whoever comes second waits, and `said` is told for whom. Raises as `open_store`
    does, and `ConfigError` for less than 90.
    """
    refuse_short(retention_days)
    server = Server(address)
    server.make_database()
    engine = Engine(server)
    try:
        with turn(engine, said):
            applied = migrate(engine)
            expire(engine, retention_days)
        return applied
    finally:
        engine.close()


def _open_folder(folder: Path) -> Store:
    ownership = Ownership(folder)
    try:
        _refuse_half(folder)
        engine = Engine(Embedded(folder))
        try:
            migrate(engine)
        except BaseException:
            engine.close()
            raise
    except BaseException:
        ownership.release()
        raise
    return Store(engine, ownership)


def _refuse_half(folder: Path) -> None:
    """Raise `StoreError` for the folder of a store without its data, which would look new."""
    if not (folder / "metadata").is_dir():
        return
    try:
        whole = any((folder / "store").iterdir())
    except OSError:
        whole = False
    if not whole:
        raise StoreError(
            f"{folder} is a store without its data: {folder / 'store'} is empty or not there, as "
            "after a copy that was cut off; copy all of the folder, or make it anew from a backup "
            "with `overheal store restore`"
        )


def _open_server(address: ServerAddress) -> Store:
    try:
        engine = Engine(Server(address))
    except StoreError as error:
        if code(error) == UNKNOWN_DATABASE:
            raise StoreError(lacking(address.name)) from error
        raise
    try:
        verify(engine)
    except BaseException:
        engine.close()
        raise
    return Store(engine)


class Store(
    Reader,
    CausalReader,
    KpiReader,
    LaneReader,
    Audit,
    Asked,
    Past,
    DullReader,
    ContestedReader,
    Labels,
    Following,
    Reviewing,
    Settling,
    Spans,
    Tables,
    Upkeep,
    Feeding,
    Erasing,
    Writer,
):
    """All reading and writing; use as a context, or `close` it. One thread at a time."""

    def __init__(self, engine: Engine, ownership: Ownership | None = None) -> None:
        super().__init__(engine)
        self._ownership = ownership

    def another(self) -> Store:
        """Return a second handle, for another thread; close it before this one."""
        return Store(self._engine.another())

    def sandbox(self, limits: Limits) -> Sandbox:
        """Return where strangers may ask; close it before this one."""
        return Sandbox(self._engine.connection, limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the folder or the connection; a second call does nothing."""
        self._engine.close()
        if self._ownership is not None:
            self._ownership.release()
