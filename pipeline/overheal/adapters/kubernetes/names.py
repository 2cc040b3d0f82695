"""Whose pod is this? Services from labels, owners and the way controllers build names."""

from __future__ import annotations

import re
from typing import Any

from overheal.adapters.kubernetes.memory import Memory
from overheal.adapters.kubernetes.parts import part, parts, text
from overheal.model import HOUR

_SAFE = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of generated suffixes (k8s.io/apimachinery/pkg/util/rand)."""

_OF_REPLICA_SET = re.compile(rf"(.+-(?:[{_SAFE}]{{6,10}}|\d{{8,10}}))-[a-z0-9]{{5}}")
_OF_SET = re.compile(r"(.+)-\d{1,5}")
_OF_GENERATED = re.compile(rf"(.+)-[{_SAFE}]{{5}}")
_TEMPLATE_HASH = re.compile(rf"(.+)-(?:[{_SAFE}]{{6,10}}|\d{{8,10}})")
_JOB_RUN = re.compile(r"(.+)-\d{8,10}")

_ABOVE = {
    "Pod": (
        (_OF_REPLICA_SET, "ReplicaSet"),
        (_OF_GENERATED, "DaemonSet"),
        (_OF_SET, "StatefulSet"),
    ),
    "ReplicaSet": ((_TEMPLATE_HASH, "Deployment"),),
    "Job": ((_JOB_RUN, "CronJob"),),
}
"""How controllers build the names of what they own."""

NOT_SERVICES = frozenset(
    {
        "Node",
        "PersistentVolumeClaim",
        "PersistentVolume",
        "ConfigMap",
        "Secret",
        "Namespace",
        "ResourceQuota",
        "Lease",
        "PodDisruptionBudget",
        "StorageClass",
        "CertificateSigningRequest",
    }
)
"""Kinds that belong to no service by themselves."""

SWARM = 200_000


class Names:
    """Finds the service of an object, remembering owners and labels seen earlier."""

    def __init__(self, labels: tuple[str, ...], cluster: str, forget: int) -> None:
        self._labels = labels
        self._cluster = cluster
        self._owner: Memory[tuple[str, str, str], tuple[str, str]] = Memory(forget, SWARM)
        self._named: Memory[tuple[str, str], str] = Memory(30 * 24 * HOUR, SWARM)

    def own(self, namespace: str, child: tuple[str, str], owner: tuple[str, str], at: int) -> None:
        """Learn that `child` (kind, name) belongs to `owner` (kind, name)."""
        self._owner.put((namespace, *child), owner, at)

    def learn(self, meta: dict[str, Any], kind: str, at: int) -> None:
        """Learn from an object's metadata: its controller, or, for one without, its labels."""
        namespace, name = text(meta, "namespace"), text(meta, "name")
        for reference in parts(meta.get("ownerReferences")):
            if reference.get("controller"):
                owner = (text(reference, "kind"), text(reference, "name"))
                self.own(namespace, (kind, name), owner, at)
        workload = self.workload(namespace, kind, name)[1]
        labels = part(meta, "labels")
        if labels and (namespace, workload) not in self._named:
            chosen = next((text(labels, key) for key in self._labels if text(labels, key)), "")
            if chosen:
                self._named.put((namespace, workload), chosen, at)

    def owner(self, namespace: str, kind: str, name: str, host: str = "") -> tuple[str, str]:
        """Return kind and name of what controls an object; itself where nothing does."""
        known = self._owner.get((namespace, kind, name))
        if known is not None:
            return known
        if kind == "Pod" and host and name.endswith(f"-{host}"):
            return kind, name[: -len(host) - 1]  # a static pod carries its node's name
        for pattern, above in _ABOVE.get(kind, ()):
            found = pattern.fullmatch(name)
            if found:
                return above, found[1]
        return kind, name

    def workload(self, namespace: str, kind: str, name: str, host: str = "") -> tuple[str, str]:
        """Return kind and name of the topmost controller: a pod's Deployment, a Job's CronJob."""
        for _ in range(4):
            above = self.owner(namespace, kind, name, host)
            if above == (kind, name):
                break
            kind, name = above
            if kind == "DaemonSet":  # a guess by the suffix alone: it may be a Job's pod
                found = _JOB_RUN.fullmatch(name)
                name = found[1] if found else name
        return kind, name

    def scope(self, namespace: str) -> str:
        """Return the scope of a namespace, or of the cluster itself."""
        if not namespace:
            return self._cluster or "cluster"
        return f"{self._cluster}/{namespace}" if self._cluster else namespace

    def service(self, namespace: str, kind: str, name: str, host: str = "") -> str:
        """Return the service of an object, empty where it belongs to none.

        >>> names = Names((), "", HOUR)
        >>> names.service("shop", "Pod", "ledger-dd7c956cc-7gskv")
        'shop/ledger'
        """
        if not namespace or not name or kind in NOT_SERVICES:
            return ""
        workload = self.workload(namespace, kind, name, host)[1]
        return f"{self.scope(namespace)}/{self._named.get((namespace, workload)) or workload}"
