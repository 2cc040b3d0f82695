"""The stable JSON document of a tree of causes, and its schema."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from overheal.causal.tree import Gap, Owned, Tree
from overheal.report.words import rfc3339
from overheal.state.words import clock

OTHERS_TOLD = 10
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


class CausalDocument(_Part):
    """What led to something, up to its roots, and all that it led to."""

    schema_version: Literal["1"] = "1"
    asked: str
    roots: list[str] = Field(description="The nearest first.")
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
        roots=list(tree.roots),
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


def sentence(gap: Gap) -> str:
    """Return a gap in words."""
    start, end = clock(gap.start), clock(gap.end)
    return f"no event between {start} and {end} from {gap.agent}"


def owning(owned: Owned) -> str:
    """Return in words who owns what."""
    others = owned.others[:OTHERS_TOLD]
    left = len(owned.others) - len(others)
    also = f"; also {', '.join(others)}" if others else ""
    more = f" and {left} more" if left else ""
    return f"{owned.owner} owns {', '.join(owned.services)}{also}{more}"


def causal_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    schema = CausalDocument.model_json_schema(mode="serialization")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, **schema}


def _node(tree: Tree, node: str) -> NodePart:
    known = tree.seen.get(node)
    above, below = tree.up.get(node), tree.down.get(node)
    if known is None:
        empty = dict.fromkeys(
            ("service", "environment", "agent", "type", "target", "field", "value", "outcome"), ""
        )
        return NodePart(id=node, seen=False, at=None, events=[], above=above, below=below, **empty)
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
        above=above,
        below=below,
    )
