"""The stable JSON document of a tree of causes, and its schema."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from overheal.causal.tree import Tree
from overheal.report.causal.words import sentence
from overheal.report.words import rfc3339

SCHEMA_ID = "urn:overheal:schema:causal:1"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NodePart(_Part):
    """An action or an observation; `seen` is false for what is only named as a cause."""

    id: str
    seen: bool
    at: str | None = Field(description="First event, RFC 3339 UTC.")
    service: str
    environment: str
    agent: str
    type: str
    target: str
    field: str
    value: str = Field(description="What was written or seen, as JSON.")
    outcome: str
    events: list[str] = Field(description="Ids of its events, at most a hundred.")
    asked: bool = Field(description="It is what was asked, or a member of the finding.")
    above: int | None = Field(description="Links from it down to what was asked; null: none.")
    below: int | None = Field(description="Links from what was asked down to it; null: none.")


class EdgePart(_Part):
    """One led to another."""

    cause: str
    effect: str
    kind: Literal["declared", "inferred"]
    reason: str = Field(description="caused_by, trace, catalog or timing.")
    confidence: float = Field(description="Probability; 1 where it was declared.")


class GapPart(_Part):
    """Nothing was told by an agent for a time, though something led on."""

    cause: str
    effect: str
    agent: str
    start: str
    end: str
    sentence: str


class RelatedPart(_Part):
    """What shares something with what was asked and is no cause of it."""

    id: str
    shares: str
    how: str


class OwnedPart(_Part):
    """Who owns services of what is told here, by the catalog."""

    owner: str
    services: list[str]
    others: list[str] = Field(description="What else they own.")


class FindingPart(_Part):
    """The finding that is explained, by what led to its members and what they led to."""

    id: str
    detector: str
    tier: str
    status: str
    service: str
    environment: str
    scope: str
    summary: str = Field(description="What happened, in a sentence.")
    reason: str = Field(description="Why it has its tier.")
    next_step: str
    first_at: str
    last_at: str
    detected_at: str
    inhibited_by: str | None = Field(description="The finding that explains it; null: none.")
    member_count: int = Field(description="Its events, all of them.")
    members: list[str] = Field(description="The nodes that they stand for, the earliest first.")
    lost: int = Field(description="Events of it of which nothing is stored any more.")


class CausalDocument(_Part):
    """What led to something, up to its roots, and all that it led to."""

    schema_version: Literal["1"] = "1"
    asked: str = Field(description="A node, or the id of the finding.")
    finding: FindingPart | None = Field(description="Null where no finding was asked.")
    roots: list[str] = Field(description="The nearest first.")
    more_roots: bool = Field(description="There may be more roots than the nearest 64 of a node.")
    nodes: list[NodePart] = Field(description="The earliest first.")
    edges: list[EdgePart]
    gaps: list[GapPart]
    related: list[RelatedPart]
    owned: list[OwnedPart]
    complete: bool = Field(description="False: there is more than is told here.")


def causal_document(tree: Tree) -> CausalDocument:
    """Return a tree as a document; the same tree gives the same document."""
    return CausalDocument(
        asked=tree.node,
        finding=_finding(tree),
        roots=list(tree.roots),
        more_roots=tree.more_roots,
        nodes=[_node(tree, node) for node in tree.nodes],
        edges=[
            EdgePart(
                cause=edge.cause,
                effect=edge.effect,
                kind="declared" if edge.kind == "declared" else "inferred",
                reason=edge.reason,
                confidence=round(edge.confidence, 3),
            )
            for edge in tree.edges
        ],
        gaps=[
            GapPart(
                cause=gap.cause,
                effect=gap.effect,
                agent=gap.agent,
                start=rfc3339(gap.start),
                end=rfc3339(gap.end),
                sentence=sentence(gap),
            )
            for gap in tree.gaps
        ],
        related=[RelatedPart(id=node, shares=what, how=how) for node, what, how in tree.related],
        owned=[
            OwnedPart(owner=one.owner, services=list(one.services), others=list(one.others))
            for one in tree.owned
        ],
        complete=not tree.cut,
    )


def causal_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    schema = CausalDocument.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def _finding(tree: Tree) -> FindingPart | None:
    finding = tree.finding
    if finding is None:
        return None
    told = ("id", "detector", "service", "environment", "scope", "summary", "reason", "next_step")
    return FindingPart(
        **{name: getattr(finding, name) for name in told},
        tier=finding.tier.word,
        status=finding.status,
        **{name: rfc3339(getattr(finding, name)) for name in ("first_at", "last_at")},
        detected_at=rfc3339(finding.detected_at),
        inhibited_by=finding.inhibited_by or None,
        member_count=finding.member_count,
        members=[node for node in tree.nodes if node in tree.members],
        lost=tree.lost,
    )


def _node(tree: Tree, node: str) -> NodePart:
    known = tree.seen.get(node)
    asked = node in tree.asked
    above, below = tree.up.get(node), tree.down.get(node)
    if known is None:
        texts = ("service", "environment", "agent", "type", "target", "field", "value", "outcome")
        empty: dict[str, Any] = dict.fromkeys(texts, "")
        far: dict[str, Any] = {"asked": asked, "above": above, "below": below}
        return NodePart(id=node, seen=False, at=None, events=[], **far, **empty)
    return NodePart(
        id=node,
        seen=True,
        at=rfc3339(known.first_at),
        service=known.service,
        environment=known.environment,
        agent=known.agent,
        type=known.type,
        target=known.target,
        field=known.field,
        value=known.new,
        outcome=known.outcome,
        events=list(known.events),
        asked=asked,
        above=above,
        below=below,
    )
