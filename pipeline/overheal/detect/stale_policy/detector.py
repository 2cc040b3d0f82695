"""Watches services, what they change by, and how long what should save them has been unused."""

from __future__ import annotations

from typing import Any

from overheal.detect.base import Context, Detector, Documentation
from overheal.detect.stale_policy.memory import (
    SERVICE_KEPT,
    Path,
    Policy,
    StaleSettings,
    StaleState,
    Watched,
    last_change,
    note_change,
    service_key,
)
from overheal.detect.stale_policy.paths import Declared, declared
from overheal.model import DAY, MICROSECOND, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.moments import member_of
from overheal.state.words import clock, span

ACTING = ("started", "finished")
CHANGES = ("deploy", "config_change")
REHEARSED = ("manual", "schedule")
"""Triggers by which an action that is no recovery rehearses one."""

_PATH, _POLICY = "path", "policy"


class StalePolicy(Detector[StaleSettings, StaleState]):
    """Finds policies older than what they act on, and recovery paths nobody has tried for long."""

    name = "stale_policy"
    settings_type = StaleSettings
    state_type = StaleState
    documentation = Documentation(
        question="Does automation rely on something that nobody has looked at since the world "
        "moved on?",
        opens="A finding opens when an action follows a policy that is `grace_days` older than the "
        "last change of its service or target, and when a recovery path declared in the catalog "
        "has not been exercised for `exercise_days`, or never while the service was seen for that "
        "long.",
        escalates="It does not escalate: it is for those who plan, not for those on call.",
        resolves="A policy's resolves when it was renewed, or when nobody has followed it for "
        "`quiet_days`; a path's when it is exercised, tested or no longer declared, or when its "
        "service has not been seen for 400 days.",
        identity="Two findings are the same when they are about the same service and policy and "
        "opened with the same first action, or about the same service and path and opened at the "
        "same time.",
        blind_to="It does not see policies whose last change is not stated, changes that nobody "
        "reports, and what is exercised in a drill.",
    )

    def on_event(self, state: StaleState, event: Event, context: Context) -> None:
        """See a service; take what changes it, exercises a path or follows a policy."""
        if event.witness_of:
            return
        phase = event.phase
        if event.service:
            self._watch(state, event, context)
        if not phase:
            if event.type == "change":
                note_change(state, event)
            return
        if phase not in ACTING:
            return
        if event.detail is not None and event.detail.policy:
            self._follow(state, event, context)
        if phase == "finished" and event.type in CHANGES and event.outcome != "failed":
            note_change(state, event)

    def on_alarm(self, state: StaleState, key: str, now: int, context: Context) -> None:
        """Look at the paths of a service, or let go of a policy that nobody follows."""
        kind, _, name = key.partition("\0")
        if kind == _POLICY:
            held = state.policies.get(name)
            if held is not None and held.last_at + held.quiet <= now:
                self._renewed(state, name, held.last_at + held.quiet, context)
            elif held is not None:
                state.alarms.set(key, held.last_at + held.quiet)
            return
        watched = state.services[name]
        if now < watched.due:
            state.alarms.set(key, watched.due)
        elif watched.last_at + SERVICE_KEPT <= watched.due:
            for path in list(watched.paths):
                self._exercised(state, watched, path, watched.due, context)
            del state.services[name]
        else:
            self._look(state, name, watched, watched.due, context)

    def describe(self, state: StaleState, finding: Finding) -> None:
        """Say what is stale, and since when."""
        environment, service, kind, name = finding.subject.split("\0", 3)
        if kind == _PATH:
            watched = state.services[f"{environment}\0{service}"]
            _say_path(watched.paths[name], name, finding)
        else:
            _say_policy(state.policies[finding.subject], finding)

    def _watch(self, state: StaleState, event: Event, context: Context) -> None:
        """See a service; look at its paths where one is exercised, or a day after the last look."""
        key = service_key(event)
        watched = state.services.get(key)
        if watched is None:
            first = member_of(event, event.time, event.type)
            watched = state.services[key] = Watched(first, event.time)
        watched.last_at = event.time
        exercises = event.phase in ACTING and (event.recovery or event.trigger in REHEARSED)
        if exercises:
            watched.exercised[event.type] = member_of(event, event.time, event.type)
        if event.time >= watched.look_at or (exercises and watched.paths):
            self._look(state, key, watched, event.time, context)

    def _look(
        self, state: StaleState, key: str, watched: Watched, at: int, context: Context
    ) -> None:
        """Open and close findings about the declared paths, and set the next alarm."""
        environment, _, service = key.partition("\0")
        paths = declared(context.owners.entry(service), environment, watched)
        watched.due, watched.look_at = watched.last_at + SERVICE_KEPT, at + DAY
        if paths or watched.paths:
            self._hold(state, key, watched, paths, at=at, context=context)
        state.alarms.set(f"{_PATH}\0{key}", watched.due)

    def _hold(
        self,
        state: StaleState,
        key: str,
        watched: Watched,
        paths: list[Declared],
        *,
        at: int,
        context: Context,
    ) -> None:
        """Hold declared paths against the open findings, and say when the next gets stale."""
        environment, _, service = key.partition("\0")
        limit = int(self.settings(environment, service).exercise_days * DAY)
        fresh = {path.name for path in paths if path.since + limit > at}
        listed = {path.name: path.since for path in paths}
        for name, open_path in list(watched.paths.items()):
            if name in fresh or listed.get(name) != open_path.since:
                self._exercised(state, watched, name, at, context)
        for path in paths:
            if path.name in fresh:
                watched.due = min(watched.due, path.since + limit)
            elif path.name not in watched.paths:
                self._unused(watched, path, key, context, at=at)

    def _unused(
        self, watched: Watched, path: Declared, key: str, context: Context, *, at: int
    ) -> None:
        environment, _, service = key.partition("\0")
        finding = context.book.open(
            self.name,
            f"{key}\0{_PATH}\0{path.name}",
            str(at),
            environment=environment,
            service=service,
            scope=context.scope,
            first_at=min(path.since, at),
            at=at,
        )
        finding.count = 1
        finding.evidence |= {
            "path": path.name,
            "recovery": path.recovery,
            "never_exercised": path.never,
            "exercised_at": None if path.never else path.since,
            "first_seen_at": watched.first.at,
        }
        member = watched.exercised.get(path.recovery, watched.first)
        watched.paths[path.name] = Path(finding.id, path.recovery, path.since, path.never)
        context.book.join(finding, [member], at)
        unused = span((at - path.since) / MICROSECOND)
        reason = (
            f"declared and not exercised in the {unused} it was watched"
            if path.never
            else f"not exercised for {unused}"
        )
        context.judge(finding, lambda: [Ground(Tier.INFORMATIONAL, reason)], at)

    def _exercised(
        self, state: StaleState, watched: Watched, name: str, at: int, context: Context
    ) -> None:
        self.close(state, watched.paths[name].finding, at, context)
        del watched.paths[name]

    def _follow(self, state: StaleState, event: Event, context: Context) -> None:
        """Judge the policy that an action follows."""
        detail = event.detail
        if detail is None or detail.policy_changed_at is None:
            return
        settings = self.settings(event.environment, event.service)
        about = event.service or (str(event.target) if event.target else context.scope)
        subject = f"{event.environment}\0{about}\0{_POLICY}\0{detail.policy}"
        changed = last_change(state, event, detail.policy)
        held = state.policies.get(subject)
        if not changed or changed - detail.policy_changed_at < int(settings.grace_days * DAY):
            if held is not None:
                self._renewed(state, subject, event.time, context)
            return
        if state.counted.get(event.action_id) is not None:
            return
        state.counted.put(event.action_id, 1, event.time)
        if held is None:
            held = self._open(subject, about, event, settings, context)
            state.policies[subject] = held
            state.alarms.set(f"{_POLICY}\0{subject}", event.time + held.quiet)
        held.version, held.policy_at = detail.policy_version, detail.policy_changed_at
        held.changed_at, held.last_at = changed, event.time
        finding = context.book.findings[held.finding]
        finding.count += 1
        finding.evidence |= _numbers(held)
        context.book.join(finding, [member_of(event, event.time, event.type)], event.time)
        older = span((changed - detail.policy_changed_at) / MICROSECOND)
        reason = f"a policy {older} older than the last change of {about}"
        context.judge(finding, lambda: [Ground(Tier.INFORMATIONAL, reason)], event.time)

    def _open(
        self, subject: str, about: str, event: Event, settings: StaleSettings, context: Context
    ) -> Policy:
        finding = context.book.open(
            self.name,
            subject,
            event.id,
            environment=event.environment,
            service=event.service,
            scope=context.scope,
            first_at=event.time,
            at=event.time,
        )
        finding.title = about
        policy = event.detail.policy if event.detail else ""
        return Policy(finding.id, policy, "", about, int(settings.quiet_days * DAY))

    def _renewed(self, state: StaleState, subject: str, at: int, context: Context) -> None:
        self.close(state, state.policies[subject].finding, at, context)
        del state.policies[subject]


def _say_path(path: Path, name: str, finding: Finding) -> None:
    unused = (
        f"and has not been exercised since {finding.service} was first seen at {clock(path.since)}"
        if path.never
        else f"and was last exercised at {clock(path.since)}"
    )
    finding.summary = (
        f"The recovery path {name} of {finding.service} ({path.recovery}) is declared {unused}."
    )
    finding.next_step = (
        f"Exercise {name} in a drill and note it as `last_tested`, or take it out of the catalog."
    )


def _numbers(held: Policy) -> dict[str, Any]:
    return {
        "policy": held.policy,
        "version": held.version,
        "policy_changed_at": held.policy_at,
        "changed_at": held.changed_at,
        "older_seconds": (held.changed_at - held.policy_at) / MICROSECOND,
    }


def _say_policy(held: Policy, finding: Finding) -> None:
    version = f" ({held.version})" if held.version else ""
    finding.summary = (
        f"{finding.agents[0]} follows policy {held.policy}{version} of {clock(held.policy_at)} for "
        f"{held.about}, which changed since, last at {clock(held.changed_at)}."
    )
    finding.next_step = (
        f"Read {held.policy} again with {held.about} as it is now, and renew it or retire it."
    )
