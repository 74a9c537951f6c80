"""A sweep tries what a table allows; a proof tells what a gate let through."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tidegate.errors import DataError, GateShut, UsageError
from tidegate.testing import (
    KINDS,
    assert_gate_closes,
    find_case,
    prove,
    sweep,
)

ROWS = 200


@pytest.fixture
def table() -> pa.Table:
    """Orders: every role that a sweep can be told of is there."""
    rows = range(ROWS)
    gone = [None if row % 10 == 0 else float(row % 37) for row in rows]
    return pa.table(
        {
            "id": pa.array(rows, pa.int64()),
            "country": ["DE" if row % 3 else "FR" for row in rows],
            "size": [("S", "M", "L")[row % 3] for row in rows],
            "price": [2.5 + row % 50 for row in rows],
            "net": [2.0 + row % 50 for row in rows],
            "weight": gone,
            "volume": [None if w is None else str(w * 2) for w in gone],
            "ordered": [f"2024-01-{1 + row % 28:02}T08:00:00Z" for row in rows],
            "returned": [row % 2 for row in rows],
            "split": ["eval" if row % 4 == 0 else "train" for row in rows],
        }
    )


TOLD = {
    "label": "returned",
    "key": ("id",),
    "time": "ordered",
    "split": "split",
    "references": ("country",),
    "ordered": (("net", "price"),),
}


def all_prices(table: pa.Table) -> bool:
    return "price" in table.column_names and table["price"].null_count == 0


def test_a_sweep_makes_every_kind_where_the_table_allows(table: pa.Table) -> None:
    assert {case.kind for case in sweep(table, **TOLD)} == KINDS


def test_names_are_unique_and_lead_back_to_the_case(table: pa.Table) -> None:
    cases = list(sweep(table, **TOLD, seeds=(4, 9)))
    assert len({case.name for case in cases}) == len(cases) > 500
    for case in cases[::40]:
        again = find_case(table, case.name, **TOLD)
        assert again.apply(table)[0].equals(case.apply(table)[0]) or case.kind == "nan"


def test_each_case_names_its_kind_and_has_an_effect(table: pa.Table) -> None:
    for case in sweep(table, **TOLD):
        _, fault = case.apply(table)
        assert fault.kind == case.kind
        assert fault.changed, case.name


def test_a_gate_that_closes_is_proven(table: pa.Table) -> None:
    cases = sweep(table, kinds=["missing"], columns=["price"], seeds=range(3))
    proof = assert_gate_closes(all_prices, table, cases)
    assert proof.kinds() == {"missing": (6, 6)}
    assert str(proof) == "6 of 6 corruptions shut the gate"


def test_what_escapes_is_listed_with_its_seed(table: pa.Table) -> None:
    cases = sweep(table, kinds=["missing"], columns=["price", "net"], seeds=[8])
    with pytest.raises(AssertionError) as caught:
        assert_gate_closes(all_prices, table, cases)
    assert str(caught.value).splitlines() == [
        "2 of 4 corruptions shut the gate",
        "escaped (2):",
        "  missing(net) severity=0.05 seed=8: net: emptied on 10 rows",
        "  missing(net) severity=0.3 seed=8: net: emptied on 60 rows",
    ]


def test_a_gate_that_is_always_shut_proves_nothing(table: pa.Table) -> None:
    with pytest.raises(AssertionError, match="shut on the clean table"):
        assert_gate_closes(lambda _: False, table, sweep(table))


def test_a_gate_that_shuts_on_harmless_changes_is_told(table: pa.Table) -> None:
    names = table.column_names
    proof = prove(
        lambda t: t.column_names == names,
        table,
        sweep(table, kinds=["reordered_columns", "new_column"]),
    )
    assert (len(proof.caught), len(proof.alarms)) == (1, 1)
    assert not proof.closes
    assert "harmless, but shut the gate (1):" in str(proof)


def test_a_corruption_without_effect_is_not_caught(table: pa.Table) -> None:
    cases = list(sweep(table, kinds=["missing", "dropped_column"], columns=["price"]))
    empty = table.drop(["price"]).append_column("price", pa.nulls(ROWS, pa.float64()))
    gone = table.drop(["price"])
    assert len(prove(lambda t: True, empty, cases).idle) == 2
    proof = prove(lambda t: True, gone, cases)
    assert (len(proof.idle), len(proof.escaped)) == (3, 0)
    with pytest.raises(AssertionError, match="prove nothing"):
        assert_gate_closes(lambda t: True, gone, cases)


@pytest.mark.parametrize("error", [GateShut("2 tests failed"), DataError("cut short")])
def test_a_gate_may_shut_by_an_error(table: pa.Table, error: Exception) -> None:
    def check(tried: pa.Table) -> bool:
        if tried["price"].null_count:
            raise error
        return True

    proof = prove(check, table, sweep(table, kinds=["missing"], columns=["price"]))
    assert [outcome.tests for outcome in proof.caught] == [(str(error),)] * 2


def test_an_error_of_the_check_itself_is_not_a_shut_gate(table: pa.Table) -> None:
    def check(tried: pa.Table) -> bool:
        if tried["price"].null_count:
            raise UsageError("no such suite")
        return True

    with pytest.raises(UsageError, match="no such suite"):
        prove(check, table, sweep(table, kinds=["missing"], columns=["price"]))


@pytest.mark.parametrize(
    "wrong",
    [{"kinds": ["mising"]}, {"columns": ["prise"]}, {"key": ["no"]}, {"seeds": []}],
    ids=["kind", "column", "key", "seeds"],
)
def test_a_sweep_refuses_what_does_not_exist(
    table: pa.Table, wrong: dict[str, list[str]]
) -> None:
    with pytest.raises(UsageError):
        list(sweep(table, **wrong))


def test_a_name_of_no_case_is_refused(table: pa.Table) -> None:
    for name in ("missing(no) severity=0.3 seed=1", "nonsense", ""):
        with pytest.raises(UsageError, match="no corruption of this name"):
            find_case(table, name)


def test_flipped_labels_are_of_another_class(table: pa.Table) -> None:
    (case,) = sweep(table, label="returned", kinds=["label_flips"], severities=[0.3])
    broken, fault = case.apply(table)
    total = pc.add(table["returned"], broken["returned"]).take(fault.rows)
    assert set(total.to_pylist()) == {1}
    assert len(fault.rows) == 60


def test_importing_it_loads_nothing_heavier_than_arrow() -> None:
    heavy = "{'pydantic', 'duckdb', 'pandas', 'yaml', 'tensorflow', 'jinja2'}"
    code = f"import tidegate.testing, sys; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
