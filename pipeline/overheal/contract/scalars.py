"""Single values as the flow compares them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from overheal.model import Value

_PLAIN = (str, int, float, bool, type(None))


def micros(moment: datetime) -> int:
    """Return microseconds since 1970-01-01 UTC of an aware moment from 1970 on."""
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def scalar(value: Any) -> Value:
    """Return a value that can be compared and stored: structures become their JSON text."""
    if isinstance(value, _PLAIN):
        return value
    return msgspec.json.encode(value, order="sorted").decode()
