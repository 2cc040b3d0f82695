"""Counting what `telemetry` declares, for Prometheus to read."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from overheal.telemetry import METRICS, Metric


class Metrics:
    """The metrics of one process, in a registry of their own; safe to use from several threads.

    Metrics without labels show 0 from the start. Labels are given by name and must be those that
    the declaration names; `ValueError` otherwise.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._made: dict[str, Counter | Gauge | Histogram] = {
            metric.name: self._make(metric) for metric in METRICS
        }

    def add(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        """Count `amount` more; for counters."""
        found = self._of(metric, labels)
        if not isinstance(found, Counter):
            raise TypeError(f"{metric.name} is a {metric.kind}, not a counter")
        found.inc(amount)

    def set(self, metric: Metric, value: float, **labels: str) -> None:
        """Set a gauge."""
        found = self._of(metric, labels)
        if not isinstance(found, Gauge):
            raise TypeError(f"{metric.name} is a {metric.kind}, not a gauge")
        found.set(value)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        """Take one value into a histogram."""
        found = self._of(metric, labels)
        if not isinstance(found, Histogram):
            raise TypeError(f"{metric.name} is a {metric.kind}, not a histogram")
        found.observe(value)

    def forget(self, metric: Metric, **labels: str) -> None:
        """Show one combination of labels no more, such as a partition that was given away."""
        try:
            self._made[metric.name].remove(*(labels[name] for name in metric.labels))
        except KeyError:
            return

    def value(self, metric: Metric, **labels: str) -> float:
        """Return the present value; of a histogram, how many values it has taken."""
        name = f"{metric.name}_count" if metric.kind == "histogram" else metric.name
        return self.registry.get_sample_value(name, labels) or 0.0

    def _of(self, metric: Metric, labels: dict[str, str]) -> Counter | Gauge | Histogram:
        made = self._made[metric.name]
        return made.labels(**labels) if labels or metric.labels else made

    def _make(self, metric: Metric) -> Counter | Gauge | Histogram:
        name, text, labels = metric.name, metric.meaning, metric.labels
        if metric.kind == "counter":
            return Counter(name, text, labels, registry=self.registry)
        if metric.kind == "gauge":
            return Gauge(name, text, labels, registry=self.registry)
        return Histogram(name, text, labels, registry=self.registry, buckets=metric.buckets)
