"""Hundreds of seeded corruptions, chosen from the table itself."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa

from tidegate.errors import UsageError
from tidegate.testing import recipes, table_recipes
from tidegate.testing.cases import Case
from tidegate.testing.cells import cells
from tidegate.testing.drawing import check_share
from tidegate.testing.recipes import Option, Plan

SEVERITIES = (0.05, 0.3)
_RECIPES = (
    recipes.structure_options,
    recipes.absence_options,
    recipes.number_options,
    recipes.value_options,
    recipes.text_options,
    table_recipes.row_options,
    table_recipes.batch_options,
    table_recipes.time_options,
    table_recipes.label_options,
    table_recipes.split_options,
    table_recipes.privacy_options,
)
KINDS = frozenset(
    [
        "all_zero",
        "broken_join",
        "broken_pattern",
        "card",
        "cardinality_collapse",
        "cardinality_explosion",
        "changed_case",
        "changed_length",
        "co_missingness",
        "column_scaled",
        "constant",
        "contradiction",
        "dangling_reference",
        "dominant_value",
        "dropped_column",
        "duplicate_key",
        "duplicate_rows",
        "email",
        "encoding_damage",
        "fewer_rows",
        "future_in_train",
        "infinity",
        "ints_as_floats",
        "label_flips",
        "label_leak",
        "late_rows",
        "lost_rows",
        "missing",
        "missing_block",
        "missing_slice",
        "mixed_types",
        "more_rows",
        "nan",
        "national_id",
        "near_duplicate_column",
        "new_column",
        "null_spelling",
        "numbers_as_text",
        "out_of_range",
        "outlier",
        "padding",
        "phone",
        "precision_loss",
        "prior_shift",
        "prior_shift_slice",
        "renamed_column",
        "reordered_columns",
        "reversed_pair",
        "sentinel",
        "shuffled_column",
        "sign_flip",
        "split_overlap",
        "stale",
        "telling_name",
        "time_disorder",
        "time_gap",
        "typo",
        "unit_jump",
        "unknown_category",
        "unseen_label",
    ]
)


def sweep(
    table: pa.Table,
    *,
    label: str | None = None,
    key: Sequence[str] = (),
    time: str | None = None,
    split: str | None = None,
    slice_by: str | None = None,
    references: Sequence[str] = (),
    ordered: Sequence[tuple[str, str]] = (),
    kinds: Collection[str] | None = None,
    columns: Collection[str] | None = None,
    severities: Iterable[float] = SEVERITIES,
    seeds: Iterable[int] = (0,),
) -> Iterator[Case]:
    """Every corruption that makes sense for the table, in a fixed order.

    Where a severity or a seed makes no difference, only the first is taken.

    Args:
        table: Clean rows, which say what can be broken.
        label: Column of the label; None leaves out what is about labels.
        key: Columns that name a row.
        time: Column of the rows' time.
        split: Column that names each row's split, "train" or "eval".
        slice_by: Column whose most frequent value is the slice for corruptions
            of a slice; None takes the first column of few values.
        references: Columns that point at another table.
        ordered: Pairs of columns of which the first is below the second.
        kinds: Kinds to make; None makes all in `KINDS`.
        columns: Only corruptions about one of these; None allows all.
        severities: Shares of the rows to change.
        seeds: Seeds.

    Raises:
        UsageError: A kind or a column is unknown, or a severity no share.
    """
    shares, numbers = list(severities), list(seeds)
    _check(kinds, shares, numbers)
    pairs = [name for pair in ordered for name in pair]
    given = [label, time, split, slice_by, *key, *references, *pairs]
    for name in (*(name for name in given if name is not None), *(columns or ())):
        cells(table, name)
    plan = Plan(
        table,
        label=label,
        key=tuple(key),
        time=time,
        split=split,
        slice_by=slice_by,
        references=tuple(references),
        ordered=tuple(ordered),
    )
    for option in _options(plan, kinds, columns):
        yield from _cases(option, shares, numbers)


def find_case(table: pa.Table, name: str, **options: Any) -> Case:
    """The case of that name, as `sweep` made it.

    Args:
        table: The same table.
        name: The case's name, as a proof lists it.
        **options: What `sweep` was told of the table: label, key, time and so on.

    Raises:
        UsageError: The table allows no such case.
    """
    parts = re.fullmatch(r"(\w+)\(.*\) severity=(\S+) seed=(\d+)", name, re.DOTALL)
    if parts and parts[1] in KINDS:
        told = {**options, "kinds": [parts[1]], "columns": None}
        told |= {"severities": [float(parts[2])], "seeds": [int(parts[3])]}
        for case in sweep(table, **told):
            if case.name == name:
                return case
    raise UsageError(
        "the table allows no corruption of this name",
        expected='such as "missing(price) severity=0.3 seed=2"',
        got=name,
        fix="copy the name from the proof, and tell of the table what sweep was told",
    )


def _options(
    plan: Plan, kinds: Collection[str] | None, columns: Collection[str] | None
) -> Iterator[Option]:
    for recipe in _RECIPES:
        for option in recipe(plan):
            if kinds is not None and option.kind not in kinds:
                continue
            if columns is None or set(option.columns) & set(columns):
                yield option


def _cases(
    option: Option, severities: Sequence[float], seeds: Sequence[int]
) -> Iterator[Case]:
    for severity in severities if option.graded else (1.0,):
        for seed in seeds if option.drawn else seeds[:1]:
            yield Case(
                kind=option.kind,
                columns=option.columns,
                detail=option.detail,
                severity=severity,
                seed=seed,
                corruption=option.make(severity),
                harmless=option.harmless,
            )


def _check(
    kinds: Collection[str] | None, severities: Sequence[float], seeds: Sequence[int]
) -> None:
    for share in severities:
        check_share(share)
    unknown = sorted(set(kinds or ()) - KINDS)
    if unknown:
        raise UsageError(
            "a sweep is asked for kinds of corruption that do not exist",
            expected="some of " + ", ".join(sorted(KINDS)),
            got=", ".join(unknown),
            fix="correct the kinds",
        )
    if not seeds:
        raise UsageError("a sweep needs a seed", fix="give seeds=range(3)")
