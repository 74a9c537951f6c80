"""What changes between two compiled specs, as a person would say it."""

from tidegate.runners.kubeflow.planning.changes import Change, Plan
from tidegate.runners.kubeflow.planning.compare import plan
from tidegate.runners.kubeflow.planning.reading import Compiled, parse, read

__all__ = ["Change", "Compiled", "Plan", "parse", "plan", "read"]
