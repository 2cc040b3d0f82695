"""The detector: hands each of its three questions the facts that it asks for."""

from __future__ import annotations

import msgspec

from overheal.detect.base import Context, Detector, Documentation, State
from overheal.detect.ineffective_recovery import policies, returns, rows
from overheal.detect.ineffective_recovery.policies import (
    HELPED,
    INEFFECTIVE,
    UNNECESSARY,
    Policies,
    Policy,
)
from overheal.detect.ineffective_recovery.returns import CAUSES_KEPT, Services
from overheal.detect.ineffective_recovery.rows import KEPT, Row, attempt_of, row_of
from overheal.detect.ineffective_recovery.settings import NAME, IneffectiveSettings
from overheal.model import DAY, HOUR, MICROSECOND, Event, Finding
from overheal.state.facts import ACTION_MEMORY, FAILED, SUCCEEDED, Recovery, outcome_of
from overheal.state.memory import RecentKeys
from overheal.state.moments import member_of


class IneffectiveState(State):
    """Rows by attempt (environment, service, agent, action), then by condition.

    `about` tells which row an open finding is about; alarms are set for both joined. `services`
    are those whose trouble may come back, `policies` those that recover; `judged` are the actions
    that were counted for a policy.
    """

    attempts: dict[str, dict[str, Row]] = msgspec.field(default_factory=dict)
    about: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    waiting: dict[str, tuple[str, str]] = msgspec.field(default_factory=dict)
    services: Services = msgspec.field(default_factory=dict)
    policies: Policies = msgspec.field(default_factory=dict)
    judged: RecentKeys = msgspec.field(default_factory=lambda: RecentKeys(ACTION_MEMORY))


class IneffectiveRecovery(Detector[IneffectiveSettings, IneffectiveState]):
    """Counts failures in a row, successes that do not last, and what policies do for nothing."""

    name = NAME
    settings_type = IneffectiveSettings
    state_type = IneffectiveState
    phases = frozenset({"rejected"})
    heeds_silence = False
    documentation = Documentation(
        question="Does automation repeat what does not help?",
        opens="A finding opens at `failures` failures in a row of the same attempt for the same "
        "reason, the first and the last of them `lasting_minutes` apart; at `returns` successes in "
        "a row after which the same service needs recovery for the same cause within "
        "`verification_minutes`; or when `policy_share` of what a policy did was for nothing.",
        escalates="Failures in a row are actionable; successes that do not last are informational, "
        "and actionable at `actionable_returns` in a row; a policy is informational, and "
        "actionable at `policy_actionable_share`.",
        resolves="It resolves when the attempt succeeds, or when nobody has tried for "
        "`quiet_hours`; when a success has lasted for `verification_minutes`; or, looked at once "
        "a day, when the share of a policy is below the limit.",
        identity="Two findings are the same when they are about the same service, agent, action "
        "and condition and opened with the same first failure of the row, about the same service "
        "and opened with the same first success, or about the same policy and opened with the "
        "same recovery.",
        blind_to="It does not see attempts whose outcome nobody reports, trouble that comes back "
        f"under other words, more than {CAUSES_KEPT} causes of one service, and what a policy does "
        "in other scopes.",
    )

    def on_event(self, state: IneffectiveState, event: Event, context: Context) -> None:
        """Count a proposal that was rejected because there was nothing to do."""
        if event.phase == "rejected" and policies.is_rejected_as_unnecessary(event):
            self._count(state, event, UNNECESSARY, context)

    def on_recovery(self, state: IneffectiveState, fact: Recovery, context: Context) -> None:
        """Hold a recovery against the success before it."""
        self._return(state, fact.event, fact.at, context)

    def on_outcome(self, state: IneffectiveState, event: Event, context: Context) -> None:
        """Count a failure, or end the rows of an attempt on its success."""
        human = event.agent_kind == "human"
        if event.recovery and event.service and human and event.phase == "finished":
            began = event.time - int((event.duration or 0.0) * MICROSECOND)
            self._return(state, event, began, context)
        outcome = outcome_of(event)
        if human:
            return
        if event.recovery and event.service:
            settings = self.settings(event.environment, event.service)
            returns.take_outcome(state.services, event, settings, state.alarms)
            found = policies.turned_out(event.outcome)
            if found is not None and event.detail is not None and event.detail.policy:
                self._count(state, event, found, context)
        if outcome in (FAILED, SUCCEEDED):
            self._row(state, event, outcome, context)

    def on_alarm(self, state: IneffectiveState, key: str, now: int, context: Context) -> None:
        """End a row that nobody continued, and what came back no more."""
        if key in state.services:
            self._wake_service(state, key, now, context)
        elif key in state.policies:
            self._wake_policy(state, key, now, context)
        elif key in state.waiting:
            self._wake_row(state, key, now, context)

    def describe(self, state: IneffectiveState, finding: Finding) -> None:
        """Say what does not help, in the words of its question."""
        if finding.id in state.about:
            attempt, condition = state.about[finding.id]
            rows.describe(state.attempts[attempt][condition], finding)
        elif finding.subject in state.services:
            returns.describe(state.services[finding.subject], finding)
        else:
            policies.describe(state.policies[finding.subject], finding)

    def _return(self, state: IneffectiveState, event: Event, at: int, context: Context) -> None:
        """Take a recovery that may show that the success before it was none."""
        settings = self.settings(event.environment, event.service)
        found = returns.take_recovery(state.services, event, at, settings, context)
        if found is None:
            return
        service, success = state.services[returns.subject_of(event)], found.success
        returns.tell(service, found, event, settings, context)
        policy = state.policies.get(policies.key_of(event.environment, success.policy))
        action = success.claim.action_id
        if success.policy and policy is not None and state.judged.get(action) == HELPED:
            policies.restate(policy, success.at, INEFFECTIVE, success.claim.count)
            state.judged.put(action, INEFFECTIVE, event.time)
            policy.members.append(success.member)
            self._tell_policy(policy, event, context)

    def _count(self, state: IneffectiveState, event: Event, found: int, context: Context) -> None:
        """Count how a policy's recovery turned out, once, or otherwise than was told before."""
        name = event.detail.policy if event.detail is not None else ""
        known = state.judged.get(event.action_id)
        policy = state.policies.get(policies.key_of(event.environment, name))
        if known is None or policy is None:
            policy = policies.take(state.policies, event, name, found, state.alarms)
        elif known == HELPED and found != HELPED:
            policies.restate(policy, event.time, found, event.count)
        else:
            return
        state.judged.put(event.action_id, found, event.time)
        if found != HELPED:
            what = "ineffective" if found == INEFFECTIVE else "unnecessary"
            policy.members.append(member_of(event, event.time, what))
        self._tell_policy(policy, event, context)

    def _tell_policy(self, policy: Policy, event: Event, context: Context) -> None:
        settings = self.settings(policy.environment, "")
        policies.tell(policy, event.id, event.time, settings, context)

    def _row(self, state: IneffectiveState, event: Event, outcome: int, context: Context) -> None:
        """Count a failure, or end the rows of an attempt on its success."""
        attempt = attempt_of(event)
        if outcome == SUCCEEDED:
            for condition in list(state.attempts.get(attempt, ())):
                self._end(state, attempt, condition, event.time, context)
            return
        own = state.attempts.setdefault(attempt, {})
        row = own.get(event.condition)
        if row is None:
            row = own[event.condition] = row_of(event)
        settings = self.settings(event.environment, event.service)
        row.count += event.count
        row.told += 1
        row.last_at = event.time
        row.quiet = int(settings.quiet_hours * HOUR)
        alarm = f"{attempt}\0{event.condition}"
        state.waiting[alarm] = (attempt, event.condition)
        state.alarms.set(alarm, row.last_at + row.quiet)
        self._judge(state, row, event, settings, context)

    def _wake_row(self, state: IneffectiveState, key: str, now: int, context: Context) -> None:
        attempt, condition = state.waiting.pop(key)
        row = state.attempts.get(attempt, {}).get(condition)
        if row is None:
            return
        if row.last_at + row.quiet <= now:
            self._end(state, attempt, condition, row.last_at + row.quiet, context)
        else:
            state.waiting[key] = (attempt, condition)
            state.alarms.set(key, row.last_at + row.quiet)

    def _wake_service(self, state: IneffectiveState, key: str, now: int, context: Context) -> None:
        service = state.services[key]
        again = returns.wake(service, now)
        if again is not None:
            state.alarms.set(key, again)
            return
        if service.finding:
            self.close(state, service.finding, service.at + service.within, context)
        del state.services[key]

    def _wake_policy(self, state: IneffectiveState, key: str, now: int, context: Context) -> None:
        policy = state.policies[key]
        over = policies.pass_days(policy, now, self.settings(policy.environment, ""))
        if policy.finding and over is not None:
            self.close(state, policy.finding, over, context)
            policy.finding = ""
        if policy.days:
            state.alarms.set(key, (policy.day + 1) * DAY)
        else:
            del state.policies[key]

    def _judge(
        self,
        state: IneffectiveState,
        row: Row,
        event: Event,
        settings: IneffectiveSettings,
        context: Context,
    ) -> None:
        member = member_of(event, event.time, row.attempt)
        lasting = (event.time - row.first_at) / MICROSECOND
        if row.finding:
            finding = context.book.findings[row.finding]
            context.book.join(finding, [member], event.time)
        else:
            row.failed.append(member)
            if row.count < settings.failures or lasting < settings.lasting_minutes * 60:
                del row.failed[:-KEPT]
                return
            attempt = attempt_of(event)
            finding = context.book.open(
                self.name,
                f"{attempt}\0{event.condition}",
                row.opening,
                environment=event.environment,
                service=event.service,
                scope=context.scope,
                first_at=row.first_at,
                at=event.time,
            )
            if not event.service and event.target:
                finding.title = event.target.name
            row.finding = finding.id
            state.about[finding.id] = (attempt, event.condition)
            context.book.join(finding, row.failed, event.time)
            finding.member_count, row.failed = row.told, []
        finding.count = row.count
        context.judge(finding, lambda: rows.grounds(row, lasting), event.time)

    def _end(
        self, state: IneffectiveState, attempt: str, condition: str, at: int, context: Context
    ) -> None:
        own = state.attempts[attempt]
        row = own[condition]
        if row.finding:
            self.close(state, row.finding, at, context)
            del state.about[row.finding]
        del own[condition]
        if not own:
            del state.attempts[attempt]
