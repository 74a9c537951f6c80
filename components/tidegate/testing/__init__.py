"""Public helpers with which users prove that their own gates close.

Corruptions break a table on purpose, in one way each, from a seed. `sweep` finds
out which of them make sense for a table, and `assert_gate_closes` tries them all
on a check of the user's:

    from tidegate.testing import assert_gate_closes, sweep

    def test_our_gate_closes() -> None:
        table = pyarrow.csv.read_csv("orders.csv")
        cases = sweep(table, key=["order_id"], time="ordered_at", seeds=range(3))
        assert_gate_closes(our_check, table, cases)

What escapes is listed by name, and `find_case` makes it again from that name.
"""

from __future__ import annotations

from tidegate.testing.absence import (
    break_co_missingness,
    drop_values,
    drop_values_in_block,
    drop_values_in_slice,
    empty_beside,
    fill_missing,
    spell_nulls,
    write_sentinel,
)
from tidegate.testing.batch import (
    add_late_rows,
    cut_time_gap,
    drop_rows,
    make_stale,
    multiply_rows,
    rescale_column,
    shift_columns,
    shuffle_values,
    truncate_rows,
)
from tidegate.testing.cases import (
    Case,
)
from tidegate.testing.categories import (
    collapse_cardinality,
    constant_column,
    dangle_reference,
    dominate,
    explode_cardinality,
    replace_value,
    write_unknown_category,
)
from tidegate.testing.faults import (
    Corruption,
    Fault,
    corrupt,
)
from tidegate.testing.label import (
    flip_labels,
    leak_label,
    shift_prior,
    shift_prior_in_slice,
    write_unseen_label,
)
from tidegate.testing.numbers import (
    add_outliers,
    flip_sign,
    miles_to_kilometres,
    round_values,
    scale,
    write_infinity,
    write_nan,
    write_out_of_range,
    zero_column,
)
from tidegate.testing.privacy import (
    add_telling_column,
    write_card_numbers,
    write_emails,
    write_national_ids,
    write_phone_numbers,
)
from tidegate.testing.proof import (
    Outcome,
    Proof,
    assert_gate_closes,
    prove,
)
from tidegate.testing.rows import (
    break_time_order,
    duplicate_keys,
    duplicate_rows,
    reverse_order,
    swap_columns,
)
from tidegate.testing.splits import (
    join_splits,
    leak_future,
    overlap_splits,
    part_splits,
)
from tidegate.testing.structure import (
    add_column,
    append_near_duplicate,
    drop_column,
    ints_as_floats,
    numbers_as_text,
    rename_column,
    reorder_columns,
)
from tidegate.testing.sweep import (
    KINDS,
    find_case,
    sweep,
)
from tidegate.testing.texts import (
    break_pattern,
    change_case,
    change_length,
    damage_encoding,
    mix_types,
    pad,
    swap_characters,
)

__all__ = [
    "KINDS",
    "Case",
    "Corruption",
    "Fault",
    "Outcome",
    "Proof",
    "add_column",
    "add_late_rows",
    "add_outliers",
    "add_telling_column",
    "append_near_duplicate",
    "assert_gate_closes",
    "break_co_missingness",
    "break_pattern",
    "break_time_order",
    "change_case",
    "change_length",
    "collapse_cardinality",
    "constant_column",
    "corrupt",
    "cut_time_gap",
    "damage_encoding",
    "dangle_reference",
    "dominate",
    "drop_column",
    "drop_rows",
    "drop_values",
    "drop_values_in_block",
    "drop_values_in_slice",
    "duplicate_keys",
    "duplicate_rows",
    "empty_beside",
    "explode_cardinality",
    "fill_missing",
    "find_case",
    "flip_labels",
    "flip_sign",
    "ints_as_floats",
    "join_splits",
    "leak_future",
    "leak_label",
    "make_stale",
    "miles_to_kilometres",
    "mix_types",
    "multiply_rows",
    "numbers_as_text",
    "overlap_splits",
    "pad",
    "part_splits",
    "prove",
    "rename_column",
    "reorder_columns",
    "replace_value",
    "rescale_column",
    "reverse_order",
    "round_values",
    "scale",
    "shift_columns",
    "shift_prior",
    "shift_prior_in_slice",
    "shuffle_values",
    "spell_nulls",
    "swap_characters",
    "swap_columns",
    "sweep",
    "truncate_rows",
    "write_card_numbers",
    "write_emails",
    "write_infinity",
    "write_nan",
    "write_national_ids",
    "write_out_of_range",
    "write_phone_numbers",
    "write_sentinel",
    "write_unknown_category",
    "write_unseen_label",
    "zero_column",
]
