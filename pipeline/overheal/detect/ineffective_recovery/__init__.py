"""`ineffective_recovery`: attempts that do not help, whatever is reported of them.

Three questions, a file each: `rows` counts attempts that fail again and again, `returns` successes
after which the same trouble comes back, `policies` how often a policy's recoveries did not help or
were not needed. `detector` hands each its facts.
"""

from overheal.detect.ineffective_recovery.detector import IneffectiveRecovery

__all__ = ["IneffectiveRecovery"]
