"""Who acts on Kubernetes: components, field managers, and what sort of agent each is."""

from __future__ import annotations

from collections.abc import Mapping

REPLICA_SETS = ("replicaset-controller", "replication-controller", "replicaset")
SETS = (*REPLICA_SETS, "statefulset-controller", "daemonset-controller", "daemon-set")
EVICTORS = ("taint-eviction-controller", "taint-controller", "node-controller")

BUILT_IN = frozenset(
    {
        *SETS,
        *EVICTORS,
        "attachdetach-controller",
        "controllermanager",
        "cronjob-controller",
        "default-scheduler",
        "deployment-controller",
        "disruption-controller",
        "endpoint-slice-controller",
        "horizontal-pod-autoscaler",
        "job-controller",
        "kube-proxy",
        "kubelet",
        "persistentvolume-controller",
        "service-controller",
    }
)
"""Components whose Events mean what the table says, and no action where it says nothing."""

MANAGERS: Mapping[str, str] = {
    "kube-controller-manager/scale": "horizontal-pod-autoscaler",
    "argocd-controller": "argocd",
    "argocd-application-controller": "argocd",
    "kustomize-controller": "flux",
    "helm-controller": "flux",
    "keda-operator": "keda",
    "keda": "keda",
}
"""Agent names of field managers, `manager/subresource` before `manager`; else the manager's own."""

AGENTS: Mapping[str, str] = {
    "horizontal-pod-autoscaler": "autoscaler",
    "cluster-autoscaler": "autoscaler",
    "karpenter": "autoscaler",
    "keda": "autoscaler",
    "vpa-updater": "autoscaler",
    "descheduler": "platform",
    "argocd": "workflow",
    "flux": "workflow",
    "gitops": "workflow",
    "helm": "script",
    "kubectl": "human",
    "kubectl-client-side-apply": "human",
    "kubectl-edit": "human",
    "kubectl-patch": "human",
    "kubectl-rollout": "human",
    "kubectl-scale": "human",
    "kubectl-set": "human",
}
"""What sort of agent a name is; Kubernetes' own components are `platform`, others `script`."""

MANDATES: Mapping[str, str] = {
    "horizontal-pod-autoscaler": "latency",
    "keda": "latency",
    "cluster-autoscaler": "cost",
    "karpenter": "cost",
    "vpa-updater": "cost",
}
TRIGGER_OF_AGENT: Mapping[str, str] = {
    "autoscaler": "demand",
    "workflow": "policy",
    "human": "manual",
}
"""Why an agent of a kind writes a field, as far as its kind tells."""
