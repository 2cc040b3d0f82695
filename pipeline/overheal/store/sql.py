"""The SQL beside the code: queries by name, migrations by number."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import NamedTuple

_ROOT = files("overheal.store")


class Migration(NamedTuple):
    """One numbered file of statements, each of which may be run again without harm."""

    version: int
    name: str
    statements: tuple[str, ...]


@cache
def query(name: str) -> str:
    """Return the text of `queries/<name>.sql`."""
    return (_ROOT / "queries" / f"{name}.sql").read_text(encoding="utf-8").strip()


@cache
def migrations() -> tuple[Migration, ...]:
    """Return all migrations in order; files are named `<4 digits>_<word>.sql`."""
    found = []
    for file in (_ROOT / "migrations").iterdir():
        if file.name.endswith(".sql"):
            number, _, name = file.name.removesuffix(".sql").partition("_")
            found.append(Migration(int(number), name, statements(file.read_text("utf-8"))))
    return tuple(sorted(found))


def statements(text: str) -> tuple[str, ...]:
    r"""Return the statements of a file; a semicolon at the end of a line ends one.

    >>> statements("-- why\nCREATE TABLE a\n(b String);\n\nDROP TABLE c;\n")
    ('CREATE TABLE a\n(b String)', 'DROP TABLE c')
    """
    lines = [line for line in text.splitlines() if not line.startswith("--")]
    parts = "\n".join([*lines, ""]).split(";\n")
    return tuple(part.strip() for part in parts if part.strip())
