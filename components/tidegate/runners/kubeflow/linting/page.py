"""The rules as a table for the documentation, so that it says what the code does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tidegate.runners.kubeflow.linting.lint import RULES_OF_NODES, RULES_OF_SPECS
from tidegate.runners.kubeflow.linting.rules import KFP, Rule

_HEAD = "| code | what | why | where to read it | fix |\n|---|---|---|---|---|"
_SOURCES = "https://github.com/kubeflow/pipelines/blob/master/"
_TREES = ("backend/", "api/", "kubernetes_platform/")


def tables() -> str:
    """Both tables of rules, in Markdown."""
    return (
        "## Rules over the pipeline's nodes\n\n"
        f"{_table(RULES_OF_NODES)}\n\n"
        "## Rules over the compiled spec\n\n"
        f"{_table(RULES_OF_SPECS)}\n"
    )


def _table(rules: Iterable[Rule[Any]]) -> str:
    return "\n".join([_HEAD, *map(_row, rules)])


def _row(rule: Rule[Any]) -> str:
    notes: list[str] = [] if rule.severity == "error" else [rule.severity]
    notes += {KFP: ["open-source KFP"], ("vertex",): ["Vertex AI"]}.get(
        rule.targets, []
    )
    code = f"`{rule.code}`" + (f" ({', '.join(notes)})" if notes else "")
    cells = (code, rule.what, rule.why, _source(rule.source), rule.fix)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _source(source: str) -> str:
    if source.startswith(_TREES):
        return f"[{source}]({_SOURCES}{source})"
    return f"<{source}>" if source.startswith("https://") else source
