"""`authority_breach`: automation that acts beyond what it was allowed.

`action` is what is known of one action and which rules it broke, `detector` finds who breaks them.
"""

from overheal.detect.authority_breach.detector import AuthorityBreach

__all__ = ["AuthorityBreach"]
