"""Runs the rules over nodes and over compiled specs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tidegate.runners.kubeflow.linting.content_rules import CONTENT_RULES
from tidegate.runners.kubeflow.linting.findings import (
    Finding,
    Ignore,
    Target,
    in_order,
)
from tidegate.runners.kubeflow.linting.image_rules import IMAGE_RULES
from tidegate.runners.kubeflow.linting.node_facts import Nodes
from tidegate.runners.kubeflow.linting.node_rules import NODE_RULES
from tidegate.runners.kubeflow.linting.property_rules import PROPERTY_RULES
from tidegate.runners.kubeflow.linting.spec_facts import Spec
from tidegate.runners.kubeflow.linting.spec_rules import SPEC_RULES

RULES_OF_NODES = (*NODE_RULES, *PROPERTY_RULES)
RULES_OF_SPECS = (*SPEC_RULES, *CONTENT_RULES, *IMAGE_RULES)


def lint_nodes(
    nodes: Sequence[Any],
    *,
    project: Path | None,
    target: Target,
    ignore: Ignore | None = None,
) -> list[Finding]:
    """What in a pipeline's nodes does not go to Kubeflow, errors first.

    Args:
        nodes: TFX nodes that know their neighbours.
        project: Folder of the project, of which the image has a copy; None if it
            has none.
        target: "kfp" for open-source KFP v2, or "vertex".
        ignore: Code to the components for which it is known; "*" is all of them.
    """
    subject = Nodes(tuple(nodes), project)
    found = [
        finding
        for rule in RULES_OF_NODES
        if target in rule.targets
        for finding in rule.findings(subject)
    ]
    return in_order(found, ignore)


def lint_spec(
    spec: dict[str, Any],
    platform: dict[str, Any] | None,
    *,
    target: Target,
    ignore: Ignore | None = None,
    image_folder: str | None = None,
) -> list[Finding]:
    """What in a compiled spec does not go to Kubeflow, errors first.

    Args:
        spec: A PipelineSpec or a PipelineJob, as JSON has it.
        platform: The platform spec; None without one.
        target: "kfp" for open-source KFP v2, or "vertex".
        ignore: Code to the components for which it is known; "*" is all of them.
        image_folder: Folder of the image that has the project; None if it has none.

    Raises:
        UsageError: It is no compiled spec.
    """
    subject = Spec.of(spec, platform, image_folder)
    found = [
        finding
        for rule in RULES_OF_SPECS
        if target in rule.targets
        for finding in rule.findings(subject)
    ]
    return in_order(found, ignore)
