"""`agent_conflict`: different agents that undo each other.

The scope stage judges one field of one target; the fleet stage judges a pair of agents over all
the targets they meet on, because real fights spread out while correct clean-up also alternates.
Where a pair fights on several targets, the fleet's finding supersedes those of the scopes.
"""

from overheal.detect.agent_conflict.fleet import FleetAgentConflict
from overheal.detect.agent_conflict.scope import AgentConflict

__all__ = ["AgentConflict", "FleetAgentConflict"]
