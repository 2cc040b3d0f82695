"""The adapter itself: what a record is, when it happened, and who reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from overheal.adapters.base import Record
from overheal.adapters.kubernetes import objects
from overheal.adapters.kubernetes.counters import PRINTED, Counters, Verdict
from overheal.adapters.kubernetes.documents import Documents
from overheal.adapters.kubernetes.events import Events
from overheal.adapters.kubernetes.names import Names
from overheal.adapters.kubernetes.nodes import Nodes
from overheal.adapters.kubernetes.parts import part, text
from overheal.adapters.kubernetes.replacement import Replacements
from overheal.adapters.kubernetes.restarts import Restarts
from overheal.adapters.kubernetes.rules import KubernetesRules
from overheal.adapters.kubernetes.scaling import Scaling
from overheal.adapters.kubernetes.sighting import Sighting, is_event, read_event, version_of
from overheal.adapters.kubernetes.table import is_row, read_row
from overheal.adapters.kubernetes.times import SECOND
from overheal.adapters.kubernetes.waiting import Waiting
from overheal.adapters.kubernetes.witness import Witnesses
from overheal.adapters.kubernetes.workloads import Workloads
from overheal.errors import RecordError
from overheal.model import HOUR

FORGET = 6 * HOUR
"""How long an identity is remembered that is not seen again, in event time."""

ROWS_HELD = 20_000
_RANK = 1 << 60
_ROLES = {
    "SuccessfulRescale": 2,
    "SuccessfulDelete": 2,
    "ScalingReplicaSet": 3,
    "SuccessfulCreate": 4,
    "Scheduled": 5,
}
"""Within one second causes come before witnesses; objects rank 0, other Events 1."""

_decode = msgspec.json.Decoder().decode


class Kubernetes:
    """Reads Events, Pods, workloads, autoscalers and Nodes, as lists, watches and text tables.

    One instance serves one run; records are given in ascending `order`. Nothing is written
    anywhere, and no clock is asked.
    """

    name = "kubernetes"
    aliases = ("kubectl-table",)
    stateful = True

    def __init__(
        self,
        rules: KubernetesRules | None = None,
        cluster: str = "",
        environment: str = "production",
    ) -> None:
        rules = rules or KubernetesRules()
        self._ignored: Counter[str] = Counter()
        self._names = names = Names(rules.service_labels, cluster, FORGET)
        self._waiting = waiting = Waiting()
        self._counters = Counters(FORGET)
        documents = Documents(names, cluster, environment)
        witnesses = Witnesses(documents, rules)
        self._nodes = Nodes(documents)
        self._restarts = Restarts(documents, rules, FORGET)
        self._workloads = Workloads(documents, rules)
        self._replacements = Replacements(
            documents=documents,
            witnesses=witnesses,
            rules=rules,
            names=names,
            waiting=waiting,
            forget=FORGET,
        )
        self._scaling = Scaling(
            documents=documents,
            witnesses=witnesses,
            rules=rules,
            names=names,
            workloads=self._workloads,
            waiting=waiting,
        )
        self._events = Events(
            documents=documents,
            witnesses=witnesses,
            rules=rules,
            nodes=self._nodes,
            restarts=self._restarts,
            replacements=self._replacements,
            scaling=self._scaling,
        )
        self._rows: dict[str, list[Sighting]] = {}
        self._now = 0

    @property
    def ignored(self) -> Mapping[str, int]:
        """Records without events so far, by reason."""
        return self._ignored

    def recognises(self, record: Record) -> bool:
        """Return whether a record is a Kubernetes object, a watch event or a table's row."""
        try:
            document = _document(record)
        except RecordError:
            return False
        if record.shape == "table":
            return is_row(document)
        if str(document.get("type")) in objects.WATCH_TYPES and isinstance(
            document.get("object"), dict
        ):
            return "specversion" not in document
        if is_event(document, record.within) or _exported(document) is not None:
            return True
        if _log_entry(document):
            return True
        api = document.get("apiVersion"), document.get("kind"), document.get("metadata")
        return isinstance(api[0], str) and isinstance(api[1], str) and isinstance(api[2], dict)

    def order(self, record: Record) -> tuple[int, int]:
        """Return when a record happened: Events their last time, objects the latest inside them.

        A table's rows stand together, in their own order, after it was printed at the latest:
        whatever has exact times comes first.

        Whole seconds, since most of Kubernetes' times are; within one, causes before witnesses
        and then resourceVersions.
        """
        document = _document(record)
        if record.shape == "table":
            row = read_row(record, document)
            rank = _ROLES.get(row.reason, 1)
            return record.received_at + PRINTED, row.last // SECOND << 4 | rank
        items = document.get("items")
        if isinstance(items, list) and not is_event(document):
            orders = [self.order(item) for item in _items(record, document)]
            return min(orders, default=(record.received_at, 0))
        kind, item = objects.unwrapped(document)
        if kind in ("BOOKMARK", "ERROR"):
            return record.received_at, 0
        if is_event(item, record.within):
            return _event_order(read_event(item))
        moment = objects.latest(item) or record.received_at
        version = version_of(part(item, "metadata"))
        return moment // SECOND * SECOND, min(version, _RANK - 1)

    def adapt(self, record: Record) -> Sequence[bytes]:
        """Return the documents of a record, and those of earlier ones that waited for it."""
        document = _document(record)
        if record.shape != "table" and isinstance(document.get("items"), list):
            items = sorted(_items(record, document), key=self.order)
            return [found for item in items for found in self.adapt(item)]
        out: list[bytes] = []
        if record.shape == "table":
            found = self._event(read_row(record, document), record.origin, out)
        else:
            found = self._json(record, document, out)
        if isinstance(found, str):
            self._ignored[found] += 1
            return out
        return [*out, *found]

    def finish(self) -> Sequence[bytes]:
        """Return what waited for the end: held rows, decisions and writes without a time."""
        out: list[bytes] = []
        for origin in list(self._rows):
            out += self._release(origin, insist=True)
        return [*out, *self._waiting.finish(), *self._workloads.finish()]

    def _json(
        self, record: Record, document: dict[str, Any], out: list[bytes]
    ) -> list[bytes] | str:
        kind, item = objects.unwrapped(document)
        if kind in ("BOOKMARK", "ERROR"):
            self._pass(record.received_at, out)
            return f"watch {kind.lower()}"
        if _log_entry(item):
            return "log entry without an Event"
        if is_event(item, record.within):
            if kind == "DELETED":
                return "deleted Event"
            return self._event(read_event(item, snapshot=not kind), record.origin, out)
        moment = objects.latest(item) or record.received_at
        self._pass(moment, out)
        return self._object(kind, item, record, moment)

    def _object(
        self, watched: str, item: dict[str, Any], record: Record, moment: int
    ) -> list[bytes] | str:
        kind = objects.kind_of(item, record.within)
        meta = part(item, "metadata")
        if not text(meta, "name"):
            raise RecordError(
                "unknown_object",
                "$.kind",
                "is neither an Event nor an object with kind and metadata.name",
                "feed kubectl's JSON or YAML output",
            )
        version = version_of(meta)
        deleted = watched == "DELETED"
        if kind == "Node":
            return self._nodes.version(item, meta, version, moment)
        self._names.learn(meta, kind, moment)
        if kind == "HorizontalPodAutoscaler":
            return self._scaling.autoscaler(item, meta, moment)
        if kind == "Pod":
            found = self._restarts.pod(item, meta, moment)
            found += self._replacements.pod(item, meta, moment, deleted=deleted)
            return found or "pod without a new restart or disruption"
        if kind in objects.SCALED and not (kind == "ReplicaSet" and meta.get("ownerReferences")):
            key = (kind, text(meta, "namespace"), text(meta, "name"))
            if deleted:
                return self._workloads.gone(key, moment) or "deleted object"
            return self._workloads.version(item, key, meta, version, moment)
        return f"{kind or 'unknown kind'}: tells owners and labels only"

    def _event(self, event: Sighting, origin: str, out: list[bytes]) -> list[bytes] | str:
        self._pass(event.last, out)
        reading = self._counters.read(event, origin)
        if reading is Verdict.LATER:
            rows = self._rows.setdefault(origin, [])
            rows.append(event)
            if len(rows) > ROWS_HELD:
                out += self._release(origin, insist=True)
            return []
        if event.table and origin in self._rows and self._counters.learned(origin):
            out += self._release(origin, insist=False)
        if isinstance(reading, Verdict):
            return str(reading.value)
        return self._events.read(event, reading)

    def _release(self, origin: str, *, insist: bool) -> list[bytes]:
        """Read the rows that waited until their table's own time was known."""
        out: list[bytes] = []
        for event in self._rows.pop(origin, []):
            reading = self._counters.read(event, origin, insist=insist)
            told: list[bytes] | str
            if isinstance(reading, Verdict):
                told = str(reading.value)
            else:
                told = self._events.read(event, reading)
            if isinstance(told, str):
                self._ignored[told] += 1
            else:
                out += told
        return out

    def _pass(self, moment: int, out: list[bytes]) -> None:
        """Let event time pass: what waited long enough is decided."""
        if moment > self._now:
            self._now = moment
            out += self._waiting.passed(moment)


def _event_order(event: Sighting) -> tuple[int, int]:
    rank = _ROLES.get(event.reason, 1)
    return event.last // SECOND * SECOND, rank * _RANK + min(event.version, _RANK - 1)


def _items(record: Record, document: dict[str, Any]) -> list[Record]:
    """Return the items of a whole list as records of their own."""
    within = str(document.get("kind") or record.within)
    return [
        msgspec.structs.replace(record, raw=msgspec.json.encode(item), within=within)
        for item in document["items"]
        if isinstance(item, dict)
    ]


def _document(record: Record) -> dict[str, Any]:
    """Return a record as a JSON object; an exported log entry as the Event it wraps."""
    try:
        document = _decode(record.raw)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise RecordError("not_json", "$", f"is not JSON: {error}", "one value a record") from None
    if not isinstance(document, dict):
        raise RecordError("not_object", "$", "is not an object", "feed kubectl's JSON output")
    if record.shape == "table":
        return {str(key): str(value or "") for key, value in document.items()}
    return _exported(document) or document


def _log_entry(document: dict[str, Any]) -> bool:
    """Whether this is an entry of GKE's log of Events; its exporter also writes plain text."""
    return str(document.get("logName", "")).endswith("/logs/events")


def _exported(document: dict[str, Any]) -> dict[str, Any] | None:
    """Return the Event inside an entry of GKE's log export, None for anything else."""
    payload = document.get("jsonPayload")
    if isinstance(payload, dict) and is_event(payload):
        return payload
    return None
