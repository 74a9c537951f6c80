"""What became of repeating a run: how equal the result is, and what is to blame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from tidegate.ledger.events import Record
from tidegate.lineage import equality
from tidegate.lineage.changes import Change
from tidegate.lineage.content import content_of, output_files
from tidegate.lineage.equality import Compared, Verdict
from tidegate.lineage.explaining import explain
from tidegate.lineage.run_record import Output, RunRecord

PUSHED = "pushed"


class Reproduction(Record):
    """What became of repeating a run; `--json` prints it.

    Attributes:
        run: The run.
        repeated: Id of its repetition; None where it was not begun.
        output: Folder of the repetition.
        changes: Inputs that are not what they were.
        compared: The outputs of both, in order; empty without a repetition.
        details: For an output that differs, "node.output", what differs in it.
        verdict: How equal the whole is; "unknown" without a repetition.
        conclusion: The result in a sentence.
        log: Log of the repetition.
    """

    run: str
    repeated: str | None = None
    output: str
    changes: tuple[Change, ...] = ()
    compared: tuple[Compared, ...] = ()
    details: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    verdict: Verdict = "unknown"
    conclusion: str
    log: str | None = None

    @property
    def equal(self) -> bool:
        """Whether the repetition gave the same."""
        return self.verdict in ("bytes", "content")


def judged(
    record: RunRecord, now: RunRecord, changed: Sequence[Change], log: str | None = None
) -> Reproduction:
    """Compares a run with its repetition.

    Args:
        record: The run.
        now: Its repetition.
        changed: What `inputs_changed` gave.
        log: Log of the repetition.
    """
    roots = {
        "then": (record.output, pushed_by(record)),
        "now": (now.output, pushed_by(now)),
    }

    def deepen(output: Output, which: str) -> Output:
        return deepened(output, roots[which])

    compared = equality.compare(record, now, deepen, frozenset(now.left_out))
    details = {
        f"{one.node}.{one.output}": lines
        for one in compared
        if one.verdict == "differs"
        and (lines := _explained(one, record, now, (roots["then"], roots["now"])))
    }
    verdict = equality.worst(compared)
    return Reproduction(
        run=record.run,
        repeated=now.run,
        output=now.output,
        changes=tuple(changed),
        compared=compared,
        details=details,
        verdict=verdict,
        conclusion=conclusion(verdict, compared, changed),
        log=log,
    )


def conclusion(
    verdict: Verdict, compared: tuple[Compared, ...], changed: Sequence[Change]
) -> str:
    """The result in a sentence: equal or not, and what is to blame."""
    met = [one for one in changed if one.matters]
    if verdict in ("bytes", "content"):
        said = f"the result is {equality.WORDS[verdict]}"
        return f"{said}, although inputs changed: {_named(met)}" if met else said
    first = equality.first_difference(compared)
    if verdict == "unknown" or first is None:
        return "nobody can say whether the result is equal: see what has no digests"
    place = f"{first.node}.{first.output}" if first.output else first.node
    if met:
        return f"the result differs, first at {place}; what changed: {_named(met)}"
    return (
        f"the result differs although no input changed: {place} is the first that "
        "is not deterministic"
    )


def deepened(output: Output, roots: Sequence[str]) -> Output:
    """An output with all digests, where its files are still what is on record."""
    folder = Path(output.uri)
    there = output_files(folder)
    if there is None or (output.files is not None and there != output.files):
        return output
    content = content_of(folder, there, roots)
    return output.model_copy(update={"files": there, "content": content})


def pushed_by(record: RunRecord) -> str:
    """Where a run pushed to."""
    return str(record.settings.get("push_to") or f"{record.output}/{PUSHED}")


def _explained(
    one: Compared,
    then: RunRecord,
    now: RunRecord,
    roots: tuple[Sequence[str], Sequence[str]],
) -> tuple[str, ...]:
    before, after = then.node(one.node), now.node(one.node)
    if one.output is None or before is None or after is None:
        return ()
    old, new = before.outputs.get(one.output), after.outputs.get(one.output)
    return () if old is None or new is None else explain(old, new, roots)


def _named(changed: Sequence[Change]) -> str:
    return ", ".join(dict.fromkeys(f"{one.kind} {one.name}" for one in changed))
