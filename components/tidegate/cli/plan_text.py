"""How a plan looks in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeAlias

from rich.console import Console

from tidegate.report.wording import counted, printable
from tidegate.runners.kubeflow.planning import Change, Plan

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
# The same change of this many steps is told once.
_MANY = 3
_Told: TypeAlias = "tuple[str, str]"  # sign and text


def show(console: Console, plan: Plan) -> None:
    """Prints a plan: what changes for many, for each step, and what it means."""
    if plan.empty:
        _line(console, f"✓ {plan.consequences[0]}", "bold green")
        return
    together, single = _gathered(plan.changes)
    _group(console, "pipeline", [_told(one) for one in single if not one.step])
    for names, told in together.items():
        _group(console, f"{len(names)} steps  {', '.join(names)}", told)
    steps = [one for one in single if one.step]
    for (_, name), changes in groupby(steps, key=lambda one: (one.step, one.name)):
        _group(console, name, [_told(one) for one in changes])
    _line(console, f"\n{_counts(plan)}", "bold")
    for sentence in plan.consequences:
        _line(console, f"  → {printable(sentence)}", None)


def _gathered(
    changes: Sequence[Change],
) -> tuple[dict[tuple[str, ...], list[_Told]], list[Change]]:
    """What many steps have in common, by their names, and the other changes."""
    named: dict[_Told, list[str]] = {}
    for one in changes:
        if one.step and not (one.kind == "step" and one.sign != "~"):
            named.setdefault(_told(one), []).append(one.name)
    many = {told: names for told, names in named.items() if len(names) >= _MANY}
    together: dict[tuple[str, ...], list[_Told]] = {}
    for told, names in many.items():
        together.setdefault(tuple(names), []).append(told)
    single = [one for one in changes if not one.step or _told(one) not in many]
    return together, single


def _told(change: Change) -> _Told:
    return change.sign, change.text


def _group(console: Console, name: str, told: list[_Told]) -> None:
    if not told:
        return
    _line(console, printable(name), "bold")
    for sign, text in told:
        _line(console, f"  {sign} {text}", _COLOURS[sign])


def _counts(plan: Plan) -> str:
    signs = [one.sign for one in plan.changes]
    words = (("+", "added"), ("~", "changed"), ("-", "removed"))
    told = [f"{signs.count(sign)} {word}" for sign, word in words if sign in signs]
    return f"{counted(len(plan.changes), 'changes')}: {', '.join(told)}"


def _line(console: Console, text: str, style: str | None) -> None:
    console.print(text, style=style, markup=False, soft_wrap=True)
