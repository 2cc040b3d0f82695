"""Schema version 1 of action events and observations: the one definition.

Everything else is derived from these classes: the fast decoder (`decode`), JSON Schema, AsyncAPI
and the examples under `schemas/` (`export`). The envelope is CloudEvents 1.0
(https://github.com/cloudevents/spec, v1.0.2).
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, model_validator

from overheal.contract.parts import (
    Action,
    Actual,
    Agent,
    Authority,
    Causality,
    Decision,
    EvidenceItem,
    Expected,
    Impact,
    Intent,
    Occurrences,
    Part,
    Policy,
    PolicyCheck,
    PredictedImpact,
    Signal,
    TargetRef,
    Trigger,
)
from overheal.contract.vocabulary import (
    ACTION_SCHEMA,
    EARLIEST,
    LATEST,
    OBSERVATION_SCHEMA,
    OBSERVATION_TYPE,
    ActionType,
    AgentKind,
    Moment,
    Name,
    Number,
    ObservationKind,
    Outcome,
    Phase,
    Seconds,
    Share,
    State,
    TriggerKind,
)

__all__ = [
    "ACTION_SCHEMA",
    "EARLIEST",
    "LATEST",
    "OBSERVATION_SCHEMA",
    "OBSERVATION_TYPE",
    "Action",
    "ActionEvent",
    "ActionType",
    "Actual",
    "Agent",
    "AgentKind",
    "Authority",
    "Causality",
    "Decision",
    "Envelope",
    "EvidenceItem",
    "Expected",
    "Impact",
    "Intent",
    "Moment",
    "Name",
    "Number",
    "Observation",
    "ObservationKind",
    "Occurrences",
    "Outcome",
    "Part",
    "Phase",
    "Policy",
    "PolicyCheck",
    "PredictedImpact",
    "Seconds",
    "Share",
    "Signal",
    "State",
    "TargetRef",
    "Trigger",
    "TriggerKind",
    "action_rules",
    "observation_rules",
]


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
