"""How versions, events and provenance read in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from tidegate.report.wording import counted, printable

if TYPE_CHECKING:
    from rich.table import Table

    from tidegate.ledger.events import Event, ExamplesRecord, Provenance
    from tidegate.ledger.state import State
    from tidegate.ledger.verifying import Verified

DIGITS = 12  # of a digest, as many as tell two models apart
# What is shown of many metrics, the first two that there are.
_MAIN = ("auc", "auc_precision_recall", "binary_accuracy", "accuracy", "loss")
_COUNTS = ("example_count", "weighted_example_count")
_STEPS = ((86_400, "days"), (3600, "hours"), (60, "minutes"))
_LONGEST, _LONGEST_NAME = 120, 24
_WIDE = 140  # columns of a terminal that has room for everything


def versions_table(state: State, there: Iterable[int], width: int) -> Table:
    """One row a version, the newest first.

    Args:
        state: What the ledger says.
        there: Versions whose folders are there.
        width: Columns of the terminal; where they are few, less is shown.
    """
    there = set(there)
    titles = ["version", "", "pushed (UTC)", "by", "spans", "metrics", "size", "sha256"]
    table = _table(titles, width)
    for version in sorted({*state.versions, *there}, reverse=True):
        push = state.versions.get(version)
        if push is None:
            row = [str(version), "not on the ledger"]
        else:
            row = _version_row(push, state, version in there, width)
        style = "bold" if version == state.champion else None
        table.add_row(
            *_fitting(titles, row, width), style="dim" if push is None else style
        )
    return table


def events_table(events: Iterable[Event], width: int) -> Table:
    """One row an event, the oldest first; see `versions_table`."""
    titles = ["event", "when (UTC)", "what", "version", "champion", "canary", "by"]
    titles.append("why")
    table = _table(titles, width)
    for event in events:
        share = event.canary
        row = [
            str(event.number),
            moment(event.at),
            event.kind,
            str(event.version),
            "" if event.champion is None else str(event.champion),
            "" if share is None else f"{share.version} ({share.percent} %)",
            printable(event.by, _LONGEST_NAME),
            printable(event.reason, _LONGEST),
        ]
        table.add_row(*_fitting(titles, row, width))
    return table


def facts(event: Event, state: State, events: Iterable[Event]) -> Iterator[str]:
    """Everything that the ledger knows of a version, a line each."""
    told, model = provenance_of(event), event.model
    mark = role(state, event.version)
    yield _line("version", f"{event.version}{f', {mark}' if mark else ''}")
    yield _line("pushed", f"{moment(event.at)} UTC, {ago(event.at)}")
    yield _line("by", event.by)
    yield _line("reason", event.reason)
    yield from _optional("run", event.run or told.run)
    yield from _optional("pipeline", told.pipeline)
    yield from _optional("source", told.source)
    for number, other in enumerate(events):
        text = f"{moment(other.at)} {other.kind} by {other.by}: {other.reason}"
        yield _line("" if number else "since", text)
    for name, value in sorted(told.metrics.items()):
        yield _line(f"metric {name}", f"{value:.6g}")
    for one in told.examples:
        yield _line("examples", _examples(one))
    if told.data_schema is not None:
        yield _line("schema", f"{told.data_schema.uri} {told.data_schema.sha256}")
    for report in told.reports:
        passed = "passed" if report.passed else "did not pass"
        counts = f"{report.failed} failed, {report.warned} warned"
        text = f"{passed}: {counted(report.tests, 'tests')}, {counts}; {report.uri}"
        yield _line(f"{report.kind} tests", text)
    for name, setting in sorted(told.parameters.items()):
        yield _line(f"set {name}", str(setting))
    yield from _made_by(told)
    if model is not None:
        yield _line("sha256", model.digest)
        yield from _optional("signature", model.signature)
        for name, file in sorted(model.files.items()):
            yield _line("file", f"{file.sha256[:DIGITS]}  {size(file.size):>9}  {name}")


def provenance_of(event: Event) -> Provenance:
    """Where a pushed version comes from."""
    from tidegate.ledger.events import Provenance

    return Provenance() if event.model is None else event.model.provenance


def role(state: State, version: int) -> str:
    """What a version is to servers; empty for nothing."""
    if version == state.champion:
        return "★ champion"
    if state.canary is not None and version == state.canary.version:
        return f"canary {state.canary.percent} %"
    return ""


def spans(examples: Iterable[ExamplesRecord]) -> str:
    """Spans of the data in order, neighbours drawn together: `1–3, 7`."""
    numbers = sorted({one.span for one in examples if one.span is not None})
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ", ".join(
        str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts
    )


def metrics(told: Mapping[str, float]) -> str:
    """The first two metrics of interest: `auc 0.751, accuracy 0.83`."""
    others = sorted(name for name in told if name not in (*_MAIN, *_COUNTS))
    names = [*(name for name in _MAIN if name in told), *others]
    return ", ".join(f"{printable(name, 24)} {told[name]:.4g}" for name in names[:2])


def size(count: int) -> str:
    """Bytes for people: `812 B`, `4.2 MB`."""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def moment(at: datetime) -> str:
    """A time in UTC, to the minute."""
    return f"{at.astimezone(timezone.utc):%Y-%m-%d %H:%M}"


def ago(at: datetime, now: datetime | None = None) -> str:
    """How long ago: `3 hours ago`, `just now`."""
    seconds = ((now or datetime.now(timezone.utc)) - at).total_seconds()
    for length, name in _STEPS:
        if seconds >= length:
            return f"{counted(int(seconds // length), name)} ago"
    return "just now" if seconds > -_STEPS[-1][0] else "in the future"


def verdict(one: Verified) -> list[str]:
    """What was found of a version, and every file that differs, a line each."""
    if one.gone:
        mark = "·" if one.ok else "✗"
        return [
            f"{mark} {one.version}  removed" + ("" if one.ok else ", but it serves")
        ]
    said = {
        "unchecked": "",
        "holds": ", and its signature holds",
        "unsigned": "it is not signed",
        "broken": f"its signature does not hold: {one.fault}",
    }[one.signature]
    if one.ok:
        return [f"✓ {one.version}  as it was pushed{said}"]
    differ = [
        *(f"missing  {name}" for name in one.missing),
        *(f"extra    {name}" for name in one.extra),
        *(f"changed  {name}" for name in one.changed),
        *([said] if one.signature in ("unsigned", "broken") else []),
    ]
    return [f"✗ {one.version}  is not what was pushed", *(f"    {d}" for d in differ)]


def _version_row(event: Event, state: State, there: bool, width: int) -> list[str]:
    model, told = event.model, provenance_of(event)
    when = ago(event.at)
    return [
        str(event.version),
        role(state, event.version) or ("" if there else "removed"),
        when if width < _WIDE else f"{moment(event.at)}, {when}",
        printable(event.by, _LONGEST_NAME),
        spans(told.examples),
        metrics(told.metrics),
        "" if model is None else size(model.size),
        "" if model is None else model.digest[:DIGITS],
    ]


def _fitting(titles: Iterable[str], row: Iterable[str], width: int) -> list[str]:
    cells = zip(titles, row, strict=False)  # a version of another pusher has few
    return [cell for title, cell in cells if _fits(title, width)]


def _fits(title: str, width: int) -> bool:
    return width >= _WIDE or title not in ("canary", "size", "sha256")


def _made_by(told: Provenance) -> Iterator[str]:
    code, made = told.code, told.environment
    if code is not None:
        dirty = {True: ", with changes", False: "", None: ""}[code.dirty]
        yield from _optional("commit", code.commit and f"{code.commit}{dirty}")
        yield from _optional("code", code.digest)
        yield _line("tidegate", code.tidegate)
    if made is not None:
        yield _line("python", f"{made.python}, {made.platform}")
        packages = ", ".join(f"{name} {v}" for name, v in sorted(made.packages.items()))
        yield from _optional("packages", packages)
        yield from _optional("image", made.image)


def _examples(one: ExamplesRecord) -> str:
    parts = [] if one.span is None else [f"span {one.span}"]
    if one.version is not None:
        parts.append(f"version {one.version}")
    parts += [f"{name} {counted(rows, 'rows')}" for name, rows in one.rows.items()]
    parts += [one.uri, *([] if one.digest is None else [one.digest[:DIGITS]])]
    return ", ".join(parts)


def _optional(name: str, text: Any) -> Iterator[str]:
    if text:
        yield _line(name, str(text))


def _line(name: str, text: str) -> str:
    return printable(f"{name:<16}  {text}".rstrip())


def _table(titles: Iterable[str], width: int) -> Table:
    from rich.table import Table

    sides = (0, 2) if width >= _WIDE else (0, 1)
    table = Table(box=None, pad_edge=False, header_style="dim", padding=sides)
    for title in titles:
        if _fits(title, width):
            table.add_column(
                title,
                justify="right" if title in ("event", "size") else "left",
                no_wrap=title not in ("by", "why", "metrics"),
            )
    return table
