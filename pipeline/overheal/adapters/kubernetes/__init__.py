"""Kubernetes: Events in all their forms, and the objects whose versions tell who wrote what."""

from overheal.adapters.kubernetes.adapter import Kubernetes
from overheal.adapters.kubernetes.rule import Rule
from overheal.adapters.kubernetes.rules import KubernetesRules

__all__ = ["Kubernetes", "KubernetesRules", "Rule"]
