"""Installations for the fleet's tests."""

from __future__ import annotations

from tests.integration.worker.conftest import plant, plants

__all__ = ["plant", "plants"]
