"""False alarms, power and honesty of `masked_degradation`, measured on simulated services."""
