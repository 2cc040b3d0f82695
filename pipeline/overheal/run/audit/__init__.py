"""`overheal audit`: proof from Kafka and the ledger that nothing is lost and nothing twice.

`wiring` states the order; `positions` asks Kafka where partitions begin and end; `ledger` reads the
ledger and compares it with the rows; `sweep` reads the topic and counts; `looking` takes apart the
ranges whose counts differ; `coverage` says what lies outside the ledger; `words` is for people.
"""
