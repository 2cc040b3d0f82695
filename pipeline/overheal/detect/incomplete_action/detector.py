"""Follows every automated action from its start to its end."""

from __future__ import annotations

from overheal.detect.base import PHASES, Context, Detector, Documentation
from overheal.detect.incomplete_action.phases import (
    BACKWARDS,
    CLOCK,
    EARLY,
    KINDS,
    SETTLED,
    UNFINISHED,
    UNSTARTED,
    Begun,
    Ended,
    IncompleteState,
    Trouble,
    Whose,
    ended,
    whose,
)
from overheal.detect.incomplete_action.settings import IncompleteSettings
from overheal.model import HOUR, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.facts import SUCCEEDED, outcome_of
from overheal.state.moments import Member, member_of
from overheal.state.words import clock, listed, times

_DUE, _WAITING, _QUIET = "due\0", "waiting\0", "quiet\0"


class IncompleteAction(Detector[IncompleteSettings, IncompleteState]):
    """Finds actions without an end, without a start, and with phases that cannot be in order."""

    name = "incomplete_action"
    settings_type = IncompleteSettings
    state_type = IncompleteState
    phases = PHASES - {""}
    documentation = Documentation(
        question="Does automation leave actions half done, or act before it says that it will?",
        opens="A finding opens at an action that has no end after `factor` times what was expected "
        "(`default_minutes` where nothing was), that ended without the start that its agent "
        "otherwise reports, or that began before it was proposed or ended before it began.",
        escalates="It becomes actionable when `several` actions of one agent and service have no "
        "end at the same time, or a recovery has none and the service has not recovered since.",
        resolves="It resolves when every action without an end has ended after all or was given up "
        "after `given_up_days`, and nothing odd was seen for `quiet_hours`.",
        identity="Two findings are the same when they are about the same agent and service and "
        "opened with the same first event.",
        blind_to="It does not see actions of which no start was reported and no end expected, "
        "those that people carry out, and phases reported in another scope.",
    )

    def on_event(self, state: IncompleteState, event: Event, context: Context) -> None:
        """Take a phase of an action."""
        phase = event.phase
        if not phase or event.witness_of:
            return
        if phase in ("finished", "verified"):
            self._end(state, event, context)
        elif phase == "started":
            self._begin(state, event, context)
        elif phase == "rejected":
            self._complete(state, event.action_id, event.time, context)
        else:
            self._ask(state, event, context)

    def on_alarm(self, state: IncompleteState, key: str, now: int, context: Context) -> None:
        """Find that an end or a start did not come, or that a finding is over."""
        kind, _, name = key.partition("\0")
        if kind == "waiting" and name in state.waiting:
            owner, member = state.waiting.pop(name)
            if state.ended.get(name) is not None:
                state.ended.put(name, SETTLED, member.at + CLOCK + 1)
            self._odd(state, UNSTARTED, owner, member, context, at=member.at + CLOCK + 1)
        elif kind == "due" and name in state.begun:
            self._overdue(state, name, state.begun[name], now, context)
        elif kind == "quiet" and name in state.troubles:
            trouble = state.troubles[name]
            if not trouble.standing and trouble.odd_at + trouble.quiet <= now:
                self._over(state, name, trouble.odd_at + trouble.quiet, context)
            elif not trouble.standing:
                state.alarms.set(key, trouble.odd_at + trouble.quiet)

    def describe(self, state: IncompleteState, finding: Finding) -> None:
        """Say whose actions are incomplete, in which way, and which was the newest."""
        trouble = state.troubles[finding.subject]
        where = f" of {finding.service}" if finding.service else ""
        kinds = listed([f"{KINDS[kind]} ({times(many)})" for kind, many in trouble.kinds.items()])
        finding.summary = (
            f"Of the actions of {trouble.agent}{where} since {clock(finding.first_at)} there are "
            f"such as {kinds}; the newest is {trouble.newest}."
        )
        finding.next_step = (
            f"Look whether {trouble.agent} still runs and what its last action left behind; if all "
            "is well, let it report start and end of what it does."
        )

    def _ask(self, state: IncompleteState, event: Event, context: Context) -> None:
        """Take a proposal or approval, which should come before the action begins."""
        begun = state.begun.get(event.action_id)
        member = member_of(event, event.time, event.type)
        if begun is not None:
            if not begun.early and event.time > begun.at + CLOCK:
                begun.early = True
                self._odd(state, EARLY, begun.whose, member, context, at=event.time)
            return
        known = state.ended.get(event.action_id)
        if known is None:
            state.asked.put(event.action_id, event.time, event.time)
        elif event.time > Ended.of(known).began + CLOCK:
            self._settle(state, event.action_id, event.time)
            self._odd(state, EARLY, whose(event), member, context, at=event.time)

    def _begin(self, state: IncompleteState, event: Event, context: Context) -> None:
        """Wait for the end of what begins, unless it has been told already."""
        if event.agent_kind == "human" or event.action_id in state.begun:
            return
        known = state.ended.get(event.action_id)
        if known is None:
            settings = self.settings(event.environment, event.service)
            begun = state.begin(event, settings)
            state.alarms.set(_DUE + event.action_id, begun.due)
            return
        state.waiting.pop(event.action_id, None)
        if event.time > Ended.of(known).at + CLOCK:
            self._settle(state, event.action_id, event.time)
            member = member_of(event, event.time, event.type)
            self._odd(state, BACKWARDS, whose(event), member, context, at=event.time)

    def _end(self, state: IncompleteState, event: Event, context: Context) -> None:
        """Take an end; of an agent that reports starts it should have had one."""
        begun = self._complete(state, event.action_id, event.time, context)
        if state.recovering and event.recovery and outcome_of(event) == SUCCEEDED:
            state.heal(event)
        if begun is not None:
            state.learn(begun, event.time)
            done = SETTLED if begun.early else Ended(begun.at, event.time)
            state.ended.put(event.action_id, done, event.time)
            return
        if event.phase == "verified" or event.agent_kind == "human":
            return
        if state.ended.get(event.action_id) is not None:
            return
        done = ended(event)
        state.ended.put(event.action_id, done, event.time)
        settings = self.settings(event.environment, event.service)
        began = done if isinstance(done, int) else done.began
        odd = state.expects_start(event, began, settings)
        asked = state.asked.get(event.action_id)
        if asked is not None and asked > began + CLOCK:
            member = member_of(event, event.time, event.type)
            self._settle(state, event.action_id, event.time)
            self._odd(state, EARLY, whose(event), member, context, at=event.time)
        elif odd:
            member = member_of(event, event.time, event.type)
            state.waiting[event.action_id] = (whose(event), member)
            state.alarms.set(_WAITING + event.action_id, event.time + CLOCK + 1)

    @staticmethod
    def _settle(state: IncompleteState, action_id: str, now: int) -> None:
        """Say nothing more about an action that ended."""
        state.waiting.pop(action_id, None)
        state.ended.put(action_id, SETTLED, now)

    def _complete(
        self, state: IncompleteState, action_id: str, at: int, context: Context
    ) -> Begun | None:
        """Take an action off those that have not ended; return it where it was one of them."""
        if action_id not in state.begun:
            return None
        begun = state.end(action_id)
        if begun.overdue:
            subject = begun.whose.subject
            trouble = state.troubles[subject]
            trouble.standing.remove(action_id)
            finding = context.book.findings[trouble.finding]
            finding.evidence["without_end"] = len(trouble.standing)
            context.book.touch(trouble.finding)
            if not trouble.standing and trouble.odd_at + trouble.quiet <= at:
                self._over(state, subject, at, context)
            elif not trouble.standing:
                state.alarms.set(_QUIET + subject, trouble.odd_at + trouble.quiet)
        return begun

    def _overdue(
        self, state: IncompleteState, name: str, begun: Begun, now: int, context: Context
    ) -> None:
        """Note that an action has no end although it should, or give it up."""
        limit = begun.until if begun.overdue else begun.due
        if now < limit:
            state.alarms.set(_DUE + name, limit)
            return
        if begun.overdue:
            self._complete(state, name, begun.until, context)
            return
        begun.overdue = True
        trouble = self._trouble(state, begun.whose, begun.member, begun.due, context)
        trouble.standing.append(name)
        self._add(trouble, UNFINISHED, begun.member, context, at=begun.due)
        settings = self.settings(begun.whose.environment, begun.whose.service)
        grounds = _grounds(begun, len(trouble.standing), settings)
        context.judge(context.book.findings[trouble.finding], lambda: grounds, begun.due)
        state.alarms.set(_DUE + name, begun.until)

    def _odd(
        self,
        state: IncompleteState,
        kind: str,
        owner: Whose,
        member: Member,
        context: Context,
        *,
        at: int,
    ) -> None:
        """Note phases that are missing or in an impossible order."""
        trouble = self._trouble(state, owner, member, at, context)
        trouble.odd_at = max(trouble.odd_at, at)
        self._add(trouble, kind, member, context, at=at)
        grounds = [Ground(Tier.INFORMATIONAL, f"an action {KINDS[kind]}")]
        context.judge(context.book.findings[trouble.finding], lambda: grounds, at)
        state.alarms.set(_QUIET + owner.subject, trouble.odd_at + trouble.quiet)

    @staticmethod
    def _add(trouble: Trouble, kind: str, member: Member, context: Context, *, at: int) -> None:
        finding = context.book.findings[trouble.finding]
        finding.count += 1
        trouble.kinds[kind] = trouble.kinds.get(kind, 0) + 1
        trouble.newest = f"{member.what} at {clock(member.at)}, which {KINDS[kind]}"
        finding.evidence |= {
            "without_end": len(trouble.standing),
            "kinds": dict(trouble.kinds),
            "newest": trouble.newest,
        }
        context.book.join(finding, [member], at)

    def _trouble(
        self, state: IncompleteState, owner: Whose, member: Member, at: int, context: Context
    ) -> Trouble:
        """Return what is wrong with an agent and service, opening a finding where nothing was."""
        known = state.troubles.get(owner.subject)
        if known is not None:
            return known
        finding = context.book.open(
            self.name,
            owner.subject,
            member.id,
            environment=owner.environment,
            service=owner.service,
            scope=context.scope,
            first_at=member.at,
            at=at,
        )
        finding.title = owner.service or owner.agent
        quiet = int(self.settings(owner.environment, owner.service).quiet_hours * HOUR)
        trouble = state.troubles[owner.subject] = Trouble(finding.id, owner.agent, quiet)
        return trouble

    def _over(self, state: IncompleteState, subject: str, at: int, context: Context) -> None:
        self.close(state, state.troubles[subject].finding, at, context)
        del state.troubles[subject]


def _grounds(begun: Begun, standing: int, settings: IncompleteSettings) -> list[Ground]:
    """Return the grounds for a tier of an action that has no end, one of `standing`."""
    found = [Ground(Tier.INFORMATIONAL, "an action began and did not end")]
    if standing >= settings.several:
        found.append(Ground(Tier.ACTIONABLE, f"{standing} actions began and did not end"))
    if begun.recovery and not begun.healed:
        reason = "a recovery began and did not end, and the service has not recovered since"
        found.append(Ground(Tier.ACTIONABLE, reason))
    return found
