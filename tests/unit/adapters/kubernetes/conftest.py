"""Small Kubernetes objects, and the adapter run over them."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from overheal.adapters.base import Record
from overheal.adapters.kubernetes import Kubernetes
from overheal.contract.decode import decode
from overheal.model import Event

START = datetime(2026, 11, 20, 20, 0, 0, tzinfo=UTC)
PRINTED_AT = int((START + timedelta(hours=1)).timestamp()) * 1_000_000


class World:
    """Makes records and reads them; times are seconds after 20:00:00."""

    def __init__(self) -> None:
        self._version = 100
        self.adapter = Kubernetes()

    def at(self, seconds: float) -> str:
        return (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")

    def micros(self, seconds: float) -> int:
        return int((START + timedelta(seconds=seconds)).timestamp() * 1_000_000)

    def event(
        self,
        reason: str,
        message: str,
        about: str,
        at: float,
        *,
        component: str = "kubelet",
        first: float | None = None,
        count: int = 1,
        uid: str | None = None,
        level: str = "Normal",
        **more: Any,
    ) -> dict[str, Any]:
        """A core/v1 Event about `Kind/name` in namespace shop."""
        self._version += 1
        kind, name = about.split("/")
        involved = {"kind": kind, "name": name}
        if kind != "Node":
            involved["namespace"] = "shop"
        return {
            "apiVersion": "v1",
            "kind": "Event",
            "metadata": {
                "name": f"{name}.{uid or self._version}",
                "namespace": "shop",
                "uid": uid or f"event-{self._version}",
                "resourceVersion": str(self._version),
            },
            "involvedObject": involved,
            "reason": reason,
            "message": message,
            "type": level,
            "source": {"component": component},
            "firstTimestamp": self.at(at if first is None else first),
            "lastTimestamp": self.at(at),
            "count": count,
            **more,
        }

    def deployment(
        self,
        name: str,
        replicas: int,
        managed: list[tuple[str, str, float | None, str]],
        *,
        image: str = "web:1",
        status_at: float = 0,
        uid: str = "deployment-uid",
        labels: dict[str, str] | None = None,
        kind: str = "Deployment",
    ) -> dict[str, Any]:
        """A version; `managed` holds (manager, subresource, time, f:replicas or f:image)."""
        self._version += 1
        fields = []
        for manager, subresource, time, field in managed:
            spec: dict[str, Any] = {"f:replicas": {}}
            if field == "f:image":
                spec = {"f:template": {"f:spec": {"f:containers": {"k:x": {"f:image": {}}}}}}
            part = {"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": spec}}
            if subresource:
                part["subresource"] = subresource
            if time is not None:
                part["time"] = self.at(time)
            fields.append(part)
        return {
            "apiVersion": "apps/v1",
            "kind": kind,
            "metadata": {
                "name": name,
                "namespace": "shop",
                "uid": uid,
                "labels": labels or {},
                "resourceVersion": str(self._version),
                "managedFields": fields,
            },
            "spec": {
                "replicas": replicas,
                "template": {"spec": {"containers": [{"name": "app", "image": image}]}},
            },
            "status": {"conditions": [{"type": "Available", "lastUpdateTime": self.at(status_at)}]},
        }

    def pod(
        self, name: str, restarts: int, *, uid: str = "pod-uid", owner: str = "", **status: Any
    ) -> dict[str, Any]:
        """A version of a Pod with one container; `state` and `lastState` as keywords."""
        self._version += 1
        container = {"name": "app", "restartCount": restarts}
        container |= {key: status.pop(key) for key in ("state", "lastState") if key in status}
        meta: dict[str, Any] = {
            "name": name,
            "namespace": "shop",
            "uid": uid,
            "resourceVersion": str(self._version),
            "creationTimestamp": self.at(0),
        }
        if owner:
            kind, _, above = owner.partition("/")
            meta["ownerReferences"] = [{"kind": kind, "name": above, "controller": True}]
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": meta,
            "spec": {},
            "status": {"startTime": self.at(0), "containerStatuses": [container], **status},
        }

    def node(
        self, name: str, ready: str, *, beat: float, changed: float, version: int | None = None
    ) -> dict[str, Any]:
        self._version += 1
        return {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": name, "resourceVersion": str(version or self._version)},
            "status": {
                "conditions": [
                    {
                        "type": "Ready",
                        "status": ready,
                        "lastHeartbeatTime": self.at(beat),
                        "lastTransitionTime": self.at(changed),
                    }
                ]
            },
        }

    def watch(self, word: str, item: dict[str, Any]) -> dict[str, Any]:
        return {"type": word, "object": item}

    def row(self, last: str, reason: str, about: str, message: str, **more: str) -> Record:
        columns = {
            "NAMESPACE": "shop",
            "LAST SEEN": last,
            "TYPE": "Normal",
            "REASON": reason,
            "OBJECT": about,
            "MESSAGE": message,
            **more,
        }
        return Record("table.txt", 2, json.dumps(columns).encode(), "table", PRINTED_AT)

    def record(self, document: Any, *, origin: str = "x.json", within: str = "") -> Record:
        if isinstance(document, Record):
            return document
        return Record(origin, 1, json.dumps(document).encode(), "json", PRINTED_AT, within)

    def read(self, *documents: Any, adapter: Kubernetes | None = None) -> list[Event]:
        """Sort, adapt and decode; the events in their order of time."""
        adapter = self.adapter = adapter or Kubernetes()
        records = [self.record(document) for document in documents]
        keyed = sorted(
            ((adapter.order(record), place, record) for place, record in enumerate(records)),
            key=lambda item: item[:2],
        )
        found = [text for _, _, record in keyed for text in adapter.adapt(record)]
        found += adapter.finish()
        return sorted((decode(text) for text in found), key=lambda event: event.time)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def recording(world) -> Callable[[Iterable[Path]], list[Event]]:
    """Read recorded files: watch lines, lists and tables."""

    def read(paths: Iterable[Path]) -> list[Event]:
        records: list[Record] = []
        for path in paths:
            raw = path.read_bytes()
            text = gzip.decompress(raw) if path.suffix == ".gz" else raw
            records += _records(path, text.decode())
        return world.read(*records)

    return read


def _records(path: Path, text: str) -> list[Record]:
    name = path.name.removesuffix(".gz")
    if name.endswith(".jsonl"):
        return [
            Record(name, line, raw.encode(), "json", PRINTED_AT)
            for line, raw in enumerate(text.splitlines(), 1)
        ]
    if name.endswith(".txt"):
        header, *rows = text.splitlines()
        starts = [(found[0], found.start()) for found in re.finditer(r"\S+(?: \S+)*", header)]
        ends = [start for _, start in starts[1:]] + [None]
        return [
            Record(
                name,
                line,
                json.dumps(
                    {
                        column: row[start:end].strip()
                        for (column, start), end in zip(starts, ends, strict=True)
                    }
                ).encode(),
                "table",
                PRINTED_AT,
            )
            for line, row in enumerate(rows, 2)
        ]
    document = json.loads(text)
    items = document if isinstance(document, list) else document["items"]
    kind = "" if isinstance(document, list) else str(document.get("kind", ""))
    return [
        Record(name, 0, json.dumps(item).encode(), "json", PRINTED_AT, kind) for item in items or ()
    ]
