"""Whether two runs gave the same, node by node. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

from tidegate.ledger.events import Record
from tidegate.lineage.content import NOT_COMPARED, SAYS_NOTHING
from tidegate.lineage.run_record import Node, Output, RunRecord

Verdict = Literal["bytes", "content", "differs", "unknown"]
WORDS = {
    "bytes": "equal to the byte",
    "content": "equal in content",
    "differs": "differs",
    "unknown": "cannot be compared",
}
_ORDER: tuple[Verdict, ...] = ("bytes", "content", "unknown", "differs")
# Fills in the contents of an output that its record does not have.
Deepen = Callable[[Output, str], Output]


class Compared(Record):
    """An output of both runs, or a node's state.

    Attributes:
        node: The node.
        output: Key of the output; None for the node itself.
        verdict: How equal they are.
        why: What differs, or why nobody can say; "" where they are equal.
    """

    node: str
    output: str | None
    verdict: Verdict
    why: str = ""


def compare(
    then: RunRecord,
    now: RunRecord,
    deepen: Deepen = lambda output, _: output,
    left_out: frozenset[str] = frozenset(),
) -> tuple[Compared, ...]:
    """Every output of every node of both runs, in the order of the run.

    Args:
        then: The run.
        now: Its repetition.
        deepen: Called where a record lacks what is needed, with the output and
            "then" or "now".
        left_out: Nodes that the repetition was not to run.
    """
    names = dict.fromkeys([one.node for one in (*then.nodes, *now.nodes)])
    found: list[Compared] = []
    for name in names:
        if name in left_out:
            why = "left out: it would write outside of its folder"
            found.append(Compared(node=name, output=None, verdict="unknown", why=why))
            continue
        found += _of_node(name, then.node(name), now.node(name), deepen)
    if then.state != now.state:
        why = f"the run ended {then.state!r}, now {now.state!r}"
        found.append(Compared(node="run", output=None, verdict="differs", why=why))
    return tuple(found)


def worst(compared: tuple[Compared, ...]) -> Verdict:
    """The verdict over all; what was left out says nothing."""
    told = [one.verdict for one in compared if one.output or one.verdict == "differs"]
    return max(told, key=_ORDER.index, default="unknown")


def first_difference(compared: tuple[Compared, ...]) -> Compared | None:
    """The first output that differs, where what is behind it came from."""
    return next((one for one in compared if one.verdict == "differs"), None)


def _of_node(
    name: str, then: Node | None, now: Node | None, deepen: Deepen
) -> Iterator[Compared]:
    if then is None or now is None:
        why = "it ran only " + ("in the repetition" if then is None else "then")
        yield Compared(node=name, output=None, verdict="differs", why=why)
        return
    if (then.state == "failed") != (now.state == "failed"):
        why = f"it was {then.state}, now {now.state}"
        yield Compared(node=name, output=None, verdict="differs", why=why)
    for key in dict.fromkeys([*then.outputs, *now.outputs]):
        if key.partition(".")[0] in NOT_COMPARED:
            continue
        old, new = then.outputs.get(key), now.outputs.get(key)
        if old is None or new is None:
            why = "only one of the runs has it"
            yield Compared(node=name, output=key, verdict="differs", why=why)
        else:
            yield _of_output(name, key, old, new, deepen)


def _of_output(
    node: str, key: str, then: Output, now: Output, deepen: Deepen
) -> Compared:
    verdict, why = outputs_equal(then, now)
    if verdict in ("differs", "unknown"):
        then, now = deepen(then, "then"), deepen(now, "now")
        verdict, why = outputs_equal(then, now)
    return Compared(node=node, output=key, verdict=verdict, why=why)


def outputs_equal(then: Output, now: Output) -> tuple[Verdict, str]:
    """How equal two outputs are by their digests, and what differs."""
    if then.files is None or now.files is None:
        which = "then" if then.files is None else "now"
        return "unknown", f"no digests of {(then if which == 'then' else now).uri}"
    verdict: Verdict = "bytes"
    differing = []
    for name in sorted({*then.files, *now.files}):
        if then.files.get(name) == now.files.get(name):
            continue
        if _same_content(then, now, name):
            verdict = "content"
        else:
            differing.append(name)
    return ("differs", ", ".join(differing)) if differing else (verdict, "")


def _same_content(then: Output, now: Output, name: str) -> bool:
    old, new = then.content.get(name), now.content.get(name)
    if old == SAYS_NOTHING and new == SAYS_NOTHING:
        return True
    return old is not None and old == new
