"""The detectors there are; adding one is its file and one line here."""

from __future__ import annotations

from typing import Any

from overheal.detect.agent_conflict import AgentConflict, FleetAgentConflict
from overheal.detect.automation_in_drill import AutomationInDrill
from overheal.detect.base import Described, Detector, FleetDetector
from overheal.detect.ineffective_recovery import IneffectiveRecovery
from overheal.detect.masked_degradation import MaskedDegradation
from overheal.detect.recovery_frequency import RecoveryFrequency
from overheal.detect.thrashing import Thrashing

SCOPE_DETECTORS: tuple[type[Detector[Any, Any]], ...] = (
    RecoveryFrequency,
    MaskedDegradation,
    Thrashing,
    AgentConflict,
    IneffectiveRecovery,
    AutomationInDrill,
)
FLEET_DETECTORS: tuple[type[FleetDetector[Any, Any]], ...] = (FleetAgentConflict,)


def names() -> list[str]:
    """Return the names of all detectors, each once, in the order of the registry."""
    every: tuple[type[Described[Any, Any]], ...] = (*SCOPE_DETECTORS, *FLEET_DETECTORS)
    return list(dict.fromkeys(detector.name for detector in every))
