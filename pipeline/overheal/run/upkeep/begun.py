"""Erasures that were begun, so that one which was cut off goes on with the same pseudonym.

While one lasts, `timed_inputs` has a row of the kind `erasing`. It knows its subject by a salted
hash (scrypt, RFC 7914), and is deleted at the end: afterwards nothing in the store tells whose
name a pseudonym stands for.
"""

from __future__ import annotations

import hashlib
import secrets

import msgspec

from overheal.store import Store, TimedInput

KIND = "erasing"


class Begun(msgspec.Struct, frozen=True):
    """An erasure under way: what stands in the subject's place, rows per table that held it.

    `at` is when it was begun, µs UTC; `id` is its own.
    """

    id: str
    salt: str
    digest: str
    instead: str
    rows: dict[str, int]
    at: int


def begun(store: Store, subject: str) -> Begun | None:
    """Return the erasure of a subject that was begun and has not ended."""
    for one in store.inputs():
        if one.kind == KIND:
            found = msgspec.json.decode(one.document, type=Begun)
            if found.digest == _digest(found.salt, subject):
                return found
    return None


def begin(store: Store, subject: str, instead: str, rows: dict[str, int], now: int) -> Begun:
    """Note in the store that an erasure begins."""
    salt = secrets.token_hex(16)
    made = Begun(secrets.token_hex(8), salt, _digest(salt, subject), instead, rows, now)
    document = msgspec.json.encode(made).decode()
    store.write_inputs([TimedInput(KIND, now, made.id, document, "overheal erase", now)])
    return made


def end(store: Store, one: Begun) -> None:
    """Take the note of an erasure away."""
    store.forget_input(KIND, one.id)


def _digest(salt: str, subject: str) -> str:
    return hashlib.scrypt(
        subject.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32
    ).hex()
