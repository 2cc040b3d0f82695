"""`silent_automation`: agents that stopped reporting, and counters that moved without events."""

from overheal.detect.silent_automation.agents import FleetSilentAutomation
from overheal.detect.silent_automation.counters import SilentAutomation

__all__ = ["FleetSilentAutomation", "SilentAutomation"]
