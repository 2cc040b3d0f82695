"""What an Event means: the table by which component, reason, message and context decide.

The table is data. The first rule that fits wins; `docs/kubernetes.md` shows the same table, and a
test holds the two together.
"""

from __future__ import annotations

import re

from overheal.adapters.kubernetes.agents import EVICTORS, SETS
from overheal.adapters.kubernetes.rule import Rule

RULES: tuple[Rule, ...] = (
    Rule(
        reasons=("SuccessfulRescale",),
        components=("horizontal-pod-autoscaler",),
        becomes="scale",
        trigger="demand",
        expected="the load per replica returns to its target",
        context="rescale",
        explained="the write of `replicas` by the autoscaler; a witness where the object's own "
        "version shows that write",
    ),
    Rule(
        reasons=("ScalingReplicaSet",),
        components=("deployment-controller", "deployment"),
        message=r"^Scaled (up|down) replica set",
        becomes="scale",
        expected="as many pods run as the Deployment asks for",
        context="scaling",
        explained="a witness of the write that it carries out; trigger rollout and target "
        "ReplicaSet where a second ReplicaSet of the Deployment takes part or the Deployment is "
        "new; else, without objects, the only sight of a write by `unknown-writer`, and an "
        "observation where the writer may be the autoscaler",
    ),
    Rule(
        reasons=("SuccessfulCreate",),
        components=SETS,
        becomes="replace",
        trigger="failure",
        expected="the new pod becomes ready",
        context="create",
        explained="a witness where a pod of that owner was deleted, evicted or restarted by "
        "somebody known; `replace` where the pod is known to be lost and nobody said why; else "
        "(birth, rollout, scale-out, undecided) an observation",
    ),
    Rule(
        reasons=("Scheduled",),
        becomes="change",
        context="place",
        explained="a witness where the pod replaces one, else an observation",
    ),
    Rule(
        reasons=("NodeNotReady", "NodeReady"),
        kinds=("Node",),
        becomes="symptom",
        context="node",
        explained="signal `node_ready`, once for Event and Node object together; a loss reported "
        "again proves a return in between, which is `derived`",
    ),
    Rule(
        reasons=("Killing",),
        message=r"(failed (liveness|startup) probe|is unhealthy).*(restarted|re-?created)",
        becomes="restart",
        trigger="failure",
        expected="the container runs and passes its probes",
        context="restart",
        explained="once together with the pod's `restartCount` and with `Started`",
    ),
    Rule(
        reasons=("Killing", "SuccessfulDelete"),
        becomes="change",
        explained="a scale-down, a rollout or somebody's deletion: the Event does not tell",
    ),
    Rule(
        reasons=("Started",),
        kinds=("Pod",),
        becomes="restart",
        trigger="failure",
        expected="the container keeps running",
        context="started",
        explained="the first start of a container is an observation; each further one in the same "
        "pod is a restart, unless `restartCount` or `Killing` told of it: then a witness",
    ),
    Rule(
        reasons=("TaintManagerEviction",),
        components=EVICTORS,
        message=r"^Marking for deletion",
        becomes="evict",
        trigger="failure",
        expected="the pod runs again on another node",
    ),
    Rule(
        reasons=("TaintManagerEviction",),
        components=EVICTORS,
        becomes="change",
        explained="mostly `Cancelling deletion`",
    ),
    Rule(
        reasons=("Evicted",),
        components=("kubelet",),
        becomes="evict",
        trigger="failure",
        expected="the node's pressure ends, and the pod runs again elsewhere",
    ),
    Rule(
        reasons=("Preempted", "Preempting"),
        components=("default-scheduler", "kubelet"),
        kinds=("Pod",),
        becomes="evict",
        trigger="policy",
        expected="the pod of higher priority runs",
        explained="priorities decided, nothing failed",
    ),
    Rule(
        reasons=("RecreatingFailedPod", "RecreatingTerminatedPod", "FailedDaemonPod"),
        components=SETS,
        becomes="replace",
        trigger="failure",
        expected="the new pod becomes ready",
        explained="the controller says itself that the pod failed",
    ),
    Rule(
        reasons=("FailedCreate", "FailedDelete", "ReplicaSetCreateError", "FailedUpdate"),
        becomes="other",
        outcome="failed",
        expected="the object is created, changed or deleted as asked",
        explained="an attempt that reports its own failure; pod names are left out of the "
        "condition, so that repeats are known as the same attempt",
    ),
    Rule(
        reasons=("FailedRescale",),
        becomes="scale",
        trigger="demand",
        outcome="failed",
        expected="the load per replica returns to its target",
    ),
    Rule(
        reasons=("Failed",),
        components=("kubelet",),
        message=r"^Error: (ErrImagePull|ImagePullBackOff|ErrImageNeverPull)",
        becomes="symptom",
        explained="the pull's own failure is counted by `Failed to pull image`",
    ),
    Rule(
        reasons=("Failed", "FailedCreatePodSandBox", "FailedKillPod", "FailedPostStartHook"),
        components=("kubelet",),
        becomes="other",
        outcome="failed",
        expected="the container starts, or stops, as asked",
        explained="pulls, starts and stops that fail",
    ),
    Rule(
        reasons=("EvictedByVPA", "EvictedPod"),
        components=("vpa-updater",),
        becomes="evict",
        trigger="policy",
        expected="the pod runs with the recommended resources",
    ),
    Rule(
        reasons=(),
        components=("descheduler", "sigs.k8s.io/descheduler"),
        kinds=("Pod",),
        becomes="evict",
        trigger="policy",
        expected="the pod runs on a node that suits it better",
    ),
    Rule(
        reasons=("TriggeredScaleUp",),
        components=("cluster-autoscaler",),
        kinds=("Pod",),
        becomes="change",
        explained="the node group grows for a pending pod: demand, not recovery",
    ),
    Rule(
        reasons=("ScaleDown", "ScaledUpGroup", "ScaleDownEmpty"),
        components=("cluster-autoscaler",),
        becomes="scale",
        trigger="cost",
        expected="the pods fit on as few nodes as needed",
    ),
    Rule(
        reasons=("DisruptionTerminating", "DisruptionLaunching", "Disrupted"),
        components=("karpenter",),
        becomes="drain",
        trigger="cost",
        expected="the pods fit on cheaper or fewer nodes",
    ),
    Rule(
        reasons=("Evicted",),
        components=("karpenter",),
        becomes="change",
        explained="part of a drain",
    ),
    Rule(
        reasons=("Reloaded",),
        components=("reloader", "reloader-controller"),
        becomes="restart",
        trigger="rollout",
        expected="the pods run with the changed configuration",
    ),
    Rule(
        reasons=(
            "BackOff",
            "Unhealthy",
            "FailedScheduling",
            "FailedMount",
            "FailedAttachVolume",
            "NodeNotReady",
            "SandboxChanged",
            "NetworkNotReady",
            "FailedGetResourceMetric",
            "FailedComputeMetricsReplicas",
            "BackoffLimitExceeded",
            "SystemOOM",
            "OOMKilling",
            "EvictionThresholdMet",
            "ProbeWarning",
        ),
        becomes="symptom",
        explained="something is wrong; nobody acts",
    ),
)

OTHER_WARNING = Rule(becomes="symptom", explained="every other Event of type Warning")
OTHER_NORMAL = Rule(becomes="change", explained="every other Event")


FAILING = (
    r"(?i)fail|unhealth|not ?ready|crash|oom|above|exceed|stuck|hang|hung|dead|time[d ]*out|leak"
    r"|unresponsive|degraded|lost|unreachable|pressure|error"
)
REFUSED = r"(?i)\b(failed|unable|could not|cannot|refused) to "
_OBJECTS = r"(?:the |a )?(?:pods?|containers?|workload|deployment|statefulset|instance)\b"

TOOLS: tuple[Rule, ...] = (
    Rule(
        message=rf"(?i)\b(?:restart|reboot)(?:s|ed|ing)? {_OBJECTS}"
        rf"|\b(?:delet|kill|terminat|recreat)(?:ed|ing) {_OBJECTS}.*\brestart",
        becomes="restart",
        expected="the pod runs again without the fault",
        explained="or whose `action` begins with Restart or Reboot",
    ),
    Rule(
        message=rf"(?i)\bevict(?:ed|ing) {_OBJECTS}",
        becomes="evict",
        expected="the pod runs again on another node",
        explained="or whose `action` begins with Evict",
    ),
    Rule(
        message=rf"(?i)\b(?:delet|kill|terminat|recreat|replac)(?:ed|ing) {_OBJECTS}",
        becomes="replace",
        expected="a new pod runs without the fault",
        explained="or whose `action` begins with Delete, Replace or Recreate",
    ),
)
"""How tools that are no part of Kubernetes say what they do. Their trigger is a failure where the
reason or the message names one (`FAILING`), else unknown; an attempt that says it was refused
(`REFUSED`) has failed."""

TOOL_ACTIONS = (
    (re.compile(r"Restart|Reboot"), TOOLS[0]),
    (re.compile(r"Evict"), TOOLS[1]),
    (re.compile(r"Delete|Replace|Recreate"), TOOLS[2]),
)
"""The same, where an Event's `action` says it."""
