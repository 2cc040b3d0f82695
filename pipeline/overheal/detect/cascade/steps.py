"""What is remembered of actions so that a later one can be linked to them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from heapq import heapify, heappop, heappush

import msgspec

from overheal.detect.cascade.settings import LONGEST
from overheal.model import HOUR, MICROSECOND, MINUTE, Activity
from overheal.state.memory import Recent

KEPT = 2 * HOUR
"""An action is remembered for at least this long as a possible cause."""

LATEST_KEPT = 15 * MINUTE
"""The newest action of a service is known as such for at least this long."""

NAMES_KEPT = 25_000
"""Beyond this many in less time, older ones are forgotten earlier."""

CLOCKS = 5 * MICROSECOND
"""By how much a cause may be stamped later than what it led to."""

MOVED = frozenset({"reschedule", "evict", "drain"})
"""Actions on where things run: what these have in common is a node, not a dependency."""

PLANNED = frozenset({"schedule", "rollout"})


class Step(msgspec.Struct, gc=False, array_like=True):
    """What one agent did to one target in one second, as a link of a chain.

    `line` are the keys of the steps that count, from the root to this one where it counts itself.
    `via` says how it is linked to its parent: `declared`, `catalog` or `inferred`, the last with
    the confidence `sure`.
    """

    key: str
    at: int
    agent: str
    service: str
    environment: str
    what: str
    target: str
    outcome: str = ""
    trouble: bool = False
    planned: bool = False
    human: bool = False
    causes: tuple[str, ...] = ()
    root: str = ""
    parent: str = ""
    via: str = ""
    sure: float = 1.0
    line: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The service, or the target where it belongs to none."""
        return self.service or self.target


class Steps(msgspec.Struct, dict=True):
    """The steps by key, which id (of an action or event) belongs to which, and who waits for one.

    `latest` is the newest step of each service, by environment and full or short name; `young` are
    the keys of the last seconds, which may still turn out to have a cause.
    """

    known: Recent[Step] = msgspec.field(default_factory=lambda: Recent(KEPT, most=NAMES_KEPT))
    named: Recent[str] = msgspec.field(default_factory=lambda: Recent(KEPT, most=NAMES_KEPT))
    latest: Recent[str] = msgspec.field(
        default_factory=lambda: Recent(LATEST_KEPT, most=NAMES_KEPT)
    )
    awaited: Recent[list[str]] = msgspec.field(
        default_factory=lambda: Recent(MINUTE, most=NAMES_KEPT)
    )
    young: list[tuple[int, str]] = msgspec.field(default_factory=list)

    @cached_property
    def _places(self) -> dict[str, int]:
        """Where each step stands among the young; not saved."""
        return {key: place for place, (_, key) in enumerate(self.young)}

    @cached_property
    def _followers(self) -> dict[str, dict[str, None]]:
        """The young steps that follow each; not saved."""
        found: dict[str, dict[str, None]] = {}
        for _, key in self.young:
            step = self.known.get(key)
            if step is not None and step.parent:
                found.setdefault(step.parent, {})[key] = None
        return found

    def grow(self, step: Step, now: int) -> None:
        """Take a new step, which may still turn out to have a cause."""
        self._places[step.key] = len(self.young)
        if step.parent:
            self._followers.setdefault(step.parent, {})[step.key] = None
        self.young.append((now, step.key))

    def following(self, step: Step, since: int) -> Iterator[Step]:
        """Yield the young steps from `since` on that follow one, in the order in which they came.

        What came before the one that it follows is left out, except where that is `step`.
        """
        places, followers = self._places, self._followers
        heap = [(places[key], key) for key in followers.get(step.key, ())]
        heapify(heap)
        while heap:
            place, key = heappop(heap)
            later = self.known.get(key)
            if later is not None and later.at >= since:
                yield later
                for one in followers.get(key, ()):
                    if places[one] > place:
                        heappush(heap, (places[one], one))

    def of(self, names: tuple[str, ...]) -> list[Step]:
        """Return the steps that these ids belong to, each once."""
        if not names:
            return []
        if len(names) == 1:
            step = self.known.get(self.named.get(names[0]) or "")
            return [] if step is None else [step]
        keys = dict.fromkeys(key for name in names if (key := self.named.get(name)) is not None)
        return [step for key in keys if (step := self.known.get(key)) is not None]

    def name(self, names: tuple[str, ...], key: str, now: int) -> None:
        """Let ids stand for a step."""
        for name in names:
            self.named.put(name, key, now)

    def keep(self, step: Step, now: int) -> None:
        """Remember a step, and go on remembering those of its line."""
        self.known.put(step.key, step, now)
        if not step.parent:
            return
        for key in (step.root, *step.line):
            self.known.refresh(key, now)

    def newest(self, step: Step) -> None:
        """Let a step be the newest of its service."""
        service, latest, home = step.service, self.latest, step.environment
        if "/" in service:
            latest.put(f"{home}\0{service.rpartition('/')[2]}", step.key, step.at)
        latest.put(f"{home}\0{service}", step.key, step.at)

    def latest_of(self, environment: str, service: str) -> Step | None:
        """Return the newest step of a service, by its full or short name."""
        key = self.latest.get(f"{environment}\0{service}")
        return None if key is None else self.known.get(key)

    def place(self, step: Step, parent: Step | None) -> None:
        """Put a step under its parent, or at the root.

        It counts where it adds a service and is a recovery, or the action of an agent that is new
        to the chain and follows no plan: what one agent rolls out over services is no chain.
        """
        if step.key in self._places:
            self._refer(step, "" if parent is None else parent.key)
        if parent is None:
            step.root, step.parent, step.line = step.key, "", (step.key,) if step.service else ()
            return
        line = [one for key in parent.line if (one := self.known.get(key))]
        agents = {one.agent for one in line} | {parent.agent}
        answers = step.trouble or (step.agent not in agents and not step.planned)
        adds = step.service not in {"", *(one.service for one in line)} and len(line) < LONGEST
        counts = adds and answers and not step.human
        step.root, step.parent = parent.root, parent.key
        step.line = (*(one.key for one in line), *((step.key,) if counts else ()))

    def _refer(self, step: Step, parent: str) -> None:
        """Let a young step follow another than before."""
        self._followers.get(step.parent, {}).pop(step.key, None)
        if parent:
            self._followers.setdefault(parent, {})[step.key] = None

    def orphans(self, names: tuple[str, ...], now: int) -> list[Step]:
        """Return the young steps that waited for a cause of one of these names."""
        if not self.awaited:
            return []
        keys = [key for name in names for key in self.awaited.get(name) or ()]
        found = [step for key in dict.fromkeys(keys) if (step := self.known.get(key)) is not None]
        return [step for step in found if not step.parent and step.at >= now - CLOCKS]

    def wait(self, step: Step) -> None:
        """Let a step wait for the causes that nobody knows yet."""
        for cause in step.causes:
            if self.named.get(cause) is None:
                self.awaited.put(cause, [*(self.awaited.get(cause) or ()), step.key], step.at)

    def forget_young(self, now: int) -> None:
        """Forget who can have no later cause any more."""
        if self.young and self.young[0][0] < now - CLOCKS:
            self.young = [item for item in self.young if item[0] >= now - CLOCKS]
            vars(self).clear()


def step_of(activity: Activity) -> Step:
    """Return an activity as a step that has no cause yet."""
    failed = activity.trigger == "failure" and not activity.disowned
    return Step(
        key=activity.first[1],
        at=activity.second,
        agent=activity.agent,
        service=activity.service,
        environment=activity.environment,
        what=activity.type,
        target=str(activity.target),
        outcome=activity.outcome,
        trouble=activity.recovery or failed,
        planned=activity.trigger in PLANNED,
        human=activity.agent_kind == "human",
        causes=activity.causes,
    )
