"""Restarts of containers: `restartCount`, `Started` and `Killing` tell of the same ones.

Each of the three is a lower bound of the restarts of one container in one pod. What exceeds the
number told so far is new; whoever tells of it later is a witness.
"""

from __future__ import annotations

from typing import Any

import msgspec

from overheal.adapters.kubernetes.counters import Reading
from overheal.adapters.kubernetes.documents import Documents, Subject, counted
from overheal.adapters.kubernetes.memory import Memory
from overheal.adapters.kubernetes.parts import part, parts, text
from overheal.adapters.kubernetes.rule import Rule
from overheal.adapters.kubernetes.rules import KubernetesRules
from overheal.adapters.kubernetes.sighting import Sighting
from overheal.adapters.kubernetes.times import SECOND, lenient

EXPECTED = "the container keeps running"
WITNESSED_WITHIN = 300 * SECOND


class _Ledger(msgspec.Struct, gc=False):
    uid: str
    told: int = 0
    starts: int = 0
    kills: int = 0
    last: int = 0
    action: str = ""


class Restarts:
    """Counts the restarts of every container once."""

    def __init__(self, documents: Documents, rules: KubernetesRules, forget: int) -> None:
        self._documents = documents
        self._rules = rules
        self._ledgers: Memory[tuple[str, str, str], _Ledger] = Memory(forget)

    def pod(self, pod: dict[str, Any], meta: dict[str, Any], moment: int) -> list[bytes]:
        """Return the restarts that one version of a Pod shows for the first time."""
        status = part(pod, "status")
        about = Subject(
            "Pod",
            text(meta, "name"),
            text(meta, "namespace"),
            text(meta, "uid"),
            text(part(pod, "spec"), "nodeName"),
        )
        out = []
        for group in ("initContainerStatuses", "containerStatuses"):
            for container in parts(status.get(group)):
                if isinstance(container.get("restartCount"), int):
                    out += self._container(container, about, status, moment)
        return out

    def _container(
        self, container: dict[str, Any], about: Subject, status: dict[str, Any], moment: int
    ) -> list[bytes]:
        name, count = text(container, "name"), container["restartCount"]
        ledger, fresh = self._ledger(about, name, moment)
        new = count - ledger.told
        if new <= 0:
            return []
        state, last = part(container, "state"), part(container, "lastState")
        now = part(state, "running") or part(state, "terminated")
        before = part(last, "terminated")
        at = lenient((now or before).get("startedAt"))
        at = max(at, ledger.last + 1) if at else moment
        since = lenient(status.get("startTime")) if fresh else ledger.last
        started, finished = lenient(before.get("startedAt")), lenient(before.get("finishedAt"))
        facts: dict[str, Any] = {}
        if text(before, "reason"):
            facts["reason"] = text(before, "reason")
        if isinstance(before.get("exitCode"), int):
            facts["exit_code"] = before["exitCode"]
        if started and finished >= started:
            facts["prior_uptime_seconds"] = (finished - started) / SECOND
        why = facts.get("reason") or "for a reason not recorded"
        clean = facts.get("exit_code") == 0
        return [
            self._restart(
                about,
                name,
                ledger,
                count=new,
                total=count,
                at=at,
                since=since or at,
                trigger="unknown" if clean or not before else "failure",
                condition=f"container {name} ended: {why}",
                before=facts or None,
                name="restartCount",
                derived=() if now else ("time",),
            )
        ]

    def started(self, event: Sighting, reading: Reading, rule: Rule) -> list[bytes] | str:
        """Read a `Started` Event: return restarts, or the action it is a witness of, or ''."""
        about = _about(event)
        ledger, _ = self._ledger(about, event.container, event.last)
        ledger.starts += reading.count
        new = ledger.starts - 1 - ledger.told
        if new <= 0:
            near = event.last - ledger.last <= WITNESSED_WITHIN
            return ledger.action if ledger.starts > 1 and near else ""
        return [
            self._restart(
                about,
                event.container,
                ledger,
                count=new,
                total=ledger.told + new,
                at=event.last,
                since=reading.first_at,
                trigger=rule.trigger,
                condition=f"container {event.container} ended and was started again",
                name=event.reason,
                derived=("time",) if event.table else (),
            )
        ]

    def killed(self, event: Sighting, reading: Reading, rule: Rule) -> list[bytes] | str:
        """Return the restarts that the kubelet says it does because a probe failed.

        A kill comes before its restart, so what lies after the last restart told is new.
        """
        about = _about(event)
        ledger, _ = self._ledger(about, event.container, event.last)
        ledger.starts = max(ledger.starts, 1)
        ledger.kills += reading.count
        if reading.first_at >= ledger.last:
            total = ledger.told + reading.count
        else:
            total = max(ledger.told + (event.last > ledger.last), ledger.kills)
        new = total - ledger.told
        if new <= 0:
            return ledger.action
        return [
            self._restart(
                about,
                event.container,
                ledger,
                count=new,
                total=total,
                at=event.last,
                since=reading.first_at,
                trigger=rule.trigger,
                condition=event.message,
                name=event.reason,
                derived=("time",) if event.table else (),
            )
        ]

    def latest(self, event: Sighting) -> str:
        """Return the action that restarted an Event's container just before, if one did."""
        ledger = self._ledgers.get((event.namespace, event.object, event.container))
        if ledger is None or not 0 <= event.last - ledger.last <= WITNESSED_WITHIN:
            return ""
        return ledger.action

    def _ledger(self, about: Subject, container: str, at: int) -> tuple[_Ledger, bool]:
        key = (about.namespace, about.name, container)
        found = self._ledgers.get(key)
        fresh = found is None or bool(about.uid and found.uid and about.uid != found.uid)
        ledger = _Ledger(about.uid) if found is None or fresh else found
        ledger.uid = ledger.uid or about.uid
        self._ledgers.put(key, ledger, at)
        return ledger, fresh

    def _restart(
        self,
        about: Subject,
        container: str,
        ledger: _Ledger,
        *,
        count: int,
        total: int,
        at: int,
        since: int,
        trigger: str,
        condition: str,
        name: str,
        before: dict[str, Any] | None = None,
        derived: tuple[str, ...] = (),
    ) -> bytes:
        owner = ledger.uid or f"{about.namespace}/{about.name}"
        ident = f"{owner}:{container}:restart:{total}"
        ledger.told, ledger.last, ledger.action = total, at, ident
        return self._documents.action(
            ident=ident,
            at=at,
            agent=self._rules.agent("kubelet"),
            type="restart",
            name=name,
            about=about,
            trigger=trigger,
            condition=condition,
            expected=EXPECTED,
            before=before,
            occurrences=counted(count, since, at),
            derived=("action.type", "agent.name", "agent.kind", "trigger.kind", *derived),
            labels={"kubernetes.container": container} if container else None,
        )


def _about(event: Sighting) -> Subject:
    return Subject("Pod", event.object, event.namespace, event.object_uid, event.host)
