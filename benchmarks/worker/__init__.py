"""What the worker reaches on one core, beside Faust: see docs/benchmarks.md.

`events` makes the load, `stand` the broker, the store and the pinned processes, `faust_app` is the
peer. Each other file is a measurement: `python -m benchmarks.worker.throughput`, `latency`,
`memory`, `takeover`, `settings`, `profiled`.
"""
