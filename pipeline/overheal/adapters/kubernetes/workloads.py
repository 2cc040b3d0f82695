"""Versions of Deployments and StatefulSets: who wrote replicas and images, and from what to what.

`managedFields` name the writer and mostly the time; old and new value come from two successive
versions. A write through the scale subresource carries no time: it waits until the next version of
the object, or an Event about the write, bounds it.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from overheal.adapters.kubernetes.agents import TRIGGER_OF_AGENT
from overheal.adapters.kubernetes.documents import Documents, Subject
from overheal.adapters.kubernetes.managed import images_of, newest, split, writers_of
from overheal.adapters.kubernetes.memory import Memory
from overheal.adapters.kubernetes.parts import part, parts, text
from overheal.adapters.kubernetes.rules import KubernetesRules
from overheal.adapters.kubernetes.times import lenient, written
from overheal.adapters.kubernetes.workload import Key, Workload, Write, told_by_event
from overheal.model import DAY


class Workloads:
    """Follows every object that has replicas, by versions and by Events."""

    def __init__(self, documents: Documents, rules: KubernetesRules) -> None:
        self._documents = documents
        self._rules = rules
        self._known: Memory[Key, Workload] = Memory(30 * DAY, 200_000)
        self._waiting: set[Key] = set()
        self._recent: deque[tuple[Key, int, int]] = deque(maxlen=1000)

    def get(self, key: Key, at: int) -> Workload:
        """Return what is known of an object, beginning with nothing."""
        found = self._known.get(key)
        if found is None:
            found = Workload(key)
        return self._known.put(key, found, at)

    def evident(self, key: Key) -> bool:
        """Whether an object is known to exist, by a version or by a ReplicaSet of it."""
        load = self._known.get(key)
        return load is not None and bool(load.version or load.sets)

    def resized(self, key: Key, size: int, at: int) -> None:
        """Note that somebody gave an object a size."""
        self._recent.append((key, size, at))

    def resized_near(self, namespace: str, size: int, at: int, slack: int) -> list[Key]:
        """Return the objects of a namespace that got a size near a moment."""
        return sorted(
            {
                key
                for key, new, when in self._recent
                if new == size and key[1] == namespace and abs(when - at) <= slack
            }
            | {
                key
                for key in self._waiting
                if key[1] == namespace
                and any(write.new == size and write.low <= at for write, _ in self._waits(key))
            }
        )

    def _waits(self, key: Key) -> list[tuple[Write, str]]:
        load = self._known.get(key)
        return [] if load is None else load.waiting

    def version(
        self, item: dict[str, Any], key: Key, meta: dict[str, Any], version: int, moment: int
    ) -> list[bytes] | str:
        """Read one version; return the writes that are new and dated, or why there are none."""
        load = self.get(key, moment)
        uid = text(meta, "uid")
        if load.uid and uid and load.uid != uid:
            self._known.drop(key)
            load = self.get(key, moment)
        if load.version and version <= load.version:
            return "seen before"
        fresh = load.version == 0
        out = self.date(load, moment) if moment > load.latest else []
        load.uid, load.version = uid, version
        load.first = load.first or moment
        load.latest = max(load.latest, moment)
        spec = part(item, "spec")
        managed = parts(meta.get("managedFields"))
        out += self._template(load, spec, managed, fresh=fresh, moment=moment)
        replicas = spec.get("replicas", 1)
        owners = writers_of(managed, "f:replicas")
        if isinstance(replicas, int) and not fresh and replicas != load.replicas:
            manager, time = newest(owners, load.owners)
            write = Write(
                low=time or moment,
                high=time,
                old=load.replicas,
                new=replicas,
                agent=self._rules.manager(*split(manager)),
                action=f"{uid or '/'.join(key)}:{version}:replicas",
            )
            if not told_by_event(load, write):
                load.remember(write)
                load.waiting.append((write, manager))
                self._waiting.add(key)
                out += self.date(load, 0) if time else []
        if isinstance(replicas, int):
            load.resize(replicas)
        load.owners = owners
        return out or ("waits for its time" if load.waiting else "no write of replicas or images")

    def date(
        self, load: Workload, moment: int, write: Write | None = None, why: str = ""
    ) -> list[bytes]:
        """Tell the waiting writes: up to `write`, which happened at `moment`, or all, by then.

        `why` is what the writer said about `write`.
        """
        out: list[bytes] = []
        while load.waiting:
            waiting, manager = load.waiting.pop(0)
            exact = waiting.high != 0
            at = waiting.high or moment or waiting.low
            if not exact and write is None and load.waiting:
                at -= len(load.waiting)  # in their order, as late as possible
            at = max(at, waiting.low, load.told + 1)
            waiting.high = load.told = at
            derived = () if exact else ("time",)
            said = why if waiting is write else ""
            out.append(self._replicas(load, waiting, manager, at=at, derived=derived, said=said))
            self._recent.append((load.key, waiting.new, at))
            if waiting is write:
                break
        if not load.waiting:
            self._waiting.discard(load.key)
        return out

    def gone(self, key: Key, moment: int) -> list[bytes]:
        """Forget a deleted object; what still waits is told."""
        load = self._known.get(key)
        if load is None:
            return []
        out = self.date(load, max(moment, load.latest))
        self._known.drop(key)
        self._waiting.discard(key)
        return out

    def finish(self) -> list[bytes]:
        """Tell what still waits at the end, at the earliest time it can have."""
        return [document for key in self._known for document in self._rest(key)]

    def _rest(self, key: Key) -> list[bytes]:
        load = self._known.get(key)
        return [] if load is None else self.date(load, 0)

    def _template(
        self,
        load: Workload,
        spec: dict[str, Any],
        managed: list[dict[str, Any]],
        *,
        fresh: bool,
        moment: int,
    ) -> list[bytes]:
        template = part(spec, "template")
        images = images_of(template)
        restarted = text(
            part(template, "metadata", "annotations"), "kubectl.kubernetes.io/restartedAt"
        )
        out = []
        changed = sorted(name for name in images if images[name] != load.images.get(name))
        if not fresh and changed:
            manager, time = newest(writers_of(managed, "f:image", "f:template"), {})
            old = ", ".join(load.images.get(name, "none") for name in changed)
            new = ", ".join(images[name] for name in changed)
            at = max(time or moment, load.told + 1)
            load.templated = load.told = at
            agent = self._rules.manager(*split(manager))
            out.append(
                self._documents.action(
                    ident=f"{load.uid or '/'.join(load.key)}:{load.version}:image",
                    at=at,
                    agent=self._rules.agent(agent),
                    type="deploy",
                    name="write of image",
                    about=_subject(load),
                    trigger="rollout",
                    condition=f"field manager {manager or 'unknown'} wrote the image",
                    expected="the pods run the new image and become ready",
                    field="image",
                    before={"image": old},
                    after={"image": new},
                    desired={"image": new},
                    derived=("trigger.kind", "trigger.condition", "agent.kind")
                    + (() if time else ("time",)),
                )
            )
        if not fresh and restarted and restarted != load.restarted_at:
            at = max(lenient(restarted) or moment, load.told + 1)
            load.templated = load.told = at
            out.append(self._rollout_restart(load, at))
        load.images, load.restarted_at = images, restarted
        return out

    def _rollout_restart(self, load: Workload, at: int) -> bytes:
        return self._documents.action(
            ident=f"{load.uid or '/'.join(load.key)}:restarted:{at}",
            at=at,
            agent=self._rules.agent("kubectl-rollout"),
            type="restart",
            name="rollout restart",
            about=_subject(load),
            trigger="manual",
            condition="somebody asked for a rolling restart",
            expected="all pods are replaced one by one",
            derived=("agent.name", "agent.kind", "trigger.kind", "trigger.condition"),
        )

    def _replicas(
        self,
        load: Workload,
        write: Write,
        manager: str,
        *,
        at: int,
        derived: tuple[str, ...],
        said: str,
    ) -> bytes:
        agent = self._rules.agent(write.agent)
        derived = (*derived, "trigger.kind", "agent.kind")
        derived = derived if said else (*derived, "trigger.condition")
        if write.agent != manager:
            derived = (*derived, "agent.name")
        if "mandate" in agent:
            derived = (*derived, "agent.mandate")
        how = "through the scale subresource" if manager.endswith("/scale") else "directly"
        name = split(manager)[0] or "unknown"
        return self._documents.action(
            ident=write.action,
            at=at,
            agent=agent,
            type="scale",
            name="write of replicas",
            about=_subject(load),
            trigger=TRIGGER_OF_AGENT.get(agent["kind"], "unknown"),
            condition=said or f"field manager {name} wrote spec.replicas {how}",
            expected=f"{write.new} replicas run",
            field="replicas",
            before=None if write.old is None else {"replicas": write.old},
            after={"replicas": write.new},
            desired={"replicas": write.new},
            derived=derived,
            ext={"not_before": written(write.low)} if "time" in derived else None,
        )


def _subject(load: Workload) -> Subject:
    kind, namespace, name = load.key
    return Subject(kind, name, namespace, load.uid)
