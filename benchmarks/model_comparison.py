"""How often a comparison with the champion blocks and blesses wrongly.

Two models are drawn again and again on the same rows: equally good ones, and a
candidate that is truly worse by the tolerance or by twice as much. The test
`against_champion` is held against the rule of TFMA's change threshold, which looks at
the change itself.

Usage: python benchmarks/model_comparison.py [--times 500] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tidegate.model_tests.measures.decisions import Decision, decide, holm
from tidegate.model_tests.measures.estimate import (
    Estimate,
    around,
    interval,
    paired_error,
)
from tidegate.model_tests.measures.metrics import METRICS

TOLERANCE = 0.005
ROWS = (500, 2_000, 10_000, 67_000)
SLICES, SLICE_ROWS, SLICE_BOUND = 16, 400, 0.02
# How much noise of its own each of two retrained models has on its log odds, and
# how much more makes a candidate's AUC worse by so much.
NOISE = 0.3
WORSE = {0.0: NOISE, TOLERANCE: 0.442, 2 * TOLERANCE: 0.552}


def drawn(random: np.random.Generator, rows: int, noise: float) -> tuple[Any, ...]:
    """Labels, and the scores of a candidate and of the champion."""
    odds = 2 * random.normal(size=rows) - 1
    label = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float64)
    candidate = odds + noise * random.normal(size=rows)
    return label, candidate, odds + NOISE * random.normal(size=rows)


def pair(random: np.random.Generator, rows: int, noise: float) -> tuple[Estimate, ...]:
    """The AUC of both on one draw."""
    label, *scores = drawn(random, rows, noise)
    found = [METRICS["auc"].compute(label, s, np.ones(rows), 0.5) for s in scores]
    return tuple(one for one in found if one is not None)


def rates(times: int, rows: int, worse: float, seed: int) -> dict[str, float]:
    """Shares of draws on which each rule lets the candidate through."""
    random = np.random.default_rng(seed)
    passed, proved_worse, by_value, strictly, held = 0, 0, 0, 0, 0
    for _ in range(times):
        now, before = pair(random, rows, WORSE[worse])
        change = now.value - before.value
        found = around(change, paired_error(now, before), 0.95)
        decision = decide(found, -TOLERANCE)
        passed += decision is Decision.HOLDS
        proved_worse += decision is Decision.BROKEN
        by_value += change >= -TOLERANCE
        strictly += change >= 0
        held += found.low <= -worse <= found.high
    counts = {
        "against_champion passes": passed,
        "against_champion says worse": proved_worse,
        "change threshold -0.005 passes": by_value,
        "change threshold 0 passes": strictly,
        "interval holds the truth": held,
    }
    return {name: count / times for name, count in counts.items()}


def of_slices(times: int, seed: int) -> dict[str, float]:
    """How often one of 16 equally good slices fails a bound 0.02 below their AUC."""
    random = np.random.default_rng(seed)
    whole, _ = pair(random, 500_000, NOISE)
    bound = whole.value - SLICE_BOUND
    by_value = adjusted = 0
    for _ in range(times):
        found = [pair(random, SLICE_ROWS, NOISE)[0] for _ in range(SLICES)]
        by_value += any(one.value < bound for one in found)
        ends = holm(
            [partial(interval, one) for one in found],
            [abs(one.value - bound) / one.variance**0.5 for one in found],
            [bound] * SLICES,
            0.95,
        )
        adjusted += any(decide(one, bound) is Decision.BROKEN for one in ends)
    return {"value below": by_value / times, "slices fails": adjusted / times}


def measured(times: int) -> Iterator[tuple[str, dict[str, float]]]:
    """Every figure, by what was drawn."""
    for rows in ROWS:
        for seed, worse in enumerate(WORSE):
            name = f"worse by {worse:g}, {rows:,} rows"
            yield name, rates(times, rows, worse, rows + seed)
    name = f"{SLICES} equal slices of {SLICE_ROWS} rows, bound 0.02 below"
    yield name, of_slices(times, 7)


def main() -> None:
    """Prints every figure, and writes them if asked to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=500)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    found = {}
    for name, shares in measured(given.times):
        found[name] = shares
        told = ", ".join(f"{rule} {share:.1%}" for rule, share in shares.items())
        print(f"{name}: {told}", flush=True)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
