"""Names of steps and parameters as KFP takes them."""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# The prefix that KFP's own compiler gives to a parameter that is not one of the
# component's, and that its users know from the console.
CHANNEL = "pipelinechannel--"


def task_name(node: str) -> str:
    """A node's id in lower case with hyphens, such as `example-gen` for ExampleGen."""
    return "-".join(_WORDS.findall(node)).lower()


def component_name(task: str) -> str:
    """Name of a task's component in the spec."""
    return f"comp-{task}"


def executor_name(task: str) -> str:
    """Name of a task's executor in the spec."""
    return f"exec-{task}"
