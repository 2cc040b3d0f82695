"""`stale_basis`: an action that rests on a view of the world which others have changed since.

`basis` remembers what took effect and says which of it an action cannot have known; `detector`
makes findings of that.
"""

from overheal.detect.stale_basis.detector import StaleBasis

__all__ = ["StaleBasis"]
