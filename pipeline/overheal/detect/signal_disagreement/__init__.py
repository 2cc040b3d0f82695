"""`signal_disagreement`: somebody acted although what they knew contradicts itself.

`reading` says what evidence means, `detector` who acted on evidence that contradicts.
"""

from overheal.detect.signal_disagreement.detector import SignalDisagreement

__all__ = ["SignalDisagreement"]
