"""Refuses what would not run on Kubeflow, before anything is submitted."""

from tidegate.runners.kubeflow.linting.findings import Finding, as_error, as_text
from tidegate.runners.kubeflow.linting.lint import lint_nodes, lint_spec

__all__ = ["Finding", "as_error", "as_text", "lint_nodes", "lint_spec"]
