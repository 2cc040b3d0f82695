"""Reading from a store what a review rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from overheal.catalog import Catalog
from overheal.model import Detail
from overheal.report.review import rows
from overheal.report.review.rows import Evidence
from overheal.store import Store

Row = TypeVar("Row", bound=msgspec.Struct)
_detail = msgspec.json.Decoder(Detail).decode


def gathered(store: Store, catalog: Catalog, since: int, until: int) -> Evidence:
    """Return the evidence of since ≤ time < until (microseconds UTC)."""
    span = {"start": since, "end": until}
    earlier = {"start": max(0, since - (until - since)), "end": since}
    declared = store.declared()
    drills = [*declared.drills.values(), *(one.declared() for one in catalog.file.drills)]
    modes = [name for name, entry in catalog.file.services.items() if entry.failure_modes]
    return Evidence(
        since=since,
        until=until,
        catalog=catalog,
        usage=_usage(store, span, until),
        before=_usage(store, earlier, until),
        policies=_rows(rows.FollowedPolicy, store.span_rows("review_policies", end=until)),
        changed={
            row[:2]: row[2] for row in map(tuple, store.span_rows("review_changes", end=until))
        },
        levels=_rows(rows.Levels, store.span_rows("review_levels", end=until)),
        recoveries=[_recovered(row) for row in store.recoveries_of(modes, until)] if modes else [],
        predictions=[_prediction(row) for row in store.span_rows("review_predictions", **span)],
        felt=_rows(rows.Felt, store.span_rows("review_felt", **span)),
        alerts=_rows(rows.Alert, store.span_rows("review_alerts", **span)),
        hands=_rows(rows.Hand, store.span_rows("review_hands", **span)),
        signals=_rows(rows.SignalUse, store.span_rows("review_signals", **span)),
        fields=_rows(rows.DeclaredField, store.span_rows("review_declared_fields", end=until)),
        reviews=[_reviewed(one) for one in store.reviews()],
        findings=store.findings(),
        acknowledged=_acknowledged(store, until),
        expectations=list(declared.expectations.values()),
        drills=drills,
        drilled=dict(map(tuple, store.span_rows("review_drilled", **span))),
        first_at=store.first_event(),
    )


def _acknowledged(store: Store, until: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in store.acknowledgements():
        if one.at < until:
            found.setdefault(one.id, []).append(one.at)
    return found


def _rows(kind: type[Row], found: Sequence[Sequence[Any]]) -> list[Row]:
    return [kind(*row) for row in found]


def _usage(store: Store, span: dict[str, int], as_of: int) -> list[rows.Usage]:
    found = store.span_rows("review_usage", **span, as_of=as_of)
    return [rows.Usage(*row) for row in found]


def _recovered(row: Sequence[Any]) -> rows.Recovered:
    values = dict(zip(rows.Recovered.__struct_fields__, row, strict=True))
    told = values["detail"]
    return rows.Recovered(**{**values, "detail": _detail(told) if told else None})


def _prediction(row: Sequence[Any]) -> rows.Prediction:
    values = dict(zip(rows.Prediction.__struct_fields__, row, strict=True))
    told = msgspec.json.decode(values["foretold"])
    pairs = [(one["service"], one.get("effect") or "") for one in told]
    return rows.Prediction(**{**values, "foretold": pairs})


def _reviewed(one: msgspec.Struct) -> rows.Reviewed:
    values = msgspec.structs.asdict(one)
    return rows.Reviewed(**{name: values[name] for name in rows.Reviewed.__struct_fields__})
