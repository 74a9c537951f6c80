"""A model card as plain parts, which HTML and Markdown show alike. Pure.

The sections are those of Mitchell et al., "Model Cards for Model Reporting",
FAT* 2019 (arXiv:1810.03993).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tidegate.report.model import Picture


class Fact(NamedTuple):
    """One thing that is known.

    Attributes:
        label: What it is: "version".
        value: What is known of it.
        code: Whether it is for machines, such as a digest.
    """

    label: str
    value: str
    code: bool = False


@dataclass(frozen=True)
class Table:
    """Rows under a head.

    Attributes:
        title: What it shows.
        head: Name of each column.
        rows: Its rows, a text a column.
        left_out: Rows that it has no room for.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: int = 0

    @classmethod
    def of(
        cls,
        title: str,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        most: int = 200,
    ) -> Table:
        """The table of the first rows."""
        shown = tuple(tuple(row) for row in rows[:most])
        return cls(title, tuple(head), shown, max(len(rows) - most, 0))


@dataclass(frozen=True)
class Points:
    """Paragraphs of one kind, under a title of their own.

    Attributes:
        title: What they are: "Not for".
        texts: The paragraphs.
    """

    title: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One chapter of a card.

    Attributes:
        title: Its name.
        facts: What is known, shortly.
        points: What people say.
        tables: What is known, at length.
        figures: Pictures.
        lacking: What is not known because nobody gave it, a line each.
    """

    title: str
    facts: tuple[Fact, ...] = ()
    points: tuple[Points, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Picture, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Card:
    """What is to be known of a model.

    Attributes:
        name: Name of the model.
        version: Version as it was pushed; None before.
        lead: The one thing to know, in a line.
        facts: What is asked first.
        sections: The chapters.
        made: When the card was made.
    """

    name: str
    version: int | None
    lead: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    made: str
