"""What decides verdicts, as bytes: all that a process must share with others to judge alike."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from overheal.catalog import Catalog, CatalogFile
from overheal.detect.settings import SettingsBook
from overheal.errors import ConfigError


def to_judging(detectors: Mapping[str, Mapping[str, Any]], file: CatalogFile) -> bytes:
    """Return canonical JSON: the same meaning is the same bytes."""
    known = json.loads(file.model_dump_json(by_alias=True, exclude_defaults=True))
    document = {"catalog": known, "detectors": detectors}
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest_of(judging: bytes) -> str:
    """Return the hash by which findings name the rules they were judged by."""
    return hashlib.blake2b(judging, digest_size=8).hexdigest()


def from_judging(judging: bytes) -> tuple[Catalog, SettingsBook]:
    """Return what `to_judging` was made of; raises `ConfigError` for anything else."""
    try:
        document = json.loads(judging)
        file = CatalogFile.model_validate_json(json.dumps(document["catalog"]))
        detectors = dict(document["detectors"])
    except (ValueError, KeyError, TypeError, ValidationError) as error:
        raise ConfigError(
            f"what decides verdicts cannot be read back: {error}; it was written by a newer "
            "version, or is damaged"
        ) from None
    catalog = Catalog(file)
    return catalog, SettingsBook(detectors, catalog.overrides)
