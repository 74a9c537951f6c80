"""Where to look first, by what changed."""

from __future__ import annotations

from tidegate.drift_tests import wording
from tidegate.drift_tests.decision import Sign
from tidegate.drift_tests.judging.vector import SHARE
from tidegate.drift_tests.measuring import names

_ABSENT = frozenset(("missing", "nan", "infinite", "empty", names.APART))
_WRITING = frozenset(
    (
        *names.OF_CHARACTERS,
        *names.LENGTHS,
        "padded",
        "not_ascii",
        "top_shape",
        "log_shapes",
        "shape_entropy",
    )
)
_NUMBERS = frozenset(
    (
        *names.IN_UNITS,
        *names.BAND_MEANS,
        *names.QUANTILES,
        "zero",
        "negative",
        "whole",
        "fives",
        "tens",
        "log_spread",
        "tail_weight",
    )
)
_TOGETHER = frozenset(
    (*names.RESIDUALS, names.ORDER, names.BELOW, names.EQUAL, names.TOLD)
)


def hint(sign: Sign, column: str) -> str:
    """What to look for in the source of a column.

    Args:
        sign: What of it is not as it was.
        column: The column; "" for the table as a whole.
    """
    name = wording.short(column)
    if not column:
        return "count the rows of the source: a part may be lost, or doubled"
    if sign.measure in _ABSENT:
        return f"find out why the source leaves {name} empty more or less often"
    if sign.measure == names.METRIC:
        return f"look whether model, labels or examples of {name} have changed"
    if sign.measure == SHARE and not sign.now:
        return f"find out where the rows of {name} with the lost value went"
    if sign.measure == SHARE and not sign.high:
        return f"ask who writes {name} whether the new value is meant"
    if sign.measure in _WRITING:
        return f"compare how {name} is written now and then: encoding, case, blanks"
    if sign.measure in _NUMBERS:
        return f"check unit, sign, default values and rounding of {name}"
    if sign.measure == names.TOLD and sign.now > sign.high:
        return f"see whether rows with the same {name} are in the source twice"
    if sign.measure in _TOGETHER:
        other = sign.other if sign.column == column else sign.column
        beside = f" beside {wording.short(other)}" if other else ""
        return (
            f"look whether rows of {name}{beside} are shuffled, stuck or joined wrong"
        )
    return f"compare the values of {name} with its source"
