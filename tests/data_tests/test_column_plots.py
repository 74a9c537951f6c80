"""Plots of a column: bins, marks, and nothing of private columns."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from column_trial import STRANGE, glance_at, look, text

from tidegate.data_tests.catalogue import CATALOGUE
from tidegate.data_tests.evaluate import Circumstances, whole_of
from tidegate.data_tests.plots import BINS, distribution
from tidegate.data_tests.whole import Whole


def whole(columns: dict[str, Any]) -> Whole:
    test = CATALOGUE["rows"].model_validate({"at_least": 0})
    suite, held, glance = glance_at(test, pa.table(columns), 1000)
    return whole_of(suite, held, glance, Circumstances())


@pytest.mark.parametrize("limits", [None, (0.0, 10.0), (-np.inf, 0.0)])
@pytest.mark.parametrize("as_values", [False, True])
@pytest.mark.parametrize("column", sorted(STRANGE))
def test_any_column_has_a_plot_or_none(
    column: str, as_values: bool, limits: Any
) -> None:
    known = whole(STRANGE)
    plot = distribution(column, known, limits=limits, as_values=as_values)
    assert (plot is None) is (not known.profile(column).values)


def test_outliers_stand_in_the_outermost_bins() -> None:
    values = [*np.linspace(0, 100, 5000), -1e9, 1e12]
    plot = distribution("a", whole({"a": pa.array(values)}), limits=(0.0, 100.0))
    assert plot is not None
    assert len(plot.now) == BINS
    assert sum(plot.now) == pytest.approx(1)
    assert plot.marked == (0, BINS - 1)
    assert plot.labels[0].startswith("up to")
    assert plot.labels[-1].startswith("over")
    assert plot.edges[-1] < 200


def test_rare_value_that_breaks_a_test_is_shown() -> None:
    column = text(*(f"v{n % 40:02}" for n in range(4000)), "bad\x1b")
    values = [f"v{n:02}" for n in range(40)]
    plot = look("one_of", column, rows=1500, values=values).plot
    assert plot is not None
    assert plot.labels[plot.marked[0]] == "bad\\x1b"
    assert len(plot.labels) == 12


def test_private_column_has_no_plot() -> None:
    known = whole({"a": pa.array([1, 2])})
    known.pii = frozenset(["a"])
    assert distribution("a", known) is None
