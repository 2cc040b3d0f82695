"""What flows between the stages: flat, frozen, cheap to make and to store.

Times are microseconds since 1970-01-01 UTC, durations are seconds, and an absent string is `""`.
`Event` is the decoded form of the two documents that `contract.schema` defines; its `document`
holds the whole (redacted) document as JSON.
"""

from __future__ import annotations

import enum
import hashlib
from typing import Any

import msgspec

MICROSECOND = 1_000_000
MINUTE = 60 * MICROSECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

Value = str | int | float | bool | None


class Tier(enum.IntEnum):
    """How loudly a finding speaks: logged, told to the team, or paged."""

    INFORMATIONAL = 1
    ACTIONABLE = 2
    CRITICAL = 3

    @property
    def word(self) -> str:
        """The tier as people write it."""
        return self.name.lower()


class Status(enum.StrEnum):
    """Where a finding is in its life."""

    OPEN = "open"
    RESOLVED = "resolved"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"


class Target(msgspec.Struct, frozen=True, gc=False, order=True, array_like=True):
    """The thing that an action changes, identified by all five together."""

    kind: str = ""
    name: str = ""
    namespace: str = ""
    cluster: str = ""
    region: str = ""

    def __str__(self) -> str:
        if not (self.namespace or self.cluster or self.region):
            return f"{self.kind} {self.name}" if self.kind else self.name
        path = "/".join(part for part in (self.cluster, self.region, self.namespace) if part)
        head = f"{self.kind} " if self.kind else ""
        return f"{head}{path + '/' if path else ''}{self.name}"


class Detail(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What an event says beyond the ordinary; most events say none of it.

    Times are microseconds UTC, durations seconds. `instance` is the copy of the agent, `policy` the
    rule it followed. `observed_at`, `observed_version` are what the decision was based on;
    `signals` are (name, status), `evidence` (source, kind, value) and `checks` (name, passed).
    `goal` and `until` declare an intent, `within` when the outcome was expected, `derived` what an
    adapter filled in. `measures` are the numbers of the state before the action.
    """

    instance: str = ""
    autonomy_level: int | None = None
    policy: str = ""
    policy_version: str = ""
    policy_changed_at: int | None = None
    observed_at: int | None = None
    observed_version: str = ""
    signals: tuple[tuple[str, str], ...] = ()
    evidence: tuple[tuple[str, str, Value], ...] = ()
    confidence: float | None = None
    goal: str = ""
    until: int | None = None
    within: float | None = None
    authority: str = ""
    decided: str = ""
    approved_by: str = ""
    checks: tuple[tuple[str, bool], ...] = ()
    verified: bool | None = None
    alerted: bool | None = None
    uid: str = ""
    measures: dict[str, float] = {}
    derived: tuple[str, ...] = ()


class Event(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One action event or observation, decoded.

    `type` is the action type, or the kind of an observation. `phase` is empty for observations.
    `field` is the property of the target that changed or was observed, `old` and `new` its values
    (for an observation `new` is what was seen). `recovery` is the rule of the contract applied to
    this event alone. `count` is how many occurrences the event stands for, of which the last lies
    at `time` and the others after `first_at`. `detail` is None where there is none.
    """

    id: str
    source: str
    time: int
    action_id: str
    phase: str
    service: str
    environment: str
    scope: str
    agent: str
    agent_kind: str
    mandate: str
    type: str
    name: str
    target: Target | None
    field: str
    old: Value
    new: Value
    trigger: str
    condition: str
    outcome: str
    duration: float | None
    recovery: bool
    recovery_overridden: bool
    count: int
    first_at: int
    witness_of: str
    caused_by: tuple[str, ...]
    correlation_id: str
    user_visible: bool
    prior_uptime: float | None
    labels: dict[str, str]
    document: bytes
    detail: Detail | None = None

    @property
    def is_action(self) -> bool:
        """Whether this is an action event rather than an observation."""
        return self.phase != ""

    @property
    def key(self) -> tuple[str, str]:
        """What makes two events the same one."""
        return (self.source, self.id)


class DeadLetter(msgspec.Struct, frozen=True, gc=False):
    """One refused record: where it stood, why it was refused, and its (redacted) bytes.

    Of a record of a topic, `origin` is the topic, `line` the offset, `epoch` the topic's id,
    `item` the index within a record that holds many; `key` and `headers` are the record's own.
    """

    origin: str
    line: int
    code: str
    reason: str
    payload: bytes
    partition: int = 0
    epoch: str = ""
    item: int = 0
    key: bytes = b""
    headers: dict[str, str] = {}

    @property
    def place(self) -> str:
        """`file:line`, or the file alone where lines mean nothing."""
        return f"{self.origin}:{self.line}" if self.line else self.origin


class TierChange(msgspec.Struct, frozen=True, gc=False):
    """When a finding reached a tier, in event time, and why."""

    tier: Tier
    at: int
    reason: str


class Finding(msgspec.Struct, kw_only=True):
    """What a detector reports; identified by detector, subject and opening event.

    `subject` is what the finding is about as a stable string (a service, a target and field, a
    pair of agents); `title` is the short name people see. `members` are event ids, oldest first,
    of which at most `MEMBERS_KEPT` are held; `member_count` is exact. `evidence` carries the
    numbers behind the sentence under documented names, JSON values only.
    """

    id: str
    detector: str
    stage: str
    subject: str
    service: str
    environment: str
    scope: str
    first_at: int
    last_at: int
    detected_at: int
    status: Status = Status.OPEN
    tier: Tier = Tier.INFORMATIONAL
    reason: str = ""
    title: str = ""
    summary: str = ""
    next_step: str = ""
    count: int = 0
    agents: list[str] = []
    evidence: dict[str, Any] = {}
    members: list[str] = []
    member_count: int = 0
    tier_history: list[TierChange] = []
    resolved_at: int | None = None
    inhibited_by: str = ""
    superseded_by: str = ""
    revision: int = 0


MEMBERS_KEPT = 10_000


class Activity(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """What one agent did to one field of one target in one second, condensed for the fleet stage.

    `second` is the second's start in microseconds. Where something was written, `old` is the value
    before its first write and `new` the one after its last; a restart and whatever else writes
    nothing, fails or is not heard of has the field `""` and neither. `type` may also be `felt`,
    when users felt `service`, or `heartbeat`, when an agent only said that it is there. `ids` are
    those of the actions, `events` of the events told so far, `causes` what these name as their
    causes; the two latter are cut at `CAUSES_KEPT`. `recovery` is whether it counts as one,
    `disowned` whether its producer says that it is none, `felt` whether users felt it. `first` and
    `last` are time and id of the first and the last event.
    """

    scope: str
    agent: str
    mandate: str
    target: Target
    field: str
    second: int
    old: Value
    new: Value
    service: str
    environment: str
    type: str
    trigger: str
    count: int
    ids: tuple[str, ...]
    first: tuple[int, str]
    last: tuple[int, str]
    agent_kind: str = ""
    condition: str = ""
    outcome: str = ""
    recovery: bool = False
    disowned: bool = False
    felt: bool = False
    events: tuple[str, ...] = ()
    causes: tuple[str, ...] = ()

    @property
    def writes(self) -> bool:
        """Whether a value was written."""
        return self.new is not None


CAUSES_KEPT = 20
"""How many of its events and causes an activity names."""

FELT, HEARTBEAT = "felt", "heartbeat"
"""Types of activity that are no action's."""


VARIANT = "~"
"""Parts the name of a detector from that of a variant, which runs beside it with other settings."""


def finding_id(detector: str, subject: str, opening: str) -> str:
    """Return the deterministic id of a finding: the detector's name and 20 hexadecimal digits.

    These are the same for all variants of a detector.
    """
    name = detector.partition(VARIANT)[0]
    digest = hashlib.blake2b(f"{name}\0{subject}\0{opening}".encode(), digest_size=10)
    return f"{detector}-{digest.hexdigest()}"


class Totals(msgspec.Struct, kw_only=True):
    """What a run read and what became of it; `received` = stored + duplicates + dead letters.

    `received` counts events, `records` what they stood in; `ignored` are records without events.
    `stored` counts what was judged, whether or not a store keeps it.
    """

    records: int = 0
    received: int = 0
    stored: int = 0
    duplicates: int = 0
    dead_letters: int = 0
    late: int = 0
    ignored: dict[str, int] = {}
    actions: int = 0
    observations: int = 0
    recoveries: int = 0
    unknown_outcome: int = 0
    recovery_overridden: int = 0
    capped_counts: int = 0
    drilled: int = 0


class ServiceSummary(msgspec.Struct, kw_only=True):
    """What automation did for one service over a run.

    `recoveries` counts automated ones (times their occurrences), `human_recoveries` those by
    hand; `episodes` are automated recoveries closer together than 15 minutes taken as one.
    `succeeded`, `failed` and `unknown` split the automated ones by outcome. `hourly` counts
    automated recoveries by the start of their hour (microseconds UTC).
    """

    service: str
    environment: str
    scope: str
    display: str = ""
    owner: str = ""
    recoveries: int = 0
    human_recoveries: int = 0
    episodes: int = 0
    succeeded: int = 0
    failed: int = 0
    unknown: int = 0
    first_at: int = 0
    last_at: int = 0
    trend: str = ""
    hourly: dict[int, int] = {}
