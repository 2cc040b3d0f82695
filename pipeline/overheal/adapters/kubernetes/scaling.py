"""Writes of `replicas` as Events tell of them, next to what the objects' versions show.

One write has up to three witnesses: the object's version (exact in its value), the autoscaler's
`SuccessfulRescale` (exact in its time, but limited in its rate) and the deployment controller's
`ScalingReplicaSet`. The first that is there is told, the others are its witnesses.
"""

from __future__ import annotations

import re
from typing import Any

from overheal.adapters.kubernetes.counters import Reading
from overheal.adapters.kubernetes.documents import Documents, Subject, counted
from overheal.adapters.kubernetes.memory import Memory
from overheal.adapters.kubernetes.names import Names
from overheal.adapters.kubernetes.parts import part, text
from overheal.adapters.kubernetes.rules import KubernetesRules
from overheal.adapters.kubernetes.sighting import Sighting
from overheal.adapters.kubernetes.times import SECOND
from overheal.adapters.kubernetes.waiting import Waiting
from overheal.adapters.kubernetes.witness import Witnesses
from overheal.adapters.kubernetes.workload import (
    NEAR,
    ROLLS_FOR,
    Key,
    Step,
    Workload,
    Write,
    matches,
    other_set,
    rolls,
    step_of,
)
from overheal.adapters.kubernetes.workloads import Workloads
from overheal.model import DAY, HOUR

Owner = tuple[str, str]
"""Kind and name of what an autoscaler scales."""

AUTOSCALER = "horizontal-pod-autoscaler"
UNKNOWN_WRITER = "unknown-writer"
NEWCOMER = 60 * SECOND
"""How long the first sight of a Deployment waits for a second ReplicaSet: then it rolls out."""

HELD = 6 * HOUR
"""How long a row of a list waits for the autoscaler's: to the list's end in practice."""

_SIZE = re.compile(r"New size: (\d+)(?:; reason: (.*))?", re.DOTALL)


class Scaling:
    """Reads `SuccessfulRescale` and `ScalingReplicaSet`."""

    def __init__(
        self,
        *,
        documents: Documents,
        witnesses: Witnesses,
        rules: KubernetesRules,
        names: Names,
        workloads: Workloads,
        waiting: Waiting,
    ) -> None:
        self._documents = documents
        self._witnesses = witnesses
        self._rules = rules
        self._names = names
        self._workloads = workloads
        self._waiting = waiting
        self._targets: Memory[tuple[str, str], tuple[str, str]] = Memory(30 * DAY, 100_000)

    def autoscaler(self, item: dict[str, Any], meta: dict[str, Any], moment: int) -> str:
        """Learn from an HPA object what it scales."""
        target = part(item, "spec", "scaleTargetRef")
        if text(target, "name"):
            key = (text(meta, "namespace"), text(meta, "name"))
            kind = text(target, "kind") or "Deployment"
            self._targets.put(key, (kind, text(target, "name")), moment)
        return "autoscaler's own object: it tells what it scales"

    def rescaled(self, event: Sighting, reading: Reading, ident: str) -> list[bytes] | None:
        """Read the autoscaler's Event about its write; None where it says something else."""
        found = _SIZE.match(event.message)
        if found is None:
            return None
        size, why = int(found[1]), found[2] or event.message
        target = self._target(event)
        if target is not None:
            return self._rescaled(target, event, reading, ident, size=size, why=why)

        def decide() -> list[bytes]:
            slack = 2 * NEAR + event.spread
            near = self._workloads.resized_near(event.namespace, size, event.last, slack)
            if len(near) == 1 and self._target(event) is None:
                kind, _, name = near[0]
                self._targets.put((event.namespace, event.object), (kind, name), event.last)
            target = self._target(event) or ("Deployment", event.object)
            return self._rescaled(target, event, reading, ident, size=size, why=why)

        self._waiting.until(event.last + NEAR + event.spread, decide)
        return []

    def _target(self, event: Sighting) -> Owner | None:
        """Return what an autoscaler scales, where its object or a workload of its name tells."""
        known = self._targets.get((event.namespace, event.object))
        if known is not None:
            return known
        for kind in ("Deployment", "StatefulSet"):
            if self._workloads.evident((kind, event.namespace, event.object)):
                return kind, event.object
        return None

    def _rescaled(
        self,
        target: Owner,
        event: Sighting,
        reading: Reading,
        ident: str,
        *,
        size: int,
        why: str,
    ) -> list[bytes]:
        load = self._workloads.get((target[0], event.namespace, target[1]), event.last)
        new = size
        earliest = 0 if event.table else reading.first_at  # a table does not say since when
        since = load.sizes.get(new, (earliest, 0))[0]
        load.sizes[new] = (min(since, earliest), event.last)
        for write in matches(load, new, event):
            dated = []
            if any(waiting is write for waiting, _ in load.waiting):
                dated = self._workloads.date(load, event.last, write, event.message)
            return [*dated, self._witnesses.of(event, reading, write.action, ident)]
        earlier = sum(
            write.new == new and reading.first_at < write.low <= event.last
            for write in load.writes
            if not write.from_event
        )
        count = max(1, reading.count - earlier)
        write = Write(
            low=event.last,
            high=event.last,
            old=load.prior if load.replicas == new else load.replicas,
            new=new,
            agent=event.component or AUTOSCALER,
            action=ident,
            from_event=True,
        )
        derived = ["action.type", "trigger.kind", "agent.kind", "agent.mandate", "before.replicas"]
        exact = (event.namespace, event.object) in self._targets
        derived += [] if exact else ["target.kind", "target.name"]
        load.resize(new)
        return self._told(load, write, event, reading, count=count, why=why, derived=derived)

    def stepped(self, event: Sighting, reading: Reading, ident: str) -> list[bytes] | None:
        """Read the deployment controller's Event; None where it says something else."""
        step = step_of(event.message)
        if step is None:
            return None
        child, owner = ("ReplicaSet", step.set), ("Deployment", event.object)
        self._names.own(event.namespace, child, owner, event.last)
        key: Key = ("Deployment", event.namespace, event.object)
        load = self._workloads.get(key, event.last)
        newcomer = not load.current and not load.first
        born = not load.current and step.old in (None, 0) and reading.total == 1
        rolling = rolls(load, step, event.last)
        if not rolling:
            self._workloads.resized(key, step.new, event.last)
        for write in matches(load, step.new, event):
            return [self._witnesses.of(event, reading, write.action, ident)]
        if not rolling and not load.first:
            load.resize(step.new, step.old)
        if rolling or born:
            return [self._rollout(event, reading, step, ident)]
        wait = (NEWCOMER if newcomer else 2 * NEAR) + event.spread
        if event.snapshot:  # the autoscaler's Event about it may stand far behind
            wait = HELD

        def decide() -> list[bytes]:
            return self._decide(load, event, reading, step, ident)

        self._waiting.until(event.last + wait, decide)
        return []

    def _decide(
        self, load: Workload, event: Sighting, reading: Reading, step: Step, ident: str
    ) -> list[bytes]:
        for write in matches(load, step.new, event):
            return [self._witnesses.of(event, reading, write.action, ident)]
        if other_set(load, step, event.last) or load.templated > event.last - ROLLS_FOR:
            return [self._rollout(event, reading, step, ident)]
        since, until = load.sizes.get(step.new, (0, 0))
        autoscaled = since - NEAR <= event.last <= until + HOUR
        if autoscaled or (load.first and load.first <= event.last <= load.latest + SECOND):
            # The autoscaler may have written it without telling; or the objects show no write.
            return [self._witnesses.of(event, reading, "", ident)]
        write = Write(
            low=event.last,
            high=event.last,
            old=step.old,
            new=step.new,
            agent=UNKNOWN_WRITER,
            action=ident,
            from_event=True,
        )
        count = 1 if event.combined else reading.count
        derived = ["action.type", "agent.name", "agent.kind"]
        return self._told(
            load, write, event, reading, count=count, why=event.message, derived=derived
        )

    def _rollout(self, event: Sighting, reading: Reading, step: Step, ident: str) -> bytes:
        count = 1 if event.combined else reading.count
        about = Subject("ReplicaSet", step.set, event.namespace)
        return self._documents.action(
            ident=ident,
            at=event.last,
            agent=self._rules.agent(event.component or "deployment-controller"),
            type="scale",
            name=event.reason,
            about=about,
            trigger="rollout",
            condition=event.message,
            expected=f"{step.new} pods of this ReplicaSet run",
            field="replicas",
            before=None if step.old is None else {"replicas": step.old},
            after={"replicas": step.new},
            occurrences=counted(count, reading.first_at, event.last),
            derived=("action.type", "trigger.kind", *self._witnesses.filled(event)),
            labels=self._witnesses.labels(event),
        )

    def _told(
        self,
        load: Workload,
        write: Write,
        event: Sighting,
        reading: Reading,
        *,
        count: int,
        why: str,
        derived: list[str],
    ) -> list[bytes]:
        """Return a write told by an Event: of a counter read for the first time two are dated."""
        load.remember(write)
        kind, namespace, name = load.key
        agent = self._rules.agent(write.agent)
        parts = [(write.action, event.last, count)]
        if reading.opening and count > 1 and reading.first_at < event.last:
            opening = f"{write.action.rpartition(':')[0]}:1"  # as its first reading would be called
            parts = [(opening, reading.first_at, 1), (write.action, event.last, count - 1)]
        return [
            self._documents.action(
                ident=ident,
                at=at,
                agent=agent,
                type="scale",
                name=event.reason,
                about=Subject(kind, name, namespace, load.uid),
                trigger="demand" if agent["kind"] == "autoscaler" else "unknown",
                condition=why,
                expected=f"{write.new} replicas run",
                field="replicas",
                before=None if write.old is None else {"replicas": write.old},
                after={"replicas": write.new},
                desired={"replicas": write.new},
                occurrences=counted(number, reading.first_at, at),
                derived=(*derived, *self._witnesses.filled(event)),
                labels=self._witnesses.labels(event),
            )
            for ident, at, number in parts
        ]
