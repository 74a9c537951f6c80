"""The slices of scored rows, and which have enough rows to say anything."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tidegate.model_tests.uncomputable import Uncomputable
from tidegate.report.wording import printable

if TYPE_CHECKING:
    from tidegate.model_tests.case import Case

_LONGEST = 60
_MOST_SHORT = 2**15 - 1

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Group:
    """The rows of one slice.

    Attributes:
        name: `carrier=AA`, or `carrier 3` where values are not to be shown.
        places: Of its rows.
    """

    name: str
    places: Places


@dataclass(frozen=True)
class Groups:
    """The slices by some features.

    Attributes:
        large: Those with enough rows, in the order of the features.
        small: How many have too few.
    """

    large: tuple[Group, ...]
    small: int


def groups(
    case: Case, by: Iterable[str], least_rows: int, least_of_each_label: int
) -> Groups:
    """The slices of a model's rows.

    Args:
        case: The model.
        by: Features.
        least_rows: Rows from which on a slice says anything.
        least_of_each_label: Rows of each label from which on it does; 0 for a
            metric that does not tell labels apart.

    Raises:
        Uncomputable: The rows do not have a feature, or no slice is large enough.
    """
    rows = case.demanded_rows()
    large, small = [], 0
    for feature in by:
        values = rows.slices.get(feature)
        if values is None:
            known = ", ".join(rows.slices) or "none"
            raise Uncomputable(
                f"the evaluation is not sliced by {feature}, only by: {known}",
                f"add a slicing_specs with {feature} to the EvalConfig",
            )
        for group in _of(feature, values, feature in case.private):
            enough = len(group.places) >= least_rows
            if enough and least_of_each_label and case.task == "binary":
                positive = int(np.count_nonzero(rows.label[group.places] > 0.5))
                rarer = min(positive, len(group.places) - positive)
                enough = rarer >= least_of_each_label
            if enough:
                large.append(group)
            small += not enough
    if not large:
        raise Uncomputable(
            f"none of {small} slices has enough rows",
            "evaluate on more rows, or lower least_rows",
        )
    return Groups(tuple(large), small)


def _of(feature: str, values: pa.Array, hidden: bool) -> Iterator[Group]:
    """Each value's rows; a missing value is one, too."""
    if not pa.types.is_dictionary(values.type):
        values = values.dictionary_encode()
    words = values.dictionary.to_pylist()
    codes = values.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    # Short codes are sorted by radix, ten times as fast.
    short = codes.astype(np.int16) if len(words) < _MOST_SHORT else codes
    order = np.argsort(short, kind="stable").astype(np.int64)
    ends = np.cumsum(np.bincount(codes, minlength=len(words) + 1))
    for number, places in enumerate(np.split(order, ends[:-1])):
        if len(places):
            text = words[number] if number < len(words) else None
            told = "(none)" if text is None else printable(str(text), _LONGEST)
            name = f"{feature} {number + 1}" if hidden else f"{feature}={told}"
            yield Group(name, places)


def too_small(found: Groups) -> str:
    """`; 3 slices too small`: how many could say nothing."""
    if not found.small:
        return ""
    return f"; {found.small} {'slice' if found.small == 1 else 'slices'} too small"
