"""The index of peculiarity of words: how unusual their trigrams are.

Morris and Cherry 1975 ("Computer detection of typographical errors"): a trigram
xyz has the index (log n(xy) + log n(yz)) / 2 - log n(xyz), a word the root mean
square over its trigrams. Redyuk et al. 2021 take the greatest over a column's
values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_MOST = 100_000  # characters that are looked at


def greatest_peculiarity(
    words: Sequence[str], counts: npt.NDArray[np.int64] | None = None
) -> float:
    """The index of the most peculiar word; 0 if none has three letters.

    Args:
        words: The distinct words. Counted are n-grams of letters, as if each
            word stood in the column as often as `counts` says.
        counts: How often each occurs; None is once.
    """
    letters, owner = _letters(words)
    if len(letters) < 3:
        return 0.0
    weights = np.ones(len(words)) if counts is None else np.asarray(counts, float)
    weight = weights[owner]
    base = int(letters.max()) + 1
    pairs = letters[:-1] * base + letters[1:]
    within = owner[:-1] == owner[1:]
    whole = within[:-1] & within[1:]
    if not whole.any():
        return 0.0
    of_pair = _frequencies(np.where(within, pairs, -1), weight[:-1])
    triples = np.where(whole, pairs[:-1] * base + letters[2:], -1)
    of_triple = _frequencies(triples, weight[:-2])
    logs = np.log(of_pair)
    index = (0.5 * (logs[:-1] + logs[1:]) - np.log(of_triple))[whole]
    of_word = owner[:-2][whole]
    squares = np.bincount(of_word, index**2)
    number = np.bincount(of_word)
    return float(np.sqrt((squares[number > 0] / number[number > 0]).max()))


def _letters(
    words: Sequence[str],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All letters as small numbers, and the word that each belongs to."""
    text = "".join(words)[:_MOST]
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), np.uint32)
    lengths = np.fromiter(map(len, words), np.int64, len(words))
    owner = np.repeat(np.arange(len(words)), lengths)[: len(codes)]
    small = np.unique(codes, return_inverse=True)[1]
    return small.astype(np.int64).reshape(-1), owner


def _frequencies(
    codes: npt.NDArray[np.int64], weights: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """How often the n-gram at each place occurs."""
    places = np.unique(codes, return_inverse=True)[1].reshape(-1)
    found: npt.NDArray[np.float64] = np.bincount(places, weights).astype(float)[places]
    return found
