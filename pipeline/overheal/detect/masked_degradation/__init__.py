"""`masked_degradation`: recoveries that all seem to work, and come faster and faster.

Two scales are watched: the gaps between episodes, and the gaps between the recoveries inside one
episode. Both are tested with `state.trend.GapTest`, which holds against any renewal process however
often one looks; `budget` tells how the error is split.
"""

from overheal.detect.masked_degradation.detector import MaskedDegradation

__all__ = ["MaskedDegradation"]
