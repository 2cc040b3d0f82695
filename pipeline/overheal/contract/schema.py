"""Schema version 1 of action events and observations: the one definition.

Everything else is derived from these classes: the fast decoder (`decode`), JSON Schema, AsyncAPI
and the examples under `schemas/` (`export`). The envelope is CloudEvents 1.0
(https://github.com/cloudevents/spec, v1.0.2).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    WithJsonSchema,
    model_validator,
)

ACTION_SCHEMA = "urn:overheal:schema:action-event:1"
OBSERVATION_SCHEMA = "urn:overheal:schema:observation:1"
OBSERVATION_TYPE = "io.overheal.observation.v1"

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)

Phase = Literal["proposed", "approved", "rejected", "started", "finished", "verified"]
ActionType = Literal[
    "restart",
    "replace",
    "reschedule",
    "evict",
    "scale",
    "failover",
    "rollback",
    "deploy",
    "config_change",
    "traffic_shift",
    "drain",
    "cleanup",
    "cache_flush",
    "backup",
    "restore",
    "quarantine",
    "credential_rotation",
    "other",
]
TriggerKind = Literal[
    "failure", "demand", "schedule", "rollout", "cost", "policy", "manual", "unknown"
]
AgentKind = Literal["platform", "autoscaler", "script", "workflow", "ai_agent", "human"]
Outcome = Literal["succeeded", "failed", "partial", "ineffective", "unnecessary", "unknown"]
ObservationKind = Literal["symptom", "alert", "page", "counter", "change", "heartbeat"]


_CLOCK = r"^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:[.]([0-9]+))?"
_ZONE = r"(?:([Zz])|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))"
_TIME = re.compile(rf"{_CLOCK}{_ZONE}?$")


def _read_time(value: Any) -> Any:
    """Return the time that an RFC 3339 text states, rounded to microseconds."""
    if not isinstance(value, str):
        return value
    match = _TIME.match(value)
    if match is None or value.endswith("\n"):
        raise ValueError("should be an RFC 3339 time")
    *parts, fraction, utc, sign, hours, minutes = match.groups()
    digits = f"{fraction or '':0<7.7}"
    try:
        zone = None
        if utc or sign:
            offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
            zone = timezone(-offset if sign == "-" else offset) if offset else UTC
        year, month, day, hour, minute, second = map(int, parts)
        moment = datetime(year, month, day, hour, minute, second, int(digits[:6]), zone)
        return moment + timedelta(microseconds=1) if digits[6] >= "5" else moment
    except (ValueError, OverflowError):
        raise ValueError("should be a time that exists") from None


def _possible(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("should lie between 1970-01-01 and 2100-01-01")
    return moment


Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_read_time),
    AfterValidator(_possible),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": f"{_CLOCK}{_ZONE}$"}),
]
Name = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(ge=0, le=3_153_600_000, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1)]
State = dict[str, JsonValue]


class Part(BaseModel):
    """A closed part of a document: unknown keys are refused, types are not coerced."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Agent(Part):
    """Who acts. Instances of one name are one agent."""

    name: Name = Field(
        description="Stable name of the agent, for example `horizontal-pod-autoscaler`."
    )
    kind: AgentKind = Field(description="What sort of actor it is.")
    instance: str | None = Field(None, description="Which copy of the agent acted.")
    mandate: str | None = Field(None, description="What it optimises: availability, cost, latency.")
    autonomy_level: Annotated[int, Field(ge=0, le=4)] | None = Field(
        None, description="0 advises only, 4 acts without any human."
    )
    version: str | None = Field(None, description="Version of the agent's code or model.")


class Policy(Part):
    """The rule or runbook by which the agent acted."""

    id: Name = Field(description="Stable id of the policy.")
    version: str | None = Field(None, description="Version of the policy.")
    changed_at: Moment | None = Field(None, description="When the policy last changed (UTC).")


class Action(Part):
    """What is done."""

    type: ActionType = Field(description="The closed vocabulary of actions.")
    name: str | None = Field(None, description="The vendor's own word for it.")
    recovery: bool | None = Field(
        None, description="Overrides the rule by which an action counts as a recovery."
    )
    policy: Policy | None = Field(None, description="The policy it follows.")


class TargetRef(Part):
    """The thing changed, and which property of it."""

    kind: Name = Field(description="Kind of thing, for example `Deployment` or `dns_record`.")
    name: Name = Field(description="Its name.")
    namespace: str | None = Field(
        None, description="Namespace on Kubernetes, project or account elsewhere."
    )
    cluster: str | None = Field(None, description="Cluster it lives in.")
    region: str | None = Field(None, description="Region it lives in.")
    uid: str | None = Field(None, description="Id of this incarnation.")
    field: str | None = Field(None, description="Property that changes, for example `replicas`.")


class Signal(Part):
    """One measurement that led to the decision."""

    name: Name = Field(description="Name of the measurement.")
    value: JsonValue = Field(None, description="What was measured.")
    threshold: JsonValue = Field(None, description="What it was compared with.")
    status: str | None = Field(
        None, description="What the comparison said, for example `degraded`."
    )


class Trigger(Part):
    """Why the agent acted."""

    condition: Name = Field(description="Why, in words. Required: the trigger condition.")
    kind: TriggerKind = Field("unknown", description="What sort of reason.")
    source: str | None = Field(None, description="Who noticed.")
    signals: list[Signal] | None = Field(None, description="The measurements behind it.")
    observed_at: Moment | None = Field(None, description="When the world was observed (UTC).")
    observed_version: str | None = Field(
        None, description="Version of the world that the decision was based on."
    )


class Intent(Part):
    """What is wanted."""

    goal: str | None = Field(None, description="The goal in words.")
    desired: State | None = Field(None, description="Field → wanted value.")
    until: Moment | None = Field(None, description="End of the declared intent window (UTC).")


class EvidenceItem(Part):
    """One piece of evidence an agent weighed."""

    source: Name = Field(description="Where it came from.")
    kind: str | None = Field(None, description="What sort of evidence.")
    value: JsonValue = Field(None, description="What it said.")
    weight: Number | None = Field(None, description="How much it counted.")


class PredictedImpact(Part):
    """What the agent expected its action to do to a service."""

    service: Name = Field(description="Service affected.")
    effect: str | None = Field(None, description="Expected effect in words.")


class Decision(Part):
    """How the agent came to its decision."""

    confidence: Share | None = Field(None, description="Confidence from 0 to 1.")
    evidence: list[EvidenceItem] | None = Field(None, description="What was weighed.")
    constraints: list[str] | None = Field(None, description="What limited the choice.")
    alternatives: list[str] | None = Field(None, description="What else was considered.")
    predicted_impact: list[PredictedImpact] | None = Field(None, description="What it foresaw.")


class PolicyCheck(Part):
    """One check that an action had to pass."""

    name: Name = Field(description="Name of the check.")
    passed: bool = Field(description="Whether it passed.")


class Authority(Part):
    """By whose authority it acted."""

    mode: Literal["automatic", "approval", "manual"] | None = Field(None, description="How.")
    decision: Literal["approve", "modify", "override", "reject"] | None = Field(
        None, description="What the human decided."
    )
    approved_by: str | None = Field(None, description="Who approved.")
    modification: str | None = Field(None, description="What the human changed.")
    policy_checks: list[PolicyCheck] | None = Field(None, description="Checks that were run.")


class Expected(Part):
    """What should happen."""

    outcome: Name = Field(description="Expected outcome in words. Required.")
    within_seconds: Seconds | None = Field(None, description="By when, in seconds from the start.")


class Actual(Part):
    """What happened. Unknown is not success."""

    outcome: Outcome = Field(description="Actual outcome. Required once the action is finished.")
    detail: str | None = Field(None, description="The outcome in words.")
    verified: bool | None = Field(None, description="Whether somebody looked.")
    verified_by: list[str] | None = Field(None, description="Who or what looked.")


class Causality(Part):
    """How this event hangs together with others."""

    caused_by: list[str] | None = Field(
        None, description="Ids of the events or actions that led to it."
    )
    witness_of: str | None = Field(
        None, description="Id of the action that this one merely saw; it does not count again."
    )
    correlation_id: str | None = Field(None, description="Shared by what merely belongs together.")


class Impact(Part):
    """What users noticed."""

    user_visible: bool | None = Field(None, description="Whether users felt it.")
    degraded_seconds: Seconds | None = Field(None, description="For how long.")
    alerted: bool | None = Field(None, description="Whether a human was told.")


class Occurrences(Part):
    """How often a counting source says that it happened."""

    count: Annotated[int, Field(ge=1, le=9_007_199_254_740_991)] = Field(
        1, description="How many occurrences this event stands for."
    )
    first_at: Moment | None = Field(None, description="None of them lies before this time (UTC).")
    last_at: Moment | None = Field(None, description="The last one lies at this time (UTC).")


class ActionEvent(Part):
    """One phase of one operational action."""

    action_id: Name = Field(description="Shared by all events about one action.")
    phase: Phase = Field(description="Where the action stands.")
    service: Name | None = Field(
        None, description="Service it is about; absent only for what belongs to none."
    )
    environment: Name = Field("production", description="Environment of the service.")
    scope: Name | None = Field(
        None, description="Dependency neighbourhood; required where there is no service."
    )
    agent: Agent = Field(description="Who acts.")
    action: Action = Field(description="What is done.")
    target: TargetRef | None = Field(None, description="What it is done to.")
    trigger: Trigger = Field(description="Why.")
    intent: Intent | None = Field(None, description="What is wanted.")
    decision: Decision | None = Field(None, description="How the decision was made.")
    authority: Authority | None = Field(None, description="By whose authority.")
    expected: Expected = Field(description="What should happen.")
    actual: Actual | None = Field(None, description="What happened; required once finished.")
    duration_seconds: Seconds | None = Field(
        None, description="How long it took; required once finished."
    )
    before: State | None = Field(None, description="State before: field → value.")
    after: State | None = Field(None, description="State after: field → value.")
    causality: Causality | None = Field(None, description="What led to it.")
    impact: Impact | None = Field(None, description="What users noticed.")
    occurrences: Occurrences | None = Field(None, description="Counting sources only.")
    drill: str | None = Field(None, description="Id of a declared drill.")
    derived: list[str] | None = Field(
        None, description="Fields that an adapter filled in rather than read."
    )
    ext: State | None = Field(None, description="The one open part.")
    labels: dict[str, str] | None = Field(None, description="Free labels.")

    @model_validator(mode="after")
    def _rules(self) -> Self:
        for problem in action_rules(self):
            raise ValueError(problem)
        return self


class Observation(Part):
    """Something about the world rather than an action; never counted as one."""

    service: Name | None = Field(None, description="Service it is about, if any.")
    environment: Name = Field("production", description="Environment of the service.")
    scope: Name | None = Field(None, description="Required where there is no service.")
    target: TargetRef | None = Field(None, description="The thing observed.")
    kind: ObservationKind = Field(description="What sort of observation.")
    signal: Name = Field(description="What was observed, for example `node_ready`.")
    value: JsonValue = Field(None, description="The value seen.")
    status: str | None = Field(None, description="The state seen, in the source's word.")
    severity: str | None = Field(None, description="Severity, in the source's word.")
    user_visible: bool | None = Field(None, description="Whether users felt it.")
    agent: Agent | None = Field(None, description="Who reports it, where an agent does.")
    occurrences: Occurrences | None = Field(None, description="Counting sources only.")
    causality: Causality | None = Field(None, description="What led to it.")
    derived: list[str] | None = Field(None, description="Fields an adapter filled in.")
    ext: State | None = Field(None, description="The one open part.")
    labels: dict[str, str] | None = Field(None, description="Free labels.")

    @model_validator(mode="after")
    def _rules(self) -> Self:
        for problem in observation_rules(self):
            raise ValueError(problem)
        return self


class Envelope(BaseModel):
    """The CloudEvents 1.0 attributes; further extension attributes are kept as labels."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)

    specversion: Literal["1.0"] = Field(description="CloudEvents version.")
    id: Name = Field(description="Unique within `source`.")
    source: Name = Field(description="Who emitted the event, as a URI reference.")
    type: Name = Field(
        description="`io.overheal.action.<phase>.v1` or `io.overheal.observation.v1`."
    )
    time: Moment = Field(description="Event time (UTC).")
    subject: str | None = Field(None, description="The service.")
    dataschema: str | None = Field(
        None, description="`urn:overheal:schema:action-event:1` or `…:observation:1`."
    )
    datacontenttype: str | None = Field(None, description="`application/json`.")
    traceparent: str | None = Field(None, description="W3C trace context.")
    tracestate: str | None = Field(None, description="W3C trace state.")
    partitionkey: str | None = Field(None, description="Key used by transports.")
    correlationid: str | None = Field(None, description="Shared by what belongs together.")


def action_rules(event: ActionEvent) -> list[str]:
    """Return what is wrong with an action event across its fields, as `path: problem` sentences.

    Takes anything with the attributes of `ActionEvent`, so that every decoder applies these rules.
    """
    problems = []
    if event.phase in ("finished", "verified") and event.actual is None:
        problems.append("actual.outcome: is required once the action is finished")
    if event.phase == "finished" and event.duration_seconds is None:
        problems.append("duration_seconds: is required once the action is finished")
    if event.service is None and event.scope is None:
        problems.append("scope: is required where there is no service")
    return problems


def observation_rules(event: Observation) -> list[str]:
    """Return what is wrong with an observation across its fields, as `path: problem` sentences."""
    if event.service is None and event.scope is None:
        return ["scope: is required where there is no service"]
    return []
