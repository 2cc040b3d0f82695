"""Labelling findings, and noting what no finding spoke of."""

from __future__ import annotations

import hashlib

from overheal.errors import InputError, OptionError
from overheal.model import DAY, Finding
from overheal.run.control.desk import checked
from overheal.run.found import one_id
from overheal.store import Store
from overheal.store.labels import MISSED, Label


def label_finding(
    store: Store, asked: str, verdict: str, *, note: str, author: str, now: int
) -> tuple[Label, Finding]:
    """Label a finding, given by its id or the beginning of it; a known label is replaced.

    Raises `InputError` where no finding is called so, naming the nearest.
    """
    known = {one.id: one for one in store.findings()}
    finding = known[one_id(known, asked, "finding", "`overheal findings list` shows all")]
    label = Label(finding.id, verdict, note=note, author=author, noted_at=now)
    store.write_label(label)
    return label, finding


def label_missed(
    store: Store, service: str, at: int, *, environment: str, note: str, author: str, now: int
) -> Label:
    """Note that somebody should have been told about a service at `at` (microseconds UTC).

    The same service and moment again is the same label. Raises `InputError` for a service that
    was never seen, naming the nearest, `ConfigError` for a short name that fits several, and
    `OptionError` for a moment outside of what is stored.
    """
    warning = checked(service, store.service_names())
    if warning:
        raise InputError(warning)
    if at > now:
        raise OptionError("--at", "it lies in the future; write when somebody should have known")
    counts = store.counts()
    if not counts.first_at - DAY <= at <= counts.last_at + DAY:
        raise OptionError("--at", "no event is stored within a day of it")
    digest = hashlib.blake2b(f"{environment}\0{service}\0{at}".encode(), digest_size=6).hexdigest()
    label = Label(
        f"{MISSED}-{digest}",
        MISSED,
        service=service,
        environment=environment,
        at=at,
        note=note,
        author=author,
        noted_at=now,
    )
    store.write_label(label)
    return label


def remove_label(store: Store, asked: str, author: str, now: int) -> Label:
    """Take a label back, given by its id or the beginning of it.

    Raises `InputError` where there is none, naming the nearest.
    """
    known = {one.id: one for one in store.labels()}
    label = known[one_id(known, asked, "label", "`overheal label list` shows all")]
    store.write_label(
        Label(
            label.id,
            label.verdict,
            service=label.service,
            environment=label.environment,
            at=label.at,
            note=label.note,
            author=author,
            noted_at=max(now, label.noted_at + 1),
            removed=True,
        )
    )
    return label
