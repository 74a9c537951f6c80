"""The key of a picture: what each colour and line stands for."""

from __future__ import annotations

from typing import NamedTuple

from tidegate.report import plot_curves, wording
from tidegate.report.model import Curves, Picture, TestReport

# What was tested, and what it is compared with.
WORDS = {"model": ("candidate", "champion")}
_OTHERS = ("now", "reference")
_MOST_LINES = 6
_LONGEST = 40
_ROLES = {"now": "line", "reference": "then", "guide": "guide"}
_DASHED = {(): "", plot_curves.DASHES[1]: " dashed", plot_curves.DASHES[2]: " dotted"}


class Key(NamedTuple):
    """One entry.

    Attributes:
        style: Class of the entry in the page's style.
        word: What it stands for.
    """

    style: str
    word: str


def words_of(report: TestReport) -> tuple[str, str]:
    """What the report calls what was tested, and what it is compared with."""
    return WORDS.get(report.kind, _OTHERS)


def key_of(picture: Picture, words: tuple[str, str] = _OTHERS) -> list[Key]:
    """The entries of a picture's key.

    Args:
        picture: The picture.
        words: What was tested, and what it is compared with.
    """
    if isinstance(picture, Curves):
        return _lines(picture)
    found = [Key("dot" if picture.kind == "intervals" else "now", words[0])]
    if picture.reference is not None:
        found.append(Key("then", words[1]))
    if picture.marked:
        found.append(Key("bad", "breaks the test"))
    if picture.limits:
        found.append(Key("limit", "limit"))
    # Things that stand alone have their names beside them.
    return [] if picture.kind == "intervals" and len(found) == 1 else found


def _lines(curves: Curves) -> list[Key]:
    """The lines by their names; those that a picture has no room to tell apart
    are left to its description."""
    pairs = zip(curves.lines, plot_curves.dashes(curves), strict=True)
    return [
        Key(
            _ROLES[one.role] + _DASHED.get(dash, ""),
            wording.printable(one.name, _LONGEST),
        )
        for one, dash in pairs
    ][:_MOST_LINES]
