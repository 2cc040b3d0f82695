"""Events made for the store's tests."""

from __future__ import annotations

from hypothesis import strategies as st

from overheal.model import HOUR, Event, Target
from overheal.store import StoredEvent

START = 1_772_416_800_000_000  # 2026-03-02 02:00 UTC
LAST = 4_102_444_799_999_999  # the last microsecond before 2100

_text = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_name = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
_word = st.sampled_from(["", "a", "kubelet", "Pod", "日本", "quote'\"\\", "nul\0", "tab\tline\n"])
_seconds = st.none() | st.floats(0, 3_153_600_000)
_value = (
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _text
    | st.sampled_from(["null", "true", "1", "", '"', "[1]"])
)
_time = st.integers(0, LAST) | st.integers(START, START + 90 * 24 * HOUR)
_targets = st.builds(Target, _name, _name, _word, _word, _word)

any_event = st.builds(
    Event,
    id=_name,
    source=_name,
    time=_time,
    action_id=_text,
    phase=st.sampled_from(["", "proposed", "started", "finished"]),
    service=_word,
    environment=_word,
    scope=_word,
    agent=_word,
    agent_kind=_word,
    mandate=_word,
    type=_word,
    name=_word,
    target=st.none() | _targets,
    field=_word,
    old=_value,
    new=_value,
    trigger=_word,
    condition=_text,
    outcome=_word,
    duration=_seconds,
    recovery=st.booleans(),
    recovery_overridden=st.booleans(),
    count=st.integers(1, 2**53),
    first_at=_time,
    witness_of=_text,
    caused_by=st.lists(_text, max_size=3).map(tuple),
    correlation_id=_text,
    user_visible=st.booleans(),
    prior_uptime=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    labels=st.dictionaries(_text, _text, max_size=3),
    document=st.binary(max_size=30),
)


def event(number: int = 0, *, time: int | None = None, **changes: object) -> Event:
    """Return one finished restart of `checkout`, ten minutes after the one before."""
    at = START + number * HOUR // 6 if time is None else time
    fields: dict[str, object] = {
        "id": f"e-{number}",
        "source": "urn:test",
        "time": at,
        "action_id": f"a-{number}",
        "phase": "finished",
        "service": "checkout",
        "environment": "production",
        "scope": "",
        "agent": "kubelet",
        "agent_kind": "platform",
        "mandate": "",
        "type": "restart",
        "name": "",
        "target": Target("Deployment", "checkout", "shop"),
        "field": "replicas",
        "old": number,
        "new": number + 1,
        "trigger": "failure",
        "condition": "liveness probe failed",
        "outcome": "succeeded",
        "duration": 1.5,
        "recovery": True,
        "recovery_overridden": False,
        "count": 1,
        "first_at": at,
        "witness_of": "",
        "caused_by": (),
        "correlation_id": "",
        "user_visible": False,
        "prior_uptime": 600.0,
        "labels": {"team": "payments"},
        "document": b'{"ext":{}}',
    }
    return Event(**(fields | changes))  # type: ignore[arg-type]


def observation(number: int = 0, **changes: object) -> Event:
    """Return one observed state of `node-3`, which has no service."""
    plain: dict[str, object] = {
        "id": f"o-{number}",
        "action_id": "",
        "phase": "",
        "service": "",
        "type": "symptom",
        "name": "node_ready",
        "target": Target("Node", "node-3"),
        "field": "node_ready",
        "old": None,
        "new": "True" if number % 2 else "Unknown",
        "trigger": "",
        "outcome": "",
        "duration": None,
        "recovery": False,
    }
    return event(number, **(plain | changes))


def counted(events: list[Event]) -> list[StoredEvent]:
    """Return rows in which every action counts as one automated recovery."""
    return [StoredEvent(item, scope="shop", counted=int(item.is_action)) for item in events]
