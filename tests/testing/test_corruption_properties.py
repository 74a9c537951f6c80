"""What holds for every corruption, on tables of every type, however small."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import hypothesis.strategies as st
import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings

from tidegate import testing
from tidegate.errors import UsageError
from tidegate.testing import Corruption, Fault, corrupt

Make = Callable[[float], Corruption]
EXAMPLES = 20
# Shrinking a table takes minutes; the first one that fails is small enough.
PHASES = (Phase.explicit, Phase.generate)

# Each breaks the column "x", of the types named, in the share given.
NUMBERS: dict[str, Make] = {
    "all_zero": lambda share: testing.zero_column("x"),
    "column_scaled": lambda share: testing.rescale_column("x"),
    "out_of_range": lambda share: testing.write_out_of_range("x", share),
    "out_of_range low": lambda share: testing.write_out_of_range("x", share, low=True),
    "outlier": lambda share: testing.add_outliers("x", share),
    "precision_loss": lambda share: testing.round_values("x", share),
    "sign_flip": lambda share: testing.flip_sign("x", share),
    "unit_jump": lambda share: testing.scale("x", 1000, share),
    "unit_jump km": lambda share: testing.miles_to_kilometres("x", share),
    "ints_as_floats": lambda share: testing.ints_as_floats("x"),
    "numbers_as_text": lambda share: testing.numbers_as_text("x"),
    "near_duplicate_column": lambda share: testing.append_near_duplicate("x"),
}
FLOATS: dict[str, Make] = {
    "nan": lambda share: testing.write_nan("x", share),
    "infinity": lambda share: testing.write_infinity("x", share),
}
TEXTS: dict[str, Make] = {
    "broken_pattern": lambda share: testing.break_pattern("x", share),
    "changed_length": lambda share: testing.change_length("x", share),
    "changed_length half": lambda share: testing.change_length(
        "x", share, shorter=True
    ),
    "changed_case": lambda share: testing.change_case("x", share),
    "padding": lambda share: testing.pad("x", share),
    "encoding_damage": lambda share: testing.damage_encoding("x", share),
    "typo": lambda share: testing.swap_characters("x", share),
}
TIMES: dict[str, Make] = {
    "stale": lambda share: testing.make_stale("x"),
    "late_rows": lambda share: testing.add_late_rows("x", share),
    "time_gap": lambda share: testing.cut_time_gap("x", share),
    "time_disorder": lambda share: testing.break_time_order("x", share),
    "future_in_train": lambda share: testing.leak_future("x", "split", share),
}
DISCRETE: dict[str, Make] = {
    "cardinality_explosion": lambda share: testing.explode_cardinality("x", share),
    "dangling_reference": lambda share: testing.dangle_reference("x", share),
    "unknown_category": lambda share: testing.write_unknown_category("x", share),
    "unseen_label": lambda share: testing.write_unseen_label("x", share),
}
ANY: dict[str, Make] = {
    "broken_join": lambda share: testing.shift_columns(["x", "y"]),
    "card": lambda share: testing.write_card_numbers("x", share),
    "cardinality_collapse": lambda share: testing.collapse_cardinality("x", share),
    "co_missingness": lambda share: testing.break_co_missingness("x", share),
    "constant": lambda share: testing.constant_column("x"),
    "contradiction": lambda share: testing.empty_beside("x", "y", share),
    "dominant_value": lambda share: testing.dominate("x", share),
    "dropped_column": lambda share: testing.drop_column("x"),
    "duplicate_key": lambda share: testing.duplicate_keys(["x", "y"], share),
    "duplicate_rows": lambda share: testing.duplicate_rows(share),
    "email": lambda share: testing.write_emails("x", share),
    "fewer_rows": lambda share: testing.truncate_rows(share),
    "label_flips": lambda share: testing.flip_labels("x", share),
    "label_leak": lambda share: testing.leak_label("x"),
    "lost_rows": lambda share: testing.drop_rows(share),
    "missing": lambda share: testing.drop_values("x", share),
    "missing_block": lambda share: testing.drop_values_in_block("x", share),
    "missing_slice": lambda share: testing.drop_values_in_slice("x", "y", 1, share),
    "mixed_types": lambda share: testing.mix_types("x", share),
    "more_rows": lambda share: testing.multiply_rows(),
    "national_id": lambda share: testing.write_national_ids("x", share, country="de"),
    "new_column": lambda share: testing.add_column(),
    "null_spelling": lambda share: testing.spell_nulls("x", share),
    "phone": lambda share: testing.write_phone_numbers("notes", share),
    "prior_shift": lambda share: testing.shift_prior("x", share),
    "prior_shift_slice": lambda share: testing.shift_prior_in_slice("x", "y", 1, share),
    "renamed_column": lambda share: testing.rename_column("x"),
    "reordered_columns": lambda share: testing.reorder_columns(),
    "sentinel": lambda share: testing.write_sentinel("x", share),
    "shuffled_column": lambda share: testing.shuffle_values("x"),
    "split_overlap": lambda share: testing.overlap_splits("split", share),
    "swapped_columns": lambda share: testing.swap_columns("x", "z", share),
    "telling_name": lambda share: testing.add_telling_column(),
}
PAIRS: dict[str, Make] = {
    "reversed_pair": lambda share: testing.reverse_order("x", "z", share),
}
BECOMES_TEXT = {
    "card",
    "email",
    "ints_as_floats",
    "mixed_types",
    "national_id",
    "null_spelling",
    "numbers_as_text",
    "phone",
}

_WHOLE = st.integers(-(2**40), 2**40)
_FLOAT = st.floats(allow_nan=True, allow_infinity=True, width=32)
_MOMENT = st.integers(0, 10**9).map(
    lambda seconds: (
        datetime(2013, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=seconds)
    )
)
_WORD = st.text(st.sampled_from("aBcé7- 東"), max_size=5)
VALUES: dict[str, tuple[pa.DataType, st.SearchStrategy[object]]] = {
    "int64": (pa.int64(), _WHOLE),
    "int8": (pa.int8(), st.integers(-128, 127)),
    "float32": (pa.float32(), _FLOAT),
    "float64": (pa.float64(), _FLOAT),
    "number text": (pa.string(), _WHOLE.map(str)),
    "large number text": (pa.large_string(), st.sampled_from(["1", "2.5", "x", "-7"])),
    "text": (pa.string(), _WORD),
    "large text": (pa.large_string(), _WORD),
    "category": (pa.dictionary(pa.int32(), pa.string()), st.sampled_from("abc")),
    "bool": (pa.bool_(), st.booleans()),
    "timestamp": (pa.timestamp("us", "UTC"), _MOMENT),
    "date": (pa.date32(), _MOMENT.map(datetime.date)),
    "time text": (pa.string(), _MOMENT.map(lambda m: f"{m:%Y-%m-%dT%H:%M:%SZ}")),
    "seconds": (pa.int64(), st.integers(1_300_000_000, 1_900_000_000)),
}
NUMERIC = ("int64", "int8", "float32", "float64", "number text", "large number text")
TEXTUAL = ("text", "large text", "category")
TEMPORAL = ("timestamp", "date", "time text", "seconds")
CASES: list[tuple[str, Make, tuple[str, ...]]] = [
    (kind, make, types)
    for group, types in (
        (NUMBERS, NUMERIC),
        (FLOATS, ("float32", "float64", "number text")),
        (TEXTS, TEXTUAL),
        (TIMES, TEMPORAL),
        (DISCRETE, ("int64", "float64", *TEXTUAL)),
        (ANY, tuple(VALUES)),
        (PAIRS, ("int64", "float32", "number text", "timestamp", "time text")),
    )
    for kind, make in group.items()
]


@st.composite
def tables(draw: st.DrawFn, types: str) -> pa.Table:
    """A table whose column x, and z like it, is of that type; y is of a few ints."""
    kind, values = VALUES[types]
    size = draw(st.integers(0, 12))

    def column(kind: pa.DataType, values: st.SearchStrategy[object]) -> pa.ChunkedArray:
        cells = draw(st.lists(values | st.none(), min_size=size, max_size=size))
        plain = kind.value_type if pa.types.is_dictionary(kind) else kind
        cut = draw(st.integers(0, size))
        array = pa.array(cells, plain, from_pandas=False)
        if pa.types.is_dictionary(kind):
            return pa.chunked_array([array.dictionary_encode().cast(kind)])
        return pa.chunked_array([array[:cut], array[cut:]])

    return pa.table(
        {
            "x": column(kind, values),
            "y": column(pa.int64(), st.integers(0, 2)),
            "z": column(kind, values),
            "split": column(pa.string(), st.sampled_from(["train", "eval"])),
        }
    )


def told(table: pa.Table) -> list[tuple[str, ...]]:
    """The rows as text, so that NaN equals NaN and True differs from 1."""
    columns = [
        [repr(v) for v in table[name].to_pylist()] for name in table.column_names
    ]
    return list(zip(*columns, strict=True)) if columns else []


def as_written(table: pa.Table) -> list[tuple[str, ...]]:
    """The rows as a CSV file would have them, which a mere change of type keeps."""
    columns = []
    for name in table.column_names:
        column = table[name]
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        columns.append([repr(v) for v in column.cast(pa.string()).to_pylist()])
    return list(zip(*columns, strict=True))


@pytest.mark.parametrize(
    ("kind", "make", "types"), CASES, ids=[kind for kind, _, _ in CASES]
)
@given(data=st.data(), share=st.sampled_from([0.0, 0.1, 0.5, 1.0]))
@settings(
    max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, phases=PHASES
)
def test_a_corruption_does_what_its_fault_says_and_nothing_else(
    kind: str, make: Make, types: tuple[str, ...], data: st.DataObject, share: float
) -> None:
    table = data.draw(tables(data.draw(st.sampled_from(types))))
    before = told(table)
    try:
        broken, (fault,) = corrupt(table, [make(share)], seed=3)
    except UsageError:
        assert told(table) == before
        return
    again, (same,) = corrupt(table, [make(share)], seed=3)
    assert told(table) == before
    assert told(again) == told(broken)
    assert again.schema == broken.schema
    assert same.rows.tolist() == fault.rows.tolist()
    broken.validate(full=True)
    assert fault.kind == kind.split()[0]
    assert_rows_are_those_that_differ(table, broken, fault)
    if fault.kind not in BECOMES_TEXT:
        for name in set(table.column_names) & set(broken.column_names):
            assert broken.schema.field(name) == table.schema.field(name)


def assert_rows_are_those_that_differ(
    table: pa.Table, broken: pa.Table, fault: Fault
) -> None:
    if table.column_names != broken.column_names or len(table) > len(broken):
        assert fault.changed
        return
    form = told if table.schema == broken.schema else as_written
    old, new = form(table), form(broken)
    differing = [row for row in range(len(new)) if old[row : row + 1] != [new[row]]]
    if not fault.whole and fault.kind != "ints_as_floats":
        assert fault.rows.tolist() == differing
    if not fault.changed:
        assert broken.equals(table) or told(broken) == told(table)


def test_every_kind_is_put_to_the_test() -> None:
    tested = {kind.split()[0] for kind, _, _ in CASES}
    assert tested == (testing.KINDS | {"swapped_columns"})


@given(
    number=st.integers(1, 200),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**32),
)
@settings(
    max_examples=50, deadline=None, database=None, derandomize=True, phases=PHASES
)
def test_the_share_is_of_the_rows_that_can_change(
    number: int, share: float, seed: int
) -> None:
    table = pa.table({"x": [None if n % 3 == 0 else n for n in range(number)]})
    candidates = number - table["x"].null_count
    _, (fault,) = corrupt(table, [testing.drop_values("x", share)], seed=seed)
    expected = max(1, round(share * candidates)) if share else 0
    assert len(fault.rows) == min(candidates, expected)
    assert fault.rows.tolist() == sorted(set(fault.rows.tolist()))
