"""The fleet stage: agents that used to report, and do not any more."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec

from overheal.detect.base import Context, Documentation, FleetDetector, State
from overheal.detect.silent_automation.settings import SilentSettings
from overheal.model import DAY, FELT, HEARTBEAT, HOUR, MICROSECOND, Activity, Finding, Tier
from overheal.state.book import Ground
from overheal.state.moments import Member
from overheal.state.rhythm import Rhythm
from overheal.state.words import clock, listed, span

FORGET = 90 * DAY
"""After so long a silence an agent is forgotten, and is not missed any more."""

AGENTS_KEPT = 2_000
HALF = 0.5
"""Where fewer of the others still report, the source has stopped rather than an agent."""


class Agent(msgspec.Struct):
    """One agent of one environment: its rhythm, its last report, and the finding it is in.

    `allowed` is how long it may be silent, `look_at` when somebody looks whether it is.
    """

    environment: str
    name: str
    rhythm: Rhythm
    last: str = ""
    finding: str = ""
    allowed: int = 0
    look_at: int = 0


class Silence(msgspec.Struct):
    """Agents that fell silent together: key → since when; `back` have reported since."""

    agents: dict[str, int] = {}
    plausible: dict[str, int] = {}
    back: list[str] = []

    @property
    def evidence(self) -> dict[str, Any]:
        """The numbers behind the sentence."""
        return {
            "silent": [
                {
                    "agent": key.partition("\0")[2],
                    "since_at": since,
                    "plausible_seconds": self.plausible[key] / MICROSECOND,
                    "back": key in self.back,
                }
                for key, since in list(self.agents.items())[:50]
            ],
            "silent_count": len(self.agents) - len(self.back),
        }


class SilentAgentsState(State):
    """Agents by environment and name, and who is silent by finding."""

    agents: dict[str, Agent] = msgspec.field(default_factory=dict)
    silences: dict[str, Silence] = msgspec.field(default_factory=dict)


class FleetSilentAutomation(FleetDetector[SilentSettings, SilentAgentsState]):
    """Misses agents by their own rhythm, while the rest of the fleet still reports."""

    name = "silent_automation"
    settings_type = SilentSettings
    state_type = SilentAgentsState
    documentation = Documentation(
        question="Has an agent that used to report stopped, while others go on?",
        opens="A finding opens when an agent with at least `reports` reports over `days` (or as "
        "many heartbeats) has been silent for `times_longest` its longest gap and `least_minutes`, "
        "has missed more of the hours of the week in which it usually reports than its past makes "
        "plausible, and half of the others go on.",
        escalates="It does not escalate: silence is no harm in itself, it hides harm.",
        resolves="It resolves when all of its agents have reported again, or were forgotten after "
        "ninety days of silence.",
        identity="Two findings are the same when they opened with the same last report of the "
        "same agent; agents whose last reports lie close together are one finding.",
        blind_to="It does not see agents that act too rarely to have a rhythm, people, what comes "
        f"after the first {AGENTS_KEPT:,} agents, and a source that falls silent as a whole, which "
        "looks the same as nothing happening.",
    )

    def on_activity(self, state: SilentAgentsState, activity: Activity, context: Context) -> None:
        """Take one sign of life."""
        name = activity.agent
        if not name or activity.agent_kind == "human" or activity.type == FELT:
            return
        key, at = f"{activity.environment}\0{name}", activity.second
        beat = activity.type == HEARTBEAT
        agent = state.agents.get(key)
        if agent is None:
            if len(state.agents) >= AGENTS_KEPT:
                return
            agent = state.agents[key] = Agent(activity.environment, name, Rhythm.begun(at))
            agent.rhythm.beats += beat
            _look(state, key, at + FORGET)
        elif agent.rhythm.report(at, beat=beat) or not agent.allowed:
            agent.allowed = self._allowed(agent.rhythm)
        agent.last = activity.last[1]
        if agent.finding:
            self._returns(state, key, at, context)
        if at + agent.allowed < agent.look_at and self._has_rhythm(agent.rhythm):
            _look(state, key, at + agent.allowed)

    def on_alarm(self, state: SilentAgentsState, key: str, _now: int, context: Context) -> None:
        """Ask whether an agent was silent when it was to be looked at; forget it in the end."""
        agent = state.agents[key]
        rhythm, at = agent.rhythm, agent.look_at
        forget_at = rhythm.last_at + FORGET
        if forget_at <= at:
            if agent.finding:
                self._returns(state, key, at, context)
            del state.agents[key]
            return
        agent.allowed = self._allowed(rhythm)
        due, again = rhythm.last_at + agent.allowed, forget_at
        if not agent.finding and self._has_rhythm(rhythm):
            if due > at:
                again = due
            elif not self._beats(rhythm) and not self._misses(rhythm, at):
                again = at + HOUR
            elif not self._miss(state, key, at, context):
                again = at + (at - rhythm.last_at)
        _look(state, key, min(again, forget_at))

    def describe(self, state: SilentAgentsState, finding: Finding) -> None:
        """Say who is silent, since when, and how long a silence would have been ordinary."""
        silence = state.silences[finding.id]
        names = [key.partition("\0")[2] for key in silence.agents]
        finding.title = names[0] if len(names) == 1 else f"{len(names)} agents"
        longest = max(silence.plausible.values()) / MICROSECOND
        who = listed(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        finding.summary = (
            f"{who} stopped reporting at {clock(finding.first_at)}: by what is known of "
            f"{'it' if len(names) == 1 else 'them'}, silence lasts {span(longest)} at most, and "
            f"{finding.evidence['others_reporting']} of {finding.evidence['others']} others still "
            "reported."
        )
        finding.next_step = (
            f"Check whether {names[0]} still runs and may still send its events: what it does "
            "unseen is in no count, and what it no longer does nobody else does."
        )

    def _miss(self, state: SilentAgentsState, key: str, now: int, context: Context) -> bool:
        """Tell that an agent is silent, unless the source is."""
        agent = state.agents[key]
        since = agent.rhythm.last_at
        others, reporting = _others(state, key, now)
        if not reporting or reporting < HALF * others:
            return False
        member = Member(since, agent.last, agent.name, "last report", "")
        finding_id = self._beside(state, agent, context)
        if finding_id:
            finding = context.book.findings[finding_id]
        else:
            finding = context.book.open(
                self.name, key, agent.last, environment=agent.environment, first_at=since, at=now
            )
            finding_id = finding.id
            finding.evidence |= {"others": others, "others_reporting": reporting}
            state.silences[finding_id] = Silence()
        silence = state.silences[finding_id]
        silence.agents[key], silence.plausible[key] = since, agent.allowed
        silence.back = [name for name in silence.back if name != key]
        agent.finding = finding_id
        finding.evidence |= silence.evidence
        finding.count = len(silence.agents)
        fresh = agent.last not in context.book.members[finding.id].all()
        context.book.join(finding, [member] if fresh else [], now)
        reason = f"{agent.name} is silent for longer than its past makes plausible"
        context.judge(finding, partial(list, [Ground(Tier.ACTIONABLE, reason)]), now)
        return True

    def _beside(self, state: SilentAgentsState, agent: Agent, context: Context) -> str:
        """Return the open finding about agents that fell silent at about the same time, if any."""
        near = self.settings("", "").least
        for finding_id in state.silences:
            finding = context.book.findings[finding_id]
            apart = abs(finding.first_at - agent.rhythm.last_at)
            if finding.environment == agent.environment and apart <= near:
                return finding_id
        return ""

    def _returns(self, state: SilentAgentsState, key: str, at: int, context: Context) -> None:
        """Take an agent off the list of the silent."""
        agent = state.agents[key]
        finding_id, agent.finding = agent.finding, ""
        silence = state.silences[finding_id]
        silence.back.append(key)
        context.book.findings[finding_id].evidence |= silence.evidence
        context.book.touch(finding_id)
        if set(silence.back) >= set(silence.agents):
            self.close(state, finding_id, at, context)
            del state.silences[finding_id]

    def _allowed(self, rhythm: Rhythm) -> int:
        settings = self.settings("", "")
        beats = self._beats(rhythm)
        return max(settings.least, int(rhythm.plausible(settings.times_longest, tail=beats)))

    def _misses(self, rhythm: Rhythm, at: int) -> bool:
        """Whether it was silent in more hours in which it usually reports than ever."""
        missed = rhythm.missed(at)
        return missed > 0 and 1 + missed >= rhythm.may_miss(self.settings("", "").times_longest)

    def _beats(self, rhythm: Rhythm) -> bool:
        return rhythm.beats >= self.settings("", "").reports

    def _has_rhythm(self, rhythm: Rhythm) -> bool:
        settings = self.settings("", "")
        known = rhythm.last_at - rhythm.first_at
        return self._beats(rhythm) or (rhythm.count >= settings.reports and known >= settings.known)


def _look(state: SilentAgentsState, key: str, at: int) -> None:
    """Look at an agent at `at`, or earlier where that was to be done before."""
    state.alarms.set(key, at)
    state.agents[key].look_at = state.alarms.at[key]


def _others(state: SilentAgentsState, key: str, now: int) -> tuple[int, int]:
    """Return how many others there were when an agent fell silent, and how many of them are still.

    One was there where it had reported by then and its gap was no longer than any before, and is
    where it has reported since and its gap now is no longer than any before. Who came later vouches
    for nothing: agents that act once and never again would look like a source that stopped.
    """
    agent = state.agents[key]
    since, there, still = agent.rhythm.last_at, 0, 0
    for name, other in state.agents.items():
        if name == key or other.environment != agent.environment or other.rhythm.first_at > since:
            continue
        last = other.rhythm.last_at
        longest = other.rhythm.longest[-1] if other.rhythm.longest else 0
        if last > since or since - last <= longest:
            there += 1
            still += last > since and now - last <= longest
    return there, still
