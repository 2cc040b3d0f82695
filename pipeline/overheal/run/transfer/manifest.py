"""The manifest of an export: what it holds, the hash of every file, and a signature over both."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import msgspec

from overheal.errors import InputError
from overheal.secret import Secret

NAME = "manifest.json"
SCHEMA = "overheal-export-1"
LEAST_KEY = 16
_encode = msgspec.json.Encoder(order="deterministic").encode


class Exported(msgspec.Struct, kw_only=True):
    """One table: its columns (name to type), how many rows, and the file that holds them."""

    table: str
    file: str
    rows: int
    bytes: int
    sha256: str
    columns: dict[str, str]


class Signature(msgspec.Struct, kw_only=True):
    """HMAC-SHA256 (RFC 2104) over the manifest without this part; `key` tells keys apart."""

    algorithm: str
    key: str
    value: str


class Manifest(msgspec.Struct, kw_only=True):
    """What an export holds. Times are RFC 3339 in UTC; `left_out` says which tables, and why."""

    schema: str = SCHEMA
    created_at: str
    version: str
    store_version: int
    format: str
    complete: bool
    filters: dict[str, str | None]
    tables: list[Exported]
    left_out: dict[str, str]
    signature: Signature | None = None


def sign(manifest: Manifest, key: Secret) -> None:
    """Put a signature on a manifest."""
    manifest.signature = Signature(
        algorithm="hmac-sha256", key=_name(key), value=_hmac(manifest, key)
    )


def written(manifest: Manifest) -> bytes:
    """Return a manifest as a file has it."""
    return msgspec.json.format(_encode(manifest), indent=1) + b"\n"


def read(folder: Path) -> Manifest:
    """Return the manifest of an export; raises `InputError` where there is none that is known."""
    path = folder / NAME
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}; name a folder that `overheal export` wrote"
        ) from None
    try:
        manifest = msgspec.json.decode(content, type=Manifest)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise InputError(f"{path} is no manifest of an export ({error})") from None
    if manifest.schema != SCHEMA:
        raise InputError(
            f"{path} is of the kind {manifest.schema!r}, this version reads {SCHEMA!r}; "
            "use the version of overheal that wrote it"
        )
    return manifest


def check(folder: Path, manifest: Manifest, key: Secret | None) -> None:
    """Raise `InputError` where a file is missing or changed, or the signature is not the key's.

    Without a key only the hashes are compared.
    """
    if key is not None:
        signature = manifest.signature
        if signature is None:
            raise InputError(f"{folder / NAME} is not signed; leave --key-file out to take it so")
        if not hmac.compare_digest(signature.value, _hmac(manifest, key)):
            other = "" if signature.key == _name(key) else f", which key {signature.key} has signed"
            raise InputError(
                f"the signature of {folder / NAME} is not that of this key{other}: the manifest "
                "was changed, or the key is another"
            )
    for entry in manifest.tables:
        path = folder / entry.file
        if Path(entry.file).name != entry.file:
            raise InputError(f"{folder / NAME} names a file outside its folder: {entry.file!r}")
        try:
            found = digest(path)
        except OSError as error:
            raise InputError(f"{path} cannot be read: {error.strerror}") from None
        if found != entry.sha256:
            raise InputError(
                f"{path} is not the file that was exported (its SHA-256 is {found[:16]}…, the "
                f"manifest says {entry.sha256[:16]}…); copy it again"
            )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file; raises `OSError`."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hmac(manifest: Manifest, key: Secret) -> str:
    plain = msgspec.structs.replace(manifest, signature=None)
    return hmac.new(key.reveal().encode(), _encode(plain), hashlib.sha256).hexdigest()


def _name(key: Secret) -> str:
    """Return a name for a key that does not give it away."""
    return hmac.new(key.reveal().encode(), b"overheal-key-name", hashlib.sha256).hexdigest()[:12]
