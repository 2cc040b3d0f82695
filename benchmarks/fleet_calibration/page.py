"""The words around the tables."""

READING = """\
## How to read this

The fleets are simulated (`overheal.testing.simulate`) and live an ordinary life: restarts by the
null's own process, autoscalers with rhythms of days and weeks, releases of which some are taken
back, lost nodes that move many pods at once, people, AI agents and cost agents. Into that, troubles
are injected, and what was injected is written beside the events. A finding is true when it shares
events, or agents that only it has, with what was injected.

`tuning` is what thresholds may be tuned on. `holdout` has other mechanisms and ranges: gamma and
log-normal gaps for Weibull ones, log-linear acceleration for a power law, fights with random
reaction times over several targets, mass actions in waves. It was written down before anything was
measured, and `holdout.sha256` freezes it: the command refuses another, and a test holds the hash.
Only `holdout` says how good a detector is; a wide difference from `tuning` says that it was fitted.

What a simulated fleet cannot tell: whether real fleets are like it. Its agents state their
mandates, its clocks agree, its services are alike, and every trouble has a scope of its own. The
recorded control plane stands beside it for that reason."""

FIRST_GAP = """\
A service's birth is not in its events, so a detector sees one gap less than there are; for a
service that gets worse steadily that is the longest one, and costs more than any other. The oracle
sees it. `benchmarks/calibrate.py` counts from the birth, too."""

NULLS = """\
Each null is a fleet of {services:,} services over 90 days. Shares are of services about which a
detector spoke at actionable or above / at critical, with the upper 95 % bound. Goals: at most 1 %,
and 0.1 %."""

BUSY = """\
Four in ten services autoscaled, releases every day, a node lost every day, people, cost agents and
AI agents at work in every scope every day; of the tuning kind."""

FOUND = """\
Found at actionable or above (`incomplete_action`: at all), by the detector meant. The oracle knows
the law and since when, sees the first gap too, and looks once, at the end, with 1 % error."""

CONFLICTS = """\
{fights} fights of every sort (over one field, through two fields of one thing, in a ring of three),
among neighbours that look alike: redundant writers, clean-up, rollbacks, one agent that scales up
and down, blue/green switches, a human who corrects once, shifts, a handover. Goals: 95 % each."""

MOVED = """\
On the tuning set: of {services} services in nulls, those that a detector spoke of at actionable /
critical in 90 days; and of its own troubles, the share found in time / that became critical.
Detectors that count find what there is in a null, which is no error of theirs. The last three
columns count all findings of every tier, in nulls and among troubles: what decides when a finding
resolves shows there alone, since what resolves too soon opens again. Findings about counters come
from a fleet of {counted} services for two days, of whose events a tenth is lost. `-`: the set has
no trouble for it; `not possible`: refused, or the same number; a default of 0 is moved to 1."""
