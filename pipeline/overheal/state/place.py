"""What makes two targets, or two fields, the same one: keys for what is remembered of them."""

from __future__ import annotations

from overheal.model import Event, Target


def target_key(environment: str, target: Target) -> str:
    """Return the key of a target in an environment.

    >>> target_key("prod", Target("Job", "a")) == target_key("prod", Target("Job", "b"))
    False
    """
    where = f"{target.cluster}\0{target.region}\0{target.namespace}\0{target.name}"
    return f"{environment}\0{target.kind}\0{where}"


def field_key(event: Event, target: Target) -> str:
    """Return the key of the field of `target` that an event is about."""
    return f"{target_key(event.environment, target)}\0{event.field}"
