"""What a new reading of an Event becomes: an action, an observation or another's witness."""

from __future__ import annotations

import hashlib
import re

from overheal.adapters.kubernetes.counters import Reading
from overheal.adapters.kubernetes.documents import Documents, counted
from overheal.adapters.kubernetes.nodes import Nodes
from overheal.adapters.kubernetes.reasons import FAILING, REFUSED, TOOLS
from overheal.adapters.kubernetes.replacement import Replacements
from overheal.adapters.kubernetes.restarts import Restarts
from overheal.adapters.kubernetes.rule import OBSERVED, Rule
from overheal.adapters.kubernetes.rules import KubernetesRules
from overheal.adapters.kubernetes.scaling import Scaling
from overheal.adapters.kubernetes.sighting import Sighting
from overheal.adapters.kubernetes.witness import Witnesses, subject_of
from overheal.model import HOUR

_POD = re.compile(r'\b(pods?) "[^"]*"')
_TAIL = re.compile(r":? ?\(?\"?rpc error.*", re.DOTALL)
_VARIES = re.compile(r"\b(?:\d+(?:\.\d+)?(?:ms|s|m|h)|[0-9a-f]{12,}|\d+(?:\.\d+){3}(?::\d+)?)\b")
_USED = re.compile(r"(used: ?)[^,]*(?:, ?[\w./-]+=[^,]*)*?(?=, limited|$)")
_FAILING = re.compile(FAILING)
_REFUSED = re.compile(REFUSED)
_ENDS_A_POD = frozenset({"restart", "replace", "evict", "reschedule"})


class Events:
    """Applies the rules to readings of Events."""

    def __init__(
        self,
        *,
        documents: Documents,
        witnesses: Witnesses,
        rules: KubernetesRules,
        nodes: Nodes,
        restarts: Restarts,
        replacements: Replacements,
        scaling: Scaling,
    ) -> None:
        self._documents = documents
        self._witnesses = witnesses
        self._rules = rules
        self._nodes = nodes
        self._restarts = restarts
        self._replacements = replacements
        self._scaling = scaling

    def read(self, event: Sighting, reading: Reading) -> list[bytes] | str:
        """Return the documents of a reading, or why it has none."""
        rule = self._rules.rule(event)
        ident = identity(event, reading.total, reading.twin)
        if event.reason == "SuccessfulDelete":
            self._replacements.deleted(event)
        if rule.context:
            found = self._in_context(event, reading, rule, ident)
            if found is not None:
                return found
        elif rule.becomes not in OBSERVED:
            return [self._acted(event, reading, rule, ident)]
        kind = rule.becomes if rule.becomes in OBSERVED else "change"
        witnessed = ""
        if event.reason in ("Created", "Pulled") and kind == "change":
            witnessed = self._restarts.latest(event)
        return [self._witnesses.of(event, reading, witnessed, ident, kind)]

    def _in_context(
        self, event: Sighting, reading: Reading, rule: Rule, ident: str
    ) -> list[bytes] | str | None:
        """Ask the part that knows what came before; None where the message is not for it."""
        found: list[bytes] | str | None = None
        match rule.context:
            case "rescale":
                found = self._scaling.rescaled(event, reading, ident)
            case "scaling":
                found = self._scaling.stepped(event, reading, ident)
            case "create":
                found = self._replacements.created(event, reading, rule, ident)
            case "place":
                found = self._replacements.placed(event, reading, ident)
            case "node":
                found = self._nodes.event(event, reading)
            case "restart" | "started":
                kill = rule.context == "restart"
                tell = self._restarts.killed if kill else self._restarts.started
                found = tell(event, reading, rule)
                if isinstance(found, str):
                    found = [self._witnesses.of(event, reading, found, ident)]
        return found

    def _acted(self, event: Sighting, reading: Reading, rule: Rule, ident: str) -> bytes:
        """Return the action that an Event tells of by itself."""
        tool = rule in TOOLS
        failed = rule.outcome == "failed" or (tool and _REFUSED.search(event.message) is not None)
        trigger = rule.trigger
        if tool and _FAILING.search(f"{event.reason} {event.message}"):
            trigger = "failure"
        if rule.becomes in _ENDS_A_POD and event.kind == "Pod" and not failed:
            self._replacements.ended(event.namespace, event.object, event.last, ident, event.host)
        filled = ("action.type", "agent.kind", "trigger.kind", *self._witnesses.filled(event))
        return self._documents.action(
            ident=ident,
            at=event.last,
            agent=self._agent(event, rule),
            type=rule.becomes,
            name=event.reason,
            about=subject_of(event),
            trigger=trigger,
            condition=condition_of(event, failed=rule.outcome == "failed"),
            expected=rule.expected,
            outcome="failed" if failed else rule.outcome,
            detail=event.message if failed else "",
            occurrences=counted(reading.count, reading.first_at, event.last),
            derived=filled,
            labels=self._witnesses.labels(event),
        )

    def _agent(self, event: Sighting, rule: Rule) -> dict[str, str]:
        """Return who acts; a table's row does not say: then the rule's first component."""
        name = event.component
        if not name:
            name = rule.components[0] if rule.components else f"writer-of-{event.reason}"
        agent = self._rules.agent(name)
        if event.instance:
            agent["instance"] = event.instance
        return agent


def condition_of(event: Sighting, *, failed: bool) -> str:
    """Return why, in words that stay the same when the same attempt is repeated.

    >>> event = Sighting(reason="FailedCreate", object="r-696dfc6747", kind="ReplicaSet", message=
    ...     'pods "r-696dfc6747-nzvks" is forbidden: exceeded quota: few, used: pods=2, limited: 2')
    >>> condition_of(event, failed=True)
    'FailedCreate: pods … is forbidden: exceeded quota: few, used: …, limited: 2'
    """
    if not failed:
        return event.message or event.reason
    message = _TAIL.sub("", event.message)
    message = _POD.sub(r"\1 …", message)
    message = _USED.sub(r"\1…", message)
    message = _VARIES.sub("…", message)
    if event.kind == "Pod" and event.object:
        message = message.replace(event.object, "…")
    return f"{event.reason}: {message}"


def identity(event: Sighting, total: int, twin: int = 0) -> str:
    """Return the id of the reading that brings an Event's counter to `total`.

    The same for every file that shows it: from uid or name; else from content and hour, and which
    of the rows that look alike it is.
    """
    if event.uid:
        return f"{event.uid}:{total}"
    parts = (event.namespace, event.kind, event.object, event.reason)
    if event.name:
        content = "\0".join((*parts, event.name))
    else:
        hour = (event.last - event.spread // 2) // HOUR
        content = "\0".join((*parts, event.message, str(hour), str(twin or "")))
    return f"{hashlib.blake2b(content.encode(), digest_size=12).hexdigest()}:{total}"
