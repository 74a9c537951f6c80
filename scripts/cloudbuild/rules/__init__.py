"""The rules, one small function each; it yields what breaks the rule."""

from __future__ import annotations

from cloudbuild.rules import (
    builders,
    make_calls,
    secrets,
    steps,
    substitution_use,
    terraform_access,
    terraform_rights,
    terraform_state,
    terraform_triggers,
    trigger_access,
    trigger_build,
)
from cloudbuild.rules.registry import RULES, Rule, broken

__all__ = [
    "RULES",
    "Rule",
    "broken",
    "builders",
    "make_calls",
    "secrets",
    "steps",
    "substitution_use",
    "terraform_access",
    "terraform_rights",
    "terraform_state",
    "terraform_triggers",
    "trigger_access",
    "trigger_build",
]
