"""Files and folders that appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from overheal.errors import OutputError


@contextmanager
def new_folder(place: Path) -> Iterator[Path]:
    """Yield a folder that becomes `place` at the end, and nothing where anything goes wrong.

    Raises `OutputError` where it is there already or cannot be written.
    """
    with _told(place):
        folder = Path(tempfile.mkdtemp(dir=place.parent, prefix=f".{place.name}."))
        try:
            yield folder
            folder.chmod(0o755)
            folder.rename(place)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


@contextmanager
def new_file(place: Path) -> Iterator[Path]:
    """Yield a file that becomes `place` at the end; as `new_folder`. It is on the disk by then."""
    with _told(place):
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        os.close(handle)
        file = Path(name)
        try:
            yield file
            with file.open("rb+") as written:
                os.fsync(written.fileno())
            file.replace(place)
        except BaseException:
            file.unlink(missing_ok=True)
            raise


@contextmanager
def _told(place: Path) -> Iterator[None]:
    if place.exists():
        raise OutputError(f"{place} exists already; name a place that is free")
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise OutputError(f"{place} cannot be written: {reason}; choose another place") from None
