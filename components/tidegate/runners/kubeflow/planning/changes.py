"""A plan: changes, and what they mean for the next run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.report.wording import printable
from tidegate.runners.kubeflow.planning.differences import JSON, MISSING, ORDER, Place
from tidegate.runners.kubeflow.planning.secret_literals import (
    HIDDEN,
    is_secret,
    names_a_secret,
)

SHOWN = 70  # characters of a value
_ARROW = "→"
# Keys that say nothing of what their value is.
_VALUE_KEYS = {"value", "defaultValue", "runtimeValue", "constant", "stringValue"}


@dataclass(frozen=True)
class Change:
    """One thing that is different in the new spec.

    Attributes:
        step: Path of the step; empty for the pipeline as a whole.
        name: The step's name as its author knows it.
        kind: What sort of thing, such as "image"; "other" for what has no word.
        what: The thing itself, such as `custom_config.epochs`.
        old: Value before; MISSING where it is added.
        new: Value after; MISSING where it is removed.
        path: Where in the spec, as `executor.container.image`.
        said: The sentence, where old and new do not tell it by themselves.
    """

    step: str
    name: str
    kind: str
    what: str
    old: Any = MISSING
    new: Any = MISSING
    path: str = ""
    said: str = ""

    @property
    def sign(self) -> str:
        """`+`, `-` or `~`."""
        if self.old is MISSING and self.new is not MISSING:
            return "+"
        return "-" if self.new is MISSING and self.old is not MISSING else "~"

    @property
    def text(self) -> str:
        """The change in words, on one line."""
        if self.said:
            return printable(f"{self.what} {self.said}".strip(), 4 * SHOWN)
        old, new = (
            HIDDEN if self._hides(value) else plainly(value)
            for value in (self.old, self.new)
        )
        if self.sign == "+":
            return printable(f"{self.what} {new}".strip())
        if self.sign == "-":
            return printable(f"{self.what} {old}".strip())
        if old == new:  # Hidden, or alike as far as they are shown.
            return printable(f"{self.what} {old} {_ARROW} another value")
        return printable(f"{self.what} {old} {_ARROW} {new}")

    def _hides(self, value: Any) -> bool:
        """Whether a value is a secret; what names one only is no secret."""
        return self.kind != "secret" and secret(self.what, value)

    def as_dict(self) -> dict[str, Any]:
        """The change for `--json`; secrets are hidden, absent values are absent."""
        values = {
            key: HIDDEN if self._hides(value) else value
            for key, value in (("old", self.old), ("new", self.new))
            if value is not MISSING and self.kind != "step"
        }
        return {
            "step": self.name or None,
            "task": self.step or None,
            "sign": self.sign,
            "kind": self.kind,
            "what": self.what,
            **values,
            "path": self.path,
            "text": self.text,
        }


@dataclass(frozen=True)
class Plan:
    """Everything that changes from one compiled spec to another.

    Attributes:
        changes: In order: of the pipeline, then of the steps in their order.
        consequences: What they mean for the next run, a sentence each.
    """

    changes: Sequence[Change]
    consequences: Sequence[str]

    @property
    def empty(self) -> bool:
        """Whether nothing changes."""
        return not self.changes

    def as_dict(self) -> dict[str, Any]:
        """The plan for `--json`."""
        signs = [change.sign for change in self.changes]
        return {
            "same": self.empty,
            "added": signs.count("+"),
            "removed": signs.count("-"),
            "changed": signs.count("~"),
            "changes": [change.as_dict() for change in self.changes],
            "consequences": list(self.consequences),
        }


def secret(what: str, value: Any) -> bool:
    """Whether a value, or something in it, is a secret written out."""
    name = what.rpartition(".")[2]
    if isinstance(value, dict):
        named = value.get("name") if isinstance(value.get("name"), str) else None
        return any(
            secret((named or what) if key in _VALUE_KEYS else str(key), inner)
            for key, inner in value.items()
        )
    if isinstance(value, list):
        # The value of an option is a word of its own: --token, then the token.
        options = [one if is_option(one) else what for one in value]
        return any(map(secret, [what, *options], value))
    if is_option(value) and "=" in value:
        option, _, value = value.partition("=")
        return is_secret(option, value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return names_a_secret(name)
    return is_secret(name, value)


def is_option(word: Any) -> bool:
    """Whether a word of a command line is an option."""
    return isinstance(word, str) and word.startswith("-")


def shown(value: Any, what: str = "") -> str:
    """A value as one short piece of text; a secret is hidden."""
    return HIDDEN if secret(what, value) else plainly(value)


def plainly(value: Any) -> str:
    """A value as one short piece of text."""
    if value is MISSING:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str) and value and not set(value) & set(" \t\n"):
        return printable(value, SHOWN)
    return printable(json.dumps(value, ensure_ascii=False), SHOWN)


def dotted(path: Place) -> str:
    """A path as people write it: `tests[3].missing`."""
    text = ""
    for part in path:
        if part == JSON:
            continue
        if part == ORDER:
            text += ".(order)"
        else:
            text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")
