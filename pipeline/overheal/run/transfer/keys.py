"""The key that seals a manifest, from a file or the environment."""

from __future__ import annotations

import os
from pathlib import Path

from overheal.errors import ConfigError
from overheal.run.transfer.manifest import LEAST_KEY
from overheal.secret import Secret

VARIABLE = "OVERHEAL_EXPORT_KEY"


def sealing_key(path: Path | None) -> Secret | None:
    """Return the key in a file, or else of the environment, or none; never shown.

    Raises `ConfigError` where the file cannot be read, or the key is too short to keep a secret.
    """
    if path is None:
        text, where = os.environ.get(VARIABLE, ""), VARIABLE
        if not text:
            return None
    else:
        where = str(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise ConfigError(f"--key-file {path} cannot be read: {reason}") from None
    key = text.strip()
    if len(key) < LEAST_KEY:
        raise ConfigError(
            f"the key in {where} has {len(key)} characters; use {LEAST_KEY} or more, "
            "like those of: openssl rand -hex 32"
        )
    return Secret(key)
