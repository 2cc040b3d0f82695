"""`overheal worker`: events of Kafka, judged and stored, nothing lost and nothing twice.

`loop` polls and decides when; a `lane` is one partition, its flow and what waits to be stored;
`block` is one contiguous range of offsets; `writing` makes blocks durable in their order;
`rebuild` brings a lane to where another process left it. docs/delivery.md tells why it holds.
"""
