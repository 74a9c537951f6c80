"""Corruptions of text: form, length, case, padding, typos, encoding, types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from tidegate.testing.cells import as_text, change, map_text, need_text
from tidegate.testing.faults import Corruption

_LETTERS, _DIGITS = "ABCDEFGHIJ", "0123456789"
_BREAK = str.maketrans(
    _LETTERS + _LETTERS.lower() + "KLMNOPQRSTUVWXYZklmnopqrstuvwxyz" + _DIGITS,
    _DIGITS + _DIGITS + "0123456789012345" * 2 + _LETTERS,
)
_MIXED = ("unknown", "see below", "12:30", "yes", "1e5x")


def break_pattern(column: str, share: float) -> Corruption:
    """Turns letters into digits and digits into letters: N14228 is 3BECCI."""

    def broken(text: str) -> str:
        changed = text.translate(_BREAK)
        return changed if changed != text else f"?{text}?"

    return _each("broken_pattern", column, share, broken, "pattern broken")


def change_length(column: str, share: float, *, shorter: bool = False) -> Corruption:
    """Writes each text twice, or cuts it in half if `shorter`."""

    def resized(text: str) -> str:
        return text[: len(text) // 2] if shorter else text + text

    words = "cut in half" if shorter else "written twice over"
    return _each("changed_length", column, share, resized, words)


def change_case(column: str, share: float) -> Corruption:
    """Turns capitals into small letters and back, where there are letters."""
    return _each("changed_case", column, share, str.swapcase, "case changed")


def pad(column: str, share: float) -> Corruption:
    """Puts a space before and two behind."""
    return _each("padding", column, share, lambda text: f" {text}  ", "padded")


def damage_encoding(column: str, share: float) -> Corruption:
    """Reads UTF-8 as Latin-1, é becoming Ã©; plain letters get such a scar too."""

    def damaged(text: str) -> str:
        if not text.isascii():
            return text.encode(errors="replace").decode("latin-1")
        for vowel in "aeiouAEIOU":
            if vowel in text:
                return text.replace(vowel, "Ã©", 1)
        return f"{text}\ufffd"

    return _each("encoding_damage", column, share, damaged, "encoding damaged")


def swap_characters(column: str, share: float) -> Corruption:
    """Exchanges two neighbouring characters that differ: JFK becomes JKF.

    Rows whose text has no such pair stay as they are.
    """

    def typos(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        places = generator.random(len(old)).tolist()
        texts = need_text(old).to_pylist()
        made = [_typo(text, at) for text, at in zip(texts, places, strict=True)]
        return pa.array(made, old.type)

    return change("typo", column, share, typos, "two characters swapped")


def mix_types(
    column: str, share: float, *, words: Sequence[str] = _MIXED
) -> Corruption:
    """Writes words into a share of the rows; another column becomes text."""

    def mixed(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        drawn = generator.choice(np.array(words, object), len(old))
        return pa.array(drawn, as_text(old).type)

    return change("mixed_types", column, share, mixed, "words of other types put")


def _each(
    kind: str, column: str, share: float, change_one: Callable[[str], str], words: str
) -> Corruption:
    def made(old: pa.Array, generator: np.random.Generator) -> pa.Array:
        return map_text(old, change_one)

    return change(kind, column, share, made, words)


def _typo(text: str | None, place: float) -> str | None:
    if text is None:
        return None
    pairs = [i for i in range(len(text) - 1) if text[i] != text[i + 1]]
    if not pairs:
        return text
    at = pairs[int(place * len(pairs))]
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
