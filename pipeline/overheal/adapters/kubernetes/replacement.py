"""Pods that take the place of others: who made it necessary, and who merely saw it.

A tool deletes a pod, the pod's controller creates another, the scheduler places it: one recovery
with two witnesses. A creation that answers nothing known is a birth, a rollout or a scale-out, and
an observation.
"""

from __future__ import annotations

import re
from collections import deque
from typing import Any

import msgspec

from overheal.adapters.kubernetes.counters import Reading
from overheal.adapters.kubernetes.documents import Documents, Subject, counted
from overheal.adapters.kubernetes.memory import Memory
from overheal.adapters.kubernetes.names import Names
from overheal.adapters.kubernetes.parts import part, parts, text
from overheal.adapters.kubernetes.rule import Rule
from overheal.adapters.kubernetes.rules import KubernetesRules
from overheal.adapters.kubernetes.sighting import Sighting
from overheal.adapters.kubernetes.times import SECOND
from overheal.adapters.kubernetes.waiting import Waiting
from overheal.adapters.kubernetes.witness import Witnesses

ANSWERED_WITHIN = 120 * SECOND
"""How long after a pod's end its replacement is taken for the answer to it."""

PLACED_WITHIN = 10 * SECOND
"""How long after a pod's end the scheduler's Event is taken for part of the same."""

LATE_REASON = 5 * SECOND
"""How long a replacement waits for a tool that tells of its deletion afterwards."""

_CREATED = re.compile(r"(?:Created pod: |create Pod )(\S+)")
_DELETED = re.compile(r"(?:Deleted pod: |delete Pod )(\S+)")
_VOLUNTARY = {"EvictionByEvictionAPI": "drain", "PreemptionByScheduler": "priority"}
_FORCED = {"DeletionByTaintManager", "TerminationByKubelet", "DeletionByPodGC"}

Owner = tuple[str, str]
"""Namespace and the name of the pod's direct controller."""


class _End(msgspec.Struct, gc=False):
    """The end of a pod: `action` is who ended it, empty where nobody says."""

    at: int
    pod: str
    action: str
    answered: bool = False


class Replacements:
    """Matches the ends of pods with the beginnings of others."""

    def __init__(
        self,
        *,
        documents: Documents,
        witnesses: Witnesses,
        rules: KubernetesRules,
        names: Names,
        waiting: Waiting,
        forget: int,
    ) -> None:
        self._documents = documents
        self._witnesses = witnesses
        self._rules = rules
        self._names = names
        self._waiting = waiting
        self._ends: Memory[Owner, deque[_End]] = Memory(forget, 100_000)
        self._ended: Memory[tuple[str, str], str] = Memory(forget, 200_000)
        self._answers: Memory[tuple[str, str], str] = Memory(forget, 200_000)

    def ended(self, namespace: str, pod: str, at: int, action: str, host: str = "") -> None:
        """Note that `action` ended a pod."""
        self._ended.put((namespace, pod), action, at)
        if action:
            self._note(namespace, pod, at, action, host)

    def ender(self, namespace: str, pod: str) -> str | None:
        """Return the action that ended a pod, '' for its controller's own, None if unknown."""
        return self._ended.get((namespace, pod))

    def deleted(self, event: Sighting) -> None:
        """Note a controller's own deletion: it scales down, and nothing was lost."""
        found = _DELETED.match(event.message)
        if found:
            self.ended(event.namespace, found[1], event.last, "")

    def created(
        self, event: Sighting, reading: Reading, rule: Rule, ident: str
    ) -> list[bytes] | None:
        """Read a controller's `SuccessfulCreate`; None where it is not about a pod."""
        found = _CREATED.match(event.message)
        if found is None:
            return None
        pod, owner = found[1], (event.namespace, event.object)
        self._names.own(event.namespace, ("Pod", pod), (event.kind, event.object), event.last)
        action = self._answer(owner, event.last + event.spread, reading.count)
        if action:
            self._answers.put((event.namespace, pod), action, event.last)
            return [self._witnesses.of(event, reading, action, ident)]
        if not self._lost(owner, event.last):
            return [self._witnesses.of(event, reading, "", ident)]

        def decide() -> list[bytes]:
            late = self._answer(owner, event.last + LATE_REASON, reading.count)
            if not late and self._lost(owner, event.last, take=True):
                return [self._replace(event, reading, rule, ident)]
            return [self._witnesses.of(event, reading, late, ident)]

        self._waiting.until(event.last + LATE_REASON, decide)
        return []

    def placed(self, event: Sighting, reading: Reading, ident: str) -> list[bytes]:
        """Read the scheduler's `Scheduled`."""
        action = self._answers.get((event.namespace, event.object)) or ""
        if not action:
            owner = self._names.owner(event.namespace, event.kind, event.object, event.host)[1]
            for end in self._ends.get((event.namespace, owner)) or ():
                if end.action and 0 <= event.last - end.at + event.spread <= PLACED_WITHIN:
                    action = end.action
        return [self._witnesses.of(event, reading, action, ident)]

    def pod(
        self, pod: dict[str, Any], meta: dict[str, Any], moment: int, *, deleted: bool
    ) -> list[bytes]:
        """Read one version of a Pod: disruptions that it tells of, and its disappearance."""
        namespace, name = text(meta, "namespace"), text(meta, "name")
        status = part(pod, "status")
        if self.ender(namespace, name) is not None:
            return []
        reason = _disruption(status)
        if reason in _FORCED or reason in _VOLUNTARY or status.get("reason") == "Evicted":
            return [self._disrupted(pod, status, meta, moment, reason or "Evicted")]
        if (deleted or meta.get("deletionTimestamp")) and status.get("phase") != "Succeeded":
            self._note(namespace, name, moment, "", "")
        return []

    def _disrupted(
        self,
        pod: dict[str, Any],
        status: dict[str, Any],
        meta: dict[str, Any],
        moment: int,
        reason: str,
    ) -> bytes:
        namespace, name, uid = (text(meta, key) for key in ("namespace", "name", "uid"))
        ident = f"{uid or namespace + '/' + name}:evicted"
        self.ended(namespace, name, moment, ident)
        trigger = {"priority": "policy", "drain": "unknown"}.get(_VOLUNTARY.get(reason, ""))
        agent = {
            "PreemptionByScheduler": "default-scheduler",
            "TerminationByKubelet": "kubelet",
            "Evicted": "kubelet",
            "DeletionByTaintManager": "taint-eviction-controller",
            "DeletionByPodGC": "pod-garbage-collector",
        }.get(reason, "eviction-api")
        kind = {"name": agent, "kind": "platform"} if trigger is None else self._rules.agent(agent)
        host = text(part(pod, "spec"), "nodeName")
        return self._documents.action(
            ident=ident,
            at=moment,
            agent=kind,
            type="evict",
            name=reason,
            about=Subject("Pod", name, namespace, uid, host),
            trigger=trigger or "failure",
            condition=text(status, "message") or f"the pod's condition says {reason}",
            expected="the pod runs again on another node",
            derived=("action.type", "trigger.kind", "agent.name", "agent.kind", "time"),
        )

    def _note(self, namespace: str, pod: str, at: int, action: str, host: str) -> None:
        owner = (namespace, self._names.owner(namespace, "Pod", pod, host)[1])
        ends = self._ends.get(owner) or deque(maxlen=200)
        for end in ends:
            if end.pod == pod:
                end.action = end.action or action
                return
        ends.append(_End(at, pod, action))
        self._ends.put(owner, ends, at)

    def _answer(self, owner: Owner, at: int, count: int) -> str:
        """Take as many unanswered ends as were created; return the latest one's action."""
        action = ""
        for end in self._ends.get(owner) or ():
            if count and end.action and not end.answered and end.at <= at + SECOND:
                end.answered = True
                if at - end.at <= ANSWERED_WITHIN:
                    count -= 1
                    action = end.action
        return action

    def _lost(self, owner: Owner, at: int, *, take: bool = False) -> bool:
        for end in self._ends.get(owner) or ():
            near = 0 <= at + SECOND - end.at <= ANSWERED_WITHIN
            unknown = not end.action and self.ender(owner[0], end.pod) is None
            if near and unknown and not end.answered:
                end.answered = take
                return True
        return False

    def _replace(self, event: Sighting, reading: Reading, rule: Rule, ident: str) -> bytes:
        return self._documents.action(
            ident=ident,
            at=event.last,
            agent=self._rules.agent(event.component or "replicaset-controller"),
            type=rule.becomes,
            name=event.reason,
            about=Subject(event.kind, event.object, event.namespace, event.object_uid),
            trigger=rule.trigger,
            condition=f"a pod was lost, and nobody said why: {event.message}",
            expected=rule.expected,
            occurrences=counted(
                1 if event.combined else reading.count, reading.first_at, event.last
            ),
            derived=(
                "action.type",
                "trigger.kind",
                "trigger.condition",
                *self._witnesses.filled(event),
            ),
            labels=self._witnesses.labels(event),
        )


def _disruption(status: dict[str, Any]) -> str:
    for condition in parts(status.get("conditions")):
        if condition.get("type") == "DisruptionTarget":
            return text(condition, "reason") if condition.get("status") == "True" else ""
    return ""
