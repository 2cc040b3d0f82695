"""The closed vocabularies of schema version 1, and the kinds of values its fields hold."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    JsonValue,
    WithJsonSchema,
)

ACTION_SCHEMA = "urn:overheal:schema:action-event:1"
OBSERVATION_SCHEMA = "urn:overheal:schema:observation:1"
OBSERVATION_TYPE = "io.overheal.observation.v1"

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

Phase = Literal["proposed", "approved", "rejected", "started", "finished", "verified"]
ActionType = Literal[
    "restart",
    "replace",
    "reschedule",
    "evict",
    "scale",
    "failover",
    "rollback",
    "deploy",
    "config_change",
    "traffic_shift",
    "drain",
    "cleanup",
    "cache_flush",
    "backup",
    "restore",
    "quarantine",
    "credential_rotation",
    "other",
]
TriggerKind = Literal[
    "failure", "demand", "schedule", "rollout", "cost", "policy", "manual", "unknown"
]
AgentKind = Literal["platform", "autoscaler", "script", "workflow", "ai_agent", "human"]
Outcome = Literal["succeeded", "failed", "partial", "ineffective", "unnecessary", "unknown"]
ObservationKind = Literal["symptom", "alert", "page", "counter", "change", "heartbeat"]


_CLOCK = r"^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.]([0-9]+))?"
_ZONE = r"(?:([Zz])|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))"
_TIME = re.compile(rf"{_CLOCK}{_ZONE}?$")


def _read_time(value: Any) -> Any:
    """Return the time that an RFC 3339 text states, rounded to microseconds."""
    if not isinstance(value, str):
        return value
    match = _TIME.match(value)
    if match is None or value.endswith("\n"):
        raise ValueError("should be an RFC 3339 time")
    *parts, fraction, utc, sign, hours, minutes = match.groups()
    digits = f"{fraction or '':0<7.7}"
    try:
        zone = None
        if utc or sign:
            offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
            zone = timezone(-offset if sign == "-" else offset) if offset else UTC
        year, month, day, hour, minute, second = map(int, parts)
        moment = datetime(year, month, day, hour, minute, second, int(digits[:6]), zone)
        return moment + timedelta(microseconds=1) if digits[6] >= "5" else moment
    except (ValueError, OverflowError):
        raise ValueError("should be a time that exists") from None


def _possible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("should lie between 1970-01-01 and 2100-01-01")
    return moment


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_read_time),
    AfterValidator(_possible),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": f"{_CLOCK}{_ZONE}$"}),
]
Name = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0, le=3_153_600_000, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
State = dict[str, JsonValue]
