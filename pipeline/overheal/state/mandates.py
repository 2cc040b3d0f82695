"""What well-known controllers optimise, where nobody stated it."""

from __future__ import annotations

WELL_KNOWN = {
    "horizontal-pod-autoscaler": "latency",
    "vertical-pod-autoscaler": "cost",
    "keda-operator": "latency",
    "cluster-autoscaler": "cost",
    "karpenter": "cost",
    "descheduler": "balance",
    "argocd-controller": "conformity",
    "argocd-application-controller": "conformity",
    "flux": "conformity",
    "kustomize-controller": "conformity",
    "helm-controller": "conformity",
    "gitops": "conformity",
}


def mandate_of(agent: str, stated: str) -> str:
    """Return what an agent optimises: as stated, as well known, or `""`."""
    return stated or WELL_KNOWN.get(agent, "")
