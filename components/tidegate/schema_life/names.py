"""What the name of a column says: the words in it."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


def words_of(name: str) -> frozenset[str]:
    """The words in a name, in lower case: `schedDep_time` has sched, dep, time."""
    return frozenset(word.casefold() for word in _WORD.findall(name))


def says(name: str, *words: str) -> bool:
    """Whether one of the words is in the name."""
    return not words_of(name).isdisjoint(words)
