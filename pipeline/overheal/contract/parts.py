"""The parts of which action events and observations are made."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from overheal.contract.vocabulary import (
    ActionType,
    AgentKind,
    Moment,
    Name,
    Number,
    Outcome,
    Seconds,
    Share,
    State,
    TriggerKind,
)


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
