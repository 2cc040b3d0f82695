"""The SQL beside the code: queries by name, migrations by number, values as literals."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

_ROOT = files("overheal.store")
_ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\0": "\\0"})

_PART = re.compile(r"^-- part (\w+):.*\n((?:(?!-- end$).*\n)*)-- end\n", re.MULTILINE)
_PLACE = re.compile(r"\{\{(\w+)(?: from (\w+))?\}\}")

LONG_STATEMENT = {"max_query_size": 16_000_000}
"""Settings for a statement that holds lists."""


class Migration(NamedTuple):
    """One numbered file of statements, each of which may be run again without harm."""

    version: int
    name: str
    statements: tuple[str, ...]


@cache
def query(name: str) -> str:
    """Return the text of `queries/<name>.sql`."""
    return (_ROOT / "queries" / f"{name}.sql").read_text(encoding="utf-8").strip()


def filled(name: str, **lists: str) -> str:
    """Return a query with its lists in place of `/*name*/[]`.

    Parameters travel in the URL, which has no room for lists.
    """
    text = query(name)
    for place, written in lists.items():
        mark = f"/*{place}*/[]"
        if mark not in text:
            raise LookupError(f"the query {name} has no place {mark}")
        text = text.replace(mark, written)
    return text


def quoted(text: str) -> str:
    r"""Return a string literal; halves of surrogate pairs become `?`.

    >>> quoted("it's")
    "'it\\'s'"
    """
    clean = text.encode("utf-8", "replace").decode()
    return f"'{clean.translate(_ESCAPES)}'"


def words(every: Iterable[str]) -> str:
    """Return what may stand behind IN: these texts, or one that nothing is where there are none.

    >>> words({"b", "a"})
    "('a', 'b')"
    """
    return f"({', '.join(map(quoted, sorted(every))) or quoted(chr(0))})"


def listed(literals: Iterable[str | int]) -> str:
    """Return the literal of a list of literals."""
    return f"[{','.join(map(str, literals))}]"


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

    What stands between `-- part NAME: why` and `-- end` takes the place of each `{{NAME}}`, and of
    `{{NAME from OTHER}}` with the other part in the place of its `{{source}}`.

    >>> statements("-- part one: why\n1\n-- end\nSELECT {{one}}, {{one}};\n")
    ('SELECT 1, 1',)
    >>> statements("-- part a: why\nA\n-- end\n-- part of: x\n({{source}})\n-- end\n{{of from a}};")
    ('(A)',)
    """
    given = {name: _plain(body) for name, body in _PART.findall(text)}
    text = _plain(_PART.sub("", text))
    while _PLACE.search(text):
        text = _PLACE.sub(lambda place: _part(given, *place.groups()), text)
    return tuple(part.strip() for part in f"{text}\n".split(";\n") if part.strip())


def _part(given: Mapping[str, str], name: str, source: str | None) -> str:
    return given[name].replace("{{source}}", f"{{{{{source}}}}}") if source else given[name]


def _plain(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith("--"))
