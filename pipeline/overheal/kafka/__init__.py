"""Kafka: the one room that talks to its driver.

`settings` says how to reach a cluster, `topics` what must stand there, `partitioning` where a key
belongs, `consumer` and `producer` move records. Nothing here knows what an event is.
"""
