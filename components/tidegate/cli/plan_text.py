"""How a plan looks in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console

from tidegate.report.wording import counted, printable
from tidegate.runners.kubeflow.planning import Change, Plan

_COLOURS = {"+": "green", "-": "red", "~": "yellow"}
# The same change of this many steps is told once.
_MANY = 3


def show(console: Console, plan: Plan) -> None:
    """Prints a plan: what changes for all, for each step, and what it means."""
    if plan.empty:
        _line(console, f"✓ {plan.consequences[0]}", "bold green")
        return
    together, single = _gathered(plan.changes)
    _group(console, "pipeline", [one for one in single if not one.step])
    for (sign, text), names in together.items():
        _line(console, f"{len(names)} steps  {', '.join(names)}", "bold")
        _line(console, f"  {sign} {text}", _COLOURS[sign])
    steps = [one for one in single if one.step]
    for (_, name), changes in groupby(steps, key=lambda one: (one.step, one.name)):
        _group(console, name, list(changes))
    _line(console, f"\n{_counts(plan)}", "bold")
    for sentence in plan.consequences:
        _line(console, f"  → {sentence}", None)


def _gathered(
    changes: Sequence[Change],
) -> tuple[dict[tuple[str, str], list[str]], list[Change]]:
    """What many steps have in common, by sign and text, and the other changes."""
    named: dict[tuple[str, str], list[str]] = {}
    for one in changes:
        if one.step and one.kind != "step":
            named.setdefault((one.sign, one.text), []).append(one.name)
    many = {key: names for key, names in named.items() if len(names) >= _MANY}
    single = [
        one for one in changes if not one.step or (one.sign, one.text) not in many
    ]
    return many, single


def _group(console: Console, name: str, changes: list[Change]) -> None:
    if not changes:
        return
    _line(console, printable(name), "bold")
    for one in changes:
        _line(console, f"  {one.sign} {one.text}", _COLOURS[one.sign])


def _counts(plan: Plan) -> str:
    signs = [one.sign for one in plan.changes]
    words = (("+", "added"), ("~", "changed"), ("-", "removed"))
    told = [f"{signs.count(sign)} {word}" for sign, word in words if sign in signs]
    return f"{counted(len(plan.changes), 'changes')}: {', '.join(told)}"


def _line(console: Console, text: str, style: str | None) -> None:
    console.print(text, style=style, markup=False, soft_wrap=True)
