"""The same job with Faust, as its documentation recommends: typed records, tables, a timer.

    python faust_app.py worker -l info --without-web   (settings come from the environment)

It counts recoveries per service and hour in a table, opens a finding where a service has more than
three in a rolling hour, tells it on a topic, and inserts rows in batches. It does not deduplicate,
put late events in order, redact, or survive a crash with everything stored, and once.
"""

from __future__ import annotations

import asyncio
import os
from bisect import insort
from datetime import UTC, datetime
from typing import Any

import clickhouse_connect
import faust

TOPIC, FINDINGS = os.environ["BENCH_TOPIC"], os.environ["BENCH_FINDINGS"]
PARTITIONS = int(os.environ["BENCH_PARTITIONS"])
BATCH, WITHIN = int(os.environ.get("BENCH_BATCH", "10000")), 1.0
LIMIT, HOUR = 3, 3600.0
COLUMNS = (
    *("time", "id", "source", "service", "environment", "scope", "action_id", "phase", "agent"),
    *("agent_kind", "type", "name", "target", "trigger", "condition", "outcome", "duration"),
    *("counted", "document"),
)


class Data(faust.Record):
    """What happened; parts that are read by nobody stay as they are."""

    action_id: str
    phase: str
    service: str
    environment: str
    scope: str
    agent: dict[str, Any]
    action: dict[str, Any]
    target: dict[str, Any]
    trigger: dict[str, Any]
    actual: dict[str, Any]
    duration_seconds: float


class Event(faust.Record, serializer="json"):
    """One CloudEvent."""

    id: str
    source: str
    time: str
    data: Data


app = faust.App(
    os.environ["BENCH_NAME"],
    broker=f"kafka://{os.environ['BENCH_BROKER']}",
    store="memory://",
    datadir=os.environ["BENCH_FOLDER"],
    topic_partitions=PARTITIONS,
    topic_replication_factor=1,
    consumer_auto_offset_reset="earliest",
    stream_buffer_maxsize=2 * BATCH,
    stream_wait_empty=False,
    web_enabled=False,
)
events = app.topic(TOPIC, value_type=Event, key_type=bytes)
hourly = app.Table("hourly", default=int, partitions=PARTITIONS)
recent = app.Table("recent", default=list, partitions=PARTITIONS)
findings = app.topic(FINDINGS, value_serializer="json", key_type=str)
client = clickhouse_connect.get_client(
    host="127.0.0.1",
    port=int(os.environ["BENCH_PORT"]),
    database=os.environ["BENCH_DATABASE"],
    autogenerate_session_id=False,
)


rows: list[list[Any]] = []


@app.agent(events)
async def work(stream: Any) -> None:
    """Judge one event after another: tables may not be written from batches."""
    async for item in stream.events():
        event = item.value
        at = datetime.fromisoformat(event.time)
        counted = is_recovery(event.data)
        if counted:
            for service in count(event, at):
                await findings.send(key=service, value={"service": service, "limit": LIMIT})
        rows.append(row(event, at, counted, item.message.value))
        if len(rows) >= BATCH:
            await store()


@app.timer(WITHIN)  # type: ignore[untyped-decorator]
async def store_what_waits() -> None:
    """Insert at least so often; a timer's function is not called by others: it never returns."""
    await store()


async def store() -> None:
    """Insert what waits; what is acknowledged and not inserted yet is lost in a crash."""
    global rows
    if rows:
        taken, rows = rows, []
        await asyncio.to_thread(
            client.insert, "faust_events", taken, COLUMNS, settings={"async_insert": 0}
        )


def is_recovery(data: Data) -> bool:
    return data.phase == "finished" and data.trigger["kind"] == "failure"


def count(event: Event, at: datetime) -> list[str]:
    """Count a recovery where its action began; return its service where that is a new finding."""
    data = event.data
    key = f"{data.environment}/{data.service}"
    started = at.timestamp() - data.duration_seconds
    hourly[f"{key}/{int(started // HOUR)}"] += 1
    kept = [moment for moment in recent[key] if moment > started - 2 * HOUR]
    insort(kept, started)
    recent[key] = kept
    inside = [
        sum(1 for moment in kept if end - HOUR < moment <= end) for end in kept if end >= started
    ]
    return [data.service] if max(inside) > LIMIT else []


def row(event: Event, at: datetime, counted: bool, document: bytes) -> list[Any]:
    data = event.data
    return [
        at.astimezone(UTC),
        event.id,
        event.source,
        data.service,
        data.environment,
        data.scope,
        data.action_id,
        data.phase,
        data.agent["name"],
        data.agent["kind"],
        data.action["type"],
        data.action["name"],
        f"{data.target['kind']}/{data.target['name']}",
        data.trigger["kind"],
        data.trigger["condition"],
        data.actual["outcome"],
        data.duration_seconds,
        int(counted),
        document,
    ]


if __name__ == "__main__":
    app.main()
