"""`overheal erase`: a person's name out of everything that is stored, and a record that it was."""

from __future__ import annotations

import getpass
import json
import secrets
from dataclasses import dataclass

from overheal.contract.decode import decode
from overheal.errors import OptionError
from overheal.run.moments import rfc3339
from overheal.run.upkeep.begun import Begun, begin, begun, end
from overheal.store import Store, StoredEvent
from overheal.store.erasing import Word

LEAST_BYTES = 3
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Erased:
    """Rows per table that held the subject, and what stands there now; "" for a dry run."""

    rows: dict[str, int]
    instead: str = ""


def would_erase(store: Store, subject: str) -> Erased:
    """Return what `erase` would change; changes nothing. Raises as `erase` does."""
    return Erased(store.holding(Word(subject, pseudonym(subject))))


def erase(store: Store, subject: str, now: int) -> Erased:
    """Put a random pseudonym in the place of a subject, wherever it stands as a word of its own.

    The same pseudonym everywhere, so that what the person did still belongs together. That it was
    done is stored as an observation of the kind `change`, which does not hold the subject. Cut off
    anywhere, it is run again and goes on where it was, with the pseudonym it began with. Raises
    `OptionError` for a subject that is too short to be one, and `StoreError` where the store's user
    may not delete.
    """
    fresh = pseudonym(subject)
    under_way = begun(store, subject)
    word = Word(subject, under_way.instead if under_way else fresh)
    rows = store.holding(word)
    if under_way is None:
        if not rows:
            return Erased({})
        under_way = begin(store, subject, word.instead, rows, now)
    store.replace(word, rows)
    told = rows | under_way.rows
    store.write_events([_record(under_way, told, now)])
    end(store, under_way)
    return Erased(told, word.instead)


def pseudonym(subject: str) -> str:
    """Return a random word as long in bytes as a subject, like `erased-k3f9`."""
    length = len(subject.encode())
    if length < LEAST_BYTES or subject.strip() != subject:
        raise OptionError(
            "--subject",
            f"{subject!r} is too short, or begins or ends with a space; write a whole name or "
            f"address of at least {LEAST_BYTES} bytes",
        )
    head = "erased-" if length >= len("erased-") + 4 else ""
    return head + "".join(secrets.choice(_LETTERS) for _ in range(length - len(head)))


def _record(one: Begun, rows: dict[str, int], now: int) -> StoredEvent:
    """Return the event that records an erasure; the same one however often it is written."""
    document = {
        "specversion": "1.0",
        "id": f"erasure-{one.id}",
        "source": "urn:overheal:erase",
        "type": "io.overheal.observation.v1",
        "time": rfc3339(one.at),
        "dataschema": "urn:overheal:schema:observation:1",
        "data": {
            "kind": "change",
            "environment": "production",
            "scope": "overheal",
            "signal": "erasure",
            "value": one.instead,
            "agent": {"name": "overheal erase", "kind": "human", "instance": _operator()},
            "labels": {table: str(count) for table, count in rows.items()},
        },
    }
    event = decode(json.dumps(document).encode())
    return StoredEvent(event, scope="overheal", received_at=now)


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""
