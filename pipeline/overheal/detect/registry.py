"""The detectors there are; adding one is its file and one line here."""

from __future__ import annotations

from typing import Any

from overheal.detect.agent_conflict import AgentConflict, FleetAgentConflict
from overheal.detect.authority_breach import AuthorityBreach
from overheal.detect.automation_in_drill import AutomationInDrill
from overheal.detect.base import Described, Detector, Documentation, FleetDetector
from overheal.detect.cascade import Cascade
from overheal.detect.compound_hazard import CompoundHazard
from overheal.detect.incomplete_action import IncompleteAction
from overheal.detect.ineffective_recovery import IneffectiveRecovery
from overheal.detect.masked_degradation import MaskedDegradation
from overheal.detect.mass_action import MassAction
from overheal.detect.out_of_order_recovery import OutOfOrderRecovery
from overheal.detect.recovery_frequency import RecoveryFrequency
from overheal.detect.signal_disagreement import SignalDisagreement
from overheal.detect.silent_automation import FleetSilentAutomation, SilentAutomation
from overheal.detect.stale_basis import StaleBasis
from overheal.detect.stale_policy import StalePolicy
from overheal.detect.thrashing import Thrashing
from overheal.detect.undo_of_intent import UndoOfIntent

SCOPE_DETECTORS: tuple[type[Detector[Any, Any]], ...] = (
    RecoveryFrequency,
    MaskedDegradation,
    Thrashing,
    AgentConflict,
    CompoundHazard,
    UndoOfIntent,
    StaleBasis,
    IneffectiveRecovery,
    SignalDisagreement,
    AuthorityBreach,
    OutOfOrderRecovery,
    IncompleteAction,
    SilentAutomation,
    StalePolicy,
    AutomationInDrill,
)
FLEET_DETECTORS: tuple[type[FleetDetector[Any, Any]], ...] = (
    FleetAgentConflict,
    Cascade,
    MassAction,
    FleetSilentAutomation,
)
_EVERY: tuple[type[Described[Any, Any]], ...] = (*SCOPE_DETECTORS, *FLEET_DETECTORS)


def names() -> list[str]:
    """Return the names of all detectors, each once, in the order of the registry."""
    return list(dict.fromkeys(detector.name for detector in _EVERY))


def named(name: str) -> list[type[Described[Any, Any]]]:
    """Return the detectors of a name: one, or one for each stage."""
    return [detector for detector in _EVERY if detector.name == name]


def stage(detector: type[Described[Any, Any]]) -> str:
    """Return where a detector runs: `scope` or `fleet`."""
    return "fleet" if issubclass(detector, FleetDetector) else "scope"


def documentation(name: str, where: str) -> Documentation | None:
    """Return what a detector says about itself, None where there is none of that name.

    Where both stages have one, it is that of the stage `where` (`scope` or `fleet`).
    """
    known = {stage(detector): detector.documentation for detector in named(name)}
    return known.get(where) or next(iter(known.values()), None)
