"""What analyzers gather, and the vocabularies that are made of it."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tidegate.transform import vocabularies
from tidegate.transform.accumulators import ByKey, Counted, Sums, token_counts

TOKENS = st.lists(st.lists(st.binary(max_size=3), max_size=20), max_size=5)
DUMMY = (1, b"none")


def _array(tokens: list[Any]) -> Any:
    found = np.empty(len(tokens), object)
    found[:] = tokens
    return found


@given(TOKENS)
def test_tokens_are_counted_over_all_batches(batches: list[list[bytes]]) -> None:
    counted = Counted("token")
    for batch in batches:
        counted.add(counted.prepare({"token": _array(batch)}))
    assert dict(counted.elements()) == Counter(chain(*batches))


def test_numbers_are_counted_as_python_has_them() -> None:
    tokens, counts = token_counts(np.array([[3, 1], [3, 3]], np.int64))
    assert (tokens, counts) == ([1, 3], [1, 3])
    assert all(type(token) is int for token in tokens)


def test_weights_are_summed_by_token() -> None:
    summed = ByKey(["token", "weight"], lambda pair: zip(*pair, strict=True), Sums())
    for batch in ([b"a", b"b"], [0.5, 1.0]), ([b"a"], [2.0]):
        summed.add(summed.prepare(dict(zip(["token", "weight"], batch, strict=True))))
    assert dict(summed.elements()) == {b"a": 2.5, b"b": 1.0}


def _pruned(pairs: Any, **given: Any) -> Any:
    settings = {
        "frequency": 0,
        "informativeness": float("-inf"),
        "top_k": None,
        "key_of": None,
        "as_token": lambda token: token,
        "dummy": DUMMY,
    }
    return vocabularies.pruned(pairs, **{**settings, **given})


PAIRS = [(2, b"b"), (5, b"a"), (2, b"c"), (1, b"d")]


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, [b"b", b"a", b"c", b"d"]),
        ({"frequency": 2}, [b"b", b"a", b"c"]),
        ({"top_k": 2}, [b"a", b"c"]),
        ({"top_k": 0}, [b"none"]),
        ({"top_k": 1, "key_of": lambda token: token < b"c"}, [b"a", b"c"]),
    ],
)
def test_a_vocabulary_keeps_what_passes(
    settings: dict[str, Any], kept: list[bytes]
) -> None:
    assert [token for _, token in _pruned(PAIRS, **settings)] == kept


def test_a_pair_of_ranks_is_held_against_both_thresholds() -> None:
    pairs = [((0.5, 9), b"a"), ((0.1, 9), b"b"), ((0.5, 1), b"c")]
    assert _pruned(pairs, frequency=2, informativeness=0.3) == [(0.5, b"a")]


def _ordered(pairs: Any, **given: Any) -> list[bytes]:
    settings = {
        "shuffled": False,
        "is_sorted": False,
        "reserved": None,
        "dummy": DUMMY,
    }
    found = vocabularies.ordered(pairs, **{**settings, **given})
    return [token for _, token in found]


def test_a_vocabulary_is_ordered_by_rank_and_then_by_token() -> None:
    assert _ordered(PAIRS) == [b"a", b"c", b"b", b"d"]


def test_reserved_tokens_stand_first_and_once() -> None:
    assert _ordered(PAIRS, reserved=[b"z", b"c"]) == [b"z", b"c", b"a", b"b", b"d"]


def test_a_shuffled_vocabulary_has_one_order() -> None:
    found = _ordered(PAIRS, shuffled=True)
    assert found == _ordered(PAIRS[::-1], shuffled=True)
    assert sorted(found) == [b"a", b"b", b"c", b"d"]


def test_an_empty_vocabulary_holds_what_stands_for_none() -> None:
    assert _ordered([]) == [b"none"]


def test_a_vocabulary_is_written_a_token_a_line(tmp_path: Path) -> None:
    entries = vocabularies.lines(PAIRS[:2], with_rank=True, as_text=bytes.decode)
    vocabularies.write_text(tmp_path / "words", entries)
    assert (tmp_path / "words").read_bytes() == b"2 b\n5 a\n"
