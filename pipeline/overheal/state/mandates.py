"""What well-known controllers optimise, where nobody stated it.

Controllers that only carry out what another one decided (of Deployments and ReplicaSets, the
scheduler, the kubelet) have no mandate of their own and are not listed.
"""

from __future__ import annotations

_BY_MANDATE = {
    "latency": (
        "horizontal-pod-autoscaler",
        "keda",
        "keda-operator",
        "keda-operator-metrics-apiserver",
        "knative-serving-autoscaler",
    ),
    "cost": (
        "vertical-pod-autoscaler",
        "vpa-recommender",
        "vpa-updater",
        "vpa-admission-controller",
        "cluster-autoscaler",
        "karpenter",
        "kube-downscaler",
        "kube-green",
    ),
    "balance": ("descheduler",),
    "conformity": (
        "argocd",
        "argocd-controller",
        "argocd-application-controller",
        "flux",
        "kustomize-controller",
        "helm-controller",
        "gitops",
        "config-sync",
        "crossplane",
        "puppet-agent",
        "chef-client",
    ),
    "delivery": ("argo-rollouts", "flagger"),
    "availability": (
        "patroni",
        "stolon-sentinel",
        "repmgrd",
        "redis-sentinel",
        "keepalived",
        "pacemaker",
        "machine-health-check-controller",
        "draino",
        "aws-node-termination-handler",
    ),
    "security": ("kured", "cert-manager", "kyverno", "gatekeeper"),
    "durability": ("velero",),
    "resilience testing": ("chaos-mesh", "litmus"),
}

WELL_KNOWN = {agent: mandate for mandate, agents in _BY_MANDATE.items() for agent in agents}


def mandate_of(agent: str, stated: str) -> str:
    """Return what an agent optimises: as stated, as well known, or `""`."""
    return stated or WELL_KNOWN.get(agent, "")
