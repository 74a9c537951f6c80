"""The lineage of a model: a tree of what it was made from, and what was made of it.

Pure. What the ledger says and what the metadata say are laid together; where one
does not know, the other is asked, and where neither does, the tree says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from tidegate.ledger.events import Record

Relation = Literal["made by", "from", "tested by", "judged by", "about", "used by"]


class Item(Record):
    """One thing in the tree.

    Attributes:
        kind: What it is: model, run, trainer, examples, file, schema, report, …
        name: What people call it.
        relation: How it stands to what it is below of.
        facts: What is known of it, by name, in reading order.
        uri: Where it is; None where it has no place.
        key: The same for one thing wherever it stands in the tree; None where it
            stands there only once.
        missing: What should be there and is not, in words.
        items: What is below it.
    """

    kind: str
    name: str
    relation: Relation = "about"
    facts: dict[str, str] = Field(default_factory=dict)
    uri: str | None = None
    key: str | None = None
    missing: str | None = None
    items: tuple[Item, ...] = ()

    def every(self) -> Iterator[Item]:
        """The item and all below it, from the top."""
        yield self
        for one in self.items:
            yield from one.every()


class Lineage(Record):
    """Where a version comes from; `--json` prints it.

    Attributes:
        version: The version.
        pushed: The destination that it was pushed to.
        champion: Whether it is the champion now; None where no ledger says so.
        run: The run that made it; None where nobody knows.
        root: Output folder of the pipeline, from which paths are shown.
        sources: What was asked, and what there is to say of it.
        tree: The model, with everything below.
    """

    version: int
    pushed: str
    champion: bool | None
    run: str | None
    root: str
    sources: dict[str, str]
    tree: Item


Item.model_rebuild()
