"""Backup of an embedded store: one file, made while nobody has the folder open."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

from overheal.errors import InputError, StoreError
from overheal.run.appearing import new_file, new_folder
from overheal.store.owner import OWNER_FILE, Ownership

_LABEL = "overheal-backup.json"
_END = "overheal-backup-end.json"
_KIND = "overheal-backup-1"
_LEFT_OUT = frozenset({OWNER_FILE, "status", "tmp"})


def backup_folder(folder: Path, out: Path, made_at: str) -> int:
    """Write everything in a store's folder into the new file `out`; return its bytes.

    A tar file that is cut between two members looks whole, so the last one says that it is the
    last and how many came before. The folder is held meanwhile, so nobody writes. The file
    appears whole or not at all. Raises `StoreBusy` where somebody has the folder open,
    `StoreError` where there is no store, and `OutputError` where the file exists or cannot be
    written.
    """
    if not (folder / "metadata").is_dir():
        raise StoreError(f"{folder} holds no store; name the folder of one")
    held = Ownership(folder)
    try:
        with new_file(out) as path, tarfile.open(path, "w") as archive:
            _add(archive, _LABEL, json.dumps({"kind": _KIND, "made_at": made_at}).encode())
            for path_in in sorted(folder.iterdir()):
                if path_in.name not in _LEFT_OUT:
                    archive.add(path_in, path_in.name)
            _add(archive, _END, _end(len(archive.getmembers())))
    finally:
        held.release()
    return out.stat().st_size


def restore_folder(archive: Path, folder: Path) -> str:
    """Make the new folder of a store from a backup; return when that was made.

    The folder appears whole or not at all. Raises `InputError` where the file is no backup or is
    cut off, and `OutputError` where the folder exists or cannot be written.
    """
    try:
        with tarfile.open(archive) as file:
            made_at = _made_at(archive, file)
            with new_folder(folder) as new:
                file.extractall(new, filter="data")
                _check_end(file)
                (new / _LABEL).unlink()
                (new / _END).unlink()
    except (tarfile.TarError, EOFError) as error:
        raise InputError(
            f"{archive} is no backup that is whole ({str(error).splitlines()[0].rstrip(':')}); "
            "name a file that `overheal store backup` wrote"
        ) from None
    except OSError as error:
        raise InputError(
            f"{archive} cannot be read: {error.strerror or error}; name a file that `overheal "
            "store backup` wrote"
        ) from None
    return made_at


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _end(members: int) -> bytes:
    return json.dumps({"members": members}).encode()


def _check_end(file: tarfile.TarFile) -> None:
    *before, last = file.getmembers()
    content = file.extractfile(last) if last.name == _END else None
    if content is None or content.read() != _end(len(before)):
        raise tarfile.ReadError("its end is missing")


def _made_at(path: Path, file: tarfile.TarFile) -> str:
    first = file.next()
    content = file.extractfile(first) if first is not None and first.name == _LABEL else None
    try:
        label = json.loads(content.read()) if content is not None else {}
    except ValueError:
        label = {}
    if label.get("kind") != _KIND:
        raise InputError(f"{path} is no backup of a store; name one that `store backup` wrote")
    return str(label["made_at"])
