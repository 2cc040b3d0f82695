"""`cascade`: one action leads to the next, from service to service."""

from overheal.detect.cascade.detector import Cascade

__all__ = ["Cascade"]
