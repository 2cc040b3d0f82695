"""Successes that the flow disproved, as they are stored."""

from __future__ import annotations

from overheal.stages.row import Restated
from overheal.store import Restatement


def restatement(found: Restated) -> Restatement:
    """Return what is stored of a success that was disproved, or that was none only for a while."""
    environment, _, service = found.claim.service.partition("\0")
    return Restatement(
        environment=environment,
        service=service,
        action_id=found.claim.action_id,
        decided_by=found.event_id,
        decided_at=found.at,
        count=found.claim.count,
        withdrawn=found.withdrawn,
    )
