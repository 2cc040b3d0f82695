"""`overheal ingest`: what producers wrote, in any format, becomes canonical events keyed by scope.

`wiring` starts one process, `loop` is its work, `member` its place in the consumer group.
"""
