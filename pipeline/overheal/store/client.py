"""Opening a store."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from overheal.store.engine import Engine
from overheal.store.migrate import migrate
from overheal.store.owner import Ownership
from overheal.store.reader import Reader
from overheal.store.writer import Writer


def open_store(folder: Path) -> Store:
    """Open the embedded store in `folder`, making it and its tables where they do not exist.

    Raises `StoreBusy` where another process holds the folder, `StoreNewer` where a newer version
    wrote it, and `StoreError` where no store can be there. A process holds one store at a time.
    """
    ownership = Ownership(folder)
    try:
        engine = Engine(folder)
        try:
            migrate(engine)
        except BaseException:
            engine.close()
            raise
    except BaseException:
        ownership.release()
        raise
    return Store(engine, ownership)


class Store(Reader, Writer):
    """All reading and writing; use as a context, or `close` it. One thread at a time."""

    def __init__(self, engine: Engine, ownership: Ownership) -> None:
        super().__init__(engine)
        self._ownership = ownership

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
        """Let go of the folder; a second call does nothing."""
        self._engine.close()
        self._ownership.release()
