"""`incomplete_action`: actions that do not end, or whose phases come in an impossible order.

`phases` follows one action, `detector` says whose actions are incomplete.
"""

from overheal.detect.incomplete_action.detector import IncompleteAction

__all__ = ["IncompleteAction"]
