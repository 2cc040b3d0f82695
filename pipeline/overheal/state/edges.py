"""Which service's trouble leads to which other's, learned from what follows what.

Trouble comes in episodes, and only their starts count. For two services A and B the learner counts
how often an episode of B began within `WITHIN` after one of A, and the other way round, and weighs
four explanations by Bayes' rule:

- *nothing*: both happen at their own rates, so that coincidences are Poisson with the mean that the
  rates give, spread (negative binomial, `SPREAD`) because rates have rhythms;
- *A leads to B*: B follows A with any probability, A follows B by chance;
- *B leads to A*: likewise;
- *a common cause*: they come together, and which comes first is open (beta-binomial, `EITHER`).

The confidence is the posterior of the second. A priori a service has `LEADERS` others that lead to
it. A coincidence that a better candidate shared is not counted: where C leads to A and to B, B
follows A often, but it follows C more reliably, and C was there each time.
"""

from __future__ import annotations

from math import exp, lgamma, log

import msgspec

from overheal.model import MICROSECOND, MINUTE

EPISODE_GAP = 15 * MINUTE
"""Trouble of one service closer together than this is one episode."""

WITHIN = 5 * MINUTE
"""How soon an episode must follow another."""

CROWD = 50
"""Where more services than this are in trouble at once, nothing is learned from it."""

SERVICES_KEPT, PAIRS_KEPT, SHARED_KEPT = 5_000, 20_000, 6
SETTLED = 3
"""Coincidences below which no pair is worth asking about."""

LEADERS, COMMON, SPREAD, EITHER = 0.7, 1.0, 1.5, 3.0
MOST = 0.05
"""No explanation has a higher prior than this, however few services there are."""


class Pair(msgspec.Struct, array_like=True):
    """How often one service followed another, and how often others could explain it as well."""

    count: int = 0
    shared: dict[str, int] = {}


class Episodes(msgspec.Struct, array_like=True):
    """The episodes of one service: how many, when the newest began and was last heard of."""

    count: int = 0
    began_at: int = 0
    last_at: int = 0


class Edge(msgspec.Struct, frozen=True, order=True):
    """Trouble of `leader` leads to trouble of `follower`; `confidence` is a probability."""

    confidence: float
    leader: str
    follower: str
    coincidences: int


class Edges(msgspec.Struct):
    """Learns edges between the services of one environment; times are microseconds UTC.

    Trouble has to be told in the order of time. At most `SERVICES_KEPT` services and `PAIRS_KEPT`
    pairs are remembered, the weakest are forgotten first. `pairs` is by follower, then leader.
    """

    services: dict[str, Episodes] = {}
    pairs: dict[str, dict[str, Pair]] = {}
    recent: list[tuple[int, str]] = []
    since: int = 0
    now: int = 0
    size: int = 0

    def trouble(self, service: str, at: int) -> None:
        """Take one recovery or failure of a service."""
        self.since = self.since or at
        self.now = max(self.now, at)
        episodes = self.services.get(service)
        if episodes is None:
            self._make_room()
            episodes = self.services[service] = Episodes()
        fresh = not episodes.count or at - episodes.last_at >= EPISODE_GAP
        episodes.last_at = at
        if not fresh:
            return
        episodes.count += 1
        episodes.began_at = at
        self.recent = [item for item in self.recent if item[0] >= at - WITHIN]
        before = [item for item in self.recent if item[1] != service]
        self.recent.append((at, service))
        if not before or len(before) > CROWD:
            return
        leaders = [name for _, name in before]
        for began, leader in before:
            self._coincide(leader, service, leaders)
            if at - began < MICROSECOND:
                self._coincide(service, leader, [service])

    def confidence(self, leader: str, follower: str) -> float:
        """Return how sure it is that trouble of `leader` leads to trouble of `follower`."""
        pair = self.pairs.get(follower, {}).get(leader)
        if pair is None or pair.count < SETTLED:
            return 0.0
        ours, back = self._own(leader, follower), self._own(follower, leader)
        first, then = self.services.get(leader), self.services.get(follower)
        if ours < SETTLED or first is None or then is None:
            return 0.0
        by_chance = _chance(ours, self._expected(first, then))
        back_by_chance = _chance(back, self._expected(then, first))
        edge = min(MOST, LEADERS / len(self.services))
        common = min(MOST, COMMON / len(self.services))
        together = min(first.count, then.count, ours + back)
        logs = (
            log(edge) + _any(ours, first.count) + back_by_chance,
            log(edge) + by_chance + _any(back, then.count),
            log(common) - log(1 + together) + _either(ours, back),
            log(1 - 2 * edge - common) + by_chance + back_by_chance,
        )
        highest = max(logs)
        weights = [exp(item - highest) for item in logs]
        return weights[0] / sum(weights)

    def edges(self, at_least: float) -> list[Edge]:
        """Return all edges at least this sure, the surest first."""
        found = [
            Edge(sure, leader, follower, pair.count)
            for follower, leaders in self.pairs.items()
            for leader, pair in leaders.items()
            if (sure := self.confidence(leader, follower)) >= at_least
        ]
        return sorted(found, key=lambda edge: (-edge.confidence, edge.leader, edge.follower))

    def _coincide(self, leader: str, follower: str, others: list[str]) -> None:
        leaders = self.pairs.setdefault(follower, {})
        pair = leaders.get(leader)
        if pair is None:
            if self.size >= PAIRS_KEPT:
                self._forget_weakest()
                leaders = self.pairs.setdefault(follower, {})
            pair = leaders[leader] = Pair()
            self.size += 1
        pair.count += 1
        for other in others:
            if other != leader:
                _note(pair.shared, other)

    def _own(self, leader: str, follower: str) -> int:
        """Return the coincidences that no better candidate explains."""
        leaders = self.pairs.get(follower, {})
        pair = leaders.get(leader)
        if pair is None:
            return 0
        ours = (self._reliable(leader, pair), leader)
        taken = 0
        for name, count in pair.shared.items():
            other = leaders.get(name)
            if other is not None and (self._reliable(name, other), name) > ours:
                taken = max(taken, count)
        return pair.count - taken

    def _reliable(self, leader: str, pair: Pair) -> float:
        """Return how often the follower comes when its leader does, cautious about few."""
        episodes = self.services.get(leader)
        return pair.count / (episodes.count + 2) if episodes is not None else 0.0

    def _expected(self, first: Episodes, then: Episodes) -> float:
        """Return how many of the first's episodes the second's would follow by chance."""
        watched = max(self.now - self.since, WITHIN)
        return max(first.count * then.count * WITHIN / watched, 1e-6)

    def _make_room(self) -> None:
        if len(self.services) < SERVICES_KEPT:
            return
        ranked = sorted(self.services, key=lambda name: self.services[name].last_at)
        for name in ranked[: SERVICES_KEPT // 10]:
            del self.services[name]
            self.pairs.pop(name, None)
        for follower in list(self.pairs):
            kept = {a: pair for a, pair in self.pairs[follower].items() if a in self.services}
            self.pairs[follower] = kept
        self._recount()

    def _forget_weakest(self) -> None:
        ranked = sorted(
            (pair.count, self.services[leader].last_at if leader in self.services else 0, leader, b)
            for b, leaders in self.pairs.items()
            for leader, pair in leaders.items()
        )
        for _, _, leader, follower in ranked[: PAIRS_KEPT // 10]:
            del self.pairs[follower][leader]
        self._recount()

    def _recount(self) -> None:
        self.pairs = {name: leaders for name, leaders in self.pairs.items() if leaders}
        self.size = sum(map(len, self.pairs.values()))


def _note(shared: dict[str, int], name: str) -> None:
    """Count a name among the few most frequent."""
    if name not in shared and len(shared) >= SHARED_KEPT:
        weakest = min(shared, key=lambda item: (shared[item], item))
        if shared[weakest] > 1:
            shared[weakest] -= 1
            return
        del shared[weakest]
    shared[name] = shared.get(name, 0) + 1


def _chance(count: int, expected: float) -> float:
    """Return the log probability of so many coincidences by chance (negative binomial)."""
    share = expected / (expected + SPREAD)
    return (
        lgamma(count + SPREAD)
        - lgamma(SPREAD)
        - lgamma(count + 1)
        + count * log(share)
        + SPREAD * log(1 - share)
    )


def _any(count: int, trials: int) -> float:
    """Return the log probability of so many, where every probability is as likely."""
    return -log(max(trials, count) + 1)


def _either(count: int, back: int) -> float:
    """Return the log probability of this order, where both come from one cause."""
    total = count + back
    return (
        lgamma(total + 1)
        - lgamma(count + 1)
        - lgamma(back + 1)
        + _log_beta(count + EITHER, back + EITHER)
        - _log_beta(EITHER, EITHER)
    )


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)
