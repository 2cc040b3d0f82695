"""Inferring links between events by rules, as claims beside those that producers make."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from overheal.causal.inferring import (
    HISTORY,
    LEAST,
    MOVES,
    PRIOR,
    WITHIN,
    Rate,
    confidence,
)
from overheal.errors import StoreError
from overheal.model import DAY, HOUR
from overheal.store import columns as column
from overheal.store.engine import INSERT_SETTINGS, Engine
from overheal.store.failures import MAY_NOT_WRITE, code
from overheal.store.sql import LONG_STATEMENT, listed, query, quoted

LOOKED_BACK = 30 * DAY
"""Rates are reckoned over so much of the history, until the newest event."""

EVERY, MUCH = HOUR, 0.1
"""Rates are reckoned so often, whoever asks; of a folder also where as large a share is new."""

AGAIN = HOUR
"""On a server, events that others wrote so long before the last time are looked at again: what
led to them may have come later."""

AT_ONCE = 1_000_000
"""Rates are reckoned over fewer days where there are more events about actions than that."""

_LONG = {**LONG_STATEMENT, "max_bytes_before_external_sort": 500_000_000}


class Inferring:
    """Writes to `causal_claims` and `causal_rates`; a user who may only read infers nothing."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def infer(self, since: int, now: int) -> None:
        """Infer what led to what became known after `since`; `now` is the engine's (µs UTC).

        It may be cut off anywhere, repeated, or run by two processes at once.
        """
        if not self._engine.connection.alone:
            since = max(0, since - AGAIN)
        ((first, last, begun, names),) = self._engine.rows(query("infer_span"), since=since)
        if not names:
            return
        try:
            self._withdraw(since)
            self._link(since, first, last, self._rates(begun, last, now, names))
        except StoreError as error:
            if code(error) not in MAY_NOT_WRITE:
                raise

    def _withdraw(self, since: int) -> None:
        self._engine.command(
            f"INSERT INTO causal_claims {query('infer_withdrawn')}", INSERT_SETTINGS, since=since
        )

    def _rates(self, begun: int, last: int, now: int, fresh: int) -> list[tuple[Rate, float]]:
        """Return how often rules held, reckoned anew where `fresh` names or the time ask for it."""
        known = [
            (Rate(*row[:5]), row[5], row[6])
            for row in self._engine.rows(query("infer_known_rates"))
        ]
        start = max(begun, last - LOOKED_BACK)
        ((many,),) = self._engine.rows(query("infer_size"), start=start, end=last + 1)
        newest = max((at for *_, at in known), default=0)
        little = not self._engine.connection.alone or fresh < MUCH * many
        if known and little and now - newest < EVERY:
            return [(rate, sure) for rate, sure, _ in known]
        if many > AT_ONCE:
            start = max(start, last - max(HISTORY, (last - start) * AT_ONCE // many))
        long_enough = last - start >= HISTORY
        rows = self._engine.rows(_filled("infer_rates"), _LONG, start=start, end=last + 1)
        rates = [
            Rate(rule, environment, soon, seen, by_chance if long_enough else None)
            for rule, environment, soon, seen, by_chance in rows
        ]
        found = [(rate, confidence(rate)) for rate in rates]
        if found:
            self._engine.insert("causal_rates", _of_rates(found, now))
        return found

    def _link(self, since: int, first: int, last: int, rates: list[tuple[Rate, float]]) -> None:
        reach = max(WITHIN.values())
        links = _filled(
            "infer_links",
            known=listed(quoted(f"{r.rule}\0{r.environment}\0{r.soon}") for r, _ in rates),
            sure=_numbers(sure for _, sure in rates),
            known_anywhere=listed(quoted(f"{rule}\0{soon}") for rule in PRIOR for soon in range(3)),
            sure_anywhere=_numbers(share for shares in PRIOR.values() for share in shares),
        )
        self._engine.command(
            "INSERT INTO causal_claims SELECT effect, cause, 'inferred' AS kind, rule AS reason, "  # noqa: S608
            f"max(confidence), now64(6, 'UTC') FROM ({links}) GROUP BY effect, cause, rule",
            {**INSERT_SETTINGS, **_LONG},
            since=since,
            start=max(0, first - reach, last - LOOKED_BACK),
            end=last + 1,
            least=LEAST,
        )


def _filled(name: str, **lists: str) -> str:
    """Return a question about signs with these, and its lists, in their places."""
    text = query(name).replace("(/*signs*/)", f"(\n{query('infer_signs')}\n)")
    lists |= {
        "rules": listed(map(quoted, WITHIN)),
        "windows": listed(WITHIN.values()),
        "moves": listed(MOVES),
    }
    for place, written in lists.items():
        text = text.replace(f"/*{place}*/[]", written)
    return text


def _numbers(values: Iterable[float]) -> str:
    return listed(f"{value:.6f}" for value in values)


def _of_rates(found: list[tuple[Rate, float]], now: int) -> pa.Table:
    rates = [rate for rate, _ in found]
    return pa.table(
        {
            "rule": column.word([rate.rule for rate in rates]),
            "environment": column.word([rate.environment for rate in rates]),
            "soon": pa.array([rate.soon for rate in rates], pa.uint8()),
            "seen": column.whole([rate.seen for rate in rates]),
            "by_chance": pa.array([rate.by_chance for rate in rates], pa.float64()),
            "confidence": pa.array([sure for _, sure in found], pa.float32()),
            "reckoned_at": column.moment([now] * len(found)),
        }
    )
