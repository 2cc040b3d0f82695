"""One agent acts on unusually many targets in a short time, each action right by itself.

`settings` are the limits and grounds, `counted` what counts and as what, `agent` what is remembered
of one agent, `detector` the detector.
"""

from overheal.detect.mass_action.detector import MassAction

__all__ = ["MassAction"]
