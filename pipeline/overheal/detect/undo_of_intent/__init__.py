"""`undo_of_intent`: automation takes back what somebody declared on purpose.

`settings` say how long an intent holds, `intents` what is remembered and what goes against one,
`detector` is the detector.
"""

from overheal.detect.undo_of_intent.detector import UndoOfIntent

__all__ = ["UndoOfIntent"]
