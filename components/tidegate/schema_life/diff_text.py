"""Changes for people: in a terminal, and as Markdown for a pull request."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tidegate.report.wording import counted
from tidegate.schema_life.changes import Change, Effect, counts, is_breaking, ranked

_STYLES = {
    Effect.BREAKING: ("✗", "bold red"),
    Effect.TIGHTER: ("▲", "yellow"),
    Effect.LOOSER: ("▽", "cyan"),
    Effect.NEUTRAL: ("·", "dim"),
}
_NONE = "no change that matters to anybody"


def summary(changes: Sequence[Change]) -> str:
    """The changes in one line: `3 changes: 1 breaking, 2 looser`."""
    if not changes:
        return _NONE
    told = ", ".join(f"{number} {effect}" for effect, number in counts(changes).items())
    return f"{counted(len(changes), 'changes')}: {told}"


def render(changes: Sequence[Change]) -> RenderableType:
    """The changes as a table, the gravest first."""
    head = Text(summary(changes), style="bold" if changes else "green")
    if not changes:
        return head
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(5):
        table.add_column()
    for change in ranked(changes):
        sign, style = _STYLES[change.effect]
        table.add_row(
            Text(f"  {sign}", style=style),
            Text(change.subject, style="bold"),
            Text(change.what),
            Text(change.effect.value, style=style),
            Text(change.reason, style="dim"),
        )
    return Group(head, Text(), table)


def as_markdown(changes: Sequence[Change], title: str) -> str:
    """The changes as a table in Markdown."""
    lines = [f"### {_cell(title)}", "", f"{summary(changes)}.", ""]
    if changes:
        lines += ["| | | change | effect | why |", "|---|---|---|---|---|"]
    for change in ranked(changes):
        sign, _ = _STYLES[change.effect]
        effect = change.effect.value
        told = f"**{effect}**" if change.effect is Effect.BREAKING else effect
        what, reason = _cell(change.what), _cell(change.reason)
        lines.append(
            f"| {sign} | {_code(change.subject)} | {what} | {told} | {reason} |"
        )
    return "\n".join(lines).rstrip() + "\n"


def as_json(changes: Sequence[Change]) -> str:
    """The changes as JSON."""
    told = {
        "breaking": is_breaking(changes),
        "counts": counts(changes),
        "changes": [change.as_dict() for change in ranked(changes)],
    }
    return json.dumps(told, indent=2, ensure_ascii=False)


def _code(text: str) -> str:
    """Text of unknown origin as code, so that no part of it is markup."""
    return f"`{text.replace('`', chr(39)).replace('|', chr(92) + '|')}`"


def _cell(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")
    for sign in "*_`[]":
        escaped = escaped.replace(sign, "\\" + sign)
    return escaped
