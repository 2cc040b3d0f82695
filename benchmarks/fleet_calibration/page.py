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
recorded control plane stands beside it for that reason.

### What was looked at, and when

`holdout.toml` is as it was frozen. Both sets were looked at once when all detectors were there:
fights through two fields were found in neither, agents that stopped in three of four runs of
`tuning` and one of eight of `holdout`, a ring was found at the reversal that closes it. What was
changed after that was decided on `tuning` alone:

- The simulator: in a fight through two fields each agent now pushes its own way only. Before, the
  first turned round whenever the second had, which by order and time is what an autoscaler and a
  node autoscaler do that grow and shrink together. `holdout` asks for the same sort of fight and so
  changed with it. The first write of a ring's third agent is no reversal any more: it undoes
  nobody.
- `silent_automation`: agents that came after another had stopped no longer vouch for the source.
- `compound_hazard`: a release (trigger `rollout`) counts for nobody. All findings in the busy fleet
  were a release, an autoscaler and a tuning agent that met by chance.
- `mass_action`: what the platform does by itself all the time is usual from the first day. In nulls
  of 2,000 services, of both sets, a kubelet was paged for; why was looked up in `tuning`.
- `masked_degradation`: its weights, its looks and the split of its budget were chosen on gaps drawn for
  that (power laws and steps, `benchmarks/calibration`), its guards against clusters on the untold
  deploys, crash loops and bursts there. `holdout` was looked at once afterwards, for power laws and steps.

`holdout` has no troubles for `recovery_frequency`, `thrashing`, `out_of_order_recovery`,
`stale_policy` and `automation_in_drill`: they state rules, and were given troubles in `tuning` only
after it was frozen. The neighbours `corrected_many`, `follows` and `strangers` and the fights over
releases and over five to nine things are in `tuning` alone for the same reason."""

FIRST_GAP = """\
A service's birth is not in its events, so a detector sees one gap less than there are; for a
service that gets worse steadily that is the longest one, and costs more than any other. The oracle
sees it, and so does `make calibrate`."""

NULLS = """\
Each null is a fleet of {services:,} services over 90 days. Shares are of services about which a
detector spoke at actionable or above / at critical, with the upper 95 % bound. Goals: at most 1 %,
and 0.1 %."""

BUSY = """\
Four in ten services autoscaled, releases every day, a node lost every day, people, cost agents and
AI agents at work in every scope every day; of the tuning kind."""

FOUND = """\
Found at actionable or above (`incomplete_action` and `stale_policy`: at all), by the detector
meant. The oracle knows the law and since when, sees the first gap too, and looks once, at the end,
with 1 % error.

A reversal is a write that undoes another's. A fight is one where both sides have undone the other:
where two agents meet on many things at once, the first three reversals may all be one side's. A
ring closes with its fourth, when the third agent undoes somebody for the first time."""

CONFLICTS = """\
{fights} fights of every sort (over one field, on several things, through two fields of one thing,
in a ring of three, demand against releases), among neighbours that look alike: redundant writers,
clean-up, rollbacks, one agent that scales up and down, blue/green switches, a human who corrects
once (on one thing, on six), shifts, a handover, a node autoscaler that follows an autoscaler both
ways, two that size replicas and nodes and know nothing of each other. Goals: 95 % each."""

MOVED = """\
On the tuning set: of {services} services in nulls, those that a detector spoke of at actionable /
critical in 90 days; and of its own troubles, the share found in time / that became critical.
Detectors that count find what there is in a null, which is no error of theirs. The last three
columns count all findings of every tier, in nulls and among troubles: what decides when a finding
resolves shows there alone, since what resolves too soon opens again. Findings about counters come
from a fleet of {counted} services for two days, of whose events a tenth is lost. `-`: the set has
no trouble for it; `not possible`: refused, or the same number; *no* is moved to *yes*. What makes
critical what a setting opens is moved along where it has to be. Where a row is the same in all
columns, what is simulated does not come near that setting: it says so, and no more."""

NEAR = "Where limits are near"

NEAR_LIMITS = """\
Trouble in simulated fleets is either clear or absent, so that most limits are far. These are random
histories and stories that lie on both sides of every limit: {histories} of each for a detector.
They say how much hangs on a setting, not how often it would in real life. Days are from detection
to resolution, of all findings together."""
