"""What the ledger, and the record of a run, put into the tree of a lineage. Pure."""

from __future__ import annotations

from tidegate.ledger.events import CodeRecord, EnvironmentRecord, Event, Provenance
from tidegate.lineage.changes import flat, short
from tidegate.lineage.lineage import Item
from tidegate.lineage.run_record import RunRecord


def pushes(version: int, events: tuple[Event, ...]) -> list[Item]:
    """What the ledger has on the version, in order."""
    return [
        Item(
            kind="event",
            name=f"{one.kind}, event {one.number}",
            facts={
                "by": one.by,
                "at": f"{one.at:%Y-%m-%d %H:%M:%S} UTC",
                "reason": one.reason,
                "champion after it": str(one.champion),
                "run": one.run or "",
            },
        )
        for one in events
        if one.version == version
    ]


def of_ledger(held: Provenance) -> list[Item]:
    """What the ledger alone says of the origin."""
    items = [
        Item(
            kind="Examples",
            name="Examples",
            relation="from",
            facts={
                "span": "" if one.span is None else str(one.span),
                "splits": ", ".join(
                    f"{split} {one.rows[split]:,} rows" if split in one.rows else split
                    for split in one.splits
                ),
                "digest": short(one.digest) if one.digest else "",
                "fingerprint": one.fingerprint or "",
            },
            uri=one.uri,
        )
        for one in held.examples
    ]
    if held.data_schema is not None:
        sha256 = short(held.data_schema.sha256)
        items.append(
            Item(
                kind="Schema",
                name="Schema",
                relation="from",
                facts={"sha256": sha256},
                uri=held.data_schema.uri,
            )
        )
    items += [
        Item(
            kind="tidegate.TestReport",
            name=f"{one.kind} tests",
            relation="tested by",
            facts={
                "verdict": "open" if one.passed else "shut",
                "tests": str(one.tests),
                "failed": str(one.failed),
                "warned": str(one.warned),
                "sha256": short(one.sha256),
            },
            uri=one.uri,
        )
        for one in held.reports
    ]
    if held.parameters:
        items.append(
            Item(kind="settings", name="parameters", facts=flat(held.parameters))
        )
    return items


def code_and_environment(held: Provenance, record: RunRecord | None) -> list[Item]:
    """Code and environment: of the run's record, or else of the ledger."""
    code: CodeRecord | None = record.code if record is not None else held.code
    where: EnvironmentRecord | None = (
        record.environment if record is not None else held.environment
    )
    items = []
    if code is not None:
        dirty = {True: "yes", False: "no", None: "unknown"}[code.dirty]
        files = len(record.code.files) if record is not None else 0
        facts = {
            "digest": short(code.digest),
            "files": str(files) if files else "",
            "commit": code.commit or "unknown",
            "changed since": dirty if code.commit else "",
            "tidegate": code.tidegate,
        }
        items.append(Item(kind="code", name="code", facts=facts))
    if where is not None:
        facts = {"python": where.python, "platform": where.platform, **where.packages}
        if where.image:
            facts["image"] = where.image
        items.append(Item(kind="environment", name="environment", facts=facts))
    if code is None and where is None:
        missing = "neither a record of the run nor the ledger says so"
        items.append(Item(kind="code", name="code and environment", missing=missing))
    return items
