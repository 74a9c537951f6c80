"""What one analyzer gathers in a pass over the data, a batch at a time.

TFT's own combiners do the work wherever it has them, on batches of some ten
thousand rows. Vocabularies, for which Beam would make an element of every
token, are counted as Arrow columns.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Values: TypeAlias = Mapping[str, Any]
Elements: TypeAlias = list[Any]
Keyed: TypeAlias = Iterable[tuple[Hashable, Any]]


class Accumulator(ABC):
    """Gathers what an analyzer needs; `prepare` may run on other threads."""

    @abstractmethod
    def prepare(self, values: Values) -> Any:
        """What `add` takes of a batch; touches nothing but its argument."""

    @abstractmethod
    def add(self, prepared: Any) -> None:
        """Takes a prepared batch in."""

    @abstractmethod
    def elements(self) -> Elements:
        """What was gathered, as the elements that TFT's Beam stage would give."""


class Combined(Accumulator):
    """One accumulator of a TFT combiner.

    Args:
        combiner: A `tensorflow_transform.analyzer_nodes.Combiner`.
        keys: Names of the tensors that it combines.
    """

    def __init__(self, combiner: Any, keys: Sequence[str]) -> None:
        self._combiner = combiner
        self._keys = tuple(keys)
        self._state = combiner.create_accumulator()

    def prepare(self, values: Values) -> Any:
        """The tensors that the combiner takes."""
        return tuple(values[key] for key in self._keys)

    def add(self, prepared: Any) -> None:
        """Takes a prepared batch in."""
        self._state = self._combiner.add_input(self._state, prepared)

    def elements(self) -> Elements:
        """The accumulator."""
        return [self._combiner.compact(self._state)]


class Packed(Accumulator):
    """Several accumulators under the labels of their analyzers."""

    def __init__(self, parts: Mapping[str, Accumulator]) -> None:
        self._parts = parts

    def prepare(self, values: Values) -> Any:
        """What each part takes."""
        return [part.prepare(values) for part in self._parts.values()]

    def add(self, prepared: Any) -> None:
        """Takes a prepared batch in."""
        for part, values in zip(self._parts.values(), prepared, strict=True):
            part.add(values)

    def elements(self) -> Elements:
        """One dictionary: what each part gathered, by label."""
        return [{label: part.elements()[0] for label, part in self._parts.items()}]


class ByKey(Accumulator):
    """One accumulator for each key.

    Args:
        keys: Names of the tensors of a batch.
        split: Makes pairs of a key and what is added to it, of those tensors.
        combine: A Beam CombineFn, or what has its methods.
    """

    def __init__(
        self, keys: Sequence[str], split: Callable[[Any], Keyed], combine: Any
    ) -> None:
        self._keys = tuple(keys)
        self._split = split
        self._combine = combine
        self._states: dict[Hashable, Any] = {}

    def prepare(self, values: Values) -> Any:
        """The tensors of the batch."""
        return tuple(values[key] for key in self._keys)

    def add(self, prepared: Any) -> None:
        """Takes a prepared batch in."""
        states, combine = self._states, self._combine
        for key, value in self._split(prepared):
            if key not in states:
                states[key] = combine.create_accumulator()
            states[key] = combine.add_input(states[key], value)

    def elements(self) -> Elements:
        """A pair of each key and what was combined for it."""
        output = self._combine.extract_output
        return [(key, output(state)) for key, state in self._states.items()]


class Counted(Accumulator):
    """How often each token occurs.

    Args:
        key: Name of the tensor with the tokens.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._counts: dict[Hashable, int] = {}

    def prepare(self, values: Values) -> Any:
        """The distinct tokens of the batch and their counts."""
        return token_counts(values[self._key])

    def add(self, prepared: Any) -> None:
        """Takes a prepared batch in."""
        counts = self._counts
        for token, count in zip(*prepared, strict=True):
            counts[token] = counts.get(token, 0) + count

    def elements(self) -> Elements:
        """A pair of each token and its count."""
        return list(self._counts.items())


def token_counts(tokens: npt.NDArray[Any]) -> tuple[list[Hashable], list[int]]:
    """The distinct tokens, as Python values, and how often each occurs."""
    flat = tokens.reshape(-1)
    if flat.dtype != object:
        distinct, counts = np.unique(flat, return_counts=True)
        return distinct.tolist(), counts.tolist()
    coded = pa.array(flat, pa.large_binary()).dictionary_encode()
    codes = np.asarray(coded.indices)
    counts = np.bincount(codes, minlength=len(coded.dictionary))
    return coded.dictionary.to_pylist(), counts.tolist()


class Sums:
    """Sums as a Beam CombineFn has them: from 0, one value after the other."""

    def create_accumulator(self) -> Any:
        """Nothing yet."""
        return 0

    def add_input(self, state: Any, value: Any) -> Any:
        """The sum with one more value."""
        return state + value

    def extract_output(self, state: Any) -> Any:
        """The sum."""
        return state


class Folded:
    """A function over a list of values as a Beam CombineFn.

    Args:
        fold: Takes a list of values, gives one of the same kind.
    """

    def __init__(self, fold: Callable[[list[Any]], Any]) -> None:
        self._fold = fold

    def create_accumulator(self) -> Any:
        """Nothing yet."""
        return self._fold([])

    def add_input(self, state: Any, value: Any) -> Any:
        """What is folded of the state and one more value."""
        return self._fold([state, value])

    def extract_output(self, state: Any) -> Any:
        """The state."""
        return state
