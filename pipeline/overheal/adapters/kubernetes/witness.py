"""Events told as they are: another sight of an action, or simply something observed."""

from __future__ import annotations

from overheal.adapters.kubernetes.counters import Reading
from overheal.adapters.kubernetes.documents import Documents, Subject, counted
from overheal.adapters.kubernetes.rules import KubernetesRules
from overheal.adapters.kubernetes.sighting import Sighting


class Witnesses:
    """Turns Events into observations."""

    def __init__(self, documents: Documents, rules: KubernetesRules) -> None:
        self._documents = documents
        self._rules = rules

    def of(
        self, event: Sighting, reading: Reading, action: str, ident: str, kind: str = "change"
    ) -> bytes:
        """Return an Event as an observation, a witness of `action` where that is not empty."""
        return self._documents.observation(
            ident=ident,
            at=event.last,
            kind=kind,
            signal=event.reason or "Event",
            about=subject_of(event),
            status=event.type,
            severity="warning" if event.type == "Warning" else "",
            message=event.message,
            agent=self._rules.agent(event.component) if event.component else None,
            occurrences=counted(reading.count, reading.first_at, event.last),
            witness_of=action,
            derived=("time",) if event.table else (),
            labels=self.labels(event),
        )

    def labels(self, event: Sighting) -> dict[str, str]:
        """Return what an Event says beyond the schema."""
        labels = {"kubernetes.reason": event.reason} if event.reason else {}
        if event.component:
            labels["kubernetes.component"] = event.component
        return labels

    def filled(self, event: Sighting) -> tuple[str, ...]:
        """Return what the adapter filled in because a table's row does not have it."""
        filled = ["time"] if event.table else []
        if event.table and not event.component:
            filled += ["agent.name", "agent.kind"]
        if not event.namespace_known:
            filled.append("target.namespace")
        return tuple(filled)


def subject_of(event: Sighting) -> Subject:
    """Return what an Event is about."""
    return Subject(event.kind, event.object, event.namespace, event.object_uid, event.host)
