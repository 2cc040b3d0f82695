"""`overheal erase`: a person's name out of everything that is stored, and a record that it was."""

from __future__ import annotations

import getpass
import json
import secrets
from dataclasses import dataclass

from overheal.contract.decode import decode
from overheal.errors import OptionError
from overheal.run.moments import rfc3339
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
    half-way, it is run again, and the rest gets another pseudonym. Raises `OptionError` for a
    subject that is too short to be one, and `StoreError` where the store's user may not delete.
    """
    word = Word(subject, pseudonym(subject))
    rows = store.holding(word)
    if not rows:
        return Erased({})
    store.replace(word, rows)
    store.write_events([_record(rows, word.instead, now)])
    return Erased(rows, word.instead)


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


def _record(rows: dict[str, int], instead: str, now: int) -> StoredEvent:
    document = {
        "specversion": "1.0",
        "id": f"erasure-{secrets.token_hex(8)}",
        "source": "urn:overheal:erase",
        "type": "io.overheal.observation.v1",
        "time": rfc3339(now),
        "dataschema": "urn:overheal:schema:observation:1",
        "data": {
            "kind": "change",
            "environment": "production",
            "scope": "overheal",
            "signal": "erasure",
            "value": instead,
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
