"""Which service's trouble leads to which other's, learned from what follows what.

Trouble comes in episodes, and only their starts count. What remains of an episode of B is which
others had begun `WITHIN` before it. B's episodes are explained as those of a self-exciting process
(Hawkes 1971, "Spectra of some self-exciting and mutually exciting point processes"): a rate of its
own, and for each leader A the probability that an episode of A brings one of B, found by
expectation and maximisation (Marsan & Lengliné 2008, "Extending earthquakes' reach through
cascading"). So one episode of B has one cause, and where C leads to A and to B, A explains nothing
that C does not explain.

What A adds is the ratio of likelihoods with and without it, integrated over A's probability
(Laplace). Four explanations are weighed by Bayes' rule: that A leads to B, that B leads to A, that
something unseen leads to both (then either may come first: beta-binomial, `EITHER`), and nothing.
The confidence is the posterior of the first; a priori a service has `LEADERS` leaders.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, lgamma, log, pi
from typing import NamedTuple

import msgspec

from overheal.model import MICROSECOND, MINUTE

EPISODE_GAP = 15 * MINUTE
"""Trouble of one service closer together than this is one episode."""

WITHIN = 5 * MINUTE
"""How soon an episode must follow another."""

CROWD = 30
"""Where more services than this are in trouble at once, nothing is learned from it."""

SERVICES_KEPT, NOTES_KEPT, HEARD_KEPT, NEAREST = 5_000, 50_000, 100, 8
SEVERAL = 3
"""Coincidences below which a leader is chance."""

LEADERS, COMMON, EITHER = 0.7, 0.7, 3.0
MOST = 0.1
"""No explanation has a higher prior than this, however few services there are."""

PLAIN = 2.0
"""Times as many coincidences as by chance, below which a leader is not considered."""

ROUNDS = 20
"""Of expectation and maximisation."""

TEMPER = 0.35
"""By which evidence is multiplied: episodes are less independent than the model has them. It is
what brings confidence and share right together on the fleets that `benchmarks/edges.py` names as
seen in tuning.
"""


class Episodes(msgspec.Struct, array_like=True):
    """The episodes of one service, `number` for short.

    `heard` are those that began after others', as the numbers of these; `alone` counts the others.
    """

    number: int
    since: int
    count: int = 0
    last_at: int = 0
    alone: int = 0
    heard: list[list[int]] = []


class Edge(msgspec.Struct, frozen=True, order=True):
    """Trouble of `leader` leads to trouble of `follower`; `confidence` is a probability."""

    confidence: float
    leader: str
    follower: str


class Said(msgspec.Struct, frozen=True):
    """What a leader adds: a log ratio of (tempered) evidence, and the episodes it brought."""

    evidence: float = 0.0
    brought: float = 0.0


class Explained(NamedTuple):
    """The episodes that leaders had, and what the best explanation says that each brought."""

    trials: dict[int, float]
    likely: float
    brought: dict[int, float]


class Edges(msgspec.Struct):
    """Learns edges between the services of one environment; times are microseconds UTC.

    Trouble has to be told in the order of time. At most `SERVICES_KEPT` services are remembered,
    and of their episodes what `NOTES_KEPT` numbers hold; what is oldest is forgotten first. Of the
    `recent` episodes so many are kept as make a crowd, in which nobody is heard.
    """

    services: dict[str, Episodes] = {}
    names: dict[int, str] = {}
    recent: list[tuple[int, int]] = []
    since: int = 0
    now: int = 0
    numbers: int = 0
    notes: int = 0

    def trouble(self, service: str, at: int) -> None:
        """Take one recovery or failure of a service."""
        self.since = self.since or at
        self.now = max(self.now, at)
        found = self.services.get(service)
        if found is None:
            self._make_room()
            self.numbers += 1
            found = self.services[service] = Episodes(self.numbers, at)
            self.names[self.numbers] = service
        fresh = not found.count or at - found.last_at >= EPISODE_GAP
        found.last_at = at
        if not fresh:
            return
        found.count += 1
        self.recent = [item for item in self.recent if item[0] >= at - WITHIN]
        before = [number for _, number in self.recent if number != found.number]
        self.recent.append((at, found.number))
        del self.recent[: -CROWD - 1]
        if 0 < len(before) <= CROWD:
            self._hear(found, before[-NEAREST:])
            self._hear_together(found, at)
        else:
            found.alone += 1

    def confidence(self, leader: str, follower: str) -> float:
        """Return how sure it is that trouble of `leader` leads to trouble of `follower`."""
        first, then = self.services.get(leader), self.services.get(follower)
        if first is None or then is None or not _often(first.number, then):
            return 0.0
        return self._sure(first, then, self._explained(then))

    def leaders(self, names: Iterable[str], follower: str, at_least: float) -> dict[str, float]:
        """Return those of `names` whose trouble leads to that of `follower`, this sure at least."""
        then, found = self.services.get(follower), {}
        if then is None:
            return {}
        explained: Explained | None = None
        for name in names:
            first = self.services.get(name)
            if first is not None and _often(first.number, then):
                explained = explained or self._explained(then)
                sure = self._sure(first, then, explained)
                if sure >= at_least:
                    found[name] = sure
        return found

    def _sure(self, first: Episodes, then: Episodes, explained: Explained) -> float:
        if explained.brought.get(first.number, 0.0) < SEVERAL - 0.5:
            return 0.0
        ours = self._leads(first, then, explained)
        back = self._leads(then, first, self._explained(first))
        count = len(self.services)
        edge, common = min(MOST, LEADERS / count), min(MOST, COMMON / count)
        logs = (
            log(edge) + ours.evidence,
            log(edge) + back.evidence,
            log(common) + _common(ours, back),
            log(1 - 2 * edge - common),
        )
        highest = max(logs)
        weights = [exp(item - highest) for item in logs]
        return weights[0] / sum(weights)

    def edges(self, at_least: float) -> list[Edge]:
        """Return all edges at least this sure (and more than 0), the surest first."""
        found = []
        for follower, episodes in self.services.items():
            for number in sorted({number for heard in episodes.heard for number in heard}):
                leader = self.names.get(number)
                sure = self.confidence(leader, follower) if leader is not None else 0.0
                if leader is not None and sure >= max(at_least, 1e-9):
                    found.append(Edge(sure, leader, follower))
        return sorted(found, key=lambda edge: (-edge.confidence, edge.leader, edge.follower))

    def _hear(self, found: Episodes, before: list[int]) -> None:
        found.heard.append(before)
        self.notes += len(before)
        if len(found.heard) > HEARD_KEPT:
            oldest = found.heard.pop(0)
            self.notes -= len(oldest)
            share = 1 - 1 / HEARD_KEPT
            found.alone = round(found.alone * share)
            found.since += int((self.now - found.since) * (1 - share))
        if self.notes > NOTES_KEPT:
            self._forget(NOTES_KEPT - NOTES_KEPT // 10)

    def _hear_together(self, found: Episodes, at: int) -> None:
        """Of what begins in the same second either may have come first."""
        same = {number for began, number in self.recent if at - began < MICROSECOND}
        same.discard(found.number)
        if not same:
            return
        for number in sorted(same & self.names.keys()):
            other = self.services[self.names[number]]
            other.alone = max(0, other.alone - 1)
            self._hear(other, [found.number])

    def _explained(self, then: Episodes) -> Explained:
        """Return the best explanation of a service's episodes, by all that they often followed."""
        trials = self._trials(then)
        if not trials:
            return Explained(trials, 0.0, {})
        return Explained(trials, *_fit(then, trials, self._watched(then), 0))

    def _leads(self, first: Episodes, then: Episodes, explained: Explained) -> Said:
        """Return what `first` adds to the explanation of `then`."""
        trials = explained.trials
        if first.number not in trials:
            return Said()
        chance, _ = _fit(then, trials, self._watched(then), first.number)
        k, n = explained.brought.get(first.number, 0.0), trials[first.number]
        width = 0.5 * log(2 * pi * max(k, 0.2)) - log(max(n, k))
        return Said(TEMPER * (explained.likely - chance + width), k)

    def _trials(self, then: Episodes) -> dict[int, float]:
        """Return for each that `then` followed often how many episodes it had meanwhile.

        Often is `SEVERAL` times, and `PLAIN` times as often as by chance.
        """
        often: dict[int, int] = {}
        for heard in then.heard:
            for number in heard:
                often[number] = often.get(number, 0) + 1
        watched, trials = self._watched(then), {}
        by_chance = (len(then.heard) + then.alone) * WITHIN / watched
        for number, count in often.items():
            if count >= SEVERAL and number in self.names:
                other = self.services[self.names[number]]
                share = min(1.0, watched / max(self.now - other.since, 1))
                if count >= PLAIN * by_chance * other.count * share:
                    trials[number] = max(other.count * share, float(count))
        return trials

    def _watched(self, then: Episodes) -> int:
        """Return for how long the episodes that are remembered of it were watched."""
        full = len(then.heard) >= HEARD_KEPT
        return max(self.now - (then.since if full else self.since), 2 * WITHIN)

    def _make_room(self) -> None:
        if len(self.services) >= SERVICES_KEPT:
            ranked = sorted(self.services, key=lambda name: self.services[name].last_at)
            for name in ranked[: SERVICES_KEPT // 10]:
                gone = self.services.pop(name)
                del self.names[gone.number]
                self.notes -= sum(map(len, gone.heard))

    def _forget(self, wanted: int) -> None:
        """Forget the episodes of those that were longest without trouble."""
        for name in sorted(self.services, key=lambda name: self.services[name].last_at):
            if self.notes <= wanted:
                return
            found = self.services[name]
            self.notes -= sum(map(len, found.heard))
            found.heard, found.alone, found.since = [], 0, self.now


def _often(number: int, then: Episodes) -> bool:
    return sum([number in heard for heard in then.heard]) >= SEVERAL


def _fit(
    then: Episodes, trials: dict[int, float], watched: int, left_out: int
) -> tuple[float, dict[int, float]]:
    """Return the log likelihood of the best explanation, and what each leader brought.

    Rates are per `WITHIN`; `left_out` must not explain anything.
    """
    spans = watched / WITHIN
    sets: dict[tuple[int, ...], int] = {}
    for heard in then.heard:
        key = tuple(sorted({a for a in heard if a in trials and a != left_out}))
        sets[key] = sets.get(key, 0) + 1
    alone = sets.pop((), 0) + then.alone
    chance = {a: 0.3 for numbers in sets for a in numbers}
    own, brought, likely = (len(then.heard) + then.alone) / spans, dict.fromkeys(chance, 0.0), 0.0
    for _ in range(ROUNDS):
        brought, by_itself = dict.fromkeys(chance, 0.0), float(alone)
        likely = alone * log(own) - own * spans - sum([chance[a] * trials[a] for a in chance])
        for numbers, times in sets.items():
            total = own + sum([chance[a] for a in numbers])
            likely += times * log(total)
            by_itself += times * own / total
            for a in numbers:
                brought[a] += times * chance[a] / total
        own = max(by_itself, 0.5) / spans
        chance = {a: brought[a] / trials[a] for a in chance}
    return likely, brought


def _common(ours: Said, back: Said) -> float:
    """Return the log evidence that both come from something unseen, so that either may be first."""
    k, b = ours.brought, back.brought
    together = max(ours.evidence, 0.0) + max(back.evidence, 0.0)
    order = (
        lgamma(k + b + 1)
        - lgamma(k + 1)
        - lgamma(b + 1)
        + _log_beta(k + EITHER, b + EITHER)
        - _log_beta(EITHER, EITHER)
    )
    return together + order


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)
