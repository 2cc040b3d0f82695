"""Holds every automated write of a field against what was declared of it."""

from __future__ import annotations

from overheal.detect.base import NEVER, PHASES, Context, Detector, Documentation
from overheal.detect.undo_of_intent.intents import (
    Intent,
    UndoState,
    is_allowed,
    may_differ,
    own,
    reverses,
    value_before,
)
from overheal.detect.undo_of_intent.settings import UndoSettings
from overheal.model import DAY, HOUR, MICROSECOND, MINUTE, Event, Finding, Tier
from overheal.state.book import Ground
from overheal.state.facts import FAILED, outcome_of
from overheal.state.moments import member_of
from overheal.state.place import field_key
from overheal.state.words import clock, shown, span, times


class UndoOfIntent(Detector[UndoSettings, UndoState]):
    """Holds every automated write of a field against what was declared of it."""

    name = "undo_of_intent"
    settings_type = UndoSettings
    state_type = UndoState
    heeds_silence = False
    phases = PHASES - {""}
    documentation = Documentation(
        question="Does automation take back what somebody did on purpose?",
        opens="A finding opens when an automated action writes a declared field back, inside the "
        "window of the intent; for numbers that is in the direction of the value before.",
        escalates="It is critical from the start where a human declared the intent, else it does "
        "not escalate.",
        resolves="It resolves once the declared value has stood again for `restored_minutes`, when "
        "the intent is withdrawn, or when its window ends.",
        identity="Two findings are the same when they are about the same target, field and intent "
        "and opened with the same write.",
        blind_to="It does not see intents that nobody declares with a goal or an end, fields "
        "whose value is not reported, and numbers of which the value before is not known.",
    )

    def on_event(self, state: UndoState, event: Event, context: Context) -> None:  # noqa: ARG002
        """Note what a human approves, and what is done on behalf of an intent's author."""
        phase = event.phase
        if phase == "approved" and (is_allowed(event) or event.agent_kind == "human"):
            state.approved.put(event.action_id, 1, event.time)
        if not state.authors or not phase:
            return
        authors = {event.agent} & state.authors.keys()
        for cause in event.caused_by:
            authors.update(state.behalf.get(cause) or ())
        if authors:
            own(state, event, sorted(authors), correlated=event.agent in authors)

    def on_change(self, state: UndoState, event: Event, context: Context) -> None:
        """Hold a write against what was declared; it may declare something itself."""
        if event.target is None:
            return
        key = field_key(event, event.target)
        intent = state.intents.get(key)
        if intent is not None:
            self._compare(state, key, intent, event, context)
        detail = event.detail
        if detail is not None and (detail.goal or detail.until is not None):
            self._declare(state, key, event, context)
        state.last.put(key, (event.time, event.new), event.time)

    def on_outcome(self, state: UndoState, event: Event, context: Context) -> None:
        """Forget what was declared, or take back what was undone, where the action failed."""
        if not state.intents or event.target is None or outcome_of(event) != FAILED:
            return
        key = field_key(event, event.target)
        intent = state.intents.get(key)
        if intent is None:
            return
        if event.action_id == intent.action:
            self._end(state, key, event.time, context)
        elif intent.finding and event.action_id == intent.undone_action:
            self._restored(state, key, intent, event)

    def on_alarm(self, state: UndoState, key: str, now: int, context: Context) -> None:
        """End what is over: the finding of what was restored, the window of an intent."""
        intent = state.intents.get(key)
        if intent is None:
            return
        if intent.finding and intent.settles_at <= min(now, intent.until):
            self.close(state, intent.finding, intent.settles_at, context)
            intent.finding, intent.settles_at, intent.undoings = "", NEVER, 0
        if intent.until < now:
            self._end(state, key, intent.until, context)
        else:
            state.alarms.set(key, min(intent.settles_at, intent.until + 1))

    def describe(self, state: UndoState, finding: Finding) -> None:
        """Say who took back what, whose intent it was, and until when that holds."""
        intent = state.intents[finding.subject.rpartition("\0")[0]]
        after = (intent.undone_at - intent.at) / MICROSECOND
        finding.evidence |= {
            "target": intent.target,
            "field": intent.field,
            "declared": intent.value,
            "declared_by": intent.agent,
            "declared_by_human": intent.human,
            "declared_at": intent.at,
            "goal": intent.goal,
            "window_ends_at": intent.until,
            "value_before": intent.before,
            "written": intent.undone_to,
            "undone_by": intent.undone_by,
            "undone_after_seconds": after,
            "undoings": intent.undoings,
        }
        goal = f" ({shown(intent.goal)})" if intent.goal else ""
        again = f", {times(intent.undoings)} by now" if intent.undoings > 1 else ""
        finding.summary = (
            f"{intent.undone_by} set {intent.field} of {intent.target} to "
            f"{shown(intent.undone_to)}{again}, {span(after)} after {intent.agent} had declared "
            f"{shown(intent.value)}{goal} until {clock(intent.until)}."
        )
        finding.next_step = (
            f"Ask {intent.agent} whether {shown(intent.value)} is still wanted; if so, restore it "
            f"and stop {intent.undone_by} from writing {intent.field} of {intent.target} until "
            "then."
        )

    def _compare(
        self, state: UndoState, key: str, intent: Intent, event: Event, context: Context
    ) -> None:
        if event.new == intent.value:
            self._restored(state, key, intent, event)
        elif may_differ(state, intent, event):
            self._end(state, key, event.time, context)
        elif reverses(intent, event.new):
            self._undone(key, intent, event, context)
        else:
            self._restored(state, key, intent, event)

    def _declare(self, state: UndoState, key: str, event: Event, context: Context) -> None:
        """Take an intent, unless it contradicts one of somebody else that still stands."""
        standing, human = state.intents.get(key), event.agent_kind == "human"
        detail = event.detail
        if detail is None or (standing and not human and standing.agent != event.agent):
            return
        settings = self.settings(event.environment, event.service)
        lasts = settings.human_hours if human else settings.agent_hours
        until = event.time + int(lasts * HOUR) if detail.until is None else detail.until
        until = min(until, event.time + int(settings.longest_days * DAY))
        if until <= event.time:
            return
        if standing:
            self._end(state, key, event.time, context)
        state.intents[key] = Intent(
            id=event.id,
            action=event.action_id,
            at=event.time,
            until=until,
            agent=event.agent,
            human=human,
            goal=detail.goal[:160],
            target=str(event.target),
            field=event.field,
            value=event.new,
            before=value_before(state, key, event) if event.old is None else event.old,
            correlation=event.correlation_id,
            member=member_of(event, event.time, f"declared {event.field} = {shown(event.new)}"),
            environment=event.environment,
            service=event.service,
        )
        state.authors[event.agent] = state.authors.get(event.agent, 0) + 1
        own(state, event, [event.agent], correlated=True)
        state.alarms.set(key, until + 1)

    def _undone(self, key: str, intent: Intent, event: Event, context: Context) -> None:
        members = [member_of(event, event.time, f"{event.field} = {shown(event.new)}")]
        if not intent.finding:
            finding = context.book.open(
                self.name,
                f"{key}\0{intent.id}",
                event.id,
                environment=intent.environment,
                service=intent.service,
                scope=context.scope,
                first_at=event.time,
                at=event.time,
            )
            if not intent.service and event.target is not None:
                finding.title = event.target.name
            intent.finding = finding.id
            members.insert(0, intent.member)
        finding = context.book.findings[intent.finding]
        intent.undoings += 1
        intent.undone_by, intent.undone_action = event.agent, event.action_id
        intent.undone_at, intent.undone_to = event.time, event.new
        intent.settles_at = NEVER
        finding.count = intent.undoings
        context.book.join(finding, members, event.time)
        context.judge(finding, lambda: _grounds(intent), event.time)

    def _restored(self, state: UndoState, key: str, intent: Intent, event: Event) -> None:
        if intent.finding and intent.settles_at == NEVER:
            settings = self.settings(intent.environment, intent.service)
            intent.settles_at = event.time + int(settings.restored_minutes * MINUTE)
            state.alarms.set(key, intent.settles_at)

    def _end(self, state: UndoState, key: str, at: int, context: Context) -> None:
        intent = state.intents[key]
        if intent.finding:
            self.close(state, intent.finding, at, context)
        del state.intents[key]
        left = state.authors[intent.agent] - 1
        if left:
            state.authors[intent.agent] = left
        else:
            del state.authors[intent.agent]


def _grounds(intent: Intent) -> list[Ground]:
    said = f"declared by {intent.agent}, undone inside its window by {intent.undone_by}"
    return [Ground(Tier.CRITICAL if intent.human else Tier.ACTIONABLE, said)]
