"""The detector itself, fed with the recoveries of one simulated service at a time."""

import dataclasses
from collections.abc import Mapping, Sequence

from overheal import tier
from overheal.detect.base import Context
from overheal.detect.masked_degradation import MaskedDegradation
from overheal.detect.masked_degradation.service import DegradationState
from overheal.detect.masked_degradation.settings import DegradationSettings
from overheal.model import Detail, Event, Finding, Target, Tier
from overheal.state.book import Book
from overheal.state.facts import Recovery

START = 1_790_000_000_000_000
SECOND = 1_000_000


@dataclasses.dataclass(order=True, frozen=True)
class Happening:
    """A recovery, or a change of `field` to `new`, so many seconds after START."""

    at: float
    field: str = ""
    old: float = 0
    new: float = 0
    uptime: float | None = None
    duration: float | None = None
    measures: Mapping[str, float] | None = dataclasses.field(default=None, compare=False)


@dataclasses.dataclass(frozen=True)
class Told:
    """What was found in one service."""

    findings: Sequence[Finding]
    state: DegradationState

    @property
    def found(self) -> bool:
        """Whether anything is actionable or above."""
        return any(finding.tier >= Tier.ACTIONABLE for finding in self.findings)

    @property
    def critical(self) -> bool:
        """Whether anything became critical."""
        return any(finding.tier is Tier.CRITICAL for finding in self.findings)


def judged(happenings: Sequence[Happening], settings: DegradationSettings | None = None) -> Told:
    """Tell one service's history, which is in the order of time, to a fresh detector."""
    chosen = settings or DegradationSettings()
    detector = MaskedDegradation(lambda _environment, _service: chosen)
    state, book = DegradationState(), Book("scope")
    context = Context(
        "sim",
        book,
        lambda item, grounds, _at: tier.decide(item, grounds, sandbox=False, felt=False),
    )
    for number, happening in enumerate(happenings):
        event = _event(number, happening)
        if state.alarms.next <= event.time:
            detector.on_time(state, event.time, context)
        if happening.field:
            detector.on_change(state, event, context)
        else:
            fact = Recovery(event, event.time, 1, event.time, automated=True, failed=False)
            detector.on_recovery(state, fact, context)
    for finding in book.findings.values():
        if finding.resolved_at is None:
            detector.describe(state, finding)
    return Told(list(book.findings.values()), state)


def recovered_at(seconds: Sequence[float]) -> list[Happening]:
    """Return recoveries and nothing else."""
    return [Happening(at) for at in seconds]


def _event(number: int, happening: Happening) -> Event:
    at = START + int(happening.at * SECOND)
    deploy = happening.field == "image"
    return Event(
        id=f"e{number:07d}",
        source="urn:simulated",
        time=at,
        action_id=f"a{number}",
        phase="finished",
        service="simulated",
        environment="production",
        scope="sim",
        agent="kubelet",
        agent_kind="platform",
        mandate="",
        type="deploy" if deploy else "scale" if happening.field else "restart",
        name="",
        target=Target("Deployment", "simulated") if happening.field else None,
        field=happening.field,
        old=happening.old,
        new=happening.new,
        trigger="rollout" if deploy else "demand" if happening.field else "failure",
        condition="",
        outcome="succeeded",
        duration=happening.duration,
        recovery=not happening.field,
        recovery_overridden=False,
        count=1,
        first_at=at,
        witness_of="",
        caused_by=(),
        correlation_id="",
        user_visible=False,
        prior_uptime=happening.uptime,
        labels={},
        document=b"",
        detail=Detail(measures=dict(happening.measures)) if happening.measures else None,
    )
