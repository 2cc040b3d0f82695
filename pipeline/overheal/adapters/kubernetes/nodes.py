"""Whether nodes are ready: each loss and each return once, whoever tells of it."""

from __future__ import annotations

from typing import Any

import msgspec

from overheal.adapters.kubernetes.counters import SLACK, Reading
from overheal.adapters.kubernetes.documents import Documents, Subject, counted
from overheal.adapters.kubernetes.memory import Memory
from overheal.adapters.kubernetes.parts import part, parts, text
from overheal.adapters.kubernetes.sighting import Sighting
from overheal.adapters.kubernetes.times import SECOND, lenient
from overheal.model import DAY

READY = "ready"
NOT_READY = "not_ready"
SIGNAL = "node_ready"


class _State(msgspec.Struct, gc=False):
    status: str
    at: int
    version: int = 0


class Nodes:
    """Follows the condition Ready of every node."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._states: Memory[str, _State] = Memory(30 * DAY, 100_000)

    def version(
        self, node: dict[str, Any], meta: dict[str, Any], version: int, moment: int
    ) -> list[bytes] | str:
        """Read one version of a Node; return its transition, or why there is none."""
        name = text(meta, "name")
        condition = _ready(node)
        if condition is None:
            return "node without the condition Ready"
        word = text(condition, "status")
        status = READY if word == "True" else NOT_READY
        state = self._states.get(name)
        if state is not None and version and version <= state.version:
            return "seen before"
        changed = lenient(condition.get("lastTransitionTime"))
        beat = lenient(condition.get("lastHeartbeatTime"))
        order = (beat, changed, moment) if status == READY else (changed, moment, beat)
        if state is None:
            at = next((time for time in order if time), moment)
            self._states.put(name, _State(status, at, version), moment)
            if status == READY:
                return "first sight of a ready node"
            return [self._seen(name, status, at, word=word, uid=text(meta, "uid"))]
        state.version = version
        self._states.put(name, state, moment)
        if state.status == status:
            return "no transition"
        at = next((time for time in order if time > state.at), max(moment, state.at + 1))
        state.status, state.at = status, at
        return [self._seen(name, status, at, word=word, uid=text(meta, "uid"))]

    def event(self, event: Sighting, reading: Reading) -> list[bytes] | str:
        """Read a NodeReady or NodeNotReady Event about a node."""
        status = NOT_READY if event.reason == "NodeNotReady" else READY
        name, at = event.object, event.last
        state = self._states.get(name)
        if state is None:
            return self._opening(event, reading, status)
        slack = SLACK + event.spread
        if state.status == status and at <= state.at + slack:
            return "the same transition as seen before"
        if at <= state.at - slack:
            return "older than what is known of the node"
        out = []
        if state.status == status:  # seen twice: in between it must have been otherwise
            out.append(self._between(name, status, state.at, at))
        at = max(at, state.at + 1)
        seen = counted(reading.count, reading.first_at, at)
        out.append(self._seen(name, status, at, word=event.reason, occurrences=seen, event=event))
        state.status, state.at = status, at
        self._states.put(name, state, at)
        return out

    def _opening(self, event: Sighting, reading: Reading, status: str) -> list[bytes] | str:
        name, at = event.object, event.last
        self._states.put(name, _State(status, at), at)
        if status == READY and reading.count == 1:
            return "first sight of a ready node"
        out = []
        count = reading.count
        if count > 1 and reading.first_at < at - SECOND:
            out.append(self._seen(name, status, reading.first_at, word=event.reason, event=event))
            out.append(self._between(name, status, reading.first_at, at))
            count -= 1
        seen = counted(count, reading.first_at, at)
        out.append(self._seen(name, status, at, word=event.reason, occurrences=seen, event=event))
        return out

    def _between(self, name: str, status: str, before: int, after: int) -> bytes:
        """Return the state that must have held between two reports of the other one.

        Its time is the latest possible: the controllers wait before they report.
        """
        other = READY if status == NOT_READY else NOT_READY
        at = after - SECOND if after - SECOND > before else (before + after) // 2
        return self._seen(name, other, at, word="", derived=("status", "time"))

    def _seen(
        self,
        name: str,
        status: str,
        at: int,
        *,
        word: str,
        uid: str = "",
        occurrences: dict[str, Any] | None = None,
        derived: tuple[str, ...] = (),
        event: Sighting | None = None,
    ) -> bytes:
        if event is not None and event.table:
            derived = (*derived, "time")
        return self._documents.observation(
            ident=f"node:{name}:{status}:{at // SECOND}",
            at=at,
            kind="symptom",
            signal=SIGNAL,
            about=Subject("Node", name, uid=uid),
            status=status,
            severity="warning" if status == NOT_READY else "",
            occurrences=occurrences,
            derived=derived,
            labels={"kubernetes.ready": word} if word else None,
        )


def _ready(node: dict[str, Any]) -> dict[str, Any] | None:
    conditions = parts(part(node, "status").get("conditions"))
    return next((each for each in conditions if each.get("type") == "Ready"), None)
