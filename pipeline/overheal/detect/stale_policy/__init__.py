"""`stale_policy`: what automation relies on, and nobody has looked at since the world moved on.

`memory` is what is remembered and judged of policies, `paths` the recovery paths that the catalog
declares, `detector` is both.
"""

from overheal.detect.stale_policy.detector import StalePolicy

__all__ = ["StalePolicy"]
