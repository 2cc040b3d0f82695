"""One process owns a store's folder; whoever comes second is told who that is."""

from __future__ import annotations

import fcntl
import json
import os
import sys
from pathlib import Path

from overheal.errors import StoreBusy, StoreError

OWNER_FILE = "overheal.owner"
"""Locked while a process owns the folder; says which. It stays behind, unlocked."""


class Ownership:
    """The exclusive hold of a folder; the system lets go of it when the process dies."""

    def __init__(self, folder: Path) -> None:
        """Take hold of `folder`, making it where it does not exist; never waits.

        Raises `StoreBusy` where another process (or another handle of this one) holds it, and
        `StoreError` where no store can be there.
        """
        try:
            if folder.exists() and not folder.is_dir():
                raise StoreError(f"{folder} is a file, not a folder; name a folder for the store")
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(
                folder / OWNER_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode=0o644
            )
        except OSError as error:
            raise StoreError(_unwritable(folder, error)) from None
        try:
            self._take(folder)
        except BaseException:
            os.close(self._file)
            raise

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _take(self, folder: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps(_self()).encode(), 0)
        except BlockingIOError:
            raise StoreBusy(busy(folder, _holder(os.pread(self._file, 4096, 0)))) from None
        except OSError as error:
            raise StoreError(
                f"{folder} cannot hold a store ({_why(error)}); "
                "free some space there or name another folder"
            ) from None


def busy(folder: Path, holder: str) -> str:
    """Return the sentence for a folder that `holder` has."""
    return f"the store {folder} is in use by {holder}; wait until that ends, or stop it"


def engine_holder(folder: Path) -> int | None:
    """Return the live process, other than this one, that the engine's own lock file names."""
    try:
        text = (folder / "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "PID" and value.strip().isdigit():
            pid = int(value)
            return pid if pid != os.getpid() and Path(f"/proc/{pid}").exists() else None
    return None


def _unwritable(folder: Path, error: OSError) -> str:
    """Return the sentence for a folder that cannot be written to, with or without a store in it."""
    if not os.path.isdir(folder / "metadata"):  # noqa: PTH112 - Path.is_dir raises where a name is too long
        return f"{folder} cannot hold a store ({_why(error)}); name a folder that you can write to"
    return (
        f"the store {folder} cannot be opened ({_why(error)}): whoever reads it has to write "
        f"there, too; copy it (cp -r {folder} COPY) and name a folder that you can write to"
    )


def _self() -> dict[str, int | str]:
    """Name this process; options are left out, since they may hold secrets."""
    words = [word for word in sys.argv[1:2] if word.isidentifier()]
    return {"pid": os.getpid(), "command": " ".join([Path(sys.argv[0]).name or "python", *words])}


def _holder(written: bytes) -> str:
    try:
        found = json.loads(written)
        pid, command = int(found["pid"]), str(found["command"])
    except (ValueError, KeyError, TypeError):
        return "another process"
    if pid == os.getpid():
        return "this process already"
    shown = "".join(mark for mark in command if mark.isprintable())[:80]
    return f"process {pid} ({shown})"


def _why(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else str(error)
