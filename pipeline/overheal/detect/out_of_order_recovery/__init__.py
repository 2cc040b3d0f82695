"""`out_of_order_recovery`: recoveries that do not follow the failure modes their owners declare.

`modes` finds the declared mode that a recovery answers, `trouble` knows which services were down
and when they were back; `detector` makes findings of both.
"""

from overheal.detect.out_of_order_recovery.detector import OutOfOrderRecovery

__all__ = ["OutOfOrderRecovery"]
