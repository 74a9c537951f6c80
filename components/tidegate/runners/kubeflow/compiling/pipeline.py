"""All that a compiled spec is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tidegate.runners.kubeflow.compiling.deployment import Deployment
from tidegate.runners.kubeflow.compiling.runtime_parameters import Parameter
from tidegate.runners.kubeflow.compiling.steps import Step


@dataclass(frozen=True)
class Pipeline:
    """All that a spec is made of.

    Attributes:
        name: Of the pipeline.
        steps: In the order in which they run.
        parameters: What a run may change.
        files: Project file to digest.
        deployment: The environment.
    """

    name: str
    steps: Sequence[Step]
    parameters: Sequence[Parameter]
    files: Mapping[str, str]
    deployment: Deployment
