"""All adapters, by name and by what their records look like.

Adding one is its file and one line in `ADAPTERS`.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from overheal.adapters.base import Adapter, Record
from overheal.adapters.canonical import Canonical
from overheal.adapters.kubernetes import Kubernetes
from overheal.errors import UnrecognisedFormat

ADAPTERS: Mapping[str, Callable[..., Adapter]] = {
    Canonical.name: Canonical,
    Kubernetes.name: Kubernetes,
}
"""What makes a fresh adapter, by name, in the order of preference."""

RECORDS_LOOKED_AT = 20
_SHOWN = 80


def all_adapters(options: Mapping[str, Mapping[str, Any]] | None = None) -> list[Adapter]:
    """Return a fresh instance of every adapter; `options` are constructor arguments by name."""
    given = options or {}
    return [make(**given.get(name, {})) for name, make in ADAPTERS.items()]


def format_names() -> list[str]:
    """Return the words for `--from`."""
    return list(ADAPTERS)


def adapter_named(name: str) -> Adapter:
    """Return a fresh adapter by the word for `--from`.

    Raises `UnrecognisedFormat`, which names the nearest valid word and all of them.
    """
    named: dict[str, Adapter] = {}
    for adapter in all_adapters():
        for word in (adapter.name, *getattr(adapter, "aliases", ())):
            named[word] = adapter
    if name in named:
        return named[name]
    near = difflib.get_close_matches(name.lower(), named, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]!r}? " if near else ""
    raise UnrecognisedFormat(f"no format is called {name!r}; {guess}valid: {', '.join(named)}")


def recognise(records: Sequence[Record], adapters: Iterable[Adapter]) -> Adapter:
    """Return the adapter that recognises most of the first records of one input.

    The earlier in `adapters` wins a tie. Raises `UnrecognisedFormat` where none recognises any,
    saying what was tried and what the first record looks like.
    """
    tried = list(adapters)
    first = records[:RECORDS_LOOKED_AT]
    votes = Counter({at: sum(map(one.recognises, first)) for at, one in enumerate(tried)})
    if votes:
        at, most = max(votes.items(), key=lambda vote: (vote[1], -vote[0]))
        if most:
            return tried[at]
    names = ", ".join(adapter.name for adapter in tried)
    if not first:
        raise UnrecognisedFormat(f"nothing to recognise a format by (tried {names})")
    raise UnrecognisedFormat(
        f"{first[0].origin}: no known format (tried {names}); it begins with "
        f"{printable(first[0].raw)}; `--from NAME` insists on a format"
    )


def printable(raw: bytes) -> str:
    r"""Return at most 80 characters that show the first bytes: ASCII, everything else escaped.

    >>> printable(b'{"a": "x\x00y"}')
    '{"a": "x\\x00y"}'
    """
    shown = ""
    for byte in raw.lstrip()[:_SHOWN]:
        piece = chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"
        if len(shown) + len(piece) > _SHOWN:
            break
        shown += piece
    return shown
