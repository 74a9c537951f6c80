"""The page of rules says what the code does."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tidegate.runners.kubeflow.linting.lint import RULES_OF_NODES, RULES_OF_SPECS
from tidegate.runners.kubeflow.linting.page import tables

PAGE = Path(__file__).parents[4] / "docs/kubeflow-portability.md"


def test_the_page_has_the_tables_of_the_rules() -> None:
    assert tables() in PAGE.read_text(encoding="utf-8")


def test_every_code_is_one_rule_with_all_that_is_to_be_said_of_it() -> None:
    rules = (*RULES_OF_NODES, *RULES_OF_SPECS)
    assert max(Counter(rule.code for rule in rules).values()) == 1
    assert all(r.what and r.why and r.fix and r.source for r in rules)
