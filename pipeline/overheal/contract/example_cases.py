"""One realistic story per action type, and one per kind of observation, for `examples` to tell."""

from __future__ import annotations

from typing import Any, NamedTuple


class Case(NamedTuple):
    """What the six events about one action have in common, and how it ends."""

    type: str
    story: str
    service: str
    agent: dict[str, Any]
    name: str
    target: dict[str, Any]
    trigger: dict[str, Any]
    expected: dict[str, Any]
    detail: str
    seconds: float
    before: dict[str, Any]
    after: dict[str, Any]
    outcome: str = "succeeded"


def _agent(name: str, kind: str, mandate: str, level: int) -> dict[str, Any]:
    return {"name": name, "kind": kind, "mandate": mandate, "autonomy_level": level}


def _target(kind: str, name: str, namespace: str, field: str = "") -> dict[str, Any]:
    target = {"kind": kind, "name": name, "namespace": namespace, "cluster": "eu-1"}
    return target | ({"field": field} if field else {})


def _why(kind: str, condition: str, source: str, *signals: tuple[Any, ...]) -> dict[str, Any]:
    why: dict[str, Any] = {"kind": kind, "condition": condition, "source": source}
    if signals:
        names = ("name", "value", "threshold")
        why["signals"] = [dict(zip(names, signal, strict=True)) for signal in signals]
    return why


def _expect(outcome: str, within: float) -> dict[str, Any]:
    return {"outcome": outcome, "within_seconds": within}


_KUBELET = _agent("kubelet", "platform", "availability", 4)
_SCHEDULER = _agent("descheduler", "platform", "balance", 4)
_HPA = _agent("horizontal-pod-autoscaler", "autoscaler", "latency", 4)
_OPERATOR = _agent("postgres-operator", "platform", "availability", 3)
_DELIVERY = _agent("gitops", "workflow", "delivery", 3)
_SRE_AGENT = _agent("sre-agent", "ai_agent", "availability", 2)
_NIGHTLY = _agent("nightly-jobs", "script", "hygiene", 3)
_MESH = _agent("mesh-controller", "platform", "latency", 3)

CASES = (
    Case(
        "restart", "A container that leaks memory is killed and started again.",
        "shop/checkout", _KUBELET, "ContainerRestart",
        _target("Pod", "checkout-7d9f8b6c5-x2x4z", "shop"),
        _why("failure", "container exceeded its memory limit", "kubelet", ("memory_mib", 512, 512)),
        _expect("the container runs and is ready", 60), "ready after 12 s", 12.4,
        {"reason": "OOMKilled", "prior_uptime_seconds": 5234, "node_health": "ready"},
        {"ready": True, "restart_count": 7},
    ),
    Case(
        "replace", "A pod that lost its disk is deleted and a new one made.",
        "shop/orders", _agent("replicaset-controller", "platform", "availability", 4),
        "PodReplaced",
        _target("Pod", "orders-5c6b7d8f9-k8s2p", "shop"),
        _why("failure", "volume detached from the node", "csi-driver"),
        _expect("the same number of ready pods", 120), "new pod ready", 38.0,
        {"ready_replicas": 2}, {"ready_replicas": 3},
    ),
    Case(
        "reschedule", "A pod moves because its node stopped answering.",
        "shop/cart", _agent("node-lifecycle-controller", "platform", "availability", 4),
        "TaintEviction",
        _target("Pod", "cart-6f7c8d9b5-m4n5q", "shop", "node"),
        _why("failure", "node-3 has been unreachable for 300 s", "node-lifecycle-controller"),
        _expect("the pod runs on another node", 180), "placed on node-5", 71.5,
        {"node": "node-3"}, {"node": "node-5"},
    ),
    Case(
        "evict", "A pod gives way so that load spreads over the nodes.",
        "shop/search", _SCHEDULER, "LowNodeUtilization",
        _target("Pod", "search-84b9c7d6f-p7q8r", "shop", "node"),
        _why("policy", "node-1 is above its target utilisation", "descheduler",
            ("cpu_share", 0.91, 0.8)),
        _expect("utilisation below 80 %", 300), "evicted within its disruption budget", 30.2,
        {"node": "node-1"}, {"node": "node-4"},
    ),
    Case(
        "scale", "Replicas are added because demand grows.",
        "shop/checkout", _HPA, "SuccessfulRescale",
        _target("Deployment", "checkout", "shop", "replicas"),
        _why("demand", "CPU above target", "metrics-server", ("cpu_share", 0.86, 0.7)),
        _expect("CPU at or below 70 %", 180), "8 of 8 replicas ready", 41.0,
        {"replicas": 5, "load": 0.86, "policy": "cpu-70"},
        {"replicas": 8, "post_join_health": "ready"},
    ),
    Case(
        "failover", "The replica of a database becomes its primary.",
        "shop/orders-db", _OPERATOR, "Promote",
        _target("PostgresCluster", "orders-db", "shop", "primary"),
        _why("failure", "primary did not answer 3 probes", "patroni", ("failed_probes", 3, 3)),
        _expect("writes succeed on the new primary", 30), "replication lag was 0 bytes", 18.7,
        {"primary": "orders-db-0"}, {"primary": "orders-db-1"},
    ),
    Case(
        "rollback", "A release that raises errors is taken back.",
        "shop/web", _DELIVERY, "RollbackRelease",
        _target("Deployment", "web", "shop", "image"),
        _why("failure", "error rate rose after release 412", "analysis-run",
            ("error_share", 0.07, 0.01)),
        _expect("error rate below 1 %", 300), "error rate 0.2 % after 4 min", 244.0,
        {"image": "registry.example/web:412"}, {"image": "registry.example/web:411"},
    ),
    Case(
        "deploy", "A new release is rolled out.",
        "shop/web", _DELIVERY, "SyncApplication",
        _target("Deployment", "web", "shop", "image"),
        _why("rollout", "commit 4f1c2ab was merged", "git"),
        _expect("all replicas run release 413", 600), "6 of 6 replicas updated", 198.3,
        {"image": "registry.example/web:411"}, {"image": "registry.example/web:413"},
    ),
    Case(
        "config_change", "A timeout is raised by an AI agent and does not help.",
        "shop/payments", _SRE_AGENT, "patch_config",
        _target("ConfigMap", "payments", "shop", "upstream_timeout_ms"),
        _why("failure", "timeouts towards the card network", "traces",
            ("timeout_share", 0.12, 0.02)),
        _expect("fewer than 2 % timeouts", 300), "timeouts unchanged at 12 %", 305.0,
        {"upstream_timeout_ms": 800}, {"upstream_timeout_ms": 1500}, "ineffective",
    ),
    Case(
        "traffic_shift", "Traffic leaves a region in which requests fail.",
        "shop/web", _MESH, "LocalityFailover",
        _target("VirtualService", "web", "shop", "weight_eu_1"),
        _why("failure", "5xx in eu-1 above 5 %", "gateway", ("error_share", 0.064, 0.05)),
        _expect("errors below 1 % over all regions", 120), "errors 0.3 % after 40 s", 40.0,
        {"weight_eu_1": 50}, {"weight_eu_1": 0},
    ),
    Case(
        "drain", "A node is emptied before its kernel is updated.",
        "", _agent("node-upgrader", "workflow", "patching", 3), "DrainNode",
        _target("Node", "node-2", "", "unschedulable"),
        _why("schedule", "kernel update of the week", "maintenance-calendar"),
        _expect("no pods but daemons on the node", 900), "22 pods moved", 417.0,
        {"unschedulable": False}, {"unschedulable": True},
    ),
    Case(
        "cleanup", "Old build artefacts are deleted.",
        "build/registry", _NIGHTLY, "prune-images",
        _target("PersistentVolumeClaim", "registry-data", "build", "used_gib"),
        _why("schedule", "nightly clean-up", "cron"),
        _expect("at least 50 GiB are free", 1800), "63 GiB freed", 912.0,
        {"used_gib": 412}, {"used_gib": 349},
    ),
    Case(
        "cache_flush", "A cache that serves stale prices is emptied.",
        "shop/pricing", _SRE_AGENT, "redis_flush",
        _target("Redis", "pricing-cache", "shop", "keys"),
        _why("failure", "prices differ from the database", "consistency-check",
            ("stale_share", 0.03, 0)),
        _expect("no stale prices", 60), "no difference in 1,000 samples", 4.1,
        {"keys": 184223}, {"keys": 0},
    ),
    Case(
        "backup", "The nightly backup of a database.",
        "shop/orders-db", _NIGHTLY, "pgbackrest-full",
        _target("PostgresCluster", "orders-db", "shop", "last_backup"),
        _why("schedule", "nightly full backup", "cron"),
        _expect("a backup that restores", 3600), "41 GiB written", 1322.0,
        {"last_backup": "2026-03-01"}, {"last_backup": "2026-03-02"},
    ),
    Case(
        "restore", "A dropped table is brought back from a backup, and part of it stays missing.",
        "shop/orders-db", _agent("dana", "human", "availability", 0), "pgbackrest-restore",
        _target("Table", "order_notes", "shop", "rows"),
        _why("failure", "table order_notes was dropped", "support ticket"),
        _expect("all rows of 2026-03-02T01:00Z", 7200), "rows of the last 14 minutes are missing",
        3480.0, {"rows": 0}, {"rows": 1204911}, "partial",
    ),
    Case(
        "quarantine", "A host that behaves oddly is taken out of the pool.",
        "shop/web", _SRE_AGENT, "remove_endpoint",
        _target("Endpoint", "web-10-0-4-17", "shop", "in_pool"),
        _why("failure", "one endpoint has ten times the latency of its peers", "mesh",
            ("p99_ms", 2100, 400)),
        _expect("p99 of the service below 400 ms", 60), "p99 is 310 ms", 22.0,
        {"in_pool": True}, {"in_pool": False},
    ),
    Case(
        "credential_rotation", "The database login of a service is renewed before it expires.",
        "shop/orders", _agent("vault-agent", "platform", "security", 4), "renew-lease",
        _target("DatabaseRole", "orders-rw", "shop", "lease"),
        _why("schedule", "the lease ends in 10 minutes", "vault"),
        _expect("connections use the new lease", 120), "all 12 connections renewed", 9.8,
        {"lease": "2026-03-01"}, {"lease": "2026-03-02"},
    ),
    Case(
        "other", "A stuck message is skipped in a queue.",
        "shop/mailer", _agent("queue-doctor", "script", "throughput", 3), "skip-message",
        _target("Queue", "outgoing-mail", "shop", "head"),
        _why("failure", "the same message failed 25 times", "mailer", ("attempts", 25, 20)),
        _expect("the queue moves on", 30), "the next message fails as well", 2.0,
        {"head": "msg-88121"}, {"head": "msg-88122"}, "failed",
    ),
)  # fmt: skip

OBSERVATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "symptom": (
        "A probe fails: users may feel it.",
        {
            "service": "shop/checkout",
            "target": _target("Pod", "checkout-7d9f8b6c5-x2x4z", "shop"),
            "signal": "readiness_probe",
            "status": "failed",
            "severity": "warning",
            "user_visible": True,
        },
    ),
    "alert": (
        "An alert fires; from here on a human may know.",
        {
            "service": "shop/checkout",
            "signal": "CheckoutErrorRateHigh",
            "value": 0.07,
            "status": "firing",
            "severity": "critical",
            "causality": {"caused_by": ["restart-1-finished"]},
        },
    ),
    "page": (
        "On-call was paged.",
        {
            "service": "shop/checkout",
            "signal": "CheckoutErrorRateHigh",
            "status": "triggered",
            "severity": "critical",
            "agent": _agent("alertmanager", "platform", "availability", 4),
        },
    ),
    "counter": (
        "A source reports how often something happened; only the last time is known.",
        {
            "service": "shop/checkout",
            "target": _target("Pod", "checkout-7d9f8b6c5-x2x4z", "shop"),
            "signal": "back_off_restarting",
            "value": 9,
            "occurrences": {
                "count": 5,
                "first_at": "2026-03-02T01:58:11Z",
                "last_at": "2026-03-02T02:17:05Z",
            },
        },
    ),
    "change": (
        "Somebody saw a field change without seeing who did it.",
        {
            "service": "shop/web",
            "target": _target("Deployment", "web", "shop", "replicas"),
            "signal": "replicas",
            "value": 6,
            "derived": ["environment"],
        },
    ),
    "heartbeat": (
        "An agent says that it is alive; it belongs to a scope, not to a service.",
        {
            "scope": "eu-1/kube-system",
            "signal": "alive",
            "status": "ok",
            "agent": _agent("cluster-autoscaler", "autoscaler", "cost", 4),
        },
    ),
}
