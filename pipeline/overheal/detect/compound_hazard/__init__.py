"""`compound_hazard`: agents that are each right, and together dangerous.

`chains` says who began what an action is part of, `crowds` who acts at the same time, `gathering`
on which things (with `things`, `places`, `gains`), `meetings` where so many meet, `joined` which
finding has what, `detector` when that is a finding, `words` how it is told.
"""

from overheal.detect.compound_hazard.detector import CompoundHazard

__all__ = ["CompoundHazard"]
