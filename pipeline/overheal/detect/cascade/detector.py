"""The detector: links each action to what led to it, and follows the chains that result."""

from __future__ import annotations

import msgspec

from overheal.detect.base import Context, Documentation, FleetDetector, State
from overheal.detect.cascade.chain import Chain, directly, through
from overheal.detect.cascade.settings import LONGEST, CascadeSettings, grounds
from overheal.detect.cascade.steps import CLOCKS, MOVED, Step, Steps, step_of
from overheal.model import FELT, HEARTBEAT, HOUR, MICROSECOND, Activity, Finding
from overheal.state.edges import CROWD, Edges
from overheal.state.memory import RecentKeys
from overheal.state.words import clock, listed, percent


class CascadeState(State):
    """Steps, chains by their root's key, when users felt what, and edges by environment."""

    steps: Steps = msgspec.field(default_factory=Steps)
    chains: dict[str, Chain] = msgspec.field(default_factory=dict)
    about: dict[str, str] = msgspec.field(default_factory=dict)
    felt: RecentKeys = msgspec.field(default_factory=lambda: RecentKeys(HOUR))
    edges: dict[str, Edges] = msgspec.field(default_factory=dict)


class Cascade(FleetDetector[CascadeSettings, CascadeState]):
    """Follows what actions lead to, by what they declare, what owners say, and what was learned."""

    name = "cascade"
    settings_type = CascadeSettings
    state_type = CascadeState
    documentation = Documentation(
        question="Did one action set off a chain of others across services?",
        opens="A finding opens when a chain of actions, each led to by the one before, reaches "
        "`depth` services.",
        escalates="It becomes critical at `critical_depth` services, or when users feel one of "
        "the services in it.",
        resolves="It resolves when nothing has joined the chain for `quiet_minutes`.",
        identity="Two findings are the same when they have the same root action and opened with "
        "the same action that made the chain deep enough.",
        blind_to="It does not see links through observations that users do not feel, causes of "
        "more than two hours ago, followers in the same second that declare no cause, learned "
        "edges of services for which the catalog states dependencies, and what lies deeper than "
        f"{LONGEST} services.",
    )

    def on_activity(self, state: CascadeState, activity: Activity, context: Context) -> None:
        """Take what one agent did to one target in one second."""
        if activity.felt:
            self._feel(state, activity, context)
        if activity.type in (FELT, HEARTBEAT):
            return
        names, now, steps = (*activity.ids, *activity.events), activity.second, state.steps
        steps.forget_young(now)
        known = steps.of(activity.ids)
        if known:
            step = known[0]
            steps.name(names, step.key, now)
            if not step.parent and activity.causes:
                self._adopt(state, step, steps.of(activity.causes), now, context)
        else:
            step = step_of(activity)
            self._begin(state, step, context)
            steps.name(names, step.key, now)
            steps.grow(step, now)
            if step.trouble and step.service and step.what not in MOVED:
                self._edges(state, step.environment).trouble(step.service, now)
        for orphan in steps.orphans(names, now):
            if orphan.key != step.key:
                self._adopt(state, orphan, [step], now, context)

    def on_alarm(self, state: CascadeState, key: str, now: int, context: Context) -> None:
        """Forget a chain that nothing has joined for long; resolve its finding."""
        chain, quiet = state.chains[key], self.settings("", "").quiet
        if chain.last_at + quiet > now:
            state.alarms.set(key, chain.last_at + quiet)
            return
        if chain.finding:
            self.close(state, chain.finding, chain.last_at + quiet, context)
            del state.about[chain.finding]
        del state.chains[key]

    def describe(self, state: CascadeState, finding: Finding) -> None:
        """Name the root, how deep and how far it went, and which links are only inferred."""
        chain = state.chains[state.about[finding.id]]
        root, path = chain.root, [step.service for step in chain.deepest]
        inferred = [(a, b, sure) for a, b, via, sure in chain.links if via == "inferred"]
        finding.title = root.place
        finding.evidence |= chain.evidence()
        felt = f" Users feel {chain.felt}." if chain.felt else ""
        learned = ""
        if inferred:
            shown = [f"{a} to {b} ({percent(sure)} sure)" for a, b, sure in inferred[:3]]
            learned = f" Inferred, not declared: {listed(shown)}."
        finding.summary = (
            f"{root.agent} set off a chain with {root.what} of {root.place} at {clock(root.at)}: "
            f"it went {len(path)} services deep ({' → '.join(path[:8])}) and reached "
            f"{len(chain.reached)}.{felt}{learned}"
        )
        finding.next_step = (
            f"Start at the root: find out why {root.agent} did {root.what} of {root.place}, and "
            "stop what follows from it before its consequences are repaired one by one."
        )

    def reaches(
        self, state: CascadeState, finding: Finding
    ) -> dict[tuple[str, str], tuple[int, int]]:
        """Return (environment, service) → first and last moment (microseconds UTC) it reached."""
        key = state.about.get(finding.id)
        if key is None:
            return {}
        chain = state.chains[key]
        return {(finding.environment, name): span for name, span in chain.reached.items()}

    def _begin(self, state: CascadeState, step: Step, context: Context) -> None:
        """Link a new step to what led to it, if anything did."""
        steps, via = state.steps, "declared"
        found = [(one, 1.0) for one in steps.of(step.causes)] if step.causes else []
        if not found:
            if step.causes:
                steps.wait(step)
            if step.trouble and step.service and not step.human and step.what not in MOVED:
                needs = context.owners.needs(step.service)
                found, via = self._near(state, step, needs), "catalog" if needs else "inferred"
        parent = None
        if found:
            found = [item for item in found if item[0].environment == step.environment]
        if found:
            parent, step.sure = max(found, key=lambda it: (len(it[0].line), it[0].at, it[0].key))
            step.via = via
        self._settle(state, step, parent, context)
        if step.service and step.what not in MOVED:
            steps.newest(step)

    def _near(
        self, state: CascadeState, step: Step, needs: frozenset[str]
    ) -> list[tuple[Step, float]]:
        """Return what happened shortly before to what a service needs, or seems to need."""
        edges, settings = self._edges(state, step.environment), self.settings("", "")
        names = needs
        if not needs and len(edges.recent) <= CROWD:
            early = step.at - settings.within
            names = frozenset(edges.names.get(n, "") for at, n in edges.recent if at >= early)
        near: list[tuple[str, Step]] = []
        for name in sorted(names - {"", step.service}):
            one = state.steps.latest_of(step.environment, name)
            if one is None or not MICROSECOND <= step.at - one.at <= settings.within:
                continue
            if one.service == step.service or not set(one.causes).isdisjoint(step.causes):
                continue
            near.append((name, one))
        if needs or not near:
            return [(one, 1.0) for _, one in near]
        sure = edges.leaders([name for name, _ in near], step.service, settings.confidence)
        return [(one, sure[name]) for name, one in near if name in sure]

    def _adopt(
        self, state: CascadeState, step: Step, causes: list[Step], now: int, context: Context
    ) -> None:
        """Put a root under a cause that became known after it, with what already follows it."""
        chain = state.chains.get(step.key)
        found = [one for one in causes if one.root != step.key]
        found = [one for one in found if one.environment == step.environment]
        if not found or (chain is not None and chain.finding):
            return
        step.via = "declared"
        self._settle(state, step, max(found, key=lambda one: (len(one.line), one.at)), context)
        for later in state.steps.following(step, now - CLOCKS):
            self._settle(state, later, state.steps.known.get(later.parent), context)

    def _settle(
        self, state: CascadeState, step: Step, parent: Step | None, context: Context
    ) -> None:
        """Give a step its place, and its chain one more link where that leaves one service."""
        steps = state.steps
        steps.place(step, parent)
        steps.keep(step, step.at)
        if parent is None:
            return
        line = [one for key in step.line if (one := steps.known.get(key)) is not None]
        chain = state.chains.get(step.root)
        if chain is None and len(line) < 2:
            return
        if chain is None:
            root = steps.known.get(step.root) or line[0]
            chain = state.chains[step.root] = Chain(root, step.at)
            state.alarms.set(step.root, step.at + self.settings("", "").quiet)
            earlier = dict.fromkeys((root.key, *(one.key for one in line)))
            for key in earlier:
                one = steps.known.get(key)
                if one is not None and key != step.key:
                    chain.add(one, steps.known.get(one.parent), [])
        chain.add(step, parent, line)
        self._judge(state, chain, step, context)

    def _judge(self, state: CascadeState, chain: Chain, step: Step, context: Context) -> None:
        """Open a finding about a chain that is deep enough, or let an open one grow."""
        settings = self.settings("", "")
        if chain.finding:
            finding = context.book.findings[chain.finding]
            chain.feels(state.felt, {step.service} & chain.reached.keys())
        elif chain.depth >= settings.depth:
            finding = context.book.open(
                self.name,
                f"{chain.root.environment}\0{chain.root.key}",
                step.key,
                environment=chain.root.environment,
                first_at=chain.root.at,
                at=step.at,
            )
            chain.finding = finding.id
            state.about[finding.id] = chain.root.key
            chain.feels(state.felt, chain.reached)
            finding.evidence |= chain.evidence()
        else:
            return
        context.book.join(finding, chain.members(), step.at)
        finding.count = chain.count
        context.judge(finding, lambda: grounds(chain.depth, chain.felt, settings), step.at)

    def _feel(self, state: CascadeState, activity: Activity, context: Context) -> None:
        """Note that users felt a service, and with it what it needs; judge again who has it."""
        itself = directly(activity.environment, activity.service)
        state.felt.put(itself, activity.second, activity.second)
        names = {activity.service, *context.owners.needs(activity.service)}
        for name in names:
            state.felt.put(through(activity.environment, name), activity.second, activity.second)
        settings = self.settings("", "")
        for chain in state.chains.values():
            if not chain.finding or chain.felt or chain.root.environment != activity.environment:
                continue
            chain.feels(state.felt, chain.among(names))
            if chain.felt:
                context.book.touch(chain.finding)
                ours = grounds(chain.depth, chain.felt, settings)
                finding = context.book.findings[chain.finding]
                context.judge(finding, lambda ours=ours: ours, activity.second)

    @staticmethod
    def _edges(state: CascadeState, environment: str) -> Edges:
        found = state.edges.get(environment)
        if found is None:
            found = state.edges[environment] = Edges()
        return found
